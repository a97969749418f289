import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { byHand } from '../fixtures/small-project.ts';
import { useHouse } from './harness.ts';
import { words } from './words.ts';

const house = useHouse();

const box = (width: number, height: number): Shape => ({ kind: 'box', box: { x: 4, y: 4, width, height } });

const add = (image: number, cls: number, shape: Shape) => ({ type: 'instance.add', image, class: cls, shape, provenance: byHand }) as const;

test('the statistics of a project: by class and split, as plots and as tables, kept as a file, and leading to the images', async () => {
  const folder = join(house.folder, 'yard');
  mkdirSync(folder);
  for (const name of ['a.png', 'b.png', 'c.png', 'd.png']) await sharp({ create: { width: 200, height: 120, channels: 3, background: '#446' } }).png().toFile(join(folder, name));
  const store = ProjectStore.create(join(folder, 'yard.mwproj'), 'yard');
  store.addImages(store.addRoot(folder), ['a.png', 'b.png', 'c.png', 'd.png']);
  store.setProbes([1, 2, 3, 4].map((id) => ({ id, width: 200, height: 120, orientation: 1, format: 'png', bytes: 1, mtimeMs: 1, contentHash: `h${id}` })));
  const [crate = 0, barrel = 0] = store.edit('Add', [{ type: 'class.add', name: 'crate' }, { type: 'class.add', name: 'barrel' }]).created.classes;
  store.edit('Draw', [add(1, crate, box(100, 100)), add(1, crate, box(10, 10)), add(2, crate, box(40, 40)), add(3, barrel, box(20, 20))]);
  store.edit('Split', [{ type: 'image.split', ids: [1, 3], split: 'train' }, { type: 'image.split', ids: [2], split: 'val' }]);
  await store.close();

  const person = await house.opensWindow(await house.starts('statistics', folder));
  const { page } = person;
  await person.imageRow('d.png').waitFor();
  await person.runsCommand('command.statistics');
  const panel = page.getByRole('tabpanel', { name: words('dataset.statistics') });
  const facts = panel.locator('.facts');
  await expect.poll(() => facts.innerText()).toMatch(/^4\s+instances\s+3\s+of 4 images/);

  await panel.getByRole('button', { name: /^crate: 3 instances/ }).click();
  await expect.poll(() => facts.innerText()).toMatch(/^3\s+instances of crate\s+2\s+of 4 images/);
  await panel.getByRole('radio', { name: /^val/ }).click();
  await expect.poll(() => facts.innerText()).toMatch(/^1\s+instance of crate\s+1\s+of 1 image/);
  await panel.getByRole('radio', { name: words('statistics.allSplits'), exact: true }).click();

  const area = panel.getByRole('figure', { name: words('statistics.area'), exact: true });
  expect(await area.innerText()).toMatch(/small 1\s+medium 1\s+large 1/);
  await area.getByRole('img').focus();
  const readouts = new Set<string>();
  for (let i = 0; i < 12; i++) {
    await person.presses('ArrowRight');
    readouts.add(await area.locator('output').innerText());
  }
  expect([...readouts].filter((words) => words.includes(': 1 instance (33 %)'))).toEqual(['8² – 16²: 1 instance (33 %)', '32² – 48²: 1 instance (33 %)', '96² – 128²: 1 instance (33 %)']);
  await person.keepsScreenshot('statistics');

  await panel.getByRole('radio', { name: words('statistics.numbersDetail') }).click();
  await expect.poll(() => area.getByRole('row').allInnerTexts()).toContainEqual(expect.stringMatching(/^96² – 128²\s+1$/));
  await expect.poll(() => panel.getByRole('row').filter({ hasText: 'barrel' }).innerText()).toMatch(/^barrel\s+1\s+1\s+1\s+0/);

  const [download] = await Promise.all([page.waitForEvent('download'), panel.getByRole('button', { name: words('statistics.csv'), exact: true }).click()]);
  expect(download.suggestedFilename()).toBe('yard-statistics.csv');
  expect(readFileSync(await download.path(), 'utf8')).toContain('crate,train,1,2,10100,5050,');

  await panel.getByRole('radio', { name: words('statistics.plots'), exact: true }).click();
  await panel.getByRole('button', { name: words('statistics.showClass', { name: 'barrel' }) }).click();
  await expect.poll(() => page.getByRole('listbox', { name: words('images.list') }).getByRole('option').allInnerTexts()).toEqual([expect.stringContaining('c.png')]);
  await expect.poll(() => page.locator('.top-bar').innerText()).toContain('c.png');
  await page.getByRole('button', { name: words('images.dropFilter') }).click();
  await person.imageRow('a.png').waitFor();
});
