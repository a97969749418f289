import type { Job } from '../../src-shared/contract/types.ts';
import type { Console } from './console.ts';

/** One line written over on a terminal; elsewhere (a log) a line for each tenth. */
export class ProgressLine {
  readonly #console: Console;
  #lastTenth = 0;
  #drawn: string | null = null;

  constructor(console: Console) {
    this.#console = console;
  }

  show({ title, done, total, etaMs }: Pick<Job, 'title' | 'done' | 'total' | 'etaMs'>): void {
    if (total === null || total === 0) return;
    this.write(`${title}: ${done} of ${total}${etaMs === null ? '' : `, ${timeOf(etaMs)} left`}`, done / total);
  }

  /** @param share done, of 1 */
  write(line: string, share: number): void {
    const tenth = Math.floor(share * 10);
    if (this.#console.live) {
      if (line !== this.#drawn) this.#console.err(`\r\u001B[K${line}`);
      this.#drawn = line;
    } else if (tenth > this.#lastTenth) {
      this.#console.err(`${line}\n`);
      this.#lastTenth = tenth;
    }
  }

  end(): void {
    if (this.#drawn !== null) this.#console.err('\r\u001B[K');
  }
}

/** In a unit that a person would choose, never less than is left. */
export function timeOf(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
