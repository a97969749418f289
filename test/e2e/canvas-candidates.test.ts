import { describe, expect, test } from 'vitest';
import type { Easel } from './canvas-harness/easel.ts';
import { CANVAS, IMAGE } from './canvas-harness/easel.ts';
import { PATIENCE, useEasels } from './canvas-harness/use-easels.ts';

/** Candidates of everything mode on the canvas by itself: how they are drawn, and what a person does with them. */

const openEasel = useEasels();

/** A large disc 1, a small one 2 on it, and one apart, 3; the tool is in hand. */
async function withCandidates(easel: Easel): Promise<void> {
  await easel.page.evaluate(({ width, height }) => {
    const { harness } = window;
    const discs = [
      { colour: '#ff0000', ...harness.mask(1, 0, width, height, { x: 50, y: 60, rx: 40, ry: 40 }) },
      { colour: '#00ff00', ...harness.mask(2, 0, width, height, { x: 50, y: 60, rx: 10, ry: 10 }) },
      { colour: '#0000ff', ...harness.mask(3, 0, width, height, { x: 130, y: 60, rx: 15, ry: 15 }) },
    ];
    const candidates = discs.flatMap(({ id, colour, shape, box }) => (shape.kind === 'mask' ? [{ id, colour, shape, box }] : []));
    harness.set({ tool: 'everything', overlay: { candidates, shown: candidates, highlighted: null, tip: null } });
  }, IMAGE);
  await easel.frames();
}

/** The picture (red is 1.5 x, green 2 y, blue 60) under 35 per cent of a candidate's colour. */
const mixed = (x: number, y: number, colour: readonly number[]): number[] => [1.5 * x, 2 * y, 60].map((below, i) => below * 0.65 + (colour[i] ?? 0) * 0.35);

const taken = async (easel: Easel): Promise<number[][]> => (await easel.seen('candidatesTaken')).map(([ids]) => (ids as number[]).toSorted((a, b) => a - b));

