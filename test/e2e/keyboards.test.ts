import { beforeAll, describe, expect, test } from 'vitest';
import type { Program } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import type { Person } from './person.ts';
import { words } from './words.ts';

const house = useHouse();
let program: Program;
beforeAll(async () => {
  program = await house.starts('keyboards');
});

const count = (person: Person, n: number): Promise<void> => expect.poll(() => person.instances.count()).toBe(n);

test.each([
  ['German', { code: 'KeyY', key: 'z' }, { code: 'KeyZ', key: 'y' }, { code: 'KeyA', key: 'a' }],
  ['French', { code: 'KeyW', key: 'z' }, { code: 'KeyY', key: 'y' }, { code: 'KeyQ', key: 'a' }],
  ['Dvorak', { code: 'Slash', key: 'z' }, { code: 'KeyT', key: 'y' }, { code: 'KeyA', key: 'a' }],
  ['Russian', { code: 'KeyZ', key: 'я' }, { code: 'KeyY', key: 'н' }, { code: 'KeyA', key: 'ф' }],
])('undo, redo and select all lie where a %s keyboard has their letters', async (_, z, y, a) => {
  const person = await house.opensWindow(program);
  await person.seesPicture();
  await count(person, 0);
  await person.presses('r');
  await person.drags(200, 100, 500, 300);
  await count(person, 1);
  await person.presses('Escape');
  await person.pressesPlace(z.code, z.key, { ctrl: true });
  await count(person, 0);
  await person.pressesPlace(y.code, y.key, { ctrl: true });
  await count(person, 1);
  await person.pressesPlace(z.code, z.key, { ctrl: true });
  await count(person, 0);
  await person.pressesPlace(z.code, z.key.toUpperCase(), { ctrl: true, shift: true });
  await count(person, 1);
  await person.pressesPlace(a.code, a.key, { ctrl: true });
  await person.presses('Delete');
  await count(person, 0);
});

test('a French keyboard has the tools on its letters, and the classes on its top row', async () => {
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();
  const tool = page.getByRole('radio', { checked: true }).and(page.locator('.tool'));
  await person.pressesPlace('KeyZ', 'w');
  await expect.poll(() => tool.getAttribute('aria-label')).toBe(words('command.tool.smart-box'));
  await person.pressesPlace('KeyA', 'q');
  await expect.poll(() => tool.getAttribute('aria-label')).toBe(words('command.tool.smart-point'));
  await person.pressesPlace('KeyW', 'z');
  await expect.poll(() => tool.getAttribute('aria-label')).toBe(words('command.tool.zoom'));
  const classes = page.locator('.classes .class-row');
  const keyed = classes.filter({ has: page.locator('.row-key', { hasText: '2' }) });
  await person.pressesPlace('Digit1', '&');
  await expect.poll(() => keyed.getAttribute('data-on')).toBeNull();
  await person.pressesPlace('Digit2', 'é');
  await expect.poll(() => keyed.getAttribute('data-on')).toBe('');
  // The key left of the 1 types ² there: pressed once, it is known and shown so.
  await person.pressesPlace('Backquote', '²');
  await page.locator('.class-picker').waitFor();
  await person.presses('Escape', '?');
  const row = page.locator('.help-row', { hasText: words('command.pickClass') });
  await expect.poll(() => row.locator('kbd').allInnerTexts()).toEqual(['²']);
});

describe('while an input method composes, its keys are its own', () => {
  const COMPOSED = 'りんご';

  /** Enter, Esc and the arrows reach the input method alone: the field stays, with what is composed. Then it is confirmed. */
  async function composesIn(person: Person, field: string, composed = COMPOSED): Promise<void> {
    const input = person.page.locator(field);
    await input.waitFor();
    await expect.poll(() => input.evaluate((it) => it === document.activeElement)).toBe(true);
    await input.fill('');
    for (const key of ['ArrowDown', 'ArrowUp', 'Escape', 'Enter']) await person.composes(composed, key);
    expect(await input.isVisible()).toBe(true);
    expect(await input.inputValue()).toBe(composed);
    await person.confirms('林檎');
    expect(await input.inputValue()).toBe('林檎');
  }

  test('in the class picker: the class gets its name only with the next Enter', async () => {
    const person = await house.opensWindow(program);
    await person.seesPicture();
    await person.presses('`');
    await composesIn(person, '.class-picker input');
    expect(await person.classRow(COMPOSED).count()).toBe(0);
    await person.presses('Enter');
    await person.classRow('林檎').waitFor();
    expect(await person.classRow(COMPOSED).count()).toBe(0);
  });

  test('in the panels: a new class, a renamed class, the search for images', async () => {
    const person = await house.opensWindow(program);
    const { page } = person;
    await person.seesPicture();
    await page.getByRole('button', { name: words('class.add') }).first().click();
    await composesIn(person, '.classes .rename');
    await person.presses('Escape');
    await person.classRow('fruit').locator('.row-main').dblclick();
    await composesIn(person, '.classes .rename');
    await person.presses('Escape');
    await person.classRow('fruit').waitFor();
    await person.presses('/');
    await composesIn(person, '#image-filter');
    await page.getByText(words('images.noMatch')).waitFor();
    await person.presses('Escape');
  });

  test('in the dialogs: the command palette, the folder browser, a snapshot’s name', async () => {
    const person = await house.opensWindow(program);
    const { page } = person;
    await person.seesPicture();
    await person.presses('Control+k');
    // Found while it is composed: Enter would open it.
    await composesIn(person, '.palette-field', words('command.settings'));
    await person.presses('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await person.presses('Control+o');
    const path = page.getByRole('textbox', { name: words('browse.path') });
    await path.click();
    await composesIn(person, `[aria-label="${words('browse.path')}"]`);
    // There is no such folder, which Enter alone would say.
    expect(await page.getByRole('alert').count()).toBe(0);
    await person.presses('Enter');
    await page.getByRole('alert').waitFor();
    await person.presses('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await person.runsCommand('command.snapshots');
    const name = page.getByRole('dialog').getByRole('textbox', { name: words('snapshots.name'), exact: true });
    await name.click();
    await composesIn(person, `.dialog input:focus`);
    await expect.poll(() => name.inputValue()).toBe('林檎');
  });
});
