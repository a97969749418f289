import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { useHouse } from './harness.ts';
import { words } from './words.ts';

const house = useHouse();
const image = (folder: string, name: string): Promise<unknown> => sharp({ create: { width: 60, height: 40, channels: 3, background: name === 'a.png' ? '#446' : '#464' } }).png().toFile(join(folder, name));

test('a folder that was moved is pointed to its new place from its banner; new files come in by command', async () => {
  const photos = join(house.folder, 'photos');
  mkdirSync(photos);
  await image(photos, 'a.png');
  const file = join(house.folder, 'apart', 'labels.mwproj');
  mkdirSync(join(house.folder, 'apart'));
  const store = ProjectStore.create(file, 'labels');
  const root = store.addRoot(photos);
  store.files.noteAdded(root);
  store.addImages(root, ['a.png']);
  await store.close();
  const moved = join(house.folder, 'moved');
  renameSync(photos, moved);

  const program = await house.starts('relocate', file);
  const person = await house.opensWindow(program);
  const { page } = person;
  await page.getByText(words('banner.rootMissing').split('{{path}}')[0] ?? '').first().waitFor();
  await page.getByRole('button', { name: words('banner.relocate') }).click();
  const dialog = page.getByRole('dialog', { name: words('relocate.title') });
  await dialog.getByRole('textbox').first().fill(moved);
  await dialog.getByRole('button', { name: words('relocate.choose'), exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: words('banner.relocate') }).waitFor({ state: 'detached' });

  await image(moved, 'b.png');
  await person.runsCommand('command.findNew');
  await person.imageRow('b.png').waitFor();
  expect(readdirSync(moved)).toEqual(['a.png', 'b.png']);
});
