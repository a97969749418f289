import { fromHalf, toHalf } from '../../src-shared/sam/half.ts';
import { DiskCache } from '../sam/disk-cache.ts';

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

/** Embeddings by the hash of their picture: the last used in memory, more of them as half floats on disk. */
export class Embeddings {
  readonly #options: EmbeddingsOptions;
  readonly #disk: DiskCache;
  /** Least recently used first. */
  readonly #memory = new Map<string, Float32Array>();
  /** One write after another, so that a slow disk does not fill the memory with copies. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: EmbeddingsOptions) {
    this.#options = options;
    this.#disk = new DiskCache(options.folder, options.diskQuota);
  }

  /** From memory, else from disk (and then into memory), else null. */
  async get(key: string): Promise<Float32Array | null> {
    const kept = this.#memory.get(key);
    if (kept !== undefined) {
      this.#memory.delete(key);
      this.#memory.set(key, kept);
      return kept;
    }
    const bytes = await this.#disk.get(this.#name(key));
    if (bytes === null || bytes.length !== this.#options.length * 2) return null;
    const embedding = fromHalf(bytes);
    this.#keep(key, embedding);
    return embedding;
  }

  /**
   * In memory at once; the disk follows, and a disk that takes nothing is only logged. Memory holds the rounded numbers
   * too, so that the same prompt gives the same mask before and after a restart.
   */
  put(key: string, embedding: Float32Array): void {
    const half = toHalf(embedding);
    this.#keep(key, fromHalf(half));
    this.#writing = this.#writing.then(() => this.#disk.put(this.#name(key), half)).catch((error: unknown) => console.error(error instanceof Error ? error.message : error));
  }

  #keep(key: string, embedding: Float32Array): void {
    this.#memory.delete(key);
    this.#memory.set(key, embedding);
    const size = this.#options.length * Float32Array.BYTES_PER_ELEMENT;
    for (const oldest of this.#memory.keys()) {
      if (this.#memory.size <= 1 || this.#memory.size * size <= this.#options.memoryQuota) return;
      this.#memory.delete(oldest);
    }
  }

  #name(key: string): string {
    return `${key} ${this.#options.variant}`;
  }
}
