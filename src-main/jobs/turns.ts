import { MaskwrightError } from '../../src-shared/contract/errors.ts';

/** Work that is done one after another, in the order asked, for each of several keys. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Rejects with 'cancelled' as soon as `signal` is aborted while it waits, else as `work` does. */
  async run<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    // Who gives up waiting lets nobody go before whoever still works.
    const mine = before.then(() => ended);
    this.#last.set(key, mine);
    try {
      await Promise.race([before, aborted(signal)]);
      if (signal.aborted) throw cancelled();
      return await work();
    } finally {
      end();
      void mine.then(() => this.#last.get(key) === mine && this.#last.delete(key));
    }
  }
}

const cancelled = (): MaskwrightError => new MaskwrightError('cancelled', 'The work was cancelled.');

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(cancelled());
    else signal.addEventListener('abort', () => reject(cancelled()), { once: true });
  });
}
