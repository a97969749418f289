import { beforeAll, expect, test } from 'vitest';
import type { AutomaticCandidate } from '../../src-shared/contract/automatic.ts';
import { forEachColumnRun } from '../../src-shared/geometry/rle.ts';
import { unpackCounts } from '../../src-shared/geometry/packed-counts.ts';
import { refilter } from '../../src-shared/sam/automatic/refilter.ts';
import { connectTo } from '../helpers/program.ts';
import type { Program } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import type { Person } from './person.ts';
import { words } from './words.ts';

const house = useHouse();
let program: Program;
beforeAll(async () => {
  program = await house.starts('everything');
});

/** What the panel says is on show: of how many. Fails the test when it says nothing of that. */
async function readsCount({ page }: Person): Promise<{ shown: number; total: number }> {
  const text = await page.locator('.everything .panel-head [role="status"]').innerText();
  const [shown, total] = text.match(/\d+/g) ?? [];
  return { shown: Number(shown), total: Number(total) };
}

/** A search takes seconds on an idle machine, minutes on a busy one. */
const SEARCH = { timeout: 150_000 };

/** With the fewest points that the panel offers. */
async function findsEverything(person: Person): Promise<void> {
  const { page } = person;
  await page.getByRole('radio', { name: /^16 × 16/ }).click();
  await page.getByRole('button', { name: words('everything.find'), exact: true }).click();
  await page.getByRole('slider', { name: words('everything.iou') }).waitFor(SEARCH);
}

async function setsSlider({ page }: Person, label: string, key: 'Home' | 'End'): Promise<void> {
  await page.getByRole('slider', { name: words(label) }).press(key);
  await page.locator('[data-canvas]').focus();
}

/** A pixel of a candidate, in its middle column. */
function pixelOf({ counts, size }: AutomaticCandidate): { x: number; y: number } {
  const runs: { x: number; top: number; bottom: number }[] = [];
  forEachColumnRun({ size, counts: unpackCounts(counts) }, (x, top, bottom) => runs.push({ x, top, bottom }));
  const { x, top, bottom } = runs.toSorted((a, b) => b.bottom - b.top - (a.bottom - a.top))[0] ?? { x: NaN, top: NaN, bottom: NaN };
  return { x: x + 0.5, y: (top + bottom) / 2 };
}

test('everything on an image is found, filtered without asking again, taken by click, stroke, box and all at once, and each is undone', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  let sent = 0;
  page.on('websocket', (socket) => socket.on('framesent', () => (sent += 1)));
  await page.reload();
  await person.seesPicture();
  await person.canvas.focus();
  await person.presses('g');
  await findsEverything(person);

  // The sliders ask the program nothing.
  const start = await readsCount(person);
  const before = sent;
  await setsSlider(person, 'everything.iou', 'Home');
  await setsSlider(person, 'everything.stability', 'Home');
  await expect.poll(async () => (await readsCount(person)).shown).toBeGreaterThan(start.shown);
  expect(sent).toBe(before);
  const all = await readsCount(person);

  // What lies there, as main tells any window.
  const other = await connectTo(program.address);
  const { project } = await other.call('project.openSample', {});
  const [first] = new Uint32Array((await other.call('images.ids', { project, filter: { name: '', status: 'all' } })).ids.slice().buffer);
  const { candidates } = await other.call('automatic.candidates', { project, image: first ?? 0 });
  const found = candidates ?? [];
  const shown = refilter(found, { predIou: 0.5, stability: 0.6, minArea: 0, maxArea: Infinity, overlap: 0.7 }).flatMap((index) => found[index] ?? []);
  expect(all).toEqual({ shown: shown.length, total: found.length });
  const [smallest, next] = shown.toReversed();
  if (smallest === undefined || next === undefined) throw new Error('the sample has fewer than two objects');

  // A click takes the smallest under it; the pointer has named it before.
  const [at, to] = [pixelOf(smallest), pixelOf(next)];
  const point = await person.at(at.x, at.y);
  await page.mouse.move(point.x, point.y);
  await expect.poll(() => person.canvas.locator('canvas').last().evaluate((canvas) => canvas.style.cursor)).toBe('pointer');
  await person.keepsScreenshot('everything');
  await page.mouse.click(point.x, point.y);
  await expect.poll(() => person.readsInstances()).toEqual([{ name: 'fruit', area: smallest.area }]);
  await expect.poll(async () => (await readsCount(person)).shown).toBe(all.shown - 1);
  await person.presses('Control+z');
  await expect.poll(async () => (await readsCount(person)).shown).toBe(all.shown);

  // A stroke takes those it passes, the two at its ends at least.
  await person.drags(at.x, at.y, to.x, to.y);
  await expect.poll(async () => (await person.readsInstances()).map(({ area }) => area)).toEqual(expect.arrayContaining([smallest.area, next.area]));
  await person.presses('Control+z');
  await person.instances.first().waitFor({ state: 'detached' });
  await expect.poll(async () => (await readsCount(person)).shown).toBe(all.shown);

  // A box around one takes it, and nothing that reaches beyond.
  await page.keyboard.down('Shift');
  await person.drags(smallest.box.x0 - 6, smallest.box.y0 - 6, smallest.box.x1 + 6, smallest.box.y1 + 6);
  await page.keyboard.up('Shift');
  await expect.poll(async () => (await person.readsInstances()).map(({ area }) => area)).toContain(smallest.area);
  await person.presses('Control+z');
  await person.instances.first().waitFor({ state: 'detached' });
  await expect.poll(async () => (await readsCount(person)).shown).toBe(all.shown);

  // All at once are one step of undo.
  await person.presses('Shift+Enter');
  await page.getByText(words('everything.allTaken')).waitFor();
  await expect.poll(async () => (await readsCount(person)).shown).toBe(0);
  await expect.poll(async () => page.locator('.instances .row-count').innerText()).toMatch(new RegExp(`^${all.shown} `));
  await person.presses('Control+z');
  await expect.poll(async () => (await readsCount(person)).shown).toBe(all.shown);
  await person.instances.first().waitFor({ state: 'detached' });
  other.close();
});

