import { join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Preparation } from '../../src-shared/contract/models.ts';
import { writeWhole } from '../datasets/atomic-file.ts';
import type { InstalledModel, ModelEntry } from './catalogue.ts';
import { ENTRY_FILE, readUserModel } from './user-models.ts';

/** Families whose images are prepared by the program and not in their graphs: those that checkpoints become. */
const PREPARED_HERE: readonly string[] = ['sam', 'hq-sam'];

/** How images are prepared for a model of the user's, where that can be chosen; else null. */
export const choosablePreparation = ({ family, preparation }: Pick<ModelEntry, 'family' | 'preparation'>): Preparation | null => (PREPARED_HERE.includes(family) ? preparation : null);

/**
 * Changes how images are prepared for a model of the user's, in one step. Its hash changes with it, so that embeddings made
 * the other way are not used. Throws as readUserModel and writeWhole, and 'bad-request' where that cannot be chosen.
 */
export async function prepareModel(modelsFolder: string, id: string, preparation: Preparation): Promise<InstalledModel> {
  const { entry, folder } = await readUserModel(modelsFolder, id);
  if (choosablePreparation(entry) === null) throw new MaskwrightError('bad-request', `"${entry.name}" prepares its images in its own graphs. Choose a model that was imported from a checkpoint.`, id);
  await writeWhole(join(folder, ENTRY_FILE), true, (sink) => sink.write(`${JSON.stringify({ ...entry, preparation }, null, 2)}\n`));
  return readUserModel(modelsFolder, id);
}
