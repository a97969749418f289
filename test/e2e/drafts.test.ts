import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { repository } from '../helpers/program.ts';
import type { Program } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import type { Person } from './person.ts';
import { words } from './words.ts';

/** Objects of the sample's first picture, 01-fruit.jpg: a point well inside each. */
const ORANGE = { x: 578, y: 318 };
const LEMON = { x: 1105, y: 500 };

const house = useHouse();
let program: Program;
beforeAll(async () => {
  program = await house.starts('drafts');
});

/** A window on the sample's first image, without instances, with a candidate for the orange on the canvas. */
async function withCandidate(): Promise<Person> {
  const person = await house.opensWindow(program);
  await person.seesPicture();
  await person.presses('v', 'Control+a', 'Delete');
  await expect.poll(() => person.instances.count()).toBe(0);
  await person.presses('q');
  await person.clicks(ORANGE.x, ORANGE.y);
  await person.seesCandidates();
  return person;
}

const names = async (person: Person): Promise<string[]> => (await person.readsInstances()).map(({ name }) => name);
const image = (person: Person): Promise<string> => person.page.locator('.crumb > span').last().innerText();

test.each([
  ['the next image', (person: Person) => person.presses('d')],
  ['an image of the list', (person: Person) => person.page.locator('.image-row').nth(2).click()],
])('going to %s accepts the candidate with the current class, says so, and undo takes it back', async (_, leave) => {
  const person = await withCandidate();
  await leave(person);
  await expect.poll(() => image(person)).not.toBe('01-fruit.jpg');
  await person.page.getByText(words('draft.accepted', { name: '01-fruit.jpg', as: 'fruit' })).waitFor();
  await person.seesPicture();
  await person.presses('Control+z');
  await expect.poll(() => image(person)).toBe('01-fruit.jpg');
  await expect.poll(() => names(person)).toEqual([]);
  await person.presses('Control+Shift+z');
  await expect.poll(() => names(person)).toEqual(['fruit']);
});

test('an image marked done has the mask that was on its canvas', async () => {
  const person = await withCandidate();
  await person.presses('Control+Enter');
  await expect.poll(() => image(person)).not.toBe('01-fruit.jpg');
  await person.presses('a');
  await person.seesPicture();
  await expect.poll(() => names(person)).toEqual(['fruit']);
  await expect.poll(() => person.page.getByRole('button', { name: words('top.done'), exact: true }).getAttribute('aria-pressed')).toBe('true');
  await person.presses('Control+z', 'Control+z');
  await expect.poll(() => names(person)).toEqual([]);
});

test('closing the window asks, and what was on the canvas is there afterwards', async () => {
  const person = await withCandidate();
  const asked = person.page.waitForEvent('dialog');
  await person.page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.dismiss();
  await expect.poll(() => names(person)).toEqual(['fruit']);
});

test('undo takes points back one by one before it touches what is saved, and redo puts them there again', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  const before = await names(person);
  await person.presses('r');
  await person.drags(200, 100, 300, 200);
  const saved = [...before, 'fruit'];
  await expect.poll(() => names(person)).toEqual(saved);
  await person.presses('Escape', 'q');
  await person.clicks(LEMON.x, LEMON.y);
  const [first] = await person.seesCandidates();
  await person.clicks(ORANGE.x, ORANGE.y, { button: 'right' });
  await person.seesCandidates();
  await expect.poll(() => page.getByRole('button', { name: words('top.undo', { label: words('draft.lastPoint') }) }).isEnabled()).toBe(true);
  await person.presses('Control+z');
  await expect.poll(async () => (await person.seesCandidates())[0]).toEqual(first);
  await person.presses('Control+z');
  await person.chooser.waitFor({ state: 'detached' });
  expect(await names(person)).toEqual(saved);
  await person.presses('Control+Shift+z');
  await expect.poll(async () => (await person.seesCandidates())[0]).toEqual(first);
  await person.presses('Control+z');
  await person.chooser.waitFor({ state: 'detached' });
  expect(await names(person)).toEqual(saved);
  await person.presses('Control+z');
  await expect.poll(() => names(person)).toEqual(before);
});

