import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { toProbe } from '../../src-main/images/check-unchanged.ts';
import { probe } from '../../src-main/engines/images-probe.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import { byHand } from '../fixtures/small-project.ts';
import { useHouse } from './harness.ts';
import { words } from './words.ts';

const house = useHouse();
const W = 640;
const H = 480;

/** A disc, and a pixel far from it. */
const speckled = maskShape(rleFromBitmap(Uint8Array.from({ length: W * H }, (_, i) => {
  const [x, y] = [i % W, Math.floor(i / W)];
  return Number(Math.hypot(x - 200, y - 200) < 80 || (x === 600 && y === 440));
}), H, W));

/** Two pictures with a speckled mask each, and one without labels. */
async function makeProject(folder: string): Promise<void> {
  mkdirSync(folder);
  const names = ['one.png', 'two.png', 'three.png'];
  for (const [i, name] of names.entries()) await sharp({ create: { width: W, height: H, channels: 3, background: { r: 60 + 40 * i, g: 90, b: 110 } } }).png().toFile(join(folder, name));
  const store = ProjectStore.create(join(folder, 'speckled.mwproj'), 'speckled');
  store.addImages(store.addRoot(folder), names);
  const images = store.unprobed(3, 0);
  store.setProbes(await Promise.all(images.map(async ({ id, absolutePath }) => toProbe(id, await probe(absolutePath, new AbortController().signal)))));
  const [cat = NaN] = store.edit('Add class', [{ type: 'class.add', name: 'cat' }]).created.classes;
  store.edit('Draw', images.slice(0, 2).map(({ id }) => ({ type: 'instance.add', image: id, class: cat, shape: speckled, provenance: byHand })));
  await store.close();
}

test('a check finds what is wrong, a finding leads to its place, and all are repaired and brought back', async () => {
  const folder = join(house.folder, 'speckled');
  await makeProject(folder);
  const program = await house.starts('check', join(folder, 'speckled.mwproj'));
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();

  await person.runsCommand('command.check');
  const dialog = page.getByRole('dialog', { name: words('dataset.title') });
  await dialog.getByText(words('check.notYet')).waitFor();
  await dialog.getByRole('button', { name: words('check.start'), exact: true }).click();
  const islands = dialog.getByRole('button', { name: new RegExp(`^${words('check.rule.island.name')}`) });
  await expect.poll(() => islands.innerText()).toMatch(/2$/);
  await islands.click();
  const finding = dialog.getByRole('list', { name: words('check.list') }).getByRole('button');
  await expect.poll(() => finding.count()).toBe(2);
  expect(await finding.first().innerText()).toContain('one.png');
  await person.keepsScreenshot('check');

  await finding.first().click();
  await dialog.waitFor({ state: 'hidden' });
  const bar = page.getByRole('region', { name: words('check.bar') });
  await bar.getByText('1 of 2').waitFor();
  await page.locator('.instance-row[data-on]').waitFor();
  // The place of one pixel, from near.
  await expect.poll(async () => Number(/(\d+)\s*%/.exec(await page.locator('.status-bar').innerText())?.[1])).toBeGreaterThan(400);
  await person.keepsScreenshot('check-finding');

  await person.presses('F8');
  await bar.getByText('2 of 2').waitFor();
  await page.locator('.top-bar').getByText('two.png').waitFor();
  await person.presses('Shift+F8');
  await page.locator('.top-bar').getByText('one.png').waitFor();
  await person.presses('Control+F8');
  await bar.getByText(words('check.gone')).waitFor();
  await person.presses('F8');
  await bar.getByText('1 of 1').waitFor();
  await page.locator('.top-bar').getByText('two.png').waitFor();

  await bar.getByRole('button', { name: words('check.back') }).click();
  await dialog.getByRole('button', { name: words('check.repairAll', { count: 1, n: 1 }) }).click();
  await expect.poll(() => islands.innerText()).toMatch(/0$/);
  await dialog.getByText(words('check.ruleClean')).waitFor();
  await dialog.getByRole('button', { name: words('dialog.close'), exact: true }).click();

  await person.presses('Control+z', 'Control+z');
  await person.runsCommand('command.check');
  await expect.poll(() => islands.innerText(), { timeout: 15_000 }).toMatch(/2$/);
  // The switch of a rule is in reach of the keyboard, and what is off is not looked for.
  await dialog.getByRole('checkbox', { name: words('check.on', { name: words('check.rule.island.name') }) }).press('Space');
  await dialog.getByRole('button', { name: words('check.again'), exact: true }).click();
  await dialog.getByText(words('check.ruleOff')).waitFor();
  await dialog.getByRole('button', { name: words('dialog.close'), exact: true }).click();
  await person.presses('Escape', 'Escape');
  await bar.waitFor({ state: 'hidden' });
});
