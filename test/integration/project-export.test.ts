import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportCoco } from '../helpers/export-coco.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import { annToMask, type CocoFile } from '../helpers/coco-reader.ts';

const OPTIONS = { segmentation: 'rle', images: 'all' } as const;
const human = { source: 'human', touched: false, sam: null } as const;

let folder = '';
let store: ProjectStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'project-export-'));
  await mkdir(join(folder, 'photos'));
  store = ProjectStore.create(join(folder, 'a.mwproj'), 'a');
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const disc = (r: number): Uint8Array => Uint8Array.from({ length: 1200 }, (_, i) => Number(Math.hypot((i % 40) - 20, Math.floor(i / 40) - 15) < r));
const discShape = (r: number): Shape => maskShape(rleFromBitmap(disc(r), 30, 40));
const add = (image: number, label: number | null, shape: Shape): EditCommand => ({ type: 'instance.add', image, class: label, shape, provenance: human });

/** A project of `count` images of 40 × 30 pixels and one class. */
function fill(count: number): { images: number[]; label: number } {
  store.addImages(store.addRoot(join(folder, 'photos')), Array.from({ length: count }, (_, i) => `${i}.jpg`));
  const images = store.unprobed(count, 0).map(({ id }) => id);
  store.setProbes(images.map((id) => ({ id, width: 40, height: 30, orientation: 1, format: 'jpeg', bytes: 1, mtimeMs: 0, contentHash: `${id}` })));
  const [label = NaN] = store.edit('Add class', [{ type: 'class.add', name: 'disc' }]).created.classes;
  return { images, label };
}

async function exported(snapshot: Parameters<typeof exportCoco>[0], name: string, whileRunning: () => void = () => {}): Promise<CocoFile> {
  const out = join(folder, name);
  const first = { done: false };
  await exportCoco(snapshot, out, OPTIONS, false, {
    onProgress: () => {
      if (!first.done) whileRunning();
      first.done = true;
    },
  });
  return JSON.parse(await readFile(out, 'utf8')) as CocoFile;
}

describe('a project', () => {
  test('exported and read back holds what was drawn, also after closing and opening it', async () => {
    const { images, label } = fill(3);
    store.edit('Draw', images.map((image, i) => add(image, label, discShape(4 + 3 * i))));
    const before = store.snapshot();
    const file = await exported(before, 'before.json');
    before.close();
    expect(file.annotations.map(({ segmentation }) => annToMask(segmentation, 30, 40))).toEqual([disc(4), disc(7), disc(10)]);
    expect(file.images.map(({ file_name }) => file_name)).toEqual(['0.jpg', '1.jpg', '2.jpg']);

    await store.close();
    store = ProjectStore.open(join(folder, 'a.mwproj'));
    const after = store.snapshot();
    await exported(after, 'after.json');
    after.close();
    expect(await readFile(join(folder, 'after.json'))).toEqual(await readFile(join(folder, 'before.json')));
  });

  test('is exported as it was at one moment, whatever is edited meanwhile', async () => {
    const { images, label } = fill(50);
    store.edit('Draw', images.flatMap((image) => [add(image, label, discShape(5)), add(image, null, discShape(6))]));
    const snapshot = store.snapshot();
    const file = await exported(snapshot, 'out.json', () => {
      store.edit('Draw', images.map((image) => add(image, label, discShape(9))));
      store.edit('Delete class', [{ type: 'class.remove', id: label, instances: { action: 'delete' } }]);
    });
    snapshot.close();
    expect(file.images).toHaveLength(50);
    expect(file.annotations).toHaveLength(50);
    expect(file.categories.map(({ name }) => name)).toEqual(['disc']);
    expect(new Set(file.annotations.map(({ area }) => area))).toEqual(new Set([disc(5).reduce((sum, inside) => sum + inside, 0)]));
  });
});
