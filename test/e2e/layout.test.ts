import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { repository } from '../helpers/program.ts';
import type { Program } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import type { Person } from './person.ts';
import { words } from './words.ts';

const LONG = 'a-portrait-with-a-file-name-so-long-that-no-window-can-show-it-in-full-0001.jpg';

const house = useHouse();
let program: Program;
beforeAll(async () => {
  const folder = join(house.folder, 'portraits');
  mkdirSync(folder);
  // Full-height parts of the sample's first image: an apple is in their lower half.
  for (const [name, share] of [[LONG, 0.8], ['b.jpg', 0.6]] as const) {
    await sharp(join(repository, 'sample', '01-fruit.jpg')).extract({ left: 430, top: 0, width: Math.round(853 * share), height: 853 }).toFile(join(folder, name));
  }
  program = await house.starts('layout', folder);
});

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
const meet = (a: Place, b: Place): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const placeOf = async (person: Person, selector: string): Promise<Place> => {
  const place = await person.page.locator(selector).first().boundingBox();
  if (place === null) throw new Error(`no ${selector}`);
  return place;
};

/** The apple's surroundings, in image pixels. */
const APPLE = { x: 215, y: 400, width: 280, height: 250 };

test.each([[1440, 900], [1024, 700], [720, 450]])('the candidates do not lie on the object of a portrait image, and can be moved: %d × %d', async (width, height) => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await page.setViewportSize({ width, height });
  await person.seesPicture();
  for (const images of [1, 2]) {
    await person.presses('q');
    await person.clicks(310, 525);
    await person.seesCandidates();
    const [from, to] = [await person.at(APPLE.x, APPLE.y), await person.at(APPLE.x + APPLE.width, APPLE.y + APPLE.height)];
    const apple = { ...from, width: to.x - from.x, height: to.y - from.y };
    expect(meet(await placeOf(person, '.candidates'), apple)).toBe(false);
    if (images === 1) await person.presses('Escape', 'd');
    await person.seesPicture();
  }
  // All of it lies beside the picture where the window has room.
  if (width === 1440) {
    const [from, to] = [await person.at(0, 0), await person.at(511, 853)];
    expect(meet(await placeOf(person, '.candidates'), { ...from, width: to.x - from.x, height: to.y - from.y })).toBe(false);
  }
  const grip = page.getByRole('button', { name: words('candidates.move') });
  const before = await placeOf(person, '.candidates');
  const held = await placeOf(person, '.candidate-grip');
  const stage = await placeOf(person, '.stage');
  await page.mouse.move(held.x + held.width / 2, held.y + held.height / 2);
  await page.mouse.down();
  await page.mouse.move(stage.x + stage.width / 2, stage.y + stage.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => placeOf(person, '.candidates')).not.toEqual(before);
  const moved = await placeOf(person, '.candidates');
  expect([moved.x >= stage.x, moved.y >= stage.y, moved.x + moved.width <= stage.x + stage.width, moved.y + moved.height <= stage.y + stage.height]).toEqual([true, true, true, true]);
  await grip.dblclick();
  await expect.poll(() => placeOf(person, '.candidates')).toEqual(before);
  await person.presses('Escape');
});

test('in a small window the file’s name ends in dots, and the button that accepts says its class in full', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await page.setViewportSize({ width: 720, height: 450 });
  await person.seesPicture();
  await page.locator('.image-row').first().click();
  await person.seesPicture();
  const name = page.locator('.crumb > span').last();
  // Cut by itself, with an ellipsis, not by the element around it.
  const [span, crumb] = [await placeOf(person, '.crumb > span:last-child'), await placeOf(person, '.crumb')];
  expect(span.x + span.width).toBeLessThanOrEqual(crumb.x + crumb.width + 0.5);
  expect(await name.evaluate((it) => [it.scrollWidth > it.clientWidth, getComputedStyle(it).textOverflow])).toEqual([true, 'ellipsis']);

  await page.setViewportSize({ width: 1024, height: 700 });
  await person.presses('`');
  await page.getByRole('combobox').fill('teddy bear');
  await person.presses('Enter');
  await person.classRow('teddy bear').waitFor();
  await person.presses('q');
  await person.clicks(310, 525);
  await person.seesCandidates();
  const label = page.locator('.candidate-accept');
  expect(await label.innerText()).toBe(words('candidates.acceptAs', { name: 'teddy bear' }));
  expect(await label.evaluate((it) => it.scrollHeight <= it.clientHeight && it.scrollWidth <= it.clientWidth)).toBe(true);
  await person.presses('Escape');
});

test('after a click in the image list the arrow keys are the crosshair’s with Smart point, the list’s with other tools', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  const image = (): Promise<string> => page.locator('.crumb > span').last().innerText();
  const first = page.locator('.image-row').first();
  await first.click();
  await expect.poll(image).toBe(LONG);
  await person.seesPicture();
  await person.presses('q');
  await first.click();
  const pixel = (): Promise<string> => page.locator('.status-bar .pixel').innerText();
  await person.presses('ArrowRight');
  await expect.poll(pixel).toMatch(/x \d+/);
  const at = await pixel();
  await person.presses('ArrowDown');
  await expect.poll(pixel).not.toBe(at);
  expect(await image()).toBe(LONG);

  await person.presses('v');
  await first.click();
  await person.presses('ArrowDown');
  await expect.poll(image).toBe('b.jpg');
  // Taking up Smart point takes the arrow keys along.
  await person.presses('q', 'ArrowUp');
  await expect.poll(pixel).toMatch(/x \d+/);
  expect(await image()).toBe('b.jpg');
  await person.presses('v');
  await first.click();
  await expect.poll(image).toBe(LONG);
  await person.presses('Escape');
  await expect.poll(() => person.canvas.evaluate((it) => it === document.activeElement)).toBe(true);
});
