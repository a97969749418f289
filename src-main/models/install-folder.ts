import { readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { InstalledModel, ModelEntry } from './catalogue.ts';
import { ENTRY_FILE, readUserModel } from './user-models.ts';

/**
 * Makes a model of a folder beside it that holds the entry's files: describes it, flushes that, and renames the folder, so
 * that the model is there as a whole or not at all. One of that id is replaced. Throws as readUserModel, and the system's errors.
 */
export async function moveIntoPlace(unfinished: string, modelsFolder: string, entry: ModelEntry): Promise<InstalledModel> {
  await writeFile(join(unfinished, ENTRY_FILE), `${JSON.stringify(entry, null, 2)}\n`, { flush: true });
  const folder = join(modelsFolder, entry.id);
  const there = await stat(folder).catch(() => null);
  if (there !== null) await rename(folder, `${unfinished}-replaced`);
  await rename(unfinished, folder);
  await rm(`${unfinished}-replaced`, { recursive: true, force: true });
  return readUserModel(modelsFolder, entry.id);
}

/** Removes what begins like this in the models folder and was left so long ago by a program that did not end properly. */
export async function removeStale(modelsFolder: string, prefix: string, ageMs: number): Promise<void> {
  const names = await readdir(modelsFolder);
  await Promise.all(names.filter((name) => name.startsWith(prefix)).map(async (name) => {
    const path = join(modelsFolder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > ageMs) await rm(path, { recursive: true, force: true });
  }));
}

/** Bytes that this user can still write on the disk of a folder that is there. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const MEGABYTE = 1e6;

/** Throws 'disk-full' when fewer bytes are free than a model of this name takes while it is made. */
export function requireSpace(name: string, modelsFolder: string, needed: number, free: number): void {
  if (needed <= free) return;
  const megabytes = (bytes: number): string => Math.ceil(bytes / MEGABYTE).toLocaleString('en');
  throw new MaskwrightError('disk-full', `"${name}" needs ${megabytes(needed)} MB on the disk of "${modelsFolder}", where ${megabytes(free)} MB are free. Free some space, or name another folder with MASKWRIGHT_HOME.`, modelsFolder);
}
