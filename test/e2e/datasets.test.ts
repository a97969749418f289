import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import { useHouse } from './harness.ts';
import { words } from './words.ts';

const house = useHouse();

const square = (id: number, image: number, category: number): object => ({ id, image_id: image, category_id: category, segmentation: [[10, 10, 30, 10, 30, 30, 10, 30]], bbox: [10, 10, 20, 20], area: 400, iscrowd: 0 });

test('a COCO file comes into an empty project, with what could not be taken said, and goes out as another format', async () => {
  const folder = join(house.folder, 'empty');
  const pictures = join(house.folder, 'pictures');
  mkdirSync(folder);
  mkdirSync(pictures);
  for (const name of ['a.png', 'b.png']) await sharp({ create: { width: 60, height: 40, channels: 3, background: name === 'a.png' ? '#446' : '#464' } }).png().toFile(join(pictures, name));
  writeFileSync(join(folder, 'labels.json'), JSON.stringify({
    images: [{ id: 1, file_name: 'a.png', width: 60, height: 40 }, { id: 2, file_name: 'b.png', width: 60, height: 40 }],
    categories: [{ id: 1, name: 'crate' }],
    annotations: [square(1, 1, 1), square(2, 2, 1), square(3, 2, 99)],
  }));
  const program = await house.starts('datasets', folder);
  const person = await house.opensWindow(program);
  const { page } = person;

  await page.getByText('empty', { exact: true }).first().waitFor();
  await person.runsCommand('command.importDataset');
  let dialog = page.getByRole('dialog', { name: words('importDataset.title') });
  await dialog.getByRole('option', { name: 'labels.json' }).click();
  await dialog.getByLabel(words('importDataset.pictures')).fill(pictures);
  await person.keepsScreenshot('import-dataset');
  await dialog.getByRole('button', { name: words('importDataset.start'), exact: true }).click();
  await dialog.getByText('2 instances on 2 images (2 of them new) imported from labels.json as COCO.').waitFor();
  await dialog.getByText('its category 99 is not in the file').waitFor();
  await dialog.getByRole('button', { name: words('dialog.close'), exact: true }).last().click();
  await person.imageRow('b.png').waitFor();
  await expect.poll(() => person.classRow('crate').locator('.row-count').innerText()).toBe('2');

  await person.presses('Control+e');
  dialog = page.getByRole('dialog', { name: words('export.title') });
  await dialog.getByRole('combobox').fill('PNG');
  await person.keepsScreenshot('export-formats');
  await page.getByRole('option', { name: 'Mask PNGs' }).click();
  const out = join(house.folder, 'masks');
  await dialog.getByLabel(words('export.folder')).fill(out);
  await person.keepsScreenshot('export-masks');
  await dialog.getByRole('button', { name: words('export.write'), exact: true }).click();
  await dialog.getByText('2 instances on 2 images written to').waitFor();
  const [mask] = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('a.png'));
  const { samples } = decodePng(readFileSync(join(out, mask ?? 'none')), 'mask');
  expect([...samples].filter((sample) => sample > 0).length).toBe(400);
});
