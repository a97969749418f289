import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { words } from '../e2e/words.ts';
import { engineProcesses, repository } from '../helpers/program.ts';
import type { Program } from '../helpers/program.ts';
import { marks, nextMark, percentile, startBench } from './measure.ts';
import type { LoopDelay, Row } from './measure.ts';

const IMAGES = 500;
/** By then the caches are full: 512 MB of embeddings (2 MB each) in the sam engine, 480 MB of decoded pictures (2.9 MB each) in the images engine. */
const FULL = 300;
/** What a process may grow by from then on: its allocator's breathing, but no leak of even a picture in ten. */
const BREATHING_MB = 64;
const SAMPLE = ['01-fruit', '02-breakfast', '03-desk', '04-leaves', '05-pebbles', '06-vegetables', '07-toys', '08-pottery'];

/** Going from image to image: how long a prepared one takes to be there, and whether memory grows on the way. */
export async function measureWalking(folder: string): Promise<{ rows: Row[]; loopDelay: LoopDelay }> {
  const pictures = join(folder, 'walking');
  mkdirSync(pictures, { recursive: true });
  // Every picture is another one to the caches: a crop that moves by a few pixels.
  for (let i = 0; i < IMAGES; i++) {
    const from = join(repository, 'sample', `${SAMPLE[i % SAMPLE.length]}.jpg`);
    await sharp(from).extract({ left: Math.floor(i / SAMPLE.length), top: i % 13, width: 1200, height: 800 }).jpeg({ quality: 80 }).toFile(join(pictures, `${String(i).padStart(3, '0')}.jpg`));
  }
  const bench = await startBench(folder, 'walking', pictures);
  const { page, program } = bench;
  await page.getByText(words('images.done', { done: 0, total: IMAGES })).waitFor();
  await nextMark(page, 'image-shown', 0);

  const times: number[] = [];
  let full: Memory | null = null;
  for (let i = 1; i < IMAGES; i++) {
    await page.locator(`.image-row[aria-posinset="${i + 1}"]`, { hasText: words('images.ready') }).waitFor();
    const before = (await marks(page, 'image-shown')).length;
    await page.keyboard.press('d');
    await nextMark(page, 'image-shown', before);
    const shown = (await marks(page, 'image-shown')).at(-1);
    const asked = (await marks(page, 'image-asked')).findLast((mark) => mark.detail.image === shown?.detail.image);
    times.push((shown?.at ?? Number.NaN) - (asked?.at ?? Number.NaN));
    if (i === FULL) full = await memory(page, program);
  }
  const late = await memory(page, program);
  const loopDelay = await bench.end();
  const rows: Row[] = [
    { what: 'Switching to a prepared image, p50', value: percentile(times, 0.5), unit: 'ms', baseline: `${times.length} switches`, target: null },
    { what: 'Switching to a prepared image, p95', value: percentile(times, 0.95), unit: 'ms', baseline: `${times.length} switches`, target: 100 },
  ];
  for (const part of ['main', 'sam', 'images', 'page'] as const) {
    const from = full?.[part] ?? Number.NaN;
    rows.push({ what: `Memory grown from image ${FULL} (caches full) to ${IMAGES}: ${NAMES[part]}`, value: (late[part] - from) / 1e6, unit: 'MB', baseline: `${(from / 1e6).toFixed(0)} MB after ${FULL}`, target: BREATHING_MB });
  }
  return { rows, loopDelay };
}

interface Memory {
  readonly main: number;
  readonly sam: number;
  readonly images: number;
  readonly page: number;
}

const NAMES = { main: 'main (resident)', sam: 'sam engine (resident)', images: 'images engine (resident)', page: 'page (JavaScript heap after collection)' } as const;

/** Bytes. Resident sizes come from /proc, so they are there on Linux only. */
async function memory(page: Page, program: Program): Promise<Memory> {
  const [sam] = engineProcesses(program, 'sam');
  const [images] = engineProcesses(program, 'images');
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return { main: resident(program.process.pid), sam: resident(sam), images: resident(images), page: usedSize };
}

function resident(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}
