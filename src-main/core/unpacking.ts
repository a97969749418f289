import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isArchive } from '../../src-shared/contract/datasets.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { removeFolder } from '../files/move-and-remove.ts';
import { nameOfContent, takenTarget } from '../projects/import/keep-unpacked.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** Where the datasets engine unpacks an archive to. */
export interface Unpacking {
  readonly content: string;
  readonly target: string | null;
}

/**
 * Does some work with a place for an archive's content, on the disk of the folder that it becomes if it is needed, and removes what is left of it
 * after. Null for what is no archive. Throws 'not-found', 'bad-request' when that folder is there already, and as writing a file does.
 * @param to absolute path of that folder; null for one beside the archive
 */
export async function withUnpacking<T>(dataset: string, to: string | null, work: (unpacking: Unpacking | null) => Promise<T>): Promise<T> {
  if (!isArchive(dataset)) return work(null);
  if (!existsSync(dataset)) throw new MaskwrightError('not-found', `There is no file "${dataset}".`, dataset);
  if (to !== null && existsSync(to)) throw takenTarget(to);
  const name = nameOfContent(dataset);
  const beside = to ?? join(dirname(dataset), name);
  const folder = await temporaryFolder(dirname(beside), '.maskwright-unpacking-', beside);
  try {
    return await work({ content: join(folder, name), target: to });
  } finally {
    // What cannot be removed now is removed when something is next unpacked there.
    await removeFolder(folder).catch(() => undefined);
  }
}
