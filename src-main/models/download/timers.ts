/** Waiting, so that tests need not. */
export interface Timers {
  /** Calls `run` once after so many milliseconds; the answer takes that back. */
  after(ms: number, run: () => void): () => void;
  /** Milliseconds, of which only differences mean something. */
  now(): number;
}

export const realTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  now: () => performance.now(),
};

/** Waits, unless the signal is aborted: then it throws its reason. */
export function pause(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = timers.after(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
