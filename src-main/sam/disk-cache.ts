import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { diskTrouble } from '../files/disk-trouble.ts';
import { AT_ONCE, removeFile, rename } from '../files/move-and-remove.ts';

/** First bytes of an entry's file; a new layout gets a new magic, and old entries are dropped as corrupt. */
const MAGIC = Buffer.from('MWCACHE1');
const SHA256 = 32;
const HEADER = MAGIC.length + SHA256;
/** A file still being written, or left by a process that died while writing. */
const TEMPORARY = '.tmp';
const STALE_MS = 60 * 60 * 1000;

interface Entry {
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
}

/**
 * Bytes by name, on disk, up to a quota: the entries used longest ago go first. What it holds can always be computed
 * again, so nothing is synced to the disk: an entry torn by a crash fails its checksum and is dropped when it is read.
 * Several processes may share a folder; each keeps the quota by what it knows. By hand: cacache and keyv have no quota.
 */
export class DiskCache {
  readonly #folder: string;
  readonly #quota: number;
  /** By file name, used longest ago first. Filled from the folder before the first eviction. */
  readonly #entries = new Map<string, Entry>();
  #total = 0;
  #scan: Promise<void> | null = null;
  #serial = 0;
  #evicting: Promise<void> = Promise.resolve();

  /** @param quotaBytes of the files, headers included. 0 keeps nothing. */
  constructor(folder: string, quotaBytes: number) {
    this.#folder = folder;
    this.#quota = quotaBytes;
  }

  /** The bytes put under this name (a plain Uint8Array, at any offset), or null: never put, evicted, or found corrupt (and then deleted). */
  async get(name: string): Promise<Uint8Array | null> {
    const file = fileName(name);
    const path = this.#path(file);
    let content: Buffer;
    try {
      content = await readFile(path);
    } catch {
      this.#forget(file);
      return null;
    }
    const payload = content.subarray(HEADER);
    const whole = content.length >= HEADER && content.subarray(0, MAGIC.length).equals(MAGIC) && checksum(name, payload).equals(content.subarray(MAGIC.length, HEADER));
    if (!whole) {
      await removeFile(path).catch(() => undefined);
      this.#forget(file);
      return null;
    }
    const now = Date.now();
    this.#remember(file, { bytes: content.length, usedAt: now });
    // The time of last use outlives the program as the file's; without it only the order of eviction is worse.
    await utimes(path, now / 1000, now / 1000).catch(() => {});
    return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  }

  /** Keeps bytes under a name, in one step: a reader sees all of them or none. Throws 'disk-full', 'no-access' or 'io'. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    if (HEADER + bytes.length > this.#quota) return;
    const file = fileName(name);
    const path = this.#path(file);
    const temporary = `${path}${TEMPORARY}-${process.pid}-${this.#serial++}`;
    try {
      await mkdir(join(this.#folder, shard(file)), { recursive: true });
      await writeFile(temporary, Buffer.concat([MAGIC, checksum(name, bytes), bytes]));
      await rename(temporary, path);
    } catch (error) {
      await removeFile(temporary).catch(() => undefined);
      throw writeError(error, this.#folder);
    }
    this.#remember(file, { bytes: HEADER + bytes.length, usedAt: Date.now() });
    await this.#evict();
  }

  /** Bytes on disk, as far as known to this process. */
  async size(): Promise<number> {
    await this.#scanned();
    return this.#total;
  }

  #path(file: string): string {
    return join(this.#folder, shard(file), file);
  }

  #remember(file: string, entry: Entry): void {
    this.#forget(file);
    this.#entries.set(file, entry);
    this.#total += entry.bytes;
  }

  #forget(file: string): void {
    this.#total -= this.#entries.get(file)?.bytes ?? 0;
    this.#entries.delete(file);
  }

  /** One eviction at a time: two at once would both count, and delete, the same files. */
  #evict(): Promise<void> {
    this.#evicting = this.#evicting.then(() => this.#shrink());
    return this.#evicting;
  }

  async #shrink(): Promise<void> {
    await this.#scanned();
    const doomed: string[] = [];
    for (const file of this.#entries.keys()) {
      if (this.#total <= this.#quota) break;
      this.#forget(file);
      doomed.push(file);
    }
    await Promise.all(doomed.map((file) => removeFile(this.#path(file)).catch(() => undefined)));
  }

  #scanned(): Promise<void> {
    this.#scan ??= this.#readFolder();
    return this.#scan;
  }

  async #readFolder(): Promise<void> {
    const shards = await readdir(this.#folder).catch(() => []);
    await Promise.all(shards.map(async (name) => {
      const files = await readdir(join(this.#folder, name)).catch(() => []);
      await Promise.all(files.map((file) => this.#readEntry(file, join(this.#folder, name, file))));
    }));
    // Once, so that evicting is a walk from the front: a cache of small pictures has a hundred thousand entries.
    const entries = [...this.#entries].sort((a, b) => a[1].usedAt - b[1].usedAt);
    this.#entries.clear();
    for (const [file, entry] of entries) this.#entries.set(file, entry);
  }

  async #readEntry(file: string, path: string): Promise<void> {
    const found = await stat(path).catch(() => null);
    if (found === null || !found.isFile()) return;
    if (file.includes(TEMPORARY)) {
      if (Date.now() - found.mtimeMs > STALE_MS) await removeFile(path, AT_ONCE).catch(() => undefined);
    } else if (!this.#entries.has(file)) this.#remember(file, { bytes: found.size, usedAt: found.mtimeMs });
  }
}

/** Any name becomes a safe file name of fixed length. */
const fileName = (name: string): string => createHash('sha256').update(name).digest('hex');
const shard = (file: string): string => file.slice(0, 2);

/** Over the name too: an entry under another's file name is as wrong as a flipped bit. */
const checksum = (name: string, payload: Uint8Array): Buffer => createHash('sha256').update(name).update('\0').update(payload).digest();

function writeError(error: unknown, folder: string): MaskwrightError {
  const trouble = diskTrouble(error);
  if (trouble === 'in-use') return new MaskwrightError('no-access', `The cache in ${folder} was not written: another program has a file of it open. Work goes on without it.`, folder, { cause: error });
  if (trouble === 'full') return new MaskwrightError('disk-full', `The disk is full: the cache in ${folder} takes nothing more. Free some space; work goes on without the cache.`, folder, { cause: error });
  if (trouble === 'no-access') return new MaskwrightError('no-access', `The cache folder ${folder} cannot be written. Check its permissions; work goes on without the cache.`, folder, { cause: error });
  return new MaskwrightError('io', `The cache in ${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}.`, folder, { cause: error });
}