describe('candidates of everything mode', () => {
  test('the smallest lies on top and hides what it lies on; each is seen through', async () => {
    const easel = await openEasel();
    await withCandidates(easel);
    const [large, small] = [await easel.at(25, 60), await easel.at(50, 60)];
    const colours = (): Promise<number[][]> => easel.page.evaluate((points) => points.map(({ x, y }) => window.harness.colourAt(x, y)), [large, small]);
    await expect.poll(async () => {
      const [onLarge, onSmall] = await colours();
      const off = [...mixed(25, 60, [255, 0, 0]).map((v, i) => v - (onLarge?.[i] ?? 0)), ...mixed(50, 60, [0, 255, 0]).map((v, i) => v - (onSmall?.[i] ?? 0))];
      return Math.max(...off.map(Math.abs));
    }, PATIENCE).toBeLessThan(5);
  });

  test('accepted objects differ from candidates: denser, with a white edge and a tick', async () => {
    const easel = await openEasel();
    await withCandidates(easel);
    await easel.page.evaluate(({ width, height }) => {
      const { harness } = window;
      harness.set({ instances: [harness.mask(9, 0, width, height, { x: 130, y: 20, rx: 15, ry: 15 })], looks: new Map([[9, { colour: '#0000ff', label: 'fruit' }]]) });
    }, IMAGE);
    const [inside, middle] = [await easel.at(122, 20), await easel.at(130, 20)];
    const colors = (): Promise<number[][]> => easel.page.evaluate((points) => points.map(({ x, y }) => window.harness.colourAt(x, y)), [inside, { x: middle.x, y: middle.y - 6 }]);
    // 60 per cent of the class's blue over 60; candidates have 35, instances at rest 40. In its middle the tick's dark disc.
    await expect.poll(async () => Math.abs(((await colors())[0]?.[2] ?? 0) - (0.4 * 60 + 0.6 * 255)), PATIENCE).toBeLessThan(5);
    expect((await colors())[1]?.every((channel, i) => i === 3 || channel < 60)).toBe(true);
    await easel.page.evaluate(() => window.harness.set({ tool: 'select', overlay: null }));
    await expect.poll(async () => Math.abs(((await colors())[1]?.[2] ?? 0) - (0.6 * 60 + 0.4 * 255)), PATIENCE).toBeLessThan(5);
  });

  test('the pointer finds the smallest under it, a click takes it, Alt+click and the right button put it away', async () => {
    const easel = await openEasel();
    await withCandidates(easel);
    await easel.clicks(50, 60);
    await easel.clicks(25, 60);
    await easel.clicks(100, 20);
    await easel.clicks(50, 62, 'left', 'Alt');
    await easel.clicks(130, 60, 'right');
    expect(await taken(easel)).toEqual([[2], [1]]);
    expect(await easel.seen('candidateHidden')).toEqual([[2], [3]]);
    expect((await easel.seen('candidateHover'))[0]).toEqual([2]);
  });

  test('a stroke takes what it passes, a box with Shift what lies wholly in it, and Esc takes the drag back', async () => {
    const easel = await openEasel();
    await withCandidates(easel);
    await easel.drags([50, 60], [130, 60]);
    await easel.page.keyboard.down('Shift');
    await easel.drags([35, 40], [150, 80]);
    await easel.page.keyboard.up('Shift');
    const [from, to] = [await easel.at(50, 60), await easel.at(130, 60)];
    await easel.page.mouse.move(from.x, from.y);
    await easel.page.mouse.down();
    await easel.page.mouse.move(to.x, to.y);
    await easel.page.keyboard.press('Escape');
    await easel.page.mouse.up();
    expect(await taken(easel)).toEqual([[1, 2, 3], [2, 3]]);
  });

  test('what a read-only project shows cannot be taken', async () => {
    const easel = await openEasel();
    await withCandidates(easel);
    await easel.page.evaluate(() => window.harness.set({ readOnly: true }));
    await easel.clicks(50, 60);
    await easel.drags([20, 60], [130, 60]);
    expect(await taken(easel)).toEqual([]);
  });

  test('one that was reached by keys is brought into sight, and one in sight leaves the view as it is', async () => {
    const easel = await openEasel();
    await withCandidates(easel);
    const reaches = (x: number, y: number): Promise<void> => easel.page.evaluate((box) => window.harness.canvas.bringIntoSight(box), { x: x - 5, y: y - 5, width: 10, height: 10 });
    await easel.page.evaluate(() => window.harness.canvas.zoomTo(30));
    const before = await easel.view();
    const middle = await easel.at(130, 60);
    expect(middle.x).toBeGreaterThan(CANVAS.width);
    await reaches(130, 60);
    const there = await easel.at(130, 60);
    expect([there.x < CANVAS.width, there.y]).toEqual([true, middle.y]);
    const moved = await easel.view();
    expect(moved?.zoom).toBe(before?.zoom);
    await reaches(130, 62);
    expect(await easel.view()).toEqual(moved);
  });

  test('the highlighted one is named beside it', async () => {
    const easel = await openEasel();
    await withCandidates(easel);
    const before = await easel.screen();
    await easel.page.evaluate(() => {
      const { overlay } = window.harness.scene;
      if (overlay) window.harness.set({ overlay: { ...overlay, highlighted: 3, tip: 'IoU 0.93' } });
    });
    await easel.frames();
    const after = await easel.screen();
    // Above the disc's top, where the picture lay bare before.
    const top = await easel.at(130, 45);
    const places = Array.from({ length: 40 }, (_, i) => [Math.min(CANVAS.width - 1, Math.round(top.x) - 20 + i), Math.round(top.y) - 12] as const);
    expect(places.some(([x, y]) => Math.abs((before(x, y)[0] ?? 0) - (after(x, y)[0] ?? 0)) > 20)).toBe(true);
  });
});
