import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { removeFile, rename } from '../../files/move-and-remove.ts';

/** Where bytes came from; beside the part, so that a later run of the program can ask for the rest. */
const Origin = z.strictObject({
  url: z.string(),
  /** A strong ETag or a Last-Modified date, for If-Range; null when the server gave neither. */
  validator: z.string().nullable(),
});
export type Origin = z.infer<typeof Origin>;

/** Read at once when a part is hashed again. */
const CHUNK = 1 << 20;

/** The beginning of a file that is being downloaded, and the hash of it. It outlives the program. */
export class PartialFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #target: string;
  #hash: Hash;
  #bytes: number;
  #origin: Origin | null;
  /** In how many pieces it came; those of earlier runs count as one. */
  #pieces: number;

  private constructor(target: string, handle: FileHandle, hash: Hash, bytes: number, origin: Origin | null) {
    this.#target = target;
    this.#path = partOf(target);
    this.#handle = handle;
    this.#hash = hash;
    this.#bytes = bytes;
    this.#origin = origin;
    this.#pieces = bytes > 0 ? 1 : 0;
  }

  /** Opens the part of a file in a folder that is there, empty or with what an earlier run left. Throws the signal's reason and the system's errors. */
  static async open(folder: string, name: string, signal: AbortSignal): Promise<PartialFile> {
    const target = join(folder, name);
    const handle = await open(partOf(target), 'a+');
    try {
      const hash = createHash('sha256');
      const buffer = Buffer.allocUnsafe(CHUNK);
      let bytes = 0;
      for (;;) {
        signal.throwIfAborted();
        const { bytesRead } = await handle.read(buffer, 0, CHUNK, bytes);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
        bytes += bytesRead;
      }
      return new PartialFile(target, handle, hash, bytes, bytes === 0 ? null : await readOrigin(originOf(target)));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }
  get origin(): Origin | null {
    return this.#origin;
  }
  get pieces(): number {
    return this.#pieces;
  }

  /** Of what is there, in hexadecimal. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Throws away what is there. */
  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#hash = createHash('sha256');
    this.#bytes = 0;
    this.#pieces = 0;
  }

  /** Says where the bytes come from that are appended next. */
  async continueFrom(origin: Origin): Promise<void> {
    this.#pieces++;
    this.#origin = origin;
    await writeFile(originOf(this.#target), JSON.stringify(origin));
  }

  async append(chunk: Uint8Array): Promise<void> {
    await this.#handle.appendFile(chunk);
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
  }

  /** Flushes it to the disk and gives it its name. */
  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await rename(this.#path, this.#target);
    // Of a file that is whole nobody asks where it came from.
    await removeFile(originOf(this.#target)).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Closed before when it is finished; closing again does nothing.
    await this.#handle.close();
  }
}

const partOf = (target: string): string => `${target}.part`;
const originOf = (target: string): string => `${target}.origin`;

/** Of a note that is damaged nothing is believed: the part is continued without it, and its hash decides. */
async function readOrigin(path: string): Promise<Origin | null> {
  try {
    return Origin.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}
