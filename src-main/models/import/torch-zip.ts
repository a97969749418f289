import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';

/*
 * PyTorch's container since 1.6: a ZIP whose entries are stored, not compressed, often with ZIP64 records.
 * Source: PKWARE APPNOTE 6.3 (4.3.6 overall format, 4.3.14 to 4.3.16 end records, 4.5.3 ZIP64 extra field).
 */
const END = 0x0605_4b50;
const END_SIZE = 22;
const ZIP64_LOCATOR = 0x0706_4b50;
const ZIP64_LOCATOR_SIZE = 20;
const ZIP64_END = 0x0606_4b50;
const ZIP64_END_SIZE = 56;
const CENTRAL = 0x0201_4b50;
const CENTRAL_SIZE = 46;
const LOCAL = 0x0403_4b50;
const LOCAL_SIZE = 30;
const LONGEST_COMMENT = 0xffff;
/** In a 32-bit field: look into the ZIP64 record. */
const ELSEWHERE = 0xffff_ffff;
const ZIP64_EXTRA = 1;
const ENCRYPTED = 1;

/** Far above any checkpoint; more is damage or means harm. */
const LARGEST_DIRECTORY = 64 * 1024 ** 2;

interface Entry {
  readonly bytes: number;
  /** Of its local header. */
  readonly header: number;
}

/**
 * Reads parts of the entries of a checkpoint's ZIP without holding the file in memory. Checksums are not compared:
 * PyTorch can be told not to compute them.
 */
