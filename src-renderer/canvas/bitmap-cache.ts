/**
 * Decoded images by address, at most `budget` bytes of them: the least recently used go first. Not an LRUCache: entries
 * that are being loaded or have failed are kept as well, have no size, and must not be dropped.
 */

export type LoadBitmap = (address: string, signal: AbortSignal) => Promise<ImageBitmap>;

interface Entry {
  bitmap: ImageBitmap | null;
  error: Error | null;
  readonly abort: AbortController;
  readonly waiting: (() => void)[];
}

export class BitmapCache {
  readonly #load: LoadBitmap;
  readonly #budget: number;
  /** Insertion order is order of use. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(load: LoadBitmap, budget: number) {
    this.#load = load;
    this.#budget = budget;
  }

  /** The bitmap if it is here now; to be drawn at once, it can be closed when the event loop goes on. */
  peek(address: string): ImageBitmap | null {
    const entry = this.#entries.get(address);
    if (!entry) return null;
    this.#entries.delete(address);
    this.#entries.set(address, entry);
    return entry.bitmap;
  }

  /** Why an address could not be loaded, if so. */
  error(address: string): Error | null {
    return this.#entries.get(address)?.error ?? null;
  }

  /** Starts loading unless it is here or has failed. `settled` is called when the loading ends, either way, never within this call. */
  request(address: string, settled: () => void): void {
    const known = this.#entries.get(address);
    if (known) {
      if (!known.bitmap && !known.error) known.waiting.push(settled);
      return;
    }
    const entry: Entry = { bitmap: null, error: null, abort: new AbortController(), waiting: [settled] };
    this.#entries.set(address, entry);
    void this.#fill(address, entry);
  }

  async #fill(address: string, entry: Entry): Promise<void> {
    const { signal } = entry.abort;
    try {
      const bitmap = await this.#load(address, signal);
      if (signal.aborted) {
        bitmap.close();
        return;
      }
      entry.bitmap = bitmap;
      this.#bytes += bytesOf(bitmap);
      this.#trim(address);
    } catch (reason) {
      if (signal.aborted) return;
      entry.error = reason instanceof Error ? reason : new Error(String(reason));
    }
    for (const notify of entry.waiting.splice(0)) notify();
  }

  /** Stops what is still on its way and not wanted, so that what is wanted comes sooner. */
  abandon(wanted: (address: string) => boolean): void {
    for (const [address, entry] of this.#entries) {
      if (entry.bitmap || wanted(address)) continue;
      entry.abort.abort();
      this.#entries.delete(address);
    }
  }

  clear(): void {
    for (const entry of this.#entries.values()) {
      entry.abort.abort();
      entry.bitmap?.close();
    }
    this.#entries.clear();
    this.#bytes = 0;
  }

  #trim(keep: string): void {
    for (const [address, entry] of this.#entries) {
      if (this.#bytes <= this.#budget) return;
      if (!entry.bitmap || address === keep) continue;
      this.#bytes -= bytesOf(entry.bitmap);
      entry.bitmap.close();
      this.#entries.delete(address);
    }
  }
}

function bytesOf(bitmap: ImageBitmap): number {
  return bitmap.width * bitmap.height * 4;
}
