import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ImportOptions } from '../../src-shared/contract/datasets.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { formatById } from '../../src-main/datasets/formats/registry.ts';
import { lookAt, uprightPixels } from '../../src-main/engines/datasets-pictures.ts';
import { WriteResult } from '../../src-main/engines/datasets-api.ts';
import { prepareImport } from '../../src-main/projects/import/import-dataset.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { shapeToRle } from '../../src-shared/geometry/shape.ts';
import { rleToBitmap } from '../../src-shared/geometry/rle.ts';

let folder: string;
let store: ProjectStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-orientation-'));
  store = ProjectStore.create(join(folder, 'p.mwproj'), 'p');
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const { signal } = new AbortController();

/** A stored image of w × h pixels, black but for a white block at (3, 1) of 4 × 2, and an orientation. */
async function image(path: string, orientation: number, w = 10, h = 6): Promise<void> {
  const pixels = Buffer.alloc(w * h * 3);
  for (let y = 1; y < 3; y++) for (let x = 3; x < 7; x++) pixels.fill(255, (y * w + x) * 3, (y * w + x) * 3 + 3);
  writeFileSync(join(folder, path), await sharp(pixels, { raw: { width: w, height: h, channels: 3 } }).withMetadata({ orientation }).png().toBuffer());
}

async function importAs(path: string, format: string, orientation: 'upright' | 'stored') {
  const problems: string[] = [];
  const notes: string[] = [];
  const run = { signal, look: (file: string) => lookAt(file, signal), progress: () => undefined, note: (text: string) => notes.push(text), problem: (_: string, { message }: { message: string }) => problems.push(message) };
  const prepared = await prepareImport(store.path, join(folder, path), formatById(format), [], run, null, ImportOptions.parse({ orientation }));
  try {
    await store.outside.write(async (work) => prepared.write(work), WriteResult);
    return { problems, notes };
  } finally {
    prepared.close();
  }
}

const bits = Uint8Array.from({ length: 60 }, (_, i) => Number(i % 10 >= 3 && i % 10 < 7 && Math.floor(i / 10) >= 1 && Math.floor(i / 10) < 3));
const SEGMENTATIONS = [
  { segmentation: { size: [6, 10], counts: [...rleFromBitmap(bits, 6, 10).counts] } },
  { segmentation: [[3, 1, 7, 1, 7, 3, 3, 3]] },
  { bbox: [3, 1, 4, 2] },
];
const coco = (names: string[], width = 10, height = 6): string =>
  JSON.stringify({ images: names.map((file_name, i) => ({ id: i, file_name, width, height })), categories: [{ id: 1, name: 'block' }], annotations: names.flatMap((_, i) => SEGMENTATIONS.map((shape, k) => ({ id: 3 * i + k + 1, image_id: i, category_id: 1, ...shape }))) });

/** For each image, whether each instance covers exactly its white pixels. */
async function covered(): Promise<boolean[][]> {
  const all: boolean[][] = [];
  for (const id of store.imageIds({ name: '', status: 'all' })) {
    const { path, absolutePath, width, height } = store.imageRecord(id);
    if (width === null || height === null) throw new Error('no size');
    const rgb = await uprightPixels({ id, root: 1, path, absolutePath, width, height, status: 'todo', split: null, extras: {} });
    const white = Array.from({ length: width * height }, (_, i) => Number((rgb[i * 3] ?? 0) > 127));
    all.push(store.instances(id).map(({ shape }) => [...rleToBitmap(shapeToRle(shape, height, width))].every((bit, i) => bit === white[i])));
  }
  return all;
}

test('masks, polygons and boxes drawn on stored images are turned with them, in all eight orientations', async () => {
  const names = [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => `${orientation}.png`);
  for (const [i, name] of names.entries()) await image(name, i + 1);
  writeFileSync(join(folder, 'a.json'), coco(names));
  const { problems, notes } = await importAs('a.json', 'coco', 'stored');
  expect(problems).toEqual([]);
  expect(notes).toEqual(['The labels of 7 images were turned with them.']);
  expect(await covered()).toEqual(names.map(() => [true, true, true]));
});

test('without the option labels of another size are refused, with the option named; what size cannot tell is noted', async () => {
  await image('6.png', 6);
  await image('3.png', 3);
  writeFileSync(join(folder, 'a.json'), coco(['6.png', '3.png']));
  const { problems, notes } = await importAs('a.json', 'coco', 'upright');
  expect(problems).toEqual([expect.stringMatching(/"6\.png" was left out .* import again with --orientation stored/)]);
  expect(notes).toEqual([expect.stringMatching(/^1 image, such as "3\.png", has an EXIF orientation that labels may have ignored/)]);
});

test('labels that are upright by their size are not turned', async () => {
  await image('6.png', 6);
  const upright = { images: [{ id: 0, file_name: '6.png', width: 6, height: 10 }], categories: [{ id: 1, name: 'block' }], annotations: [{ id: 1, image_id: 0, category_id: 1, bbox: [3, 3, 2, 4] }] };
  writeFileSync(join(folder, 'a.json'), JSON.stringify(upright));
  const { problems, notes } = await importAs('a.json', 'coco', 'stored');
  expect(problems).toEqual([]);
  expect(notes).toEqual(['The labels of 1 image were not turned: by the size given they were drawn on the upright image.']);
  expect(await covered()).toEqual([[true]]);
});

test('fractions of the stored image', async () => {
  mkdirSync(join(folder, 'yolo/images'), { recursive: true });
  mkdirSync(join(folder, 'yolo/labels'));
  await image('yolo/images/8.png', 8);
  writeFileSync(join(folder, 'yolo/data.yaml'), 'train: images\nnames: [block]\n');
  writeFileSync(join(folder, 'yolo/labels/8.txt'), `0 ${5 / 10} ${2 / 6} ${4 / 10} ${2 / 6}\n`);
  const { problems, notes } = await importAs('yolo', 'yolo', 'stored');
  expect(problems).toEqual([]);
  expect(notes).toContain('The labels of 1 image were turned with it.');
  expect(await covered()).toEqual([[true]]);
});