test('the keys go from one to the next, take one and put one away; Esc leaves the tool, and coming back all is there', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await person.canvas.focus();
  await person.presses('g');
  await page.getByRole('slider', { name: words('everything.iou') }).waitFor(SEARCH);
  await setsSlider(person, 'everything.iou', 'Home');
  await setsSlider(person, 'everything.stability', 'Home');
  const { shown } = await readsCount(person);
  await person.presses('Tab');
  await page.locator('.everything .visually-hidden').getByText('IoU').waitFor({ state: 'attached' });
  await person.presses('Delete');
  await expect.poll(async () => (await readsCount(person)).shown).toBe(shown - 1);
  await person.presses('Tab', 'Tab', 'Shift+Tab', 'Enter');
  await expect.poll(async () => (await person.readsInstances()).length).toBe(1);
  // With it go those that are the same object but for a few pixels.
  await expect.poll(async () => (await readsCount(person)).shown).toBeLessThanOrEqual(shown - 2);
  const { shown: left } = await readsCount(person);
  await person.presses('Escape');
  await page.locator('.everything').waitFor({ state: 'detached' });
  expect(await page.getByRole('radio', { name: words('command.tool.smart-point') }).getAttribute('aria-checked')).toBe('true');
  await person.presses('g');
  await expect.poll(async () => (await readsCount(person)).shown).toBe(left);
  await page.getByRole('button', { name: words('everything.showHidden') }).click();
  await expect.poll(async () => (await readsCount(person)).shown).toBe(left + 1);
  await person.presses('Control+z');
  await expect.poll(async () => (await readsCount(person)).shown).toBe(shown);
});

test('a search is cancelled and leaves nothing; on the next image it waits, or begins by itself when that is wished', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await person.presses('d', 'g');
  await person.seesPicture();
  await page.getByRole('radio', { name: /^64 × 64/ }).click();
  // From whichever tool: it takes up its own.
  await person.presses('v', 'Shift+G');
  await page.getByRole('progressbar', { name: words('everything.searching') }).waitFor();
  await page.locator('.everything').getByRole('button', { name: words('dialog.cancel') }).click();
  const find = page.getByRole('button', { name: words('everything.find'), exact: true });
  await find.waitFor();

  await person.presses('d');
  await person.seesPicture();
  await find.waitFor();
  await page.getByRole('radio', { name: /^16 × 16/ }).click();
  await person.presses('d');
  await person.seesPicture();
  await find.waitFor();
  await page.getByLabel(words('everything.onEach')).check();
  await page.getByRole('slider', { name: words('everything.iou') }).waitFor(SEARCH);
  expect((await readsCount(person)).total).toBeGreaterThan(0);
  expect(await person.readsInstances()).toEqual([]);
});
