import { open, readFile } from 'node:fs/promises';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { isRunning } from '../../files/is-running.ts';
import { removeFile } from '../../files/move-and-remove.ts';

const held = new Set<string>();

/**
 * Keeps two downloads, of this program or of another, from writing the same files. A lock of a program that is no more
 * is taken over. Throws 'conflict' while the model of this name is being downloaded, and the system's errors.
 */
export async function lockDownload(path: string, name: string): Promise<AsyncDisposable> {
  const busy = (): MaskwrightError => new MaskwrightError('conflict', `"${name}" is being downloaded already. Wait for that, or cancel it.`, name);
  if (held.has(path)) throw busy();
  held.add(path);
  try {
    if (!(await create(path))) {
      if (isAlive(Number(await readFile(path, 'utf8').catch(() => '')))) throw busy();
      await removeFile(path);
      if (!(await create(path))) throw busy();
    }
  } catch (error) {
    held.delete(path);
    throw error;
  }
  return {
    [Symbol.asyncDispose]: async () => {
      // Left behind, it names a process that holds nothing.
      await removeFile(path).catch(() => undefined);
      held.delete(path);
    },
  };
}

async function create(path: string): Promise<boolean> {
  try {
    await using handle = await open(path, 'wx');
    await handle.writeFile(String(process.pid));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether another program has this process id. Our own is of a program before us: what we hold is in `held`. */
const isAlive = (pid: number): boolean => Number.isSafeInteger(pid) && pid > 0 && pid !== process.pid && isRunning(pid);
