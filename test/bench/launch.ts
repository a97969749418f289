import { linkSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { Desktop } from '../electron/desktop.ts';
import { launchBrowser } from '../helpers/browser.ts';
import { connectTo, repository, startProgram } from '../helpers/program.ts';
import { makeBigProject } from './big-project.ts';
import { nextMark, percentile } from './measure.ts';
import type { LoopDelay, Row } from './measure.ts';

const ROUNDS = 5;
/** From the start of the process to the picture of the last project's image on the canvas. */
const TARGET_MS = 1500;
const BIG = { images: 100_000, instances: 200_000, classes: 20 };
const SMALL = { images: 200, instances: 1000, classes: 20 };

/** The program started again and again on the project it was left with, everything in the system's caches. */
export async function measureLaunch(folder: string): Promise<{ rows: Row[]; loopDelay: LoopDelay | null }> {
  const rows: Row[] = [];
  for (const [size, name] of [[SMALL, '200 images'], [BIG, '100,000 images']] as const) {
    const home = await homeWith(join(folder, `launch-${size.images}`), size);
    const window = await repeated(() => launchDesktop(home));
    const tab = await launchTabs(home);
    rows.push(
      { what: `From launch to the last project’s picture on the canvas: ${name}, desktop shell on the stand-in`, value: percentile(window.map(({ shown }) => shown), 0.5), unit: 'ms', baseline: `median of ${ROUNDS}, warm; slowest ${slowest(window)} ms; Chromium started by then and its page loading after ${percentile(window.map(({ page }) => page), 0.5).toFixed(0)} ms`, target: TARGET_MS },
      { what: `The same: ${name}, browser host, the browser running`, value: percentile(tab.map(({ shown }) => shown), 0.5), unit: 'ms', baseline: `median of ${ROUNDS}, warm; slowest ${slowest(tab)} ms; page loading after ${percentile(tab.map(({ page }) => page), 0.5).toFixed(0)} ms`, target: TARGET_MS },
    );
  }
  return { rows, loopDelay: null };
}

/** Milliseconds after the start of the process. */
interface Launch {
  /** The page began to load. */
  readonly page: number;
  /** The image of the last project was painted. */
  readonly shown: number;
}

const slowest = (launches: readonly Launch[]): string => Math.max(...launches.map(({ shown }) => shown)).toFixed(0);

/** The first one fills the caches and does not count. */
async function repeated(launch: () => Promise<Launch>): Promise<Launch[]> {
  await launch();
  const launches: Launch[] = [];
  for (let i = 0; i < ROUNDS; i++) launches.push(await launch());
  return launches;
}

/** A data folder whose last project is one of this size, left at an image that is really there. */
async function homeWith(folder: string, size: typeof SMALL): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = await makeBigProject(folder, size);
  const pictures = join(folder, 'photos', 'camera 0');
  mkdirSync(pictures, { recursive: true });
  const picture = join(pictures, 'shot_0.jpg');
  await sharp(join(repository, 'sample', '01-fruit.jpg')).resize(1280, 960, { fit: 'fill' }).jpeg().toFile(picture);
  const { size: bytes, mtimeMs } = statSync(picture);
  // As many as the list shows at the start.
  const numbers = Array.from({ length: 29 }, (_, i) => i * 7);
  for (const n of numbers.slice(1)) linkSync(picture, join(pictures, `shot_${n}.jpg`));
  const store = ProjectStore.open(path);
  store.setProbes(numbers.map((n) => ({ id: n + 1, width: 1280, height: 960, orientation: 1, format: 'jpeg', bytes, mtimeMs, contentHash: n.toString(16).padStart(64, '0') })));
  await store.close();
  const home = join(folder, 'home');
  const program = await startProgram({ home });
  const contract = await connectTo(program.address);
  await contract.call('project.open', { path });
  contract.close();
  await program.stop();
  return home;
}

async function launchDesktop(home: string): Promise<Launch> {
  const began = Date.now();
  const desktop = new Desktop({ home });
  try {
    return await shownAfter(began, await desktop.page());
  } finally {
    await desktop.quit();
    await desktop.stop();
  }
}

async function launchTabs(home: string): Promise<Launch[]> {
  const browser = await launchBrowser();
  try {
    return await repeated(async () => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      const began = Date.now();
      const program = await startProgram({ home });
      try {
        await page.goto(program.address, { waitUntil: 'commit' });
        return await shownAfter(began, page);
      } finally {
        await context.close();
        await program.stop();
      }
    });
  } finally {
    await browser.close();
  }
}

async function shownAfter(began: number, page: Page): Promise<Launch> {
  await nextMark(page, 'image-shown', 0);
  return page.evaluate((from) => {
    const after = (at: number): number => performance.timeOrigin + at - from;
    return { page: after(0), shown: after(performance.getEntriesByName('image-shown')[0]?.startTime ?? Number.NaN) };
  }, began);
}
