/**
 * A refresh that many may ask for: asked for while it waits, it runs once; asked for while it runs, it runs once more
 * afterwards. So what is on show is never older than the last request, and a storm of events costs few calls.
 *
 * @param pauseMs the least time between two runs.
 */
export function coalesced(run: () => Promise<void>, pauseMs: number, failed: (error: unknown) => void): () => void {
  let state: 'idle' | 'waiting' | 'running' | 'running-again' = 'idle';
  let lastEnd = -Infinity;

  const start = async (): Promise<void> => {
    state = 'running';
    try {
      await run();
    } catch (error) {
      failed(error);
    }
    lastEnd = performance.now();
    if (asked()) schedule();
    else state = 'idle';
  };
  // A function, since the compiler cannot see that `state` changes during the await above.
  const asked = (): boolean => state === 'running-again';
  const schedule = (): void => {
    state = 'waiting';
    setTimeout(() => void start(), Math.max(0, lastEnd + pauseMs - performance.now()));
  };

  return () => {
    if (state === 'idle') schedule();
    else if (state === 'running') state = 'running-again';
  };
}
