import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Preparation } from '../../src-shared/contract/models.ts';
import type { InstalledModel, ModelEntry } from './catalogue.ts';
import { ENTRY_FILE, readUserModel } from './user-models.ts';

/** Families whose images are prepared by the program and not in their graphs: those that checkpoints become. */
const PREPARED_HERE: readonly string[] = ['sam', 'hq-sam'];

/** How images are prepared for a model of the user's, where that can be chosen; else null. */
export const choosablePreparation = ({ family, preparation }: Pick<ModelEntry, 'family' | 'preparation'>): Preparation | null => (PREPARED_HERE.includes(family) ? preparation : null);

/**
 * Changes how images are prepared for a model of the user's, in one step. Its hash changes with it, so that embeddings made
 * the other way are not used. Throws as readUserModel, 'bad-request' where that cannot be chosen, and 'no-access'.
 */
export async function prepareModel(modelsFolder: string, id: string, preparation: Preparation): Promise<InstalledModel> {
  const { entry, folder } = await readUserModel(modelsFolder, id);
  if (choosablePreparation(entry) === null) throw new MaskwrightError('bad-request', `"${entry.name}" prepares its images in its own graphs. Choose a model that was imported from a checkpoint.`, id);
  const path = join(folder, ENTRY_FILE);
  const unfinished = `${path}.tmp`;
  try {
    await writeFile(unfinished, `${JSON.stringify({ ...entry, preparation }, null, 2)}\n`, { flush: true });
    await rename(unfinished, path);
  } catch (cause) {
    throw new MaskwrightError('no-access', `"${entry.name}" stays as it is: "${path}" cannot be written. Check its permissions.`, path, { cause });
  }
  return readUserModel(modelsFolder, id);
}
