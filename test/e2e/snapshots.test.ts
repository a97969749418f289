import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { toProbe } from '../../src-main/images/check-unchanged.ts';
import { probe } from '../../src-main/engines/images-probe.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { connectTo } from '../helpers/program.ts';
import { addBox } from '../fixtures/small-project.ts';
import { useHouse } from './harness.ts';
import { words } from './words.ts';

const house = useHouse();

/** Three pictures with a crate each. */
async function makeProject(folder: string): Promise<string> {
  mkdirSync(folder);
  const names = ['one.png', 'two.png', 'three.png'];
  for (const [i, name] of names.entries()) await sharp({ create: { width: 320, height: 240, channels: 3, background: { r: 60 + 40 * i, g: 90, b: 110 } } }).png().toFile(join(folder, name));
  const store = ProjectStore.create(join(folder, 'crates.mwproj'), 'crates');
  store.addImages(store.addRoot(folder), names);
  const images = store.unprobed(3, 0);
  store.setProbes(await Promise.all(images.map(async ({ id, absolutePath }) => toProbe(id, await probe(absolutePath, new AbortController().signal)))));
  store.edit('Draw', [{ type: 'class.add', name: 'crate' }, ...images.map(({ id }) => addBox(id, 1, { x: 40, y: 40, width: 100, height: 80 }))]);
  await store.close();
  return store.path;
}

test('a snapshot is taken, compared with what was drawn since, exported as it was, gone back to and deleted', async () => {
  const folder = join(house.folder, 'crates');
  const path = await makeProject(folder);
  const program = await house.starts('snapshots', path);
  const person = await house.opensWindow(program);
  const { page } = person;
  await person.seesPicture();

  await person.runsCommand('command.snapshots');
  const dialog = page.getByRole('dialog', { name: words('dataset.title') });
  await dialog.getByText(words('snapshots.none')).waitFor();
  await dialog.getByRole('textbox', { name: words('snapshots.name') }).fill('before review');
  await dialog.getByRole('textbox', { name: words('snapshots.note') }).fill('first batch');
  await person.presses('Enter');
  const row = dialog.getByRole('list', { name: words('dataset.snapshots') }).getByRole('listitem');
  await row.getByText('before review', { exact: true }).waitFor();
  await row.getByText('3 images · 3 instances · first batch').waitFor();

  await dialog.getByRole('textbox', { name: words('snapshots.name') }).fill('Before Review');
  await person.presses('Enter');
  await dialog.getByRole('alert').getByText('There is already a snapshot named "Before Review".').waitFor();

  // Somebody draws on.
  const other = await connectTo(program.address);
  const { project } = await other.call('project.open', { path, remember: false });
  await other.call('project.edit', {
    project, label: 'Change', commands: [
      { type: 'instance.update', ids: [1], shape: { kind: 'box', box: { x: 40, y: 40, width: 100, height: 40 } } },
      { type: 'instance.remove', ids: [2] },
      addBox(2, 1, { x: 200, y: 100, width: 60, height: 60 }),
    ],
  });

  await row.getByRole('button', { name: words('snapshots.compare') }).click();
  await dialog.getByText('1 with another shape').waitFor();
  const changed = dialog.getByRole('list', { name: words('snapshots.changedImages') }).getByRole('button');
  await expect.poll(() => changed.count()).toBe(2);
  expect(await changed.first().innerText()).toMatch(/one\.png[\s\S]*1 changed[\s\S]*crate · IoU 0\.50/);
  expect(await changed.last().innerText()).toMatch(/two\.png[\s\S]*\+1 added[\s\S]*−1 removed/);
  // Green, red, orange and blue lines over the pictures.
  const colours = await changed.evaluateAll((rows) => rows.map((one) => {
    const canvas = one.querySelector('canvas');
    const { data } = canvas!.getContext('2d')!.getImageData(0, 0, canvas!.width, canvas!.height);
    const seen = new Set<string>();
    for (let i = 0; i < data.length; i += 4) seen.add([data[i], data[i + 1], data[i + 2]].map((v) => v!.toString(16).padStart(2, '0')).join(''));
    return ['3ddc84', 'ff5a5f', 'ffb020', '38b6ff'].map((colour) => seen.has(colour));
  }));
  expect(colours).toEqual([[false, false, true, true], [true, true, false, false]]);
  await person.keepsScreenshot('snapshots-compared');
  await changed.last().click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('two.png').first().waitFor();

  await person.runsCommand('command.snapshots');
  await dialog.getByRole('button', { name: words('snapshots.back') }).click();
  await row.getByRole('button', { name: words('snapshots.export') }).click();
  const exporting = page.getByRole('dialog', { name: words('snapshots.exportTitle').replace('{{name}}', 'before review') });
  const out = join(house.folder, 'then.json');
  await exporting.getByLabel(words('export.file')).fill(out);
  await exporting.getByRole('button', { name: words('export.write'), exact: true }).click();
  await exporting.getByText('3 instances on 3 images written to').waitFor();
  const { annotations } = JSON.parse(readFileSync(out, 'utf8')) as { annotations: { bbox: number[] }[] };
  expect(annotations.map(({ bbox }) => bbox)).toEqual(Array.from({ length: 3 }, () => [40, 40, 100, 80]));
  expect(JSON.parse(readFileSync(`${out}.manifest`, 'utf8'))).toMatchObject({ project: 'crates', snapshot: { name: 'before review' } });
  await exporting.getByRole('button', { name: words('dialog.close'), exact: true }).last().click();

  await person.runsCommand('command.snapshots');
  await row.getByRole('button', { name: words('snapshots.restore') }).click();
  await row.getByRole('button', { name: words('snapshots.restore') }).click();
  const now = async () => (await other.call('images.open', { project, image: 2 })).instances.map(({ id }) => id);
  await expect.poll(now).toEqual([2]);
  expect((await other.call('project.undo', { project })).label).toBe('Restore “before review”');
  expect(await now()).toEqual([4]);

  await row.getByRole('button', { name: words('snapshots.deleteOf').replace('{{name}}', 'before review') }).click();
  await row.getByRole('button', { name: words('snapshots.delete'), exact: true }).click();
  await dialog.getByText(words('snapshots.none')).waitFor();
  other.close();
});
