import { basename } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { LOCAL_SIZE, ZipFile } from '../../../zip/zip-file.ts';
import type { ZipEntry } from '../../../zip/zip-file.ts';

/** Far above any checkpoint; more is damage or means harm. */
const LARGEST_DIRECTORY = 64 * 1024 ** 2;

/**
 * PyTorch's container since 1.6: a ZIP whose entries are stored, not compressed, often with ZIP64 records. Reads parts of the
 * entries without holding the file in memory. Checksums are not compared: PyTorch can be told not to compute them.
 */
export class TorchZip implements AsyncDisposable {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, ZipEntry>;
  /** Where an entry's bytes begin, by name: known once its local header was read. */
  readonly #starts = new Map<string, number>();

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, ZipEntry>) {
    this.#zip = zip;
    this.#entries = entries;
  }

  /** Throws 'not-found', 'no-access' or 'io' when the file cannot be read, 'model-invalid' when it is no such ZIP. */
  static async open(path: string): Promise<TorchZip> {
    const zip = await ZipFile.open(path, { damaged: (why, whatToDo) => damaged(path, why, whatToDo), largestDirectory: LARGEST_DIRECTORY });
    try {
      const entries = new Map<string, ZipEntry>();
      for (const entry of zip.entries()) {
        const name = entry.name.toString('utf8');
        if (entry.method !== 0 || entry.encrypted) throw damaged(path, `"${name}" in it is compressed or encrypted, which PyTorch never does`, 'If it is an archive of a checkpoint, unpack it first');
        entries.set(name, entry);
      }
      return new TorchZip(zip, entries);
    } catch (error) {
      await zip[Symbol.asyncDispose]();
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
    if (entry === undefined || from < 0 || length < 0 || from + length > entry.bytes) throw damaged(this.#zip.path, `"${name}" is missing or too short`);
    const start = this.#starts.get(name) ?? (await this.#startOf(name, entry));
    return this.#zip.read(start + from, length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#zip[Symbol.asyncDispose]();
  }

  async #startOf(name: string, entry: ZipEntry): Promise<number> {
    const start = this.#zip.startOf({ ...entry, packed: entry.bytes }, await this.#zip.read(entry.header, LOCAL_SIZE), name);
    this.#starts.set(name, start);
    return start;
  }
}

const damaged = (path: string, why: string, whatToDo = 'Get the file again, or choose another checkpoint'): MaskwrightError => new MaskwrightError('model-invalid', `"${basename(path)}" cannot be read as a PyTorch checkpoint: ${why}. ${whatToDo}.`, path);
