import { readdir, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { diskTrouble, IN_USE } from '../files/disk-trouble.ts';
import { AT_ONCE, removeFolder } from '../files/move-and-remove.ts';
import { replaceFolder } from '../files/replace-folder.ts';
import { recoverLeftovers, WorkNames } from '../files/work-names.ts';
import type { InstalledModel, ModelEntry } from './catalogue.ts';
import { ENTRY_FILE, readUserModel } from './user-models.ts';

/**
 * Makes a model of a folder beside it that holds the entry's files: describes it, flushes that, and renames the folder, so
 * that the model is there as a whole or not at all. One of that id is replaced, and is there again should that fail. Throws as
 * readUserModel and replaceFolder.
 */
export async function moveIntoPlace(unfinished: string, modelsFolder: string, entry: ModelEntry): Promise<InstalledModel> {
  await writeFile(join(unfinished, ENTRY_FILE), `${JSON.stringify(entry, null, 2)}\n`, { flush: true });
  const folder = join(modelsFolder, entry.id);
  await recoverLeftovers(folder);
  using names = new WorkNames(folder);
  await replaceFolder(unfinished, folder, names.old);
  return readUserModel(modelsFolder, entry.id);
}

/** Removes what begins like this in the models folder and was left so long ago by a program that did not end properly, where it can be removed. */
export async function removeStale(modelsFolder: string, prefix: string, ageMs: number): Promise<void> {
  const names = await readdir(modelsFolder);
  await Promise.all(names.filter((name) => name.startsWith(prefix)).map(async (name) => {
    const path = join(modelsFolder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > ageMs) await removeFolder(path, AT_ONCE).catch(() => undefined);
  }));
}

/** Bytes that this user can still write on the disk of a folder that is there. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const MEGABYTE = 1e6;
const megabytes = (bytes: number): string => Math.ceil(bytes / MEGABYTE).toLocaleString('en');

/** Throws 'disk-full' when fewer bytes are free than a model of this name takes while it is made. */
export function requireSpace(name: string, modelsFolder: string, needed: number, free: number): void {
  if (needed <= free) return;
  throw new MaskwrightError('disk-full', `"${name}" needs ${megabytes(needed)} MB on the disk of "${modelsFolder}", where ${megabytes(free)} MB are free. Free some space, or name another folder with MASKWRIGHT_HOME.`, modelsFolder);
}

/** A system error met while a model was installed, as one for people; one of ours stays as it is, and what is neither too. */
export function explainInstall(error: unknown, name: string, item: string, modelsFolder: string): unknown {
  const trouble = diskTrouble(error);
  const cause = { cause: error };
  if (error instanceof MaskwrightError || trouble === null) return error;
  if (trouble === 'in-use') return new MaskwrightError('no-access', `"${name}" was not installed in "${modelsFolder}": ${IN_USE}`, item, cause);
  if (trouble === 'full') return new MaskwrightError('disk-full', `"${name}" was not installed: the disk of "${modelsFolder}" is full. Free some space and try again.`, item, cause);
  if (trouble === 'no-access') return new MaskwrightError('no-access', `"${name}" was not installed: you have no right to write in "${modelsFolder}". Change that, or name another folder with MASKWRIGHT_HOME.`, item, cause);
  return new MaskwrightError('io', `"${name}" was not installed: ${(error as Error).message}. Check the disk and try again.`, item, cause);
}
