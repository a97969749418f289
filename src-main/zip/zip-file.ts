import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';

/*
 * By hand: yauzl stops, without a word, at the number of entries that the end record gives, and macOS writes that number
 * modulo 65,536; and an entry with strong encryption makes it refuse the whole archive.
 * Source: PKWARE APPNOTE 6.3 (4.3.6 overall format, 4.3.7 local header, 4.3.12 central directory, 4.3.14 to 4.3.16 end
 * records, 4.4.2 made by, 4.5.3 ZIP64 extra field).
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
export const LOCAL_SIZE = 30;
const LONGEST_COMMENT = 0xffff;
/** In a 32-bit field: look into the ZIP64 record. */
const ELSEWHERE = 0xffff_ffff;
/** The same in a 16-bit field. */
const DISK_ELSEWHERE = 0xffff;
const ZIP64_EXTRA = 1;
const ENCRYPTED = 1;
const UNIX = 3;
const DARWIN = 19;

/** What the central directory says of an entry. Nothing of it has been held against the entry itself. */
export interface ZipEntry {
  /** As it stands there, in an encoding that `utf8` and `extra` tell. */
  readonly name: Buffer;
  readonly utf8: boolean;
  readonly encrypted: boolean;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc32: number;
  /** In the file, and unpacked. */
  readonly packed: number;
  readonly bytes: number;
  /** File type and permissions as stat gives them, where a Unix made the entry; else 0. */
  readonly mode: number;
  readonly extra: Buffer;
  /** Where its local header lies. */
  readonly header: number;
}

export interface ZipOptions {
  /** What is thrown when the file is no ZIP, damaged, or cut off. */
  readonly damaged: (why: string, whatToDo?: string) => MaskwrightError;
  /** Bytes; more is damage or means harm. */
  readonly largestDirectory: number;
}

/**
 * A ZIP's directory and parts of the file, without holding the file in memory. Split archives are refused; those with something
 * before their first entry too, which only programs that unpack themselves have.
 */
export class ZipFile implements AsyncDisposable {
  readonly path: string;
  readonly size: number;
  readonly file: FileHandle;
  readonly #damaged: ZipOptions['damaged'];
  readonly #directory: Buffer;

  private constructor(path: string, size: number, file: FileHandle, damaged: ZipOptions['damaged'], directory: Buffer) {
    this.path = path;
    this.size = size;
    this.file = file;
    this.#damaged = damaged;
    this.#directory = directory;
  }

