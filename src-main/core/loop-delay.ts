import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 1;

const lateness = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

/**
 * Measures how long main's event loop was blocked and writes {maxMs, p99Ms, meanMs, maxOwnMs} as JSON to `file` at the
 * end (writing meanwhile would itself block). Switched on by MASKWRIGHT_LOOP_DELAY=FILE; `npm run bench` reads it.
 * The histogram's resolution (1 ms) is taken off: it measures timer lateness including the timer's own period.
 * `maxOwnMs` is the longest delay less the time in which the system gave the processor to other programs, so it is the
 * program's own doing (running, or waiting for a disk) on a busy machine too; null where the system does not tell.
 */
export function recordLoopDelay(file: string): () => void {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  const own = watchOwnDelay();
  const write = (): void => {
    writeFileSync(file, JSON.stringify({ maxMs: lateness(histogram.max), p99Ms: lateness(histogram.percentile(99)), meanMs: lateness(histogram.mean), maxOwnMs: own?.max() ?? null }));
  };
  return () => {
    own?.stop();
    write();
    histogram.disable();
  };
}

/** Lateness of a timer, in milliseconds, less what the main thread spent waiting for a processor: Linux, Documentation/scheduler/sched-stats. */
function watchOwnDelay(): { max(): number; stop(): void } | null {
  let stat: number;
  try {
    stat = openSync('/proc/self/schedstat', 'r');
  } catch {
    return null;
  }
  const buffer = Buffer.alloc(128);
  const waited = (): number => Number(buffer.toString('latin1', 0, readSync(stat, buffer, 0, buffer.length, 0)).split(' ')[1]) / 1e6;
  let max = 0;
  let at = performance.now();
  let waitedAt = waited();
  const timer = setInterval(() => {
    const [now, waitedNow] = [performance.now(), waited()];
    max = Math.max(max, now - at - RESOLUTION_MS - (waitedNow - waitedAt));
    [at, waitedAt] = [now, waitedNow];
  }, RESOLUTION_MS);
  timer.unref();
  return {
    max: () => max,
    stop: () => {
      clearInterval(timer);
      closeSync(stat);
    },
  };
}
