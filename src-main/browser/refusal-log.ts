/** Lines a period; any page in the person's browser can send requests without end, and the log keeps 10 MB. */
const MOST_LINES = 20;
const PERIOD_MS = 60_000;

/** Writes the first refusals of each minute to the log and counts the rest in one line, so that nobody can wash the log away. */
export class RefusalLog {
  readonly #log: (line: string) => void;
  #count = 0;
  #period: NodeJS.Timeout | null = null;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  note(line: string): void {
    if (++this.#count <= MOST_LINES) this.#log(line);
    this.#period ??= setTimeout(() => this.close(), PERIOD_MS).unref();
  }

  /** Ends the period, writing how many lines were left out of it. */
  close(): void {
    if (this.#period !== null) clearTimeout(this.#period);
    this.#period = null;
    if (this.#count > MOST_LINES) this.#log(`refused ${this.#count - MOST_LINES} more requests in the same minute`);
    this.#count = 0;
  }
}
