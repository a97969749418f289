import { setImmediate as turnOver } from 'node:timers/promises';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';

/** Changes that may wait. Nobody edits this fast; a client that does is broken, and its calls are held in memory. */
const MOST_WAITING = 2_000;

/**
 * The changes of one project, one after another in the order in which they were asked for: an edit never overtakes an undo, or
 * an import that is being written. One that waits for a long write waits as long as that takes.
 */
export class ChangeQueue {
  /** Null while nothing runs or waits. */
  #last: Promise<void> | null = null;
  #waiting = 0;

  get isEmpty(): boolean {
    return this.#last === null;
  }

  /**
   * Does `work` in its turn: at once when nothing is before it, so that its effects are there when this returns. Gives or throws
   * what `work` does. Work must not ask for another turn and wait for it.
   */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    const before = this.#last;
    if (before !== null && this.#waiting >= MOST_WAITING) throw new MaskwrightError('conflict', 'Too many changes wait for a large one that is being written. Try again in a moment.');
    const { promise, resolve: end } = Promise.withResolvers<void>();
    this.#last = promise;
    if (before !== null) {
      this.#waiting++;
      await before;
      this.#waiting--;
    }
    try {
      return await work();
    } finally {
      void this.#next(promise, end);
    }
  }

  /** Resolves when nothing runs or waits any more. */
  async drained(): Promise<void> {
    while (this.#last !== null) await this.#last;
  }

  /** The next change comes when this one has been answered and told to everybody, and calls that change nothing come in between. */
  async #next(mine: Promise<void>, end: () => void): Promise<void> {
    await turnOver();
    if (this.#last === mine) this.#last = null;
    end();
  }
}
