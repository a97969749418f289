import { createHash } from 'node:crypto';
import { lstat, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { diskTrouble, IN_USE } from '../files/disk-trouble.ts';
import { removeFile, rename } from '../files/move-and-remove.ts';
import { recoverLeftovers, WorkNames } from '../files/work-names.ts';

/** Characters gathered before they are written. */
const CHUNK = 256 * 1024;

export interface Written {
  readonly bytes: number;
  /** Of the bytes, in hex. */
  readonly sha256: string;
}

/** Text or bytes on their way into a file. `write` may wait for the disk. */
export interface TextSink {
  write(content: string | Uint8Array): Promise<void>;
}

/**
 * Writes the file `path` (absolute) as a whole or not at all: into a temporary file in the same folder, flushed to the
 * disk, then renamed. By hand: write-file-atomic wants the whole content at once. When `produce` throws, nothing is left behind and its error goes on. Throws 'name-taken' when the
 * file is there and `overwrite` is false, 'bad-request' when it is a folder, 'not-found', 'no-access', 'disk-full' or 'io'.
 * Returns what was written.
 */
export async function writeWhole(path: string, overwrite: boolean, produce: (sink: TextSink) => Promise<void>): Promise<Written> {
  await checkTarget(path, overwrite);
  await guarded(path, () => recoverLeftovers(path));
  using names = new WorkNames(path);
  const temporary = names.tmp;
  const file = await opened(temporary, path);
  try {
    const written = await closed(file, async () => {
      const filled = await fill(file, path, produce);
      await guarded(path, () => file.sync());
      return filled;
    });
    await checkTarget(path, overwrite);
    await guarded(path, () => rename(temporary, path));
    await syncFolder(dirname(path));
    return written;
  } catch (error) {
    await removeFile(temporary).catch(() => undefined);
    throw error;
  }
}

/**
 * Writes a file of a folder that nobody knows of yet, at `path` (absolute), where none must be. Throws as writeWhole does;
 * then a part of it may be there. `onDisk` comes when the disk has it, which the next file need not wait for.
 */
export async function writePart(path: string, produce: (sink: TextSink) => Promise<void>): Promise<{ readonly written: Written; readonly onDisk: Promise<void> }> {
  const file = await opened(path, path);
  try {
    const written = await fill(file, path, produce);
    return { written, onDisk: guarded(path, () => file.sync().finally(() => file.close())) };
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

/** Works on a file and closes it; an error of the work is not hidden by one of the closing. */
async function closed<T>(file: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    await file.close();
    return result;
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

/** @param path what the error is about */
async function opened(file: string, path: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx');
  } catch (error) {
    throw explainWriting(error, path);
  }
}

async function fill(file: FileHandle, path: string, produce: (sink: TextSink) => Promise<void>): Promise<Written> {
  const sink = new ChunkedSink(file, path);
  await produce(sink);
  await sink.flush();
  return { bytes: sink.bytes, sha256: sink.hash.digest('hex') };
}

class ChunkedSink implements TextSink {
  readonly #file: FileHandle;
  readonly #path: string;
  #pending: string[] = [];
  #length = 0;
  bytes = 0;
  readonly hash = createHash('sha256');

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  async write(content: string | Uint8Array): Promise<void> {
    if (typeof content !== 'string') {
      await this.flush();
      await this.#append(content);
      return;
    }
    this.#pending.push(content);
    this.#length += content.length;
    if (this.#length >= CHUNK) await this.flush();
  }

  async flush(): Promise<void> {
    const bytes = Buffer.from(this.#pending.join(''), 'utf8');
    this.#pending = [];
    this.#length = 0;
    await this.#append(bytes);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.bytes += bytes.length;
    this.hash.update(bytes);
    await guarded(this.#path, () => this.#file.writeFile(bytes));
  }
}

/** Whether a file may be written at `path`; throws as writeWhole does. */
export async function checkTarget(path: string, overwrite: boolean): Promise<void> {
  const there = await lstat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw explainWriting(error, path);
  });
  if (there?.isDirectory()) throw new MaskwrightError('bad-request', `"${path}" is a folder. Give the name of a file to write.`, path);
  if (there && !overwrite) throw new MaskwrightError('name-taken', `"${path}" is there already. Choose another name, or allow it to be replaced.`, path);
}

/** Makes the rename durable; not every platform lets a folder be opened, and the file is whole without it. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Windows.
  }
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainWriting(error, path);
  }
}

/** A system error met while writing `path`, as one for people. One of ours stays as it is. */
export function explainWriting(error: unknown, path: string): MaskwrightError {
  if (error instanceof MaskwrightError) return error;
  const folder = dirname(path);
  const cause = { cause: error };
  switch (diskTrouble(error)) {
    case 'in-use':
      return new MaskwrightError('no-access', `"${path}" was not written: ${IN_USE}`, path, cause);
    case 'full':
      return new MaskwrightError('disk-full', `"${path}" was not written: the disk is full. Free some space or choose another disk.`, path, cause);
    case 'no-access':
      return new MaskwrightError('no-access', `"${path}" was not written: you have no right to write in "${folder}". Choose another folder.`, path, cause);
    case 'not-found':
      return new MaskwrightError('not-found', `"${path}" was not written: there is no folder "${folder}". Make it first, or choose another.`, path, cause);
    default:
      return new MaskwrightError('io', `"${path}" was not written: ${error instanceof Error ? error.message : String(error)}. Check the disk and try again.`, path, cause);
  }
}
