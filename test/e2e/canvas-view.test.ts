import { describe, expect, test } from 'vitest';
import type { Viewport } from '../../src-renderer/canvas/types.ts';
import { deviceTransform } from '../../src-renderer/canvas/viewport.ts';
import { CANVAS, IMAGE } from './canvas-harness/easel.ts';
import { PATIENCE, useEasels } from './canvas-harness/use-easels.ts';

/** The canvas by itself in a browser: what is seen of images and masks, down to the pixel. */

const openEasel = useEasels();

/**
 * Device pixels around a dot of radius 3.2 at (84, 64) that do not show the image pixel under their centre, lifted to red
 * inside the dot and untouched outside.
 */
function wrongPixels(colour: (x: number, y: number) => number[], view: Viewport, ratio: number): string[] {
  const { scale, x, y } = deviceTransform(view, CANVAS, ratio);
  const wrong: string[] = [];
  for (let dy = Math.round(58 * scale + y); dy < 72 * scale + y; dy++) {
    for (let dx = Math.round(78 * scale + x); dx < 92 * scale + x; dx++) {
      const [column, row] = [Math.floor((dx + 0.5 - x) / scale), Math.floor((dy + 0.5 - y) / scale)];
      const inside = Math.hypot((column + 0.5 - 84) / 3.2, (row + 0.5 - 64) / 3.2) < 1;
      const plain = [Math.floor(column * 1.5), row * 2, 60];
      const seen = colour(dx, dy);
      const right = inside ? (seen[0] ?? 0) > (plain[0] ?? 0) + 40 : seen.join() === plain.join();
      if (!right) wrong.push(`${dx}, ${dy} of pixel ${column}, ${row}: ${seen.join()}`);
    }
  }
  return wrong;
}

