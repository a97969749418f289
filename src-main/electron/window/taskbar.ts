import type { BrowserWindow } from 'electron';
import type { Job } from '../../../src-shared/contract/types.ts';

/** Electron's values: below 0 there is no bar, above 1 one that only moves. */
const NONE = -1;
const UNKNOWN = 2;

/** Shows in the taskbar or dock how far all work in the background is. */
export class Taskbar {
  readonly #window: BrowserWindow;
  readonly #running = new Map<string, Job>();
  #shown = NONE;

  constructor(window: BrowserWindow) {
    this.#window = window;
  }

  /** What a close would interrupt. */
  get running(): readonly Job[] {
    return [...this.#running.values()];
  }

  jobChanged(job: Job): void {
    if (job.state === 'running') this.#running.set(job.job, job);
    else this.#running.delete(job.job);
    const share = shareDone(this.running);
    if (share === this.#shown || this.#window.isDestroyed()) return;
    this.#shown = share;
    this.#window.setProgressBar(share);
  }
}

/** Of all jobs together, each counting the same, in hundredths; UNKNOWN as long as one does not know how much there is to do. */
function shareDone(jobs: readonly Pick<Job, 'done' | 'total'>[]): number {
  if (jobs.length === 0) return NONE;
  const shares = jobs.map(({ done, total }) => (total === null ? null : total === 0 ? 1 : Math.min(1, done / total)));
  return shares.includes(null) ? UNKNOWN : Math.round((shares.reduce<number>((sum, share) => sum + (share ?? 0), 0) / jobs.length) * 100) / 100;
}
