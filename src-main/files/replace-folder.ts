import { lstat, rename, rm } from 'node:fs/promises';

/**
 * Puts the finished folder `made` at `path`, in place of what is there. Throws the system's errors; `path` then holds what it
 * held before. All paths are absolute and on one disk.
 * @param aside where the old content goes meanwhile
 * @returns `aside` when the old content could not be removed and still lies there, else null
 */
export async function replaceFolder(made: string, path: string, aside: string): Promise<string | null> {
  const there = await lstat(path).catch(() => null);
  if (there === null) {
    await rename(made, path);
    return null;
  }
  await rename(path, aside);
  try {
    await rename(made, path);
  } catch (error) {
    await rename(aside, path);
    throw error;
  }
  try {
    await rm(aside, { recursive: true, force: true });
    return null;
  } catch {
    return aside;
  }
}
