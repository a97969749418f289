import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { removeFolder } from '../../files/move-and-remove.ts';
import type { InstalledModel, ModelEntry } from '../catalogue.ts';
import { explainInstall, moveIntoPlace, removeStale } from '../install-folder.ts';

/** Before the name of a folder that is still being written; the list of models passes over what begins with a dot. */
const UNFINISHED = '.importing-';
/** An unfinished folder this old was left by a program that died. */
const STALE_MS = 24 * 60 * 60 * 1000;
const LONGEST_SLUG = 40;

/**
 * Installs what `fill` puts into a new folder and describes. Nothing of it is left when that fails or is cancelled. A model
 * that is there already has the same files, for ids are made of their hashes; damaged since, it is made whole.
 * @param path what is imported
 * Throws what `fill` throws, 'cancelled', 'disk-full', 'no-access' or 'io'.
 */
export async function installImport(path: string, modelsFolder: string, signal: AbortSignal, fill: (folder: string) => Promise<ModelEntry>): Promise<InstalledModel> {
  const unfinished = join(modelsFolder, `${UNFINISHED}${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(unfinished, { recursive: true });
    await removeStale(modelsFolder, UNFINISHED, STALE_MS);
    return await moveIntoPlace(unfinished, modelsFolder, await fill(unfinished));
  } catch (error) {
    await removeFolder(unfinished).catch(() => undefined);
    if (signal.aborted) throw new MaskwrightError('cancelled', `The import of "${basename(path)}" was cancelled. Nothing of it is left.`, path, { cause: error });
    throw explainInstall(error, basename(path), path, modelsFolder);
  }
}

/** As ids are: small letters, digits, single dots and dashes. */
export const slug = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replace(/^-+/, '').slice(0, LONGEST_SLUG).replace(/-+$/, '') || 'model';
