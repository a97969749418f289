import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import { connectTo, repository } from '../helpers/program.ts';
import { marks, nextMark, percentile, startBench } from './measure.ts';
import type { LoopDelay, Row } from './measure.ts';

const MANY = 5_000;
const CORNERS = 60;
const EDITS = 60;
const WARMING = 10;
/** Size of sample/01-fruit.jpg. */
const [WIDTH, HEIGHT] = [1280, 853];

/** From a key that gives the selected object another class to the change on the screen, on images of few and of many objects. */
export async function measureEdits(folder: string): Promise<{ rows: Row[]; loopDelay: LoopDelay }> {
  const pictures = join(folder, 'edits');
  mkdirSync(pictures, { recursive: true });
  for (const name of ['few.jpg', 'many.jpg']) copyFileSync(join(repository, 'sample/01-fruit.jpg'), join(pictures, name));
  const bench = await startBench(folder, 'edits', pictures);
  const { page, program } = bench;
  await nextMark(page, 'image-shown', 0);
  const main = await connectTo(program.address);
  const { project } = await main.call('project.open', { path: pictures });
  const { created } = await main.call('project.edit', { project, label: 'Classes', commands: [{ type: 'class.add', name: 'one', key: 1 }, { type: 'class.add', name: 'two', key: 2 }] });
  const [cls = null] = created.classes;
  const draw = (image: number, n: number): EditCommand => ({ type: 'instance.add', image, class: cls, shape: { kind: 'polygon', parts: [{ outer: flower(n), holes: [] }] }, provenance: { source: 'human', touched: false, sam: null } });
  await main.call('project.edit', { project, label: 'Draw', commands: [draw(1, 0), draw(1, 1)] });
  for (let n = 0; n < MANY; n += 500) await main.call('project.edit', { project, label: 'Draw', commands: Array.from({ length: 500 }, (_, i) => draw(2, n + i)) });
  main.close();
  await page.evaluate(() => {
    document.addEventListener('keydown', () => void performance.mark('key'), { capture: true });
  });
  const few = await edits(page, 'few.jpg');
  const many = await edits(page, 'many.jpg');
  const row = (p: number, target: number | null): Row => ({
    what: `Key to change painted, on an image of ${MANY.toLocaleString('en-US')} objects, p${100 * p}`, value: percentile(many, p), unit: 'ms', baseline: `${percentile(few, p).toFixed(1)} ms on an image of 2`, target,
  });
  return { rows: [row(0.5, null), row(0.95, 33)], loopDelay: await bench.end() };
}

/** Milliseconds from key to paint of each edit. */
async function edits(page: Awaited<ReturnType<typeof startBench>>['page'], image: string): Promise<number[]> {
  await page.locator('.image-row', { hasText: image }).click();
  await page.locator('.image-row[aria-current="true"], .image-row[aria-selected="true"]', { hasText: image }).waitFor();
  await page.locator('.instance-row').first().click();
  const times: number[] = [];
  for (let n = 0; n < WARMING + EDITS; n++) {
    const painted = (await marks(page, 'instances-painted')).length;
    await page.keyboard.press(n % 2 === 0 ? '2' : '1');
    await nextMark(page, 'instances-painted', painted);
    const [key, paint] = await Promise.all([marks(page, 'key'), marks(page, 'instances-painted')]);
    if (n >= WARMING) times.push((paint[painted]?.at ?? Number.NaN) - (key.at(-1)?.at ?? Number.NaN));
  }
  return times;
}

/** A closed outline of CORNERS corners, somewhere on the image. */
function flower(n: number): number[] {
  const [x, y] = [20 + ((n * 37) % (WIDTH - 40)), 20 + ((n * 53) % (HEIGHT - 40))];
  return Array.from({ length: CORNERS }, (_, i) => (2 * Math.PI * i) / CORNERS).flatMap((angle) => {
    const radius = 14 + 3 * Math.sin(7 * angle);
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });
}
