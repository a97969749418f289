import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { stream } from '../../sample/render/noise.ts';
import { fitView, toScreen } from '../../src-renderer/canvas/viewport.ts';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import { words } from '../e2e/words.ts';
import { repository } from '../helpers/program.ts';
import { marks, nextMark, percentile, startBench } from './measure.ts';
import type { LoopDelay, Row } from './measure.ts';

const SIZES = [
  { name: '1 megapixel', width: 1224, height: 816 },
  { name: '12 megapixels', width: 4242, height: 2828 },
  { name: '48 megapixels', width: 8484, height: 5656 },
];
const CLICKS = 50;
/** Before them: the first waits for the embedding, the others let the engines compile what is hot. */
const WARMING = 10;

/** From a click to its candidate on the screen, less what the decoder itself took: what the program adds to the model. */
export async function measurePrompts(folder: string): Promise<{ rows: Row[]; loopDelay: LoopDelay }> {
  const pictures = join(folder, 'prompts');
  mkdirSync(pictures, { recursive: true });
  for (const [i, { width, height }] of SIZES.entries()) {
    await sharp(join(repository, 'sample/01-fruit.jpg')).resize(width, height, { fit: 'fill' }).jpeg({ quality: 85 }).toFile(join(pictures, `${i}.jpg`));
  }
  const bench = await startBench(folder, 'prompts', pictures);
  const { page } = bench;
  const rows: Row[] = [];
  for (const [i, { name, width, height }] of SIZES.entries()) {
    await page.locator('.image-row', { hasText: `${i}.jpg` }).click();
    await page.locator('.status-bar', { hasText: `${width} × ${height}` }).waitFor();
    await nextMark(page, 'image-shown', i);
    await page.keyboard.press('Control+0');
    const box = await page.locator('[data-canvas]').boundingBox();
    if (box === null) throw new Error('there is no canvas');
    const view = fitView(box, { width, height });
    const random = stream(7);
    const click = async (): Promise<void> => {
      const before = (await marks(page, 'candidate-painted')).length;
      const point = toScreen(view, box, imagePoint(width * (0.1 + 0.8 * random()), height * (0.1 + 0.8 * random())));
      // A person's hand takes longer than the page needs for the pointer's way.
      await page.mouse.move(box.x + point.x, box.y + point.y);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await page.mouse.down();
      await page.mouse.up();
      await nextMark(page, 'candidate-painted', before);
      await page.keyboard.press('Escape');
    };
    for (let n = 0; n < WARMING; n++) await click();
    // The next images are prepared meanwhile; what is measured is the usual click, some seconds after coming to an image.
    await page.waitForFunction((preparing) => [...document.querySelectorAll('.image-row small')].every((state) => state.textContent !== preparing), words('images.preparing'));
    await page.evaluate(() => ['prompt-sent', 'candidate-painted'].forEach((mark) => performance.clearMarks(mark)));
    for (let n = 0; n < CLICKS; n++) await click();
    const sent = new Map((await marks(page, 'prompt-sent')).map((mark) => [mark.detail.sequence, mark.at]));
    const painted = await marks(page, 'candidate-painted');
    const decoder = painted.map((mark) => mark.detail.decoder ?? 0);
    const added = painted.map((mark) => mark.at - (sent.get(mark.detail.sequence) ?? Number.NaN) - (mark.detail.decoder ?? 0));
    const inMain = painted.map((mark) => (mark.detail.total ?? 0) - (mark.detail.decoder ?? 0));
    const at = (values: readonly number[], p: number): string => `decoder alone ${percentile(decoder, p).toFixed(1)} ms; of the value, ${percentile(values, p).toFixed(1)} ms in main and engine`;
    rows.push({ what: `Prompt to candidate painted, minus the decoder, ${name}, p50`, value: percentile(added, 0.5), unit: 'ms', baseline: at(inMain, 0.5), target: null });
    rows.push({ what: `Prompt to candidate painted, minus the decoder, ${name}, p95`, value: percentile(added, 0.95), unit: 'ms', baseline: at(inMain, 0.95), target: 15 });
  }
  return { rows, loopDelay: await bench.end() };
}
