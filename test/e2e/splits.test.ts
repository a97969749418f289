import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { useHouse } from './harness.ts';
import { words } from './words.ts';

const house = useHouse();

test('images are divided with a preview before, shown and filtered by their split, changed by hand, and all of it can be undone', async () => {
  const folder = join(house.folder, 'splits');
  mkdirSync(folder);
  const noise = Buffer.from(Array.from({ length: 60 * 40 * 3 }, (_, i) => (i * 73) % 251));
  for (let n = 0; n < 10; n++) {
    // The last two are one picture twice; the others are told apart by where their light is.
    const spot = Math.min(n, 8);
    const light = Buffer.from(noise.map((level, i) => (Math.floor(i / 3) % 60 >= spot * 6 && Math.floor(i / 3) % 60 < spot * 6 + 9 ? 255 - level / 8 : level / 3)));
    await sharp(light, { raw: { width: 60, height: 40, channels: 3 } }).png().toFile(join(folder, `p${n}.png`));
  }
  const program = await house.starts('splits', folder);
  const person = await house.opensWindow(program);
  const { page } = person;
  const dialog = page.getByRole('dialog', { name: words('dataset.title') });
  const preview = dialog.getByRole('region', { name: words('splits.preview') });
  const part = (name: string): ReturnType<typeof page.locator> => preview.locator('tbody tr').filter({ hasText: name }).first();
  /** Images before and after, as the table of parts tells. */
  const counts = async (name: string): Promise<string[]> => (await part(name).locator('td').allInnerTexts()).slice(0, 2);
  const marks = async (): Promise<string[]> => (await page.locator('.image-row .split-mark').allInnerTexts()).toSorted();

  await person.imageRow('p9.png').waitFor();
  await person.runsCommand('command.splits');
  await expect.poll(() => counts('train')).toEqual(['0', '8']);
  await person.keepsScreenshot('splits');

  // Shares always make the whole: what one gets the others give.
  await dialog.getByLabel(words('splits.percent', { name: 'train' })).fill('60');
  await expect.poll(async () => [await counts('train'), await counts('val'), await counts('test')]).toEqual([['0', '6'], ['0', '2'], ['0', '2']]);
  await dialog.getByRole('checkbox', { name: words('splits.duplicates') }).check();
  await preview.getByText('1 group of 2 images is kept together.').waitFor();
  expect(await marks()).toEqual([]);
  await dialog.getByRole('button', { name: /Change the split of 10 images/ }).click();
  await preview.getByText(words('splits.allLocked')).waitFor();
  expect((await counts('train'))[0]).toBe('6');
  await person.presses('Escape');

  await expect.poll(marks).toEqual([...Array.from({ length: 2 }, () => 'test'), ...Array.from({ length: 6 }, () => 'train'), ...Array.from({ length: 2 }, () => 'val')]);
  const markOf = async (name: string): Promise<string> => person.imageRow(name).locator('.split-mark').innerText();
  expect(await markOf('p8.png')).toBe(await markOf('p9.png'));
  await page.getByRole('combobox', { name: words('splits.filter') }).selectOption({ label: 'val (2)' });
  await expect.poll(marks).toEqual(['val', 'val']);

  // What the list shows gets another split by hand; then no image is left in it.
  await person.runsCommand('command.splits');
  await dialog.getByRole('combobox', { name: words('splits.which') }).selectOption('listed');
  await dialog.getByRole('combobox', { name: words('splits.name') }).fill('hold out');
  await dialog.getByRole('button', { name: words('splits.set'), exact: true }).click();
  await expect.poll(async () => (await counts('hold out'))[0]).toBe('2');
  await person.presses('Escape');
  await expect.poll(marks).toEqual([...Array.from({ length: 2 }, () => 'hold out'), ...Array.from({ length: 2 }, () => 'test'), ...Array.from({ length: 6 }, () => 'train')]);

  await person.presses('Control+z');
  await expect.poll(async () => (await marks()).filter((mark) => mark === 'val').length).toBe(2);
  await person.presses('Control+z');
  await expect.poll(marks).toEqual([]);
  await expect.poll(() => page.getByRole('combobox', { name: words('splits.filter') }).count()).toBe(0);
  await person.presses('Control+Shift+z');
  await expect.poll(async () => (await marks()).length).toBe(10);
});
