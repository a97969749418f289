import * as fc from 'fast-check';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { labelme } from '../../src-main/datasets/formats/labelme/labelme.ts';
import type { DatasetInstance } from '../../src-main/datasets/source.ts';
import { maskToParts } from '../../src-shared/geometry/contours.ts';
import { rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../src-shared/geometry/shape.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, writeWith } from '../helpers/formats.ts';
import { askOracle, pythonThat } from '../helpers/oracles.ts';
import { withPictures } from '../helpers/pictures.ts';
import { scene, scenes } from '../helpers/random-scene.ts';

const python = pythonThat('import labelme.label_file, labelme.utils');
const photos = new URL('../../../shared/photos/coco50/', import.meta.url).pathname;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-labelme-loader-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Loaded {
  readonly size: readonly [height: number, width: number];
  readonly flags: Record<string, boolean>;
  readonly shapes: readonly { readonly label: string; readonly type: string; readonly group: number | null; readonly flags: Record<string, boolean>; readonly rows?: readonly string[]; readonly near?: readonly string[] }[];
}

const labelled = (source: MemorySource, image: number): DatasetInstance[] => source.instances(image).filter((instance) => instance.class !== null).toSorted((a, b) => a.z - b.z || a.id - b.id);

/** Rows of pixels, and what touches them. */
function rowsOf(bits: Uint8Array, width: number): { rows: string[]; near: string[] } {
  const [rows, near]: [string[], string[]] = [[], []];
  const at = (x: number, y: number): boolean => x >= 0 && x < width && bits[y * width + x] === 1;
  for (let y = 0; y < bits.length / width; y++) {
    rows.push(Array.from({ length: width }, (_, x) => (at(x, y) ? '#' : '.')).join(''));
    near.push(Array.from({ length: width }, (_, x) => ([-1, 0, 1].some((dx) => [-1, 0, 1].some((dy) => at(x + dx, y + dy))) ? '#' : '.')).join(''));
  }
  return { rows, near };
}

const within = (inner: readonly string[], outer: readonly string[]): boolean => inner.every((row, y) => [...row].every((pixel, x) => pixel === '.' || outer[y]?.[x] === '#'));

/**
 * labelme fills on whole pixels and paints the outline too, a pixel wide: nothing of ours is farther than a pixel from what it
 * draws, and of masks without holes nothing that it draws is farther than a pixel from ours. (The lines on which holes hang
 * are painted over them, and so are slivers that cover no centre of a pixel.)
 */
function expectSame(instances: readonly DatasetInstance[], { size: [h, w], shapes }: Loaded): void {
  const loaded = [...shapes];
  for (const { shape } of instances) {
    const mask = shapeToRle(shape, h, w);
    if (shape.kind === 'mask' && maskToParts(mask).length === 0) continue;
    const parts = shape.kind === 'polygon' ? shape.parts.length : shape.kind === 'box' ? 1 : maskToParts(mask).length;
    const drawn = loaded.splice(0, parts);
    const union = (of: readonly (readonly string[] | undefined)[]): string[] => Array.from({ length: h }, (_, y) => Array.from({ length: w }, (__, x) => (of.some((rows) => rows?.[y]?.[x] === '#') ? '#' : '.')).join(''));
    const ours = rowsOf(rleToBitmap(mask), w);
    expect(within(ours.rows, union(drawn.map(({ near }) => near)))).toBe(true);
    if (shape.kind === 'mask' && maskToParts(mask).every(({ holes }) => holes.length === 0)) expect(within(union(drawn.map(({ rows }) => rows)), ours.near)).toBe(true);
  }
  expect(loaded).toEqual([]);
}

describe.skipIf(python === null)('labelme’s own loader (skipped: the package labelme is not installed)', () => {
  test.each(['polygons', 'masks'])('opens what is written (%s): labels, groups, flags, and draws the same', async (shapes) => {
    const root = mkdtempSync(join(folder, 'scenes-'));
    const sources = fc.sample(scene, scenes(25)).map((source) => withPictures(source, join(folder, 'pictures')));
    for (const [i, source] of sources.entries()) await writeWith(labelme, source, join(root, String(i)), { shapes });
    const found = await askOracle<Record<string, Loaded>>(python ?? '', 'labelme_loader', root);
    for (const [i, source] of sources.entries()) {
      const files = Object.entries(found).filter(([path]) => path.startsWith(`${i}/`));
      expect(files).toHaveLength(source.pictures.length);
      for (const [path, file] of files) {
        const image = source.pictures.find((picture) => `${i}/${picture.path.replace(/\.[^./]*$/, '')}.json` === path);
        // Names that some system does not take are changed.
        if (image === undefined) continue;
        const instances = labelled(source, image.id);
        expect(file.size).toEqual([image.height, image.width]);
        const names = new Set(instances.map((instance) => source.labels.find(({ id }) => id === instance.class)?.name));
        expect(file.shapes.filter(({ label }) => !names.has(label))).toEqual([]);
        for (const { flags } of file.shapes) expect(Object.values(flags).every((flag) => typeof flag === 'boolean')).toBe(true);
        if (shapes === 'polygons') expectSame(instances, file);
      }
    }
  });

  test.skipIf(!existsSync(photos))('opens COCO’s photographs with their labels and draws them the same (skipped: ../shared/photos/coco50 is not there)', async () => {
    const { labels, pictures, shapes } = (await readWith(coco, join(photos, 'instances.json'))).source();
    const kept = pictures.slice(0, 2).map((image) => ({ ...image, absolutePath: join(photos, 'images', image.path) }));
    const source = Object.assign(new MemorySource(), { labels, pictures: kept, shapes });
    const root = mkdtempSync(join(folder, 'photos-'));
    await writeWith(labelme, source, root, { shapes: 'polygons' });
    const found = await askOracle<Record<string, Loaded>>(python ?? '', 'labelme_loader', root);
    for (const image of kept) expectSame(labelled(source, image.id), found[image.path.replace(/\.jpg$/, '.json')]!);
  });
});
