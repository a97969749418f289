import { expect, test } from 'vitest';
import { IMAGE } from './canvas-harness/easel.ts';
import { PATIENCE, useEasels } from './canvas-harness/use-easels.ts';

const openEasel = useEasels();

test('under review the present mask is a dashed outline, the proposed one filled, and a drag moves the picture', async () => {
  const easel = await openEasel();
  await easel.page.evaluate(({ width, height }) => {
    const { harness } = window;
    const { id, shape, box } = harness.mask(1, 0, width, height, { x: 130, y: 60, rx: 15, ry: 15 });
    const candidates = shape.kind === 'mask' ? [{ id, shape, box, colour: '#ff0000' }] : [];
    harness.set({ tool: 'review', overlay: { candidates, shown: candidates, highlighted: null, tip: null }, outline: { rings: [[30, 30, 90, 30, 90, 90, 30, 90]] } });
  }, IMAGE);
  await easel.frames();
  const [top, right] = [await easel.at(30, 30), await easel.at(90, 30)];
  const along = (): Promise<number[]> => easel.page.evaluate(([from, to]) => Array.from({ length: 60 }, (_, i) => Math.min(...window.harness.colourAt(from.x + ((to.x - from.x) * i) / 60, from.y).slice(0, 3))), [top, right] as const);
  // The picture itself is between the two: red is 1.5 x, green 2 y, blue 60.
  await expect.poll(async () => Math.max(...(await along())), PATIENCE).toBeGreaterThan(200);
  expect(Math.min(...(await along()))).toBeLessThan(40);
  const colourAt = async (x: number, y: number): Promise<number[]> => easel.page.evaluate((at) => window.harness.colourAt(at.x, at.y), await easel.at(x, y));
  const inside = await colourAt(60, 60);
  [90, 120, 60].forEach((channel, i) => expect(Math.abs((inside[i] ?? 0) - channel)).toBeLessThan(5));
  await expect.poll(async () => (await colourAt(130, 60))[0], PATIENCE).toBeGreaterThan(205);

  await easel.drags([60, 60], [90, 60]);
  await easel.clicks(130, 60);
  expect((await easel.seen('viewport')).length).toBeGreaterThan(1);
  for (const event of ['pick', 'promptPoint', 'candidatesTaken', 'rectangle'] as const) expect(await easel.seen(event)).toEqual([]);
});
