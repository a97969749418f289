import { createReadStream } from 'node:fs';
import { constants, copyFile, lstat, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { removeFolder } from '../files/move-and-remove.ts';
import { replaceFolder } from '../files/replace-folder.ts';
import { recoverLeftovers, WorkNames } from '../files/work-names.ts';
import { explainWriting, syncFolder, writePart } from './atomic-file.ts';
import type { TextSink } from './atomic-file.ts';
import type { WrittenFile } from './manifest.ts';

/** Where a data set's files go. Paths are relative, with forward slashes, and stay inside. */
export interface FolderWriter {
  write(path: string, produce: (sink: TextSink) => Promise<void>): Promise<void>;
  /** @param from absolute path of a file, which is not changed. */
  copy(path: string, from: string): Promise<void>;
}

/** Names that Windows does not take for a file, with or without an extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/**
 * Writes the folder `path` (absolute) as a whole or not at all: into a temporary folder beside it, then renamed. When
 * `produce` throws, nothing is left behind and its error goes on. A folder that is there and holds something is
 * replaced only when `overwrite` is true; a process that died while it replaced it has its work undone first.
 * Throws as writeWhole does, and 'bad-request' when `path` is a file.
 * @param note is called with each file and its hash
 */
export async function writeFolder<T>(path: string, overwrite: boolean, produce: (out: FolderWriter) => Promise<T>, note: ((file: WrittenFile) => void) | null = null): Promise<T> {
  await guarded(path, () => recoverLeftovers(path));
  await checkFolderTarget(path, overwrite);
  using names = new WorkNames(path);
  const temporary = names.tmp;
  const writer = new Writer(temporary, note);
  try {
    await guarded(path, () => mkdir(temporary));
    const result = await produce(writer);
    await writer.onDisk();
    await checkFolderTarget(path, overwrite);
    // An old copy that cannot be removed, as when one of its files is open, is removed by the next export.
    await guarded(path, () => replaceFolder(temporary, path, names.old));
    await syncFolder(dirname(path));
    return result;
  } catch (error) {
    await writer.settled();
    await removeFolder(temporary).catch(() => undefined);
    throw error;
  }
}

/** Files on their way to the disk at one time: many are waited for hardly longer than one. */
const MOST_WAITED = 32;

/** Whether a folder may be written at `path`; throws as writeFolder does. */
export async function checkFolderTarget(path: string, overwrite: boolean): Promise<void> {
  const there = await lstat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw explainWriting(error, path);
  });
  if (there === null) return;
  if (!there.isDirectory()) throw new MaskwrightError('bad-request', `"${path}" is a file. Give the name of a folder to write.`, path);
  if (!overwrite && (await readdir(path)).length > 0) throw new MaskwrightError('name-taken', `The folder "${path}" is there already and holds files. Choose another name, or allow it to be replaced.`, path);
}

class Writer implements FolderWriter {
  readonly #root: string;
  readonly #note: ((file: WrittenFile) => void) | null;
  /** Lower case: some disks take names that differ by case only for the same. */
  readonly #taken = new Set<string>();
  /** Those that were made, and the root. */
  readonly #folders: Set<string>;
  readonly #waited = new Set<Promise<void>>();
  #failed: unknown = null;

  constructor(root: string, note: ((file: WrittenFile) => void) | null) {
    this.#root = root;
    this.#folders = new Set([root]);
    this.#note = note;
  }

  async write(path: string, produce: (sink: TextSink) => Promise<void>): Promise<void> {
    await this.#write(path, await this.#place(path), produce);
  }

  async #write(path: string, target: string, produce: (sink: TextSink) => Promise<void>): Promise<void> {
    const { written, onDisk } = await writePart(target, produce);
    const waited: Promise<void> = onDisk
      .catch((error: unknown) => {
        this.#failed ??= error;
      })
      .finally(() => this.#waited.delete(waited));
    this.#waited.add(waited);
    if (this.#waited.size >= MOST_WAITED) await Promise.race(this.#waited);
    if (this.#failed !== null) throw this.#failed;
    this.#note?.({ path, ...written });
  }

  /** Whether it went well or not, no file is being written any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#waited);
  }

  /** Comes when the disk has all files. Throws what went wrong with one. */
  async onDisk(): Promise<void> {
    await this.settled();
    if (this.#failed !== null) throw this.#failed;
    for (const folder of this.#folders) await syncFolder(folder);
  }

  async copy(path: string, from: string): Promise<void> {
    const target = await this.#place(path);
    if (this.#note === null) {
      await guarded(from, () => copyFile(from, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE));
      return;
    }
    // Its bytes have to pass by anyway, to be hashed.
    await this.#write(path, target, async (sink) => {
      for await (const chunk of guardedStream(from)) await sink.write(chunk);
    });
  }

  async #place(path: string): Promise<string> {
    const parts = path.split('/');
    if (parts.some((part) => !isSafeName(part))) throw new MaskwrightError('bad-request', `"${path}" is no file name that every system takes. Rename the picture and export again.`, path);
    const key = path.normalize('NFC').toLowerCase();
    if (this.#taken.has(key)) throw new MaskwrightError('conflict', `Two files of the data set would both be called "${path}". Rename one of the pictures and export again.`, path);
    this.#taken.add(key);
    const target = join(this.#root, ...parts);
    const folder = dirname(target);
    if (!this.#folders.has(folder)) await guarded(target, () => mkdir(folder, { recursive: true }));
    for (let made = folder; !this.#folders.has(made); made = dirname(made)) this.#folders.add(made);
    return target;
  }
}

async function* guardedStream(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) yield chunk as Uint8Array;
  } catch (error) {
    throw explainWriting(error, path);
  }
}

/** Whether a file name means the same file on Windows, macOS and Linux. */
export function isSafeName(name: string): boolean {
  return name !== '' && Buffer.byteLength(name) <= 255 && !RESERVED.test(name) && !/[<>:"\\|?*/]|[. ]$/.test(name) && !hasControlCharacter(name);
}

const hasControlCharacter = (name: string): boolean => [...name].some((character) => character < ' ' || character === '\x7f');

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainWriting(error, path);
  }
}
