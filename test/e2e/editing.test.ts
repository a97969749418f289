import { beforeAll, expect, test } from 'vitest';
import type { Program } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import { words } from './words.ts';

/** Objects of the sample's first picture, 01-fruit.jpg: a point well inside each. */
const ORANGE = { x: 578, y: 318 };
const GREEN_APPLE = { x: 740, y: 525 };
const LEMON = { x: 1105, y: 500 };
const TABLE = { x: 300, y: 760 };

const house = useHouse();
let program: Program;
beforeAll(async () => {
  program = await house.starts('editing');
});

test('a smart box, refined by clicks on object and background, one taken back', async () => {
  const person = await house.opensWindow(program);
  await person.seesPicture();
  await person.presses('w');
  await person.drags(480, 215, 690, 425);
  expect(await person.seesCandidates()).toHaveLength(1);
  await person.clicks(ORANGE.x, ORANGE.y);
  expect(await person.seesCandidates()).toHaveLength(1);
  const before = await person.seesCandidates();
  await person.clicks(TABLE.x, TABLE.y, { modifiers: ['Alt'] });
  await person.seesCandidates();
  await person.clicks(1000, 150, { button: 'right' });
  await person.seesCandidates();
  await person.presses('Backspace', 'Backspace');
  await expect.poll(() => person.seesCandidates()).toEqual(before);
  await person.presses('Enter');
  await person.instances.first().waitFor();
  const [orange] = await person.readsInstances();
  expect(orange?.name).toBe('fruit');
  // An orange drawn about 200 pixels wide.
  expect(orange?.area).toBeGreaterThan(20_000);
  expect(orange?.area).toBeLessThan(45_000);
});

test('Esc leaves nothing behind, a background click alone asks for an object', async () => {
  const person = await house.opensWindow(program);
  await person.seesPicture();
  const before = await person.readsInstances();
  await person.presses('q');
  await person.clicks(TABLE.x, TABLE.y, { button: 'right' });
  await person.page.getByText(words('candidates.needForeground')).waitFor();
  await person.clicks(LEMON.x, LEMON.y);
  await person.seesCandidates();
  await person.presses('Escape');
  await person.chooser.waitFor({ state: 'detached' });
  expect(await person.readsInstances()).toEqual(before);
});

test('a rectangle is drawn, deleted by its key, and brought back', async () => {
  const person = await house.opensWindow(program);
  await person.seesPicture();
  await person.presses('d');
  await person.seesPicture();
  await person.presses('r');
  await person.drags(200, 100, 500, 300);
  await expect.poll(() => person.readsInstances()).toEqual([{ name: 'fruit', area: expect.any(Number) }]);
  const [drawn] = await person.readsInstances();
  // 300 × 200, give or take the screen's pixels.
  expect(drawn?.area).toBeGreaterThan(58_000);
  expect(drawn?.area).toBeLessThan(62_000);
  await person.presses('Delete');
  await person.instances.first().waitFor({ state: 'detached' });
  await person.presses('Control+z');
  await expect.poll(() => person.readsInstances()).toEqual([drawn]);
});

test('a class is renamed, recoloured and deleted with its instances, and each step is undone', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await person.presses('d', 'd');
  await person.seesPicture();
  const row = person.classRow('book');
  await row.getByRole('button', { name: words('class.more', { name: 'book' }) }).click();
  await page.getByRole('menuitem', { name: words('class.rename') }).click();
  const field = page.getByRole('textbox', { name: words('class.renameOf', { name: 'book' }) });
  await field.fill('Fruit');
  await person.presses('Enter');
  await page.getByText(words('class.taken', { name: 'Fruit' })).waitFor();
  expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
  await field.fill('volume');
  await person.presses('Enter');
  await person.classRow('volume').waitFor();

  await page.getByRole('button', { name: words('class.colourOf', { name: 'volume' }) }).click();
  await page.getByRole('button', { name: words('colour.one', { colour: '#882255' }) }).click();
  await person.presses('Escape');
  const swatch = person.classRow('volume').locator('.swatch').first();
  await expect.poll(() => swatch.evaluate((e) => getComputedStyle(e).backgroundColor)).toBe('rgb(136, 34, 85)');

  // An instance of it, then the class goes and takes the instance along.
  await person.classRow('volume').locator('.row-main').click();
  await person.presses('r');
  await person.drags(900, 400, 1100, 600);
  await expect.poll(async () => (await person.readsInstances()).map((i) => i.name)).toEqual(['volume']);
  await person.classRow('volume').getByRole('button', { name: words('class.more', { name: 'volume' }) }).click();
  await page.getByRole('menuitem', { name: words('class.delete') }).click();
  const dialog = page.getByRole('dialog');
  await person.keepsScreenshot('delete-class');
  // Opened from a menu, which gives its own focus back when it closes: the dialog must have it all the same.
  await expect.poll(() => dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  await dialog.getByRole('radio', { name: words('deleteClass.delete') }).click();
  await dialog.getByRole('button', { name: words('deleteClass.confirm') }).click();
  await person.classRow('volume').waitFor({ state: 'detached' });
  await person.instances.first().waitFor({ state: 'detached' });

  await person.presses('Control+z');
  await person.classRow('volume').waitFor();
  await expect.poll(async () => (await person.readsInstances()).map((i) => i.name)).toEqual(['volume']);
  await person.presses('Control+z', 'Control+z', 'Control+z');
  await person.classRow('book').waitFor();
  await person.instances.first().waitFor({ state: 'detached' });
});

