import { LRUCache } from 'lru-cache';

/** A cache bounded in bytes that drops what was used longest ago. The newest entry stays even when it alone is over the bound. */
export class ByteLru<V extends NonNullable<unknown>> {
  readonly #cache: LRUCache<string, V>;
  readonly #limit: number;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = Math.max(1, Math.floor(limit));
    this.#cache = new LRUCache({ maxSize: this.#limit });
  }

  get bytes(): number {
    return this.#cache.calculatedSize;
  }

  /** The value, which counts as used now. */
  get(key: string): V | undefined {
    return this.#cache.get(key);
  }

  has(key: string): boolean {
    return this.#cache.has(key);
  }

  set(key: string, value: V, bytes: number): void {
    // LRUCache refuses what has no size, and what is larger than all of it.
    this.#cache.set(key, value, { size: Math.min(Math.max(1, bytes), this.#limit) });
  }

  delete(key: string): void {
    this.#cache.delete(key);
  }
}
