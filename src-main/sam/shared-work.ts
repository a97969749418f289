import { MaskwrightError } from '../../src-shared/contract/errors.ts';

interface Running<T> {
  readonly promise: Promise<T>;
  readonly abort: AbortController;
  waiting: number;
}

/** Work by key that several may wait for: it is done once, and aborted when nobody waits any more. */
export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>();

  /** Joins the work under `key`, or starts it. Rejects with 'cancelled' when `signal` aborts; others go on waiting. */
  async join(key: string, signal: AbortSignal, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal.aborted) throw cancelled();
    const work = this.#running.get(key) ?? this.#start(key, start);
    work.waiting++;
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        reject(cancelled());
        if (--work.waiting > 0) return;
        this.#remove(key, work);
        work.abort.abort();
      };
      signal.addEventListener('abort', leave, { once: true });
      work.promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }

  #start(key: string, start: (signal: AbortSignal) => Promise<T>): Running<T> {
    const abort = new AbortController();
    const work: Running<T> = { promise: start(abort.signal).finally(() => this.#remove(key, work)), abort, waiting: 0 };
    this.#running.set(key, work);
    return work;
  }

  #remove(key: string, work: Running<T>): void {
    if (this.#running.get(key) === work) this.#running.delete(key);
  }
}

const cancelled = (): MaskwrightError => new MaskwrightError('cancelled', 'The work was cancelled.');
