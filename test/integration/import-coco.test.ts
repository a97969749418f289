import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../src-shared/geometry/shape.ts';
import { exportCoco } from '../helpers/export-coco.ts';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { Nothing, WriteResult } from '../../src-main/engines/datasets-api.ts';
import { probe } from '../../src-main/engines/images-probe.ts';
import { prepareImport } from '../../src-main/projects/import/import-dataset.ts';
import type { Look } from '../../src-main/projects/import/place-images.ts';
import type { WrittenImport } from '../../src-main/projects/import/write-import.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';

let folder: string;
let store: ProjectStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-coco-'));
  store = ProjectStore.create(join(folder, 'p.mwproj'), 'p');
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const signal = new AbortController().signal;

async function look(file: string): Promise<Look> {
  const { file: found, image, problem } = await probe(file, signal);
  if (found === null || image === null || problem !== null) return { problem: problem ?? { code: 'image-unreadable', message: 'unreadable', item: file } };
  const { width, height, orientation, format } = image;
  return { width, height, orientation, format, ...found };
}

interface Outcome extends WrittenImport {
  readonly problems: { readonly item: string; readonly problem: Problem }[];
}

async function importFile(document: object | string, name = 'instances.json'): Promise<Outcome> {
  const path = join(folder, name);
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document));
  const problems: Outcome['problems'] = [];
  const prepared = await prepareImport(store.path, path, coco, [], { signal, look, progress: () => undefined, note: () => undefined, problem: (item, problem) => problems.push({ item, problem }) });
  try {
    const { result } = await store.outside.write(async (work) => prepared.write(work), WriteResult);
    return { ...result, problems };
  } finally {
    prepared.close();
  }
}

const bitmap = (rows: string[]): Uint8Array => Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0));
const donut = rleFromBitmap(bitmap(['......', '.####.', '.#..#.', '.####.', '......']), 5, 6);
const category = { id: 7, name: 'cat', supercategory: 'animal' };
const image = { id: 3, file_name: 'sub/a.jpg', width: 6, height: 5, license: 2, date_captured: '2026-01-01' };

const picture = (path: string, shade = 0): Promise<unknown> => sharp({ create: { width: 6, height: 5, channels: 3, background: { r: shade, g: 0, b: 0 } } }).png().toFile(path);
const withImage = async (): Promise<void> => {
  mkdirSync(join(folder, 'sub'));
  await picture(join(folder, 'sub/a.jpg'));
};

describe('what COCO holds comes into the project', () => {
  beforeEach(withImage);

  test('polygons, both forms of run lengths, boxes, crowds, unknown fields; in one step of undo', async () => {
    const outcome = await importFile({
      info: { description: 'Test' }, licenses: [{ id: 2, name: 'CC0' }],
      annotations: [
        { id: 1, image_id: 3, category_id: 7, iscrowd: 0, area: 999, bbox: [0, 0, 1, 1], segmentation: [[1, 1, 4, 1, 4, 3, 1, 3], [5, 4, 6, 4, 6, 5, 5, 5]] },
        { id: 2, image_id: 3, category_id: 7, iscrowd: 1, segmentation: { size: [5, 6], counts: [...donut.counts] } },
        { id: 3, image_id: 3, category_id: 7, segmentation: { size: [5, 6], counts: encodeCocoCounts(donut.counts) }, keypoints: [1, 2, 2], num_keypoints: 1 },
        { id: 4, image_id: 3, category_id: 7, segmentation: [], bbox: [1, 1, 2.5, 2] },
      ],
      images: [image], categories: [category],
    });
    expect(outcome).toEqual({ images: 1, newImages: 1, instances: 4, newClasses: 1, problems: [], unpackedTo: null });
    const [id = 0] = store.imageIds({ name: '', status: 'all' });
    const [polygon, crowd, compressed, box] = store.instances(id);
    expect(polygon).toMatchObject({ area: 7, shape: { kind: 'polygon', parts: [{ outer: [1, 1, 4, 1, 4, 3, 1, 3] }, { outer: [5, 4, 6, 4, 6, 5, 5, 5] }] }, provenance: { source: 'import' } });
    for (const mask of [crowd, compressed]) expect([...shapeToRle(mask!.shape, 5, 6).counts]).toEqual([...donut.counts]);
    expect(box).toMatchObject({ shape: { kind: 'box', box: { x: 1, y: 1, width: 2.5, height: 2 } } });

    const snapshot = store.snapshot();
    const stored = snapshot.instances(id);
    expect(stored.map(({ extras }) => extras)).toEqual([
      { own: { coco: { id: 1 } } }, { crowd: true, own: { coco: { id: 2 } } }, { own: { coco: { id: 3, keypoints: [1, 2, 2], num_keypoints: 1 } } }, { own: { coco: { id: 4 } } },
    ]);
    expect(snapshot.classes()).toMatchObject([{ name: 'cat', extras: { supercategory: 'animal', own: { coco: { id: 7 } } } }]);
    expect([...snapshot.images('all')]).toMatchObject([{ path: 'sub/a.jpg', extras: { own: { coco: { id: 3, license: 2, date_captured: '2026-01-01' } } } }]);
    expect(snapshot.extras()).toEqual({ own: { coco: { info: { description: 'Test' }, licenses: [{ id: 2, name: 'CC0' }] } } });
    snapshot.close();

    expect(store.info().undo.undo).toBe('Import instances.json');
    store.undo();
    expect(store.info()).toMatchObject({ instances: 0, classes: [], images: { total: 1, todo: 1 } });
    store.redo();
    expect(store.info()).toMatchObject({ instances: 4, classes: [{ name: 'cat', instances: 4 }], images: { inProgress: 1 } });
  });

  test('our own export comes back as it was', async () => {
    const outcome = await importFile({ images: [image], categories: [category], annotations: [{ id: 2, image_id: 3, category_id: 7, segmentation: { size: [5, 6], counts: [...donut.counts] } }] });
    expect(outcome.instances).toBe(1);
    const first = join(folder, 'first.json');
    const snapshot = store.snapshot();
    await exportCoco(snapshot, first, { segmentation: 'rle', images: 'all' }, false);
    snapshot.close();
    const again = ProjectStore.create(join(folder, 'again.mwproj'), 'again');
    await store.close();
    store = again;
    await importFile(readFileSync(first, 'utf8'), 'first-copy.json');
    const second = join(folder, 'second.json');
    const moment = store.snapshot();
    await exportCoco(moment, second, { segmentation: 'rle', images: 'all' }, false);
    moment.close();
    expect(readFileSync(second, 'utf8')).toBe(readFileSync(first, 'utf8'));
  });
});

