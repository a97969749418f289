import type { DownloadEntry, DownloadFile } from './entry.ts';
import type { Timers } from './timers.ts';

export interface DownloadProgress {
  /** Of one measure over all files and, for checkpoints, the import: bytes while they arrive. */
  readonly done: number;
  readonly total: number;
  readonly importing: boolean;
  /** Null while not yet known, and while importing. */
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

/** Time over which the speed is measured, so that it follows the connection and is still to be read. */
const WINDOW_MS = 5_000;
/** A speed measured over less than this says nothing. */
const SPEED_AFTER_MS = 1_000;
/** Between two measurements: pieces arrive thousands of times a second. */
const SAMPLE_MS = 100;

/** One bar for all files of a model and its import. */
export class ProgressBar {
  readonly #entry: DownloadEntry;
  readonly #timers: Timers;
  readonly #show: (progress: DownloadProgress) => void;
  readonly #importBytes: number;
  readonly #there = new Map<DownloadFile, number>();
  /** Sizes that servers told. */
  readonly #learnt = new Map<DownloadFile, number>();
  /** What had arrived at moments of the last seconds, oldest first. */
  #samples: { readonly at: number; readonly bytes: number }[] = [];
  #bytesPerSecond: number | null = null;

  /** @param importShare length of the bar for the import, of that for the download; 0 when there is none */
  constructor(entry: DownloadEntry, importShare: number, timers: Timers, show: (progress: DownloadProgress) => void) {
    this.#entry = entry;
    this.#importBytes = Math.round(entry.bytes * importShare);
    this.#timers = timers;
    this.#show = show;
  }

  /** @param arrived whether these bytes came just now; what an earlier run left says nothing about the speed */
  file(file: DownloadFile, there: number, total: number | null, arrived: boolean): void {
    if (total !== null) this.#learnt.set(file, total);
    const before = this.#there.get(file) ?? 0;
    this.#there.set(file, there);
    if (!arrived || there < before) {
      this.#samples = [];
      this.#bytesPerSecond = null;
    }
    this.#measure();
    const done = this.#arrived();
    const download = this.#downloadBytes();
    const bytesPerSecond = this.#bytesPerSecond;
    this.#show({ done, total: download + this.#importBytes, importing: false, bytesPerSecond, secondsLeft: bytesPerSecond === null || bytesPerSecond <= 0 ? null : (download - done) / bytesPerSecond });
  }

  /** @param done of `total`, in any measure */
  imported(done: number, total: number): void {
    const download = this.#downloadBytes();
    const share = total === 0 ? 0 : Math.min(1, done / total);
    this.#show({ done: download + Math.round(this.#importBytes * share), total: download + this.#importBytes, importing: true, bytesPerSecond: null, secondsLeft: null });
  }

  /** Bytes of the download that are not there. */
  get missing(): number {
    return this.#downloadBytes() - this.#arrived();
  }

  #measure(): void {
    const now = this.#timers.now();
    if (now - (this.#samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY) < SAMPLE_MS) return;
    const bytes = this.#arrived();
    this.#samples = [...this.#samples.filter(({ at }) => now - at <= WINDOW_MS), { at: now, bytes }];
    const [oldest] = this.#samples;
    const measured = oldest === undefined ? 0 : now - oldest.at;
    this.#bytesPerSecond = oldest === undefined || measured < SPEED_AFTER_MS ? null : ((bytes - oldest.bytes) / measured) * 1000;
  }

  #arrived(): number {
    return [...this.#there.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** As the catalogue has it where not all sizes are known, and never less than is known. */
  #downloadBytes(): number {
    const sizes = this.#entry.files.map((file) => file.bytes ?? this.#learnt.get(file) ?? null);
    const known = sizes.reduce((sum: number, bytes) => sum + (bytes ?? 0), 0);
    return sizes.includes(null) ? Math.max(known, this.#entry.bytes, this.#arrived()) : known;
  }
}
