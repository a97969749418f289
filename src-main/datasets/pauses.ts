import { setImmediate } from 'node:timers/promises';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';

/** Milliseconds of work after which other work is let through. */
const TURN = 8;

/** For long loops: returns a function to await between items, which pauses when a turn is used up and throws 'cancelled' once the signal is aborted. */
export function pauses(signal: AbortSignal | undefined): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began >= TURN) {
      await setImmediate();
      began = performance.now();
    }
    if (signal?.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
  };
}