describe('pictures are found', () => {
  const annotation = { id: 1, image_id: 3, category_id: 7, bbox: [0, 0, 4, 3] };

  test('beside the file, in a folder “images”, and looked at', async () => {
    mkdirSync(join(folder, 'images/sub'), { recursive: true });
    await picture(join(folder, 'images/sub/a.jpg'));
    await importFile({ images: [image], categories: [category], annotations: [annotation] });
    const [id = 0] = store.imageIds({ name: '', status: 'all' });
    expect(store.imageRecord(id)).toMatchObject({ path: 'images/sub/a.jpg', width: 6, height: 5, format: 'png', absolutePath: join(folder, 'images/sub/a.jpg') });
  });

  test('in the project: by path, by its end, by name, by content; labels go on top of those that are there', async () => {
    mkdirSync(join(folder, 'photos/deep'), { recursive: true });
    for (const [i, name] of ['deep/a.png', 'b.png', 'renamed.png'].entries()) await picture(join(folder, 'photos', name), i);
    await picture(join(folder, 'original.png'), 2);
    const root = store.addRoot(join(folder, 'photos'));
    store.addImages(root, ['deep/a.png', 'b.png', 'renamed.png']);
    for (const { id, absolutePath } of store.unprobed(10, 0)) {
      const found = await look(absolutePath);
      if (!('problem' in found)) store.setProbes([{ id, ...found }]);
    }
    const [first = 0] = store.imageIds({ name: '', status: 'all' });
    store.edit('Add', [{ type: 'instance.add', image: store.imageRecord(first).id, class: null, shape: { kind: 'box', box: { x: 0, y: 0, width: 2, height: 2 } }, provenance: { source: 'human', touched: false, sam: null } }]);
    const images = ['x/deep/a.png', 'train\\b.png', 'original.png'].map((file_name, id) => ({ id, file_name, width: 6, height: 5 }));
    const outcome = await importFile({ images, categories: [category], annotations: images.map(({ id }) => ({ ...annotation, id, image_id: id })) });
    expect(outcome).toMatchObject({ images: 3, newImages: 0, instances: 3, problems: [] });
    const counts = [...store.imageIds({ name: '', status: 'all' })].map((id) => [store.imageRecord(id).path, store.instances(id).map(({ z }) => z)]);
    expect(Object.fromEntries(counts)).toEqual({ 'b.png': [1, 2], 'deep/a.png': [1], 'renamed.png': [1] });
  });

  test('one of another size is reported, and its labels stay out', async () => {
    await picture(join(folder, 'a.png'));
    const outcome = await importFile({ images: [{ id: 3, file_name: 'a.png', width: 5, height: 6 }, { id: 4, file_name: 'gone.png', width: 9, height: 9 }], categories: [category], annotations: [annotation, { ...annotation, id: 2, image_id: 4 }] });
    expect(outcome).toMatchObject({ images: 1, instances: 1, problems: [{ item: 'a.png', problem: { code: 'conflict', message: expect.stringContaining('they are for 5 × 6 pixels, but the image has 6 × 5') as string } }, { item: 'gone.png', problem: { code: 'image-missing' } }] });
  });

  test('paths that lead out of the folder stay in it', async () => {
    const outcome = await importFile({ images: [{ id: 3, file_name: '../../../../etc/passwd', width: 6, height: 5 }, { id: 4, file_name: 'C:\\x\\..\\y.jpg', width: 6, height: 5 }], categories: [category], annotations: [] });
    expect(outcome.newImages).toBe(2);
    expect([...store.imageIds({ name: '', status: 'all' })].map((id) => store.imageRecord(id).absolutePath).toSorted()).toEqual([join(folder, 'etc/passwd'), join(folder, 'x/y.jpg')]);
  });
});