export class TorchZip implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #size: number;
  readonly #entries: ReadonlyMap<string, Entry>;
  /** Where an entry's bytes begin, by name: known once its local header was read. */
  readonly #starts = new Map<string, number>();

  private constructor(file: FileHandle, path: string, size: number, entries: ReadonlyMap<string, Entry>) {
    this.#file = file;
    this.#path = path;
    this.#size = size;
    this.#entries = entries;
  }

  /** Throws 'not-found', 'no-access' or 'io' when the file cannot be read, 'model-invalid' when it is no such ZIP. */
  static async open(path: string): Promise<TorchZip> {
    const file = await open(path, 'r').catch((cause: unknown) => {
      throw cannotRead(path, cause);
    });
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw damaged(path, 'it is a folder or no ordinary file');
      const entries = readDirectory(path, await findDirectory(file, path, stat.size));
      return new TorchZip(file, path, stat.size, entries);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get names(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Size in bytes, or null when there is no such entry. */
  bytesOf(name: string): number | null {
    return this.#entries.get(name)?.bytes ?? null;
  }

  /** `length` bytes of an entry from its byte `from`. Throws 'model-invalid' when they are not all there. */
  async read(name: string, from: number, length: number): Promise<Buffer> {
    const entry = this.#entries.get(name);
    if (entry === undefined || from < 0 || length < 0 || from + length > entry.bytes) throw damaged(this.#path, `"${name}" is missing or too short`);
    const start = this.#starts.get(name) ?? (await this.#startOf(name, entry));
    return readAt(this.#file, this.#path, start + from, length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #startOf(name: string, { header, bytes }: Entry): Promise<number> {
    const local = await readAt(this.#file, this.#path, header, LOCAL_SIZE);
    const start = header + LOCAL_SIZE + local.readUInt16LE(26) + local.readUInt16LE(28);
    if (local.readUInt32LE(0) !== LOCAL || start + bytes > this.#size) throw damaged(this.#path, `"${name}" is cut off`);
    this.#starts.set(name, start);
    return start;
  }
}

/** The bytes of the central directory. */
async function findDirectory(file: FileHandle, path: string, size: number): Promise<Buffer> {
  const head = await readAt(file, path, 0, Math.min(4, size));
  if (head.length === 4 && head[0] === 0x80 && (head[1] ?? 0) <= 5) throw damaged(path, 'it was saved in the format that PyTorch had before 1.6', 'Load and save it once with a newer PyTorch');
  if (size < END_SIZE || head.readUInt32LE(0) !== LOCAL) throw damaged(path, 'it does not begin as the files that PyTorch saves do');
  const tail = await readAt(file, path, Math.max(0, size - END_SIZE - LONGEST_COMMENT), Math.min(size, END_SIZE + LONGEST_COMMENT));
  let at = tail.length - END_SIZE;
  while (at >= 0 && !(tail.readUInt32LE(at) === END && at + END_SIZE + tail.readUInt16LE(at + 20) === tail.length)) at--;
  if (at < 0) throw damaged(path, 'its end is missing, as after an interrupted download', 'Download it again');

  let [length, start] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  const locator = at - ZIP64_LOCATOR_SIZE;
  if (locator >= 0 && tail.readUInt32LE(locator) === ZIP64_LOCATOR) {
    const end = await readAt(file, path, large(path, tail, locator + 8), ZIP64_END_SIZE);
    if (end.readUInt32LE(0) !== ZIP64_END) throw damaged(path, 'its list of contents is lost');
    [length, start] = [large(path, end, 40), large(path, end, 48)];
  }
  if (length > LARGEST_DIRECTORY || start + length > size) throw damaged(path, 'its list of contents is lost');
  return readAt(file, path, start, length);
}

function readDirectory(path: string, directory: Buffer): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (let at = 0; at + CENTRAL_SIZE <= directory.length; ) {
    if (directory.readUInt32LE(at) !== CENTRAL) throw damaged(path, 'its list of contents is damaged');
    const [nameLength, extraLength, commentLength] = [directory.readUInt16LE(at + 28), directory.readUInt16LE(at + 30), directory.readUInt16LE(at + 32)];
    const extraAt = at + CENTRAL_SIZE + nameLength;
    const next = extraAt + extraLength + commentLength;
    if (next > directory.length) throw damaged(path, 'its list of contents is cut off');
    const name = directory.toString('utf8', at + CENTRAL_SIZE, extraAt);
    if (directory.readUInt16LE(at + 10) !== 0 || directory.readUInt16LE(at + 8) & ENCRYPTED) throw damaged(path, `"${name}" in it is compressed or encrypted, which PyTorch never does`, 'If it is an archive of a checkpoint, unpack it first');
    entries.set(name, largeSizes(path, directory, at, directory.subarray(extraAt, extraAt + extraLength)));
    at = next;
  }
  return entries;
}

/** Sizes that do not fit in 32 bits stand in the extra field, in this order and only those. */
function largeSizes(path: string, directory: Buffer, at: number, extra: Buffer): Entry {
  const small = [directory.readUInt32LE(at + 24), directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 42)];
  let from = 0;
  while (from + 4 <= extra.length && extra.readUInt16LE(from) !== ZIP64_EXTRA) from += 4 + extra.readUInt16LE(from + 2);
  from += 4;
  const [bytes = 0, , header = 0] = small.map((value) => {
    if (value !== ELSEWHERE) return value;
    if (from + 8 > extra.length) throw damaged(path, 'its list of contents is damaged');
    from += 8;
    return large(path, extra, from - 8);
  });
  return { bytes, header };
}

function large(path: string, buffer: Buffer, at: number): number {
  const value = Number(buffer.readBigUInt64LE(at));
  if (!Number.isSafeInteger(value)) throw damaged(path, 'its list of contents is damaged');
  return value;
}

async function readAt(file: FileHandle, path: string, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done).catch((cause: unknown) => {
      throw cannotRead(path, cause);
    });
    if (bytesRead === 0) throw damaged(path, 'it ends too early', 'Download it again');
    done += bytesRead;
  }
  return buffer;
}

function cannotRead(path: string, cause: unknown): MaskwrightError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return new MaskwrightError('not-found', `There is no file "${path}". Check the name.`, path, { cause });
  if (code === 'EACCES' || code === 'EPERM') return new MaskwrightError('no-access', `"${path}" cannot be read: you have no right to. Change its permissions.`, path, { cause });
  return new MaskwrightError('io', `"${path}" cannot be read: ${cause instanceof Error ? cause.message : String(cause)}. Check the disk and try again.`, path, { cause });
}

const damaged = (path: string, why: string, whatToDo = 'Get the file again, or choose another checkpoint'): MaskwrightError => new MaskwrightError('model-invalid', `"${basename(path)}" cannot be read as a PyTorch checkpoint: ${why}. ${whatToDo}.`, path);