test('the box of a draft is resized by its corner and moved by its middle, and the mask follows', async () => {
  const person = await house.opensWindow(program);
  await person.seesPicture();
  const before = (await names(person)).length;
  await person.presses('w');
  // The upper left quarter of the orange, then all of it.
  await person.drags(480, 215, 560, 300);
  await person.seesCandidates();
  await person.drags(560, 300, 690, 425);
  await person.seesCandidates();
  await person.presses('Enter');
  await expect.poll(() => person.instances.count()).toBe(before + 1);
  const largest = async (): Promise<number> => Math.max(...(await person.readsInstances()).map(({ area }) => area));
  // An orange drawn about 200 pixels wide.
  expect(await largest()).toBeGreaterThan(20_000);
  expect(await largest()).toBeLessThan(45_000);
  await person.presses('Control+z');
  await expect.poll(() => person.instances.count()).toBe(before);
  // A box of that size beside it, drawn elsewhere, is another box: moved over the orange it finds it, too.
  await person.drags(200, 620, 410, 830);
  await person.seesCandidates();
  await person.drags(300, 720, 580, 315);
  await person.seesCandidates();
  await person.presses('Enter');
  await expect.poll(() => person.instances.count()).toBe(before + 1);
  expect(await largest()).toBeGreaterThan(20_000);
  expect(await largest()).toBeLessThan(45_000);
  await person.presses('Control+z');
});

test('in a project without classes the person is asked: a class, discard, or stay', async () => {
  const folder = join(house.folder, 'plain');
  mkdirSync(folder);
  const sample = join(repository, 'sample');
  for (const name of readdirSync(sample).filter((file) => file.endsWith('.jpg')).slice(0, 2)) copyFileSync(join(sample, name), join(folder, name));
  const person = await house.opensWindow(await house.starts('no-classes', folder));
  const { page } = person;
  const dialog = page.getByRole('dialog', { name: words('draft.title') });
  await person.seesPicture();
  await person.presses('q');
  await person.clicks(ORANGE.x, ORANGE.y);
  await person.seesCandidates();

  await person.presses('d');
  await dialog.waitFor();
  await page.getByRole('button', { name: words('draft.stay') }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await image(person)).toBe('01-fruit.jpg');
  expect(await person.seesCandidates()).toHaveLength(3);

  await person.presses('d');
  await page.getByRole('button', { name: words('draft.choose') }).click();
  await page.getByRole('combobox').fill('orange');
  await person.presses('Enter');
  await expect.poll(() => image(person)).not.toBe('01-fruit.jpg');
  await person.presses('a');
  await expect.poll(() => names(person)).toEqual(['orange']);
});

test('a typed name labels as that class, not as a longer one that holds it', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  await person.presses('d', 'd');
  await person.seesPicture();
  const add = async (name: string): Promise<void> => {
    await person.presses('`');
    await page.getByRole('combobox').fill(name);
    const active = page.locator('.class-picker [aria-selected="true"]');
    await expect.poll(() => active.innerText()).toContain(name);
    await person.presses('Enter');
    await person.classRow(name).first().waitFor();
  };
  await add('teddy bear');
  await add('bear');
  const active = page.locator('.classes .class-row[data-on] .ellipsis');
  await expect.poll(() => active.innerText()).toBe('bear');
  await person.presses('`');
  await page.getByRole('combobox').fill('ted');
  await person.presses('Enter');
  await expect.poll(() => active.innerText()).toBe('teddy bear');
  await person.presses('`');
  await page.getByRole('combobox').fill('bear');
  await person.presses('Enter');
  await expect.poll(() => active.innerText()).toBe('bear');
  // With Shift, Enter takes the name as it was typed.
  await person.presses('`');
  await page.getByRole('combobox').fill('ted');
  await person.presses('Shift+Enter');
  await expect.poll(() => active.innerText()).toBe('ted');
});