describe('27, 28: rows that cannot be taken are told one by one, and the rest is imported', () => {
  beforeEach(withImage);

  const good = { id: 100, image_id: 3, category_id: 7, bbox: [0, 0, 2, 2] };
  test.each([
    ['a coordinate of 1e308', { ...good, id: 1, bbox: undefined, segmentation: [[0, 0, 1e308, 0, 1, 1]] }],
    ['a missing category', { ...good, id: 1, category_id: 8 }],
    ['an id twice', { ...good, id: 100 }],
    ['an unknown image', { ...good, id: 1, image_id: 99 }],
    ['run lengths that do not add up', { ...good, id: 1, segmentation: { size: [5, 6], counts: [1, 2] } }],
    ['run lengths of another size', { ...good, id: 1, segmentation: { size: [6, 5], counts: [0, 30] } }],
    ['damaged compressed run lengths', { ...good, id: 1, segmentation: { size: [5, 6], counts: '\u007f' } }],
    ['nothing to draw', { id: 1, image_id: 3, category_id: 7 }],
    ['two corners', { ...good, id: 1, bbox: undefined, segmentation: [[0, 0, 1, 1]] }],
    ['an odd number of coordinates', { ...good, id: 1, bbox: undefined, segmentation: [[0, 0, 1, 1, 2, 2, 3]] }],
    ['a box outside the picture', { ...good, id: 1, bbox: [50, 50, 2, 2] }],
    ['no object', 'annotation'],
  ])('%s', async (_, annotation) => {
    const outcome = await importFile({ images: [image], categories: [category], annotations: [good, annotation] });
    expect(outcome.instances).toBe(1);
    expect(outcome.problems).toHaveLength(1);
    expect(outcome.problems[0]?.problem.message).toMatch(/left out/);
  });

  test('NaN, which Python writes', async () => {
    const outcome = await importFile(`{"images":[${JSON.stringify(image)}],"categories":[${JSON.stringify(category)}],"annotations":[{"id":1,"image_id":3,"category_id":7,"bbox":[NaN,0,1,1]},${JSON.stringify(good)}]}`);
    expect(outcome).toMatchObject({ instances: 1, problems: [{ item: 'sub/a.jpg, annotation 1' }] });
  });

  test('a file that is no COCO file leaves the project as it was', async () => {
    const before = store.info();
    for (const text of ['{"shapes":[]}', '[]', '{"images":[', '{"images":[{}]}']) await expect(importFile(text)).rejects.toMatchObject({ code: 'dataset-invalid' });
    expect({ ...store.info(), savedAt: 0 }).toEqual({ ...before, savedAt: 0 });
  });
});

test('classes that differ in case or supercategory stay apart, also when they are imported again', async () => {
  const categories = [['Animal', ''], ['animal', ''], ['dog', 'animal'], ['dog', 'pets']].map(([name, supercategory], i) => ({ id: i + 1, name, supercategory }));
  const annotations = categories.map(({ id }) => ({ id, image_id: 3, category_id: id, bbox: [0, 0, id, 2] }));
  for (const times of [1, 2]) {
    await importFile({ images: [image], categories, annotations });
    expect(store.info().classes.map(({ name, instances }) => [name, instances])).toEqual([['Animal', times], ['animal', times], ['dog', times], ['dog (pets)', times]]);
  }
  // People are asked for another name, but may change everything else.
  expect(() => store.edit('Add', [{ type: 'class.add', name: 'ANIMAL' }])).toThrow(expect.objectContaining({ code: 'name-taken' }));
  store.edit('Rename', [{ type: 'class.update', id: 2, name: 'animal', colour: '#123456' }]);
  store.undo();
  store.undo();
  store.undo();
  store.redo();
  expect(store.info().classes).toHaveLength(4);
});

test('while an import is written, edits are refused in words, and go on after it', async () => {
  const add = (): unknown => store.edit('Add', [{ type: 'class.add', name: 'dog' }]);
  await store.outside.write(async () => {
    expect(add).toThrowError(expect.objectContaining({ code: 'conflict' }));
    return {};
  }, Nothing);
  add();
  expect(store.info().classes).toHaveLength(1);
});
