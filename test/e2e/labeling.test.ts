import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { maskRle } from '../../src-shared/geometry/shape.ts';
import { candidateScore } from '../../src-shared/sam/candidates.ts';
import { encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { builtin } from '../fixtures/sam.ts';
import { connectTo, repository } from '../helpers/program.ts';
import { useHouse } from './harness.ts';
import { words } from './words.ts';

const house = useHouse();
const sample = join(repository, 'sample');
const coco = join(repository, '../shared/photos/coco50/images');

/** A folder of photographs of its own: COCO's where they are, else the sample's pictures. */
function photographs(name: string): { folder: string; names: string[] } {
  const source = existsSync(coco) ? coco : sample;
  const names = readdirSync(source).filter((file) => file.endsWith('.jpg')).sort().slice(0, 4);
  const folder = join(house.folder, name);
  mkdirSync(folder);
  for (const file of names) copyFileSync(join(source, file), join(folder, file));
  return { folder, names };
}

interface CocoFile {
  images: { id: number; file_name: string; width: number; height: number }[];
  categories: { id: number; name: string }[];
  annotations: { image_id: number; category_id: number; area: number; bbox: number[]; segmentation: { size: number[]; counts: string } }[];
}

test('from a folder of photographs to a COCO file by clicking', async () => {
  const { folder, names } = photographs('photographs');
  const program = await house.starts('whole-path');
  const person = await house.opensWindow(program);
  const { page } = person;

  // At the first start there is the sample; the person opens a folder instead.
  await person.seesPicture();
  await person.presses('Control+o');
  await page.getByRole('textbox', { name: words('browse.path') }).fill(folder);
  await person.presses('Enter');
  await page.getByRole('dialog').getByText(words('open.count', { count: names.length, n: names.length })).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: words('open.open'), exact: true }).click();
  await person.imageRow(names[3] ?? '').waitFor();
  await person.seesPicture();

  // A class of their own, then a click on an object: three candidates, best first.
  await page.getByRole('button', { name: words('class.add') }).first().click();
  await page.getByRole('textbox', { name: words('class.newName') }).fill('thing');
  await person.presses('Enter');
  await person.classRow('thing').waitFor();
  const size = /(\d+) × (\d+)/.exec(await page.locator('.status-bar').innerText());
  const [width, height] = [Number(size?.[1]), Number(size?.[2])];
  await person.clicks(width * 0.5, height * 0.55);
  const candidates = await person.seesCandidates();
  expect(candidates).toHaveLength(3);
  expect(candidates.map((c) => c.chosen)).toEqual([true, false, false]);
  const { candidateOrder } = (await builtin()).entry;
  const scores = candidates.map((c) => candidateScore(candidateOrder, c.iou, c.stability));
  // What is shown is rounded to hundredths.
  for (const [i, score] of scores.entries()) expect(score).toBeLessThanOrEqual((scores[i - 1] ?? Infinity) + 0.01);
  for (const { iou, stability } of candidates) {
    expect(iou).toBeGreaterThan(0);
    expect(stability).toBeGreaterThanOrEqual(0);
    expect(stability).toBeLessThanOrEqual(1);
  }
  await person.keepsScreenshot('candidates');

  // Tab shows the next one, Enter takes it.
  await person.presses('Tab');
  expect((await person.seesCandidates()).map((c) => c.chosen)).toEqual([false, true, false]);
  await person.presses('Enter');
  await person.instances.first().waitFor();
  const first = await person.readsInstances();
  expect(first).toEqual([{ name: 'thing', area: expect.any(Number) }]);
  await page.getByText(/\d\d:\d\d:\d\d/).waitFor();

  // On to the next image, another object there by its class's key.
  await person.presses('d');
  await person.seesPicture();
  await person.instances.first().waitFor({ state: 'detached' });
  const nextSize = /(\d+) × (\d+)/.exec(await page.locator('.status-bar').innerText());
  await person.clicks(Number(nextSize?.[1]) * 0.45, Number(nextSize?.[2]) * 0.5);
  await person.seesCandidates();
  await person.presses('1');
  await person.instances.first().waitFor();
  const second = await person.readsInstances();

  // Undone and redone.
  await person.presses('Control+z');
  await person.instances.first().waitFor({ state: 'detached' });
  await person.presses('Control+Shift+z');
  await person.instances.first().waitFor();
  expect(await person.readsInstances()).toEqual(second);
  await person.keepsScreenshot('labeled');

  // Closed and opened again: the same image, the same instances, and undo still goes back.
  await page.reload();
  await person.seesPicture();
  await person.instances.first().waitFor();
  expect(await person.readsInstances()).toEqual(second);
  await person.presses('a');
  await person.seesPicture();
  await person.instances.first().waitFor();
  expect(await person.readsInstances()).toEqual(first);
  await person.presses('Control+z');
  const count = person.classRow('thing').locator('.row-count');
  await expect.poll(() => count.innerText()).toBe('1');
  await person.presses('Control+Shift+z');
  await expect.poll(() => count.innerText()).toBe('2');

  // Exported: the file holds what the project holds, pixel for pixel.
  const out = join(house.folder, 'annotations.json');
  await person.presses('Control+e');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill(out);
  await person.keepsScreenshot('export');
  await dialog.getByRole('button', { name: words('export.write'), exact: true }).click();
  await dialog.getByText(`written to ${out}`).waitFor();
  const file = JSON.parse(readFileSync(out, 'utf8')) as CocoFile;
  expect(file.images.map((image) => image.file_name).sort()).toEqual(names);
  expect(file.categories.map((category) => category.name)).toEqual(['thing']);
  expect(file.annotations.map((a) => a.area).sort((a, b) => a - b)).toEqual([...first, ...second].map((i) => i.area).sort((a, b) => a - b));

  const contract = await connectTo(program.address);
  const { project } = await contract.call('project.open', { path: folder });
  for (const annotation of file.annotations) {
    const name = file.images.find((image) => image.id === annotation.image_id)?.file_name;
    const { ids } = await contract.call('images.ids', { project, filter: { name: name ?? '' } });
    const { instances } = await contract.call('images.open', { project, image: new DataView(ids.buffer, ids.byteOffset).getUint32(0, true) });
    const shapes = instances.map((instance) => (instance.shape.kind === 'mask' ? maskRle(instance.shape) : null));
    expect(shapes.map((rle) => rle && { size: rle.size, counts: encodeCocoCounts(rle.counts) })).toContainEqual(annotation.segmentation);
  }
  contract.close();
});
