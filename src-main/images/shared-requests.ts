import { MaskwrightError } from '../../src-shared/contract/errors.ts';

interface Shared {
  readonly result: Promise<unknown>;
  readonly priority: number;
  readonly abort: AbortController;
  waiting: number;
}

/**
 * Asks once for what several want at the same time. The work is cancelled when nobody waits for it any more.
 * A request more urgent than the one under way starts again: what waits in a queue must not hold up a person.
 */
export class SharedRequests {
  readonly #running = new Map<string, Shared>();

  /**
   * @param key equal for equal work
   * @param signal ends this caller's waiting, with 'cancelled'
   */
  async run<T>(key: string, priority: number, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal?.aborted === true) throw cancelled();
    const known = this.#running.get(key);
    const shared = known !== undefined && known.priority >= priority ? known : this.#start(key, priority, work);
    shared.waiting++;
    try {
      // The key stands for one kind of work, and so for one type.
      return (await (signal === undefined ? shared.result : untilAborted(shared.result, signal))) as T;
    } finally {
      shared.waiting--;
      if (shared.waiting === 0) shared.abort.abort();
    }
  }

  #start(key: string, priority: number, work: (signal: AbortSignal) => Promise<unknown>): Shared {
    const abort = new AbortController();
    const shared: Shared = { result: work(abort.signal), priority, abort, waiting: 0 };
    this.#running.set(key, shared);
    const forget = (): void => {
      if (this.#running.get(key) === shared) this.#running.delete(key);
    };
    shared.result.then(forget, forget);
    abort.signal.addEventListener('abort', forget);
    return shared;
  }
}

function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(cancelled());
    signal.addEventListener('abort', stop, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

const cancelled = (): MaskwrightError => new MaskwrightError('cancelled', 'The work was cancelled.');