describe('looking', () => {
  test('the whole image is in view at first, and a large one only by its base and the tiles in sight', async () => {
    const easel = await openEasel();
    expect(await easel.seen('painted')).toEqual([[1]]);
    const view = (await easel.view()) as Viewport;
    expect(view.zoom * IMAGE.height).toBeLessThan(CANVAS.height);
    expect(view.zoom * IMAGE.height).toBeGreaterThan(CANVAS.height * 0.85);

    await easel.page.evaluate(() => window.harness.set({ image: window.harness.picture(2, 8000, 6000) }));
    await easel.page.waitForFunction(() => window.harness.events.filter((event) => event.name === 'painted').length === 2);
    expect(easel.requests.filter((path) => path.includes('/tile/'))).toEqual([]);
    await easel.page.evaluate(() => window.harness.canvas.zoomTo(1));
    await expect.poll(() => easel.requests.filter((path) => path.includes('/tile/0/')).length, PATIENCE).toBeGreaterThan(0);
    await easel.frames();
    // 800 × 600 pixels around (4000, 3000) touch columns 7 and 8, rows 5 and 6.
    expect(new Set(easel.requests.filter((path) => path.includes('/tile/')).map((path) => path.split('/v1/')[1]))).toEqual(
      new Set(['tile/0/7/5', 'tile/0/8/5', 'tile/0/7/6', 'tile/0/8/6']),
    );
  });

  test.each([[2, 10], [1.5, 7.3], [1, 4.3]])('on a screen of density %d at %d×, pixels are squares and the mask covers its own exactly', async (ratio, zoom) => {
    const easel = await openEasel({ deviceScaleFactor: ratio });
    await easel.page.evaluate(({ width, height, zoom }) => {
      const { harness } = window;
      harness.set({ instances: [harness.mask(2, 1, width, height, { x: 84, y: 64, rx: 3.2, ry: 3.2 })], looks: new Map([[2, { colour: '#ff0000', label: 'dot' }]]) });
      harness.canvas.zoomTo(zoom);
    }, { ...IMAGE, zoom });
    const view = (await easel.view()) as Viewport;
    expect(view.zoom).toBe(zoom);
    await expect.poll(async () => wrongPixels(await easel.screen(), view, ratio).slice(0, 5), PATIENCE).toEqual([]);
  });

  test('the wheel zooms at the pointer', async () => {
    const easel = await openEasel();
    const { x, y } = await easel.at(40, 30);
    await easel.page.mouse.move(x, y);
    await easel.page.mouse.wheel(0, -100);
    await easel.page.mouse.wheel(0, -100);
    const after = await easel.at(40, 30);
    expect(((await easel.view()) as Viewport).zoom).toBeGreaterThan(6);
    expect(after.x).toBeCloseTo(x, 3);
    expect(after.y).toBeCloseTo(y, 3);
  });

  test('Space, the middle button and the hand pan; whatever is tried, the image stays in reach', async () => {
    const easel = await openEasel();
    const before = await easel.at(80, 60);
    await easel.drags([80, 60], [90, 70], 'middle');
    const moved = await easel.at(80, 60);
    const zoom = ((await easel.view()) as Viewport).zoom;
    expect(moved.x - before.x).toBeCloseTo(10 * zoom, 1);
    expect(moved.y - before.y).toBeCloseTo(10 * zoom, 1);

    await easel.page.evaluate(() => {
      window.harness.set({ tool: 'smart-point' });
      window.harness.canvas.setPanning(true);
    });
    await easel.drags([80, 60], [70, 50]);
    expect((await easel.at(80, 60)).x).toBeCloseTo(before.x, 1);
    expect(await easel.seen('promptPoint')).toEqual([]);

    await easel.page.evaluate(() => {
      window.harness.canvas.setPanning(false);
      window.harness.set({ tool: 'hand' });
    });
    for (let i = 0; i < 4; i++) await easel.drags([80, 60], [150, 110]);
    const { centre } = (await easel.view()) as Viewport;
    expect(centre.x).toBeGreaterThanOrEqual(0);
    expect(centre.y).toBeGreaterThanOrEqual(0);
  });

  test('the zoom tool zooms in, with Alt out, and into a dragged box', async () => {
    const easel = await openEasel();
    await easel.page.evaluate(() => window.harness.set({ tool: 'zoom' }));
    const { zoom } = (await easel.view()) as Viewport;
    await easel.clicks(80, 60);
    expect(((await easel.view()) as Viewport).zoom).toBeCloseTo(zoom * 2, 6);
    await easel.clicks(80, 60, 'left', 'Alt');
    expect(((await easel.view()) as Viewport).zoom).toBeCloseTo(zoom, 6);
    await easel.drags([20, 20], [60, 50]);
    const view = (await easel.view()) as Viewport;
    expect(view.centre).toEqual({ x: 40, y: 35 });
    expect(view.zoom).toBeCloseTo(Math.min((800 - 72) / 40, (600 - 72) / 30), 6);
  });

  test('two fingers pinch about their middle', async () => {
    const easel = await openEasel({ hasTouch: true });
    const session = await easel.page.context().newCDPSession(easel.page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: readonly (readonly [number, number])[]): Promise<unknown> =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    const { zoom } = (await easel.view()) as Viewport;
    await easel.page.evaluate(() => window.harness.set({ tool: 'smart-point' }));
    await touch('touchStart', [[350, 300]]);
    await touch('touchStart', [[350, 300], [450, 300]]);
    await touch('touchMove', [[300, 300], [500, 300]]);
    await touch('touchEnd', []);
    const view = (await easel.view()) as Viewport;
    expect(view.zoom).toBeCloseTo(zoom * 2, 3);
    expect(view.centre.x).toBeCloseTo(80, 3);
    expect(await easel.seen('promptPoint')).toEqual([]);
  });

  test('a resized window fits the image anew, unless the person has moved it; another density makes other pixels', async () => {
    const easel = await openEasel();
    const session = await easel.page.context().newCDPSession(easel.page);
    const resize = (width: number, height: number, deviceScaleFactor: number): Promise<unknown> =>
      session.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor, mobile: false });
    const before = ((await easel.view()) as Viewport).zoom;
    await resize(400, 300, 1);
    await expect.poll(async () => (await easel.view())?.zoom, PATIENCE).toBeLessThan(before * 0.6);
    await easel.page.evaluate(() => window.harness.canvas.zoomTo(3));
    await resize(500, 400, 2);
    const sizes = (): Promise<number[][]> => easel.page.evaluate(() => [...document.querySelectorAll('canvas')].map(({ width, height }) => [width, height]));
    await expect.poll(sizes, PATIENCE).toEqual([[1000, 800], [1000, 800], [1000, 800]]);
    expect(await easel.view()).toEqual({ zoom: 3, centre: { x: 80, y: 60 } });
  });

  test('the old image stays until the next can be painted, and a preloaded one is there at once', async () => {
    const easel = await openEasel({ hold: 3 });
    await easel.page.evaluate(({ width, height }) => window.harness.set({ image: window.harness.picture(3, width, height), tool: 'smart-point' }), IMAGE);
    await easel.frames();
    expect((await easel.screen())(400, 300)[2]).toBe(60);
    await easel.clicks(80, 60);
    expect(await easel.seen('promptPoint')).toEqual([]);
    easel.held.get(3)?.();
    await easel.page.waitForFunction(() => window.harness.events.some((event) => event.name === 'painted' && event.data[0] === 3));
    expect((await easel.screen())(400, 300)[2]).toBe(180);

    await easel.page.evaluate(({ width, height }) => window.harness.canvas.preload([window.harness.picture(2, width, height)]), IMAGE);
    await expect.poll(() => easel.requests.filter((path) => path.includes('/2/')).length, PATIENCE).toBe(1);
    await easel.page.waitForLoadState('networkidle');
    await easel.frames();
    // Within one frame: nothing is waited for.
    await easel.page.evaluate(async ({ width, height }) => {
      window.harness.set({ image: window.harness.picture(2, width, height) });
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }, IMAGE);
    expect((await easel.screen())(400, 300)[2]).toBe(120);
  });

  test('an image that cannot be had says why, in the host’s words', async () => {
    const easel = await openEasel({ mayComplain: /status of 422/ });
    await easel.page.evaluate(({ width, height }) => window.harness.set({ image: window.harness.picture(9, width, height) }), IMAGE);
    await easel.waitsFor('failed');
    expect(await easel.seen('failed')).toEqual([[9, 'broken.jpg ends too early.']]);
  });
});

describe('when the worker that paints masks fails', () => {
  test('once, it is replaced and the masks appear', async () => {
    let failures = 1;
    const easel = await openEasel({ breakWorker: () => failures-- > 0, mayComplain: /ERR_FAILED/ });
    await easel.page.evaluate(({ width, height }) => window.harness.set({ instances: [window.harness.mask(1, 0, width, height, { x: 80, y: 60, rx: 30, ry: 30 })], looks: new Map([[1, { colour: '#ff0000', label: 'dot' }]]) }), IMAGE);
    // Red 120 of the picture under 40 % of 255.
    await expect.poll(async () => (await easel.screen())(400, 300)[0], PATIENCE).toBeGreaterThan(165);
  });

  test('for good, that is said', async () => {
    const easel = await openEasel({ breakWorker: () => true, mayComplain: /ERR_FAILED/ });
    await easel.waitsFor('failed');
    expect(await easel.seen('failed')).toEqual([[1, expect.stringContaining('masks')]]);
  });
});
