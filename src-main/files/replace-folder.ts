import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { removeFolder, rename } from './move-and-remove.ts';

/**
 * Puts the finished folder `made` at `path`, in place of what is there. Throws the system's errors and InUseError; `path` then holds
 * what it held before. Should that not go back, it throws 'io' and says where it lies. All paths are absolute and on one disk.
 * @param aside where the old content goes meanwhile
 * @returns `aside` when the old content could not be removed and still lies there, else null
 */
export async function replaceFolder(made: string, path: string, aside: string): Promise<string | null> {
  const there = await lstat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (there === null) {
    await rename(made, path);
    return null;
  }
  await rename(path, aside);
  try {
    await rename(made, path);
  } catch (error) {
    await putBack(aside, path, error);
    throw error;
  }
  try {
    await removeFolder(aside);
    return null;
  } catch {
    return aside;
  }
}

async function putBack(aside: string, path: string, error: unknown): Promise<void> {
  try {
    await rename(aside, path);
  } catch {
    const message = `"${path}" was not replaced, and what it held could not be put back: another program has it open. Nothing is lost: it is in "${basename(aside)}" beside it. Close the other program and rename that folder to "${basename(path)}".`;
    throw new MaskwrightError('io', message, path, { cause: error });
  }
}
