import { ByteLru } from '../core/byte-lru.ts';
import { DiskCache } from '../sam/disk-cache.ts';
import { madeBytes } from './collect.ts';
import { bytesOf } from './sam-prompt.ts';

export interface EmbeddingsOptions {
  readonly folder: string;
  readonly diskQuota: number;
  /** Bytes; at least the newest embedding is always kept. */
  readonly memoryQuota: number;
  /** Numbers in one embedding: what has another length on disk is not ours. */
  readonly length: number;
  /** Model and preprocessing: the same picture has another embedding with each. */
  readonly variant: string;
}

/**
 * Embeddings by the hash of their image: the last used in memory, more of them on disk. Both hold the encoder's own 32-bit
 * floats, so the same prompt gives the same mask whether its embedding was just made, kept, or read back after a restart.
 */
export class Embeddings {
  readonly #options: EmbeddingsOptions;
  readonly #disk: DiskCache;
  readonly #memory: ByteLru<Float32Array>;
  /** One write after another, so that a slow disk does not fill the memory with copies. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: EmbeddingsOptions) {
    this.#options = options;
    this.#disk = new DiskCache(options.folder, options.diskQuota);
    this.#memory = new ByteLru(options.memoryQuota);
  }

  /** From memory, else from disk (and then into memory), else null. */
  async get(key: string): Promise<Float32Array | null> {
    const kept = this.#memory.get(key);
    if (kept !== undefined) return kept;
    const bytes = await this.#disk.get(this.#name(key));
    if (bytes === null || bytes.length !== this.#options.length * Float32Array.BYTES_PER_ELEMENT) return null;
    // A copy: the bytes begin behind a header, where no array of floats can.
    const embedding = new Float32Array(new Uint8Array(bytes).buffer);
    this.#keep(key, embedding);
    return embedding;
  }

  /** In memory at once; the disk follows, and a failed write is only logged. */
  put(key: string, embedding: Float32Array): void {
    this.#keep(key, embedding);
    this.#writing = this.#writing.then(() => this.#disk.put(this.#name(key), bytesOf(embedding))).catch((error: unknown) => console.error(error instanceof Error ? error.message : error));
  }

  #keep(key: string, embedding: Float32Array): void {
    this.#memory.set(key, embedding, embedding.byteLength);
    madeBytes(embedding.byteLength);
  }

  #name(key: string): string {
    return `${key} ${this.#options.variant}`;
  }
}