  /** Throws 'not-found', 'no-access' or 'io' when the file cannot be read, and what `options.damaged` makes. */
  static async open(path: string, { damaged, largestDirectory }: ZipOptions): Promise<ZipFile> {
    const file = await open(path, 'r').catch((cause: unknown) => {
      throw cannotRead(path, cause);
    });
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw damaged('it is a folder or no ordinary file');
      const reader: Reader = { file, path, size: stat.size, damaged };
      return new ZipFile(path, stat.size, file, damaged, await findDirectory(reader, largestDirectory));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** In the directory's order. Throws what `options.damaged` makes, also after some entries. */
  *entries(): Generator<ZipEntry> {
    const directory = this.#directory;
    for (let at = 0; at + CENTRAL_SIZE <= directory.length; ) {
      if (directory.readUInt32LE(at) !== CENTRAL) throw this.#damaged('its list of contents is damaged');
      const [nameLength, extraLength, commentLength] = [directory.readUInt16LE(at + 28), directory.readUInt16LE(at + 30), directory.readUInt16LE(at + 32)];
      const extraAt = at + CENTRAL_SIZE + nameLength;
      const next = extraAt + extraLength + commentLength;
      if (next > directory.length) throw this.#damaged('its list of contents is cut off');
      const flags = directory.readUInt16LE(at + 8);
      const madeBy = directory.readUInt8(at + 5);
      const extra = directory.subarray(extraAt, extraAt + extraLength);
      yield {
        name: directory.subarray(at + CENTRAL_SIZE, extraAt),
        utf8: (flags & 0x800) !== 0,
        encrypted: (flags & ENCRYPTED) !== 0,
        method: directory.readUInt16LE(at + 10),
        crc32: directory.readUInt32LE(at + 16),
        mode: madeBy === UNIX || madeBy === DARWIN ? directory.readUInt16LE(at + 40) : 0,
        extra,
        ...this.#sizes(at, extra),
      };
      at = next;
    }
  }

  /** Where an entry's bytes begin. Throws what `options.damaged` makes when they are not all there. @param name for a person */
  startOf({ header, packed }: ZipEntry, local: Buffer, name: string): number {
    const start = header + LOCAL_SIZE + local.readUInt16LE(26) + local.readUInt16LE(28);
    if (local.readUInt32LE(0) !== LOCAL || start + packed > this.size) throw this.#damaged(`"${name}" is cut off`);
    return start;
  }

  /** Throws what `options.damaged` makes when the file ends before. */
  async read(position: number, length: number): Promise<Buffer> {
    return readAt({ file: this.file, path: this.path, damaged: this.#damaged }, position, length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file.close();
  }

  /** Sizes that do not fit in 32 bits stand in the extra field, in this order and only those. */
  #sizes(at: number, extra: Buffer): Pick<ZipEntry, 'bytes' | 'packed' | 'header'> {
    const directory = this.#directory;
    const small = [directory.readUInt32LE(at + 24), directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 42)];
    let from = 0;
    while (from + 4 <= extra.length && extra.readUInt16LE(from) !== ZIP64_EXTRA) from += 4 + extra.readUInt16LE(from + 2);
    from += 4;
    const [bytes = 0, packed = 0, header = 0] = small.map((value) => {
      if (value !== ELSEWHERE) return value;
      if (from + 8 > extra.length) throw this.#damaged('its list of contents is damaged');
      from += 8;
      return large(this.#damaged, extra, from - 8);
    });
    return { bytes, packed, header };
  }
}

interface Reader extends Pick<ZipOptions, 'damaged'> {
  readonly file: FileHandle;
  readonly path: string;
  readonly size: number;
}

/** The bytes of the central directory. */
async function findDirectory(reader: Reader, largest: number): Promise<Buffer> {
  const { size, damaged } = reader;
  const head = await readAt(reader, 0, Math.min(4, size));
  if (size < END_SIZE || (head.readUInt32LE(0) !== LOCAL && head.readUInt32LE(0) !== END)) throw damaged('it does not begin as a ZIP archive does');
  const tail = await readAt(reader, Math.max(0, size - END_SIZE - LONGEST_COMMENT), Math.min(size, END_SIZE + LONGEST_COMMENT));
  let at = tail.length - END_SIZE;
  while (at >= 0 && !(tail.readUInt32LE(at) === END && at + END_SIZE + tail.readUInt16LE(at + 20) === tail.length)) at--;
  if (at < 0) throw damaged('its end is missing, as after an interrupted download', 'Download it again');
  const disk = tail.readUInt16LE(at + 4);
  if (disk !== 0 && disk !== DISK_ELSEWHERE) throw damaged('it is one part of an archive in several', 'Put the parts together first');

  let [length, start] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  const locator = at - ZIP64_LOCATOR_SIZE;
  if (locator >= 0 && tail.readUInt32LE(locator) === ZIP64_LOCATOR) {
    const end = await readAt(reader, large(damaged, tail, locator + 8), ZIP64_END_SIZE);
    if (end.readUInt32LE(0) !== ZIP64_END) throw damaged('its list of contents is lost');
    [length, start] = [large(damaged, end, 40), large(damaged, end, 48)];
  }
  if (length > largest || start + length > size) throw damaged('its list of contents is lost');
  return readAt(reader, start, length);
}

function large(damaged: ZipOptions['damaged'], buffer: Buffer, at: number): number {
  const value = Number(buffer.readBigUInt64LE(at));
  if (!Number.isSafeInteger(value)) throw damaged('its list of contents is damaged');
  return value;
}

async function readAt({ file, path, damaged }: Omit<Reader, 'size'>, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done).catch((cause: unknown) => {
      throw cannotRead(path, cause);
    });
    if (bytesRead === 0) throw damaged('it ends too early', 'Download it again');
    done += bytesRead;
  }
  return buffer;
}

/** A system error met while reading `path`, as one for people. */
export function cannotRead(path: string, cause: unknown): MaskwrightError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return new MaskwrightError('not-found', `There is no file "${path}". Check the name.`, path, { cause });
  if (code === 'EACCES' || code === 'EPERM') return new MaskwrightError('no-access', `"${path}" cannot be read: you have no right to. Change its permissions.`, path, { cause });
  return new MaskwrightError('io', `"${path}" cannot be read: ${cause instanceof Error ? cause.message : String(cause)}. Check the disk and try again.`, path, { cause });
}