test('images are found by name and by status', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  const list = page.getByRole('listbox', { name: words('images.list') }).getByRole('option');
  await expect.poll(() => list.count()).toBe(8);
  await person.presses('/');
  await page.keyboard.type('leav');
  await expect.poll(() => list.count()).toBe(1);
  await person.imageRow('04-leaves').click();
  await person.seesPicture();
  await page.getByRole('button', { name: words('images.clearSearch') }).click();
  await expect.poll(() => list.count()).toBe(8);
  await person.canvas.focus();
  await person.presses('Control+Enter');
  await person.seesPicture();
  await page.getByRole('radio', { name: words('filterName.done') }).click();
  await expect.poll(() => list.count()).toBe(1);
  await person.imageRow('04-leaves').waitFor();
  await page.getByRole('radio', { name: words('filterName.all') }).click();
  await expect.poll(() => list.count()).toBe(8);
});

test('undoing what was done on another image goes back to that image', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await person.imageRow('05').click();
  await person.seesPicture();
  const left = await page.title();
  await person.canvas.focus();
  await person.presses('Control+Enter');
  await person.seesPicture();
  await expect.poll(() => page.title()).not.toBe(left);
  await person.presses('Control+z');
  await expect.poll(() => page.title()).toBe(left);
  await person.seesPicture();
});

test('an object is labeled with the keyboard alone, and a click beside the image costs nothing', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await person.presses('d', 'd', 'd', 'd', 'd');
  await person.seesPicture();
  await person.canvas.focus();
  const pixel = page.locator('.status-bar .pixel');
  await person.presses('.');
  expect(await pixel.innerText()).toBe('');
  await person.presses('ArrowRight');
  await expect.poll(() => pixel.innerText()).toMatch(/x \d+ +y \d+/);
  const from = await pixel.innerText();
  await person.presses('Shift+ArrowDown', 'Shift+ArrowLeft', 'ArrowUp');
  await expect.poll(() => pixel.innerText()).not.toBe(from);
  await person.presses('.');
  expect(await person.seesCandidates()).toHaveLength(3);
  await person.keepsScreenshot('crosshair');
  await person.presses(...Array.from({ length: 8 }, () => 'Shift+ArrowLeft'), ',');
  await expect.poll(async () => (await person.seesCandidates()).length).toBe(1);

  // The corner of the canvas, where the image does not reach.
  const box = await person.canvas.boundingBox();
  if (box === null) throw new Error('no canvas');
  await page.mouse.click(box.x + 5, box.y + 5);
  await expect.poll(() => pixel.innerText()).toBe('');
  expect(await person.seesCandidates()).toHaveLength(1);

  await person.presses('1');
  await expect.poll(async () => (await person.readsInstances()).length).toBe(1);
  await person.presses('Control+z');
  await person.instances.first().waitFor({ state: 'detached' });
});

test('the palette finds commands, the help tells the keys', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await person.runsCommand('command.tool.hand');
  await expect.poll(() => page.getByRole('radio', { name: words('command.tool.hand') }).getAttribute('aria-checked')).toBe('true');
  await person.presses('?');
  const sheet = page.getByRole('dialog', { name: words('help.title') });
  await sheet.getByText(words('command.nextCandidate')).waitFor();
  await person.keepsScreenshot('help');
  await person.presses('Escape');
  await sheet.waitFor({ state: 'detached' });
});

test('with the keyboard alone: image, tool, class, deletion, export', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await person.clicks(GREEN_APPLE.x, GREEN_APPLE.y);
  await person.seesCandidates();
  await person.presses('`');
  await page.keyboard.type('granny smith');
  await person.presses('Enter');
  await person.classRow('granny smith').waitFor();
  await expect.poll(async () => (await person.readsInstances()).some((i) => i.name === 'granny smith')).toBe(true);
  await person.presses('Control+a', 'Delete');
  await person.instances.first().waitFor({ state: 'detached' });
  await person.presses('Control+z');
  await person.instances.first().waitFor();
  await person.presses('Control+e');
  await page.getByRole('dialog', { name: words('export.title') }).waitFor();
  await person.presses('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(() => page.evaluate(() => document.activeElement?.hasAttribute('data-canvas') ?? false)).toBe(true);
});

test('the candidate bar does not lie on what was clicked', async () => {
  const person = await house.opensWindow(program);
  await person.page.setViewportSize({ width: 1440, height: 640 });
  await person.seesPicture();
  for (const y of [800, 60]) {
    await person.presses('Control+0', 'q');
    await person.clicks(640, y);
    await person.seesCandidates();
    const clicked = await person.at(640, y);
    const bar = await person.chooser.boundingBox();
    expect(bar === null ? null : clicked.y < bar.y || clicked.y > bar.y + bar.height).toBe(true);
    await person.presses('Escape');
  }
});

test('reading what the provider badge says leaves the keys to the images', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  const first = await page.title();
  await page.getByRole('button', { name: new RegExp(`^${words('sam.badge')}`) }).hover();
  await page.getByText(words('sam.hash')).waitFor();
  await person.presses('d');
  await expect.poll(() => page.title()).not.toBe(first);
});
