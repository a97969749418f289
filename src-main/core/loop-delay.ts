import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Measures how long main's event loop was blocked and writes {maxMs, p99Ms, meanMs} as JSON to `file` each second
 * and at the end. Switched on by MASKWRIGHT_LOOP_DELAY=FILE; `npm run bench` reads it.
 * The histogram's resolution (1 ms) is taken off: it measures timer lateness including the timer's own period.
 */
export function recordLoopDelay(file: string): () => void {
  const resolution = 1;
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  const write = (): void => {
    const ms = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution);
    writeFileSync(file, JSON.stringify({ maxMs: ms(histogram.max), p99Ms: ms(histogram.percentile(99)), meanMs: ms(histogram.mean) }));
  };
  const timer = setInterval(write, 1000);
  timer.unref();
  return () => {
    clearInterval(timer);
    write();
    histogram.disable();
  };
}
