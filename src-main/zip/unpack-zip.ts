import { closeSync, fsync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { explainWriting } from '../datasets/atomic-file.ts';
import { removeFile } from '../files/move-and-remove.ts';
import { pauses } from '../datasets/pauses.ts';
import { entryName, placeOf } from './entry-name.ts';
import { cannotRead, LOCAL_SIZE, ZipFile } from './zip-file.ts';
import type { ZipEntry } from './zip-file.ts';

export const MOST_ENTRIES = 1_000_000;
/** A directory of so many entries with names of a usual length. */
const LARGEST_DIRECTORY = 256 * 1024 ** 2;
/**
 * Up to so much may come of anything; more only of what is packed to a hundredth at best. Deflate reaches a thousandth, but on
 * nothing that people label: annotations come to a tenth, label pictures of one class to a fiftieth.
 */
const ALWAYS_TAKEN = 1024 ** 3;
const MOST_RATIO = 100;
/** Bytes packed and unpacked: entries up to here are unpacked at once, which is many times faster than as a stream. */
const SMALL = { packed: 4 * 1024 ** 2, bytes: 16 * 1024 ** 2 };
/** Files that wait for the disk at one time. */
const MOST_WAITED = 64;
/** Entries left out that are named; the rest is counted. */
const MOST_TOLD = 1_000;
const STORED = 0;
const DEFLATED = 8;

export interface UnpackRun {
  readonly signal: AbortSignal;
  /** Unpacked bytes. */
  progress(done: number, total: number): void;
  /** An entry that was left out. */
  problem(item: string, problem: Problem): void;
}

/**
 * Unpacks a ZIP (absolute path) into a folder that is there and empty, and nowhere else: no links are made, and no file is
 * written twice. Entries that are damaged, encrypted or packed in another way than by deflate are told and left out. Throws
 * 'dataset-invalid' when it is no ZIP or nothing of it could be unpacked, 'too-large' when it would become far more than it is
 * or overlaps itself, as archives do that are made to fill disks, 'disk-full', 'cancelled', and what reading and writing files throws.
 */
export async function unpackZip(path: string, into: string, run: UnpackRun): Promise<void> {
  const damaged = (why: string, whatToDo = 'Get the file again'): MaskwrightError => new MaskwrightError('dataset-invalid', `"${basename(path)}" cannot be unpacked: ${why}. ${whatToDo}.`, path);
  await using zip = await ZipFile.open(path, { damaged, largestDirectory: LARGEST_DIRECTORY });
  const pause = pauses(run.signal);
  const total = await measure(zip, into, pause);
  const unpacker = new Unpacker(zip, into, run);
  let done = 0, entries = 0;
  let first: Problem | null = null;
  let told = 0;
  try {
    for (const entry of zip.entries()) {
      await pause();
      const before = done;
      const problem = await unpacker.take(entry, (bytes) => run.progress(before + bytes, total));
      done += entry.bytes;
      entries++;
      run.progress(done, total);
      if (problem === null) continue;
      first ??= problem;
      if (++told <= MOST_TOLD) run.problem(problem.item ?? path, problem);
    }
  } catch (error) {
    // Files are closed once the disk has them; what it says of them matters less than what ended the work.
    await unpacker.onDisk().catch(() => undefined);
    throw error;
  }
  await unpacker.onDisk();
  if (told > MOST_TOLD) run.problem(path, { code: 'dataset-invalid', message: `${told - MOST_TOLD} more files of "${basename(path)}" were left out.`, item: path });
  if (unpacker.files === 0) throw damaged(first === null ? (entries === 0 ? 'it is empty' : 'it holds no files') : first.message.replace(/\.$/, ''), first === null ? 'Get the file again' : 'Unpack it with another program and import the folder');
}

/** Bytes that will come of it, as its directory says; each entry is held to that later. */
async function measure(zip: ZipFile, into: string, pause: () => Promise<void>): Promise<number> {
  const name = basename(zip.path);
  let entries = 0, bytes = 0, packed = 0;
  for (const entry of zip.entries()) {
    await pause();
    if (++entries > MOST_ENTRIES) throw new MaskwrightError('too-large', `"${name}" holds more than ${MOST_ENTRIES.toLocaleString('en')} files. Import it in several parts.`, zip.path);
    if (isBomb(entry.bytes, entry.packed)) throw tooFar(zip.path, entryName(entry));
    bytes += entry.bytes;
    packed += entry.packed + LOCAL_SIZE;
  }
  if (packed > zip.size || isBomb(bytes, zip.size)) throw tooFar(zip.path, null);
  const { bavail, bsize } = await statfs(into).catch((error: unknown) => {
    throw explainWriting(error, into);
  });
  if (bytes > bavail * bsize) throw new MaskwrightError('disk-full', `"${name}" was not unpacked: it becomes ${Math.ceil(bytes / 1e6).toLocaleString('en')} MB, and there are ${Math.floor((bavail * bsize) / 1e6).toLocaleString('en')} MB free where it would go. Free some space, or choose a folder on another disk.`, zip.path);
  return bytes;
}

const isBomb = (bytes: number, packed: number): boolean => bytes > ALWAYS_TAKEN && bytes > MOST_RATIO * packed;

const tooFar = (path: string, entry: string | null): MaskwrightError =>
  new MaskwrightError('too-large', `"${basename(path)}" was not unpacked: ${entry === null ? 'it' : `"${entry}" in it`} would become more than a hundred times as large, as archives do that are made to fill disks. If you know where it comes from, unpack it yourself and import the folder.`, path);

class Unpacker {
  readonly #zip: ZipFile;
  readonly #into: string;
  readonly #run: UnpackRun;
  readonly #folders = new Set<string>();
  #waited: number[] = [];
  files = 0;

  constructor(zip: ZipFile, into: string, run: UnpackRun) {
    this.#zip = zip;
    this.#into = into;
    this.#run = run;
  }

  /** Writes an entry; what is wrong with it alone is returned. @param written told of a large one on the way, in bytes */
  async take(entry: ZipEntry, written: (bytes: number) => void): Promise<Problem | null> {
    const place = placeOf(entry);
    if (place.kind === 'passed-over') return null;
    const leftOut = (why: string): Problem => ({ code: 'dataset-invalid', message: `"${place.name}" was left out: ${why}.`, item: place.name });
    if (place.kind === 'refused') return leftOut(place.why);
    if (entry.encrypted && place.kind === 'file') return leftOut('it is encrypted');
    if (entry.method !== STORED && entry.method !== DEFLATED) return leftOut(`it is packed by a method other than deflate (number ${entry.method})`);
    const target = join(this.#into, ...place.parts);
    try {
      this.#folder(place.kind === 'folder' ? place.parts : place.parts.slice(0, -1));
      if (place.kind === 'folder') return null;
      await this.#write(entry, target, place.name, written);
      this.files++;
      return null;
    } catch (error) {
      if (this.#run.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
      if (error instanceof Damage) return leftOut(error.message);
      if (error instanceof MaskwrightError) {
        // The directory is sound: the entry is not where it should be.
        if (error.code === 'dataset-invalid') return leftOut('its place in the archive is damaged');
        throw error;
      }
      const why = ofOneName(error);
      if (why === null) throw explainWriting(error, target);
      return leftOut(why);
    }
  }

  /** Comes when the disk has all files. */
  async onDisk(): Promise<void> {
    const waited = this.#waited;
    this.#waited = [];
    const ends = await Promise.allSettled(waited.map((file) => synced(file).finally(() => closeSync(file))));
    for (const end of ends) if (end.status === 'rejected') throw explainWriting(end.reason, this.#into);
  }

  #folder(parts: readonly string[]): void {
    const folder = parts.join('/');
    if (this.#folders.has(folder)) return;
    mkdirSync(join(this.#into, ...parts), { recursive: true });
    this.#folders.add(folder);
  }

  async #write(entry: ZipEntry, target: string, name: string, written: (bytes: number) => void): Promise<void> {
    const start = this.#zip.startOf(entry, this.#read(entry.header, LOCAL_SIZE), name);
    if (entry.method === STORED && entry.packed !== entry.bytes) throw new Damage('its sizes contradict each other');
    const isSmall = entry.packed === 0 || (entry.packed <= SMALL.packed && entry.bytes <= SMALL.bytes);
    const data = isSmall ? inflated(entry, this.#read(start, entry.packed)) : null;
    const file = openSync(target, 'wx');
    try {
      if (data === null) await this.#stream(entry, start, file, written);
      else writeAll(file, data);
    } catch (error) {
      closeSync(file);
      await removeFile(target).catch(() => undefined);
      throw error;
    }
    this.#waited.push(file);
    if (this.#waited.length >= MOST_WAITED) await this.onDisk();
  }

  async #stream(entry: ZipEntry, start: number, file: number, written: (bytes: number) => void): Promise<void> {
    const { signal } = this.#run;
    const source = this.#zip.file.createReadStream({ start, end: start + entry.packed - 1, autoClose: false, highWaterMark: 1 << 20 });
    let bytes = 0, crc = 0;
    const write = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        crc = crc32(chunk, crc);
        if (bytes > entry.bytes) throw new Damage(DAMAGED);
        writeAll(file, chunk);
        written(bytes);
      }
      if (bytes !== entry.bytes || crc !== entry.crc32) throw new Damage(DAMAGED);
    };
    try {
      await (entry.method === STORED ? pipeline(source, write, { signal }) : pipeline(source, createInflateRaw({ chunkSize: 1 << 18 }), write, { signal }));
    } catch (error) {
      throw isOfZlib(error) ? new Damage(DAMAGED) : error;
    }
  }

  /** Synchronous: this process does nothing else, and a promise for each of a million entries would take longer than the reading. */
  #read(position: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      let read: number;
      try {
        read = readSync(this.#zip.file.fd, buffer, done, length - done, position + done);
      } catch (error) {
        throw cannotRead(this.#zip.path, error);
      }
      if (read === 0) throw new Damage('the archive ends too early');
      done += read;
    }
    return buffer;
  }
}

/** What is wrong with one entry, in words. */
class Damage extends Error {}

const DAMAGED = 'it is damaged (its checksum or size is not what the archive says)';

function inflated(entry: ZipEntry, packed: Buffer): Buffer {
  let data: Buffer;
  try {
    data = entry.method === STORED ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.bytes) });
  } catch {
    throw new Damage(DAMAGED);
  }
  if (data.length !== entry.bytes || crc32(data) !== entry.crc32) throw new Damage(DAMAGED);
  return data;
}

function writeAll(file: number, data: Buffer): void {
  for (let at = 0; at < data.length; ) at += writeSync(file, data, at);
}

const synced = (file: number): Promise<void> =>
  new Promise((resolve, reject) => {
    fsync(file, (error) => (error === null ? resolve() : reject(error)));
  });

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '');
const isOfZlib = (error: unknown): boolean => /^(Z_|ERR_BUFFER_TOO_LARGE|ERR_TRAILING)/.test(codeOf(error));

/** Errors about a name and not about the disk, in words; null for others. */
function ofOneName(error: unknown): string | null {
  switch (codeOf(error)) {
    case 'EEXIST':
    case 'ENOTDIR':
    case 'EISDIR':
      return 'there is another file of this name in the archive';
    case 'ENAMETOOLONG':
    case 'EINVAL':
    case 'EILSEQ':
      return 'this system takes no such name';
    default:
      return null;
  }
}
