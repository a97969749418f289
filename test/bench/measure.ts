import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../helpers/browser.ts';
import { startProgram } from '../helpers/program.ts';
import type { Program } from '../helpers/program.ts';

/** One line of the table: a measured number, what it was measured against in the same run, and what it must reach. */
export interface Row {
  readonly what: string;
  /** Null where it cannot be measured here; `baseline` says why. */
  readonly value: number | null;
  readonly unit: string;
  readonly baseline: string;
  /** The value may be at most this; null where there is no target. */
  readonly target: number | null;
}

/** Nearest-rank percentile: `p` of 0.95 is the 95th. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] ?? Number.NaN;
}

/** See src-main/core/loop-delay.ts; milliseconds. */
export interface LoopDelay {
  readonly maxMs: number;
  readonly maxOwnMs: number | null;
}

/** Where a benchmark's files lie, and the program and page it measures. */
export interface Bench {
  readonly program: Program;
  readonly browser: Browser;
  readonly page: Page;
  /** Ends the program and tells how long its event loop was blocked. */
  end(): Promise<LoopDelay>;
}

export async function startBench(folder: string, name: string, open: string): Promise<Bench> {
  const delays = join(folder, `${name}-loop-delay.json`);
  const program = await startProgram({ home: join(folder, `${name}-home`), open, env: { MASKWRIGHT_LOOP_DELAY: delays } });
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(120_000);
  await page.goto(program.address);
  return {
    program,
    browser,
    page,
    end: async () => {
      await browser.close();
      await program.stop();
      return JSON.parse(readFileSync(delays, 'utf8')) as LoopDelay;
    },
  };
}

export interface Mark {
  readonly at: number;
  readonly detail: Readonly<Record<string, number>>;
}

/** The page's marks of a name, in milliseconds of its own clock. */
export function marks(page: Page, name: string): Promise<Mark[]> {
  return page.evaluate((wanted) => performance.getEntriesByName(wanted).map((entry) => ({ at: entry.startTime, detail: (entry as PerformanceMark).detail as Record<string, number> })), name);
}

/** Waits until a mark of this name is newer than all `before` of them. */
export async function nextMark(page: Page, name: string, before: number): Promise<void> {
  await page.waitForFunction(([wanted, count]) => performance.getEntriesByName(String(wanted)).length > Number(count), [name, before] as const, { polling: 40 });
}
