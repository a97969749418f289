import { describe, expect, test } from 'vitest';
import { IMAGE } from './canvas-harness/easel.ts';
import { useEasels } from './canvas-harness/use-easels.ts';

/** The canvas by itself in a browser: what a person does with the tools, and what is reported of it. */

const openEasel = useEasels();

describe('the tools', () => {
  test('select picks by the shape, with Shift extends, and empty ground is null', async () => {
    const easel = await openEasel();
    await easel.page.evaluate(({ width, height }) => {
      const { harness } = window;
      harness.set({ instances: [harness.mask(1, 0, width, height, { x: 50, y: 60, rx: 30, ry: 30 }, 0.6), harness.mask(2, 1, width, height, { x: 120, y: 60, rx: 20, ry: 20 })] });
    }, IMAGE);
    await easel.clicks(26, 60);
    await easel.clicks(50, 60);
    await easel.clicks(120, 60, 'left', 'Shift');
    expect(await easel.seen('pick')).toEqual([[1, false], [null, false], [2, true]]);
    expect((await easel.seen('hover')).flat()).toEqual([1, null, 2]);
    await easel.drags([26, 60], [60, 60]);
    expect(await easel.seen('pick')).toHaveLength(3);
  });

  test('smart point: a click is foreground, Alt or the right button background, beside the image nothing', async () => {
    const easel = await openEasel();
    await easel.page.evaluate(() => {
      window.harness.set({ tool: 'smart-point' });
      window.addEventListener('contextmenu', (event) => window.harness.events.push({ name: 'menu', data: [event.defaultPrevented] }));
    });
    await easel.clicks(40, 30);
    await easel.clicks(50, 30, 'left', 'Alt');
    await easel.clicks(60, 30, 'right');
    await easel.page.mouse.click(3, 3);
    const points = (await easel.seen('promptPoint')) as [{ x: number; y: number }, number][];
    expect(points.map(([, label]) => label)).toEqual([1, 0, 0]);
    expect(points.map(([point]) => Math.round(point.x))).toEqual([40, 50, 60]);
    expect(points.map(([point]) => Math.round(point.y))).toEqual([30, 30, 30]);
    for (const [prevented] of await easel.seen('menu')) expect(prevented).toBe(true);
  });

  test('smart box: a drag is a box, a click refines only once there is a draft', async () => {
    const easel = await openEasel();
    await easel.page.evaluate(() => window.harness.set({ tool: 'smart-box' }));
    await easel.clicks(30, 30);
    await easel.drags([100, 90], [20, 10]);
    expect(await easel.seen('promptPoint')).toEqual([]);
    expect(await easel.seen('promptBox')).toEqual([[{ x: 20, y: 10, width: 80, height: 80 }]]);
    await easel.page.evaluate(({ width, height }) => window.harness.set({ draft: window.harness.draft(width, height, { x: 60, y: 50, rx: 40, ry: 40 }, [], { box: { x: 20, y: 10, width: 80, height: 80 } }) }), IMAGE);
    await easel.clicks(30, 30, 'right');
    expect((await easel.seen('promptPoint')).map(([, label]) => label)).toEqual([0]);
  });

  test('rectangle: Shift keeps it square; Esc takes the drag back and nothing else', async () => {
    const easel = await openEasel();
    await easel.page.evaluate(() => {
      window.harness.set({ tool: 'rectangle' });
      window.addEventListener('keydown', (event) => window.harness.events.push({ name: 'key', data: [event.key] }));
    });
    await easel.drags([10, 20], [50, 40]);
    await easel.page.keyboard.down('Shift');
    await easel.drags([10, 20], [50, 40]);
    await easel.page.keyboard.up('Shift');
    expect(await easel.seen('rectangle')).toEqual([[{ x: 10, y: 20, width: 40, height: 20 }], [{ x: 10, y: 20, width: 40, height: 40 }]]);

    await easel.forget();
    const to = { x: 500, y: 400 };
    await easel.page.mouse.move(300, 300);
    await easel.page.mouse.down();
    await easel.page.mouse.move(to.x, to.y);
    await easel.page.keyboard.press('Escape');
    await easel.page.mouse.up();
    expect(await easel.seen('rectangle')).toEqual([]);
    expect(await easel.seen('key')).toEqual([]);
    await easel.page.keyboard.press('Escape');
    expect(await easel.seen('key')).toEqual([['Escape']]);
  });

  test('in a project that cannot be written the drawing tools do nothing, selecting still works', async () => {
    const easel = await openEasel();
    await easel.page.evaluate(({ width, height }) => window.harness.set({ readOnly: true, instances: [window.harness.mask(1, 0, width, height, { x: 80, y: 60, rx: 30, ry: 30 })] }), IMAGE);
    for (const tool of ['smart-point', 'smart-box', 'rectangle'] as const) {
      await easel.page.evaluate((tool) => window.harness.set({ tool }), tool);
      await easel.clicks(80, 60);
      await easel.drags([20, 20], [80, 80]);
    }
    await easel.page.evaluate(() => window.harness.set({ tool: 'select' }));
    await easel.clicks(80, 60);
    const names = new Set(await easel.page.evaluate(() => window.harness.events.map((event) => event.name)));
    expect(['promptPoint', 'promptBox', 'rectangle'].filter((name) => names.has(name))).toEqual([]);
    expect(await easel.seen('pick')).toEqual([[1, false]]);
  });

  test('a candidate is on the screen when that is reported, and goes when the draft goes', async () => {
    const easel = await openEasel();
    await easel.page.evaluate(({ width, height }) => window.harness.set({ tool: 'smart-point', draft: window.harness.draft(width, height, { x: 80, y: 60, rx: 40, ry: 30 }, [{ x: 80, y: 30, label: 1 }]) }), IMAGE);
    await easel.waitsFor('draftPainted');
    await easel.frames();
    const inside = await easel.at(60, 60);
    const shown = (await easel.screen())(Math.round(inside.x), Math.round(inside.y));
    // #5b9dff at 36 % over the picture's own (90, 120, 60).
    expect(Math.abs((shown[2] as number) - (0.64 * 60 + 0.36 * 255))).toBeLessThan(4);
    await easel.page.evaluate(() => window.harness.set({ draft: null }));
    await easel.frames();
    expect((await easel.screen())(Math.round(inside.x), Math.round(inside.y))[2]).toBe(60);
  });

  test('an accepted candidate stays until its instance is painted; a cancelled one goes at once', async () => {
    const easel = await openEasel();
    // Blue inside the candidate in each frame from the moment of accepting on.
    const blues = await easel.page.evaluate(async ({ width, height }) => {
      const { harness } = window;
      const blob = { x: 80, y: 60, rx: 40, ry: 30 };
      harness.set({ tool: 'smart-point', draft: harness.draft(width, height, blob, []) });
      await harness.frame();
      const seen: number[] = [];
      const instance = harness.mask(1, 1, width, height, blob);
      harness.set({ instances: [instance], looks: new Map([[1, { colour: '#5b9dff', label: 'new' }]]) });
      harness.set({ draft: null });
      for (let i = 0; i < 12; i++) {
        seen.push(harness.colourAt(350, 300)[2] ?? -1);
        await harness.frame();
      }
      harness.set({ draft: harness.draft(width, height, { x: 20, y: 20, rx: 10, ry: 10 }, []), instances: [] });
      for (let i = 0; i < 12; i++) await harness.frame();
      harness.set({ draft: null });
      await harness.frame();
      await harness.frame();
      return { seen, after: harness.colourAt(350, 300)[2] };
    }, IMAGE);
    // 36 % of 255 over 60 is 130, the instance's own fill 138; the bare picture is 60.
    for (const blue of blues.seen) expect(blue).toBeGreaterThan(120);
    expect(blues.after).toBe(60);
  });

  test('the canvas can be focused and has a name', async () => {
    const easel = await openEasel();
    await easel.clicks(80, 60);
    const host = easel.page.getByRole('application', { name: 'Image canvas' });
    expect(await host.evaluate((element) => element === document.activeElement)).toBe(true);
  });
});
