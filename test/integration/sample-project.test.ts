import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSampleFile } from '../../src-main/core/sample.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { temporaryFolder } from '../fixtures/small-project.ts';

const source = join(import.meta.dirname, '../../sample');
const { name, images, classes } = JSON.parse(readFileSync(join(source, 'sample.json'), 'utf8')) as { name: string; images: string[]; classes: { name: string }[] };

test('the sample project is made once, whole, also by two windows at once, and what was drawn on it stays', async () => {
  using folder = temporaryFolder();
  const made = await Promise.all([openSampleFile(source, folder.path), openSampleFile(source, folder.path)]);
  const [path = ''] = made;
  expect(made).toEqual([path, path]);
  expect(readdirSync(join(folder.path, 'sample')).sort()).toEqual([...images, `${name}.mwproj`].sort());

  const store = ProjectStore.open(path);
  expect(store.info()).toMatchObject({ name, readOnly: null, images: { total: images.length }, roots: [{ path: join(folder.path, 'sample'), missing: false }] });
  expect(store.info().classes.map((one) => one.name)).toEqual(classes.map((one) => one.name));
  // Nothing was done yet, so there is nothing to undo.
  expect(store.info().undo).toEqual({ undo: null, redo: null });
  store.edit('Add class', [{ type: 'class.add', name: 'mine' }]);
  await store.close();

  expect(await openSampleFile(source, folder.path)).toBe(path);
  const again = ProjectStore.open(path);
  expect(again.info().classes.map((one) => one.name)).toContain('mine');
  await again.close();
});
