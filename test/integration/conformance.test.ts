import * as fc from 'fast-check';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import type { DatasetFormat } from '../../src-main/datasets/formats/format.ts';
import { plainShape } from '../../src-main/datasets/formats/parts/plain-shape.ts';
import { formatById } from '../../src-main/datasets/formats/registry.ts';
import { rleBox, rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../src-shared/geometry/shape.ts';
import { annToMask, type CocoFile } from '../helpers/coco-reader.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, writeWith } from '../helpers/formats.ts';
import { askOracle, digest, expected, pythonThat } from '../helpers/oracles.ts';
import type { Expected } from '../helpers/oracles.ts';
import { withPictures } from '../helpers/pictures.ts';
import { scene, scenes } from '../helpers/random-scene.ts';

/*
 * What is written opens elsewhere: readers that keep to each format's published rules, of which nothing is shared with the
 * program, find what the preflight says that they get.
 */

const python = pythonThat('import json, sys; assert sys.version_info >= (3, 9)');
const photos = new URL('../../../shared/photos/coco50/', import.meta.url).pathname;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-conformance-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Found {
  readonly class: string | null;
  readonly mask?: string;
  readonly area?: number;
  readonly bbox?: readonly number[];
  readonly box?: readonly number[];
  readonly ring?: readonly number[];
  readonly copy?: boolean;
  readonly [field: string]: unknown;
}

/** To a ten-thousandth of a pixel; a half goes up however sums of such numbers end. */
const rounded = (values: readonly number[]): number[] => values.map((value) => Math.round(value * 1e4 + 1e-6) / 1e4 + 0);
/** As files that cannot hold every character have a name. */
const plain = (name: string | null): string | null => name?.replaceAll(/[\p{C}\s]/gu, '') ?? null;
const lines = (entries: readonly Pick<Found, 'class'>[]): string[] => entries.map((entry) => JSON.stringify({ ...entry, class: plain(entry.class) })).toSorted();

type Sight = (of: Expected, label: string | null) => Pick<Found, 'class'>;
const asMask: Sight = ({ back }, label) => ({ class: label, ...digest(back.mask) });
const crowdToo: Sight = (of, label) => ({ class: label, crowd: of.instance.extras.crowd === true, ...digest(of.back.mask) });
/** CVAT, Datumaro and Label Studio: corners as they were drawn. */
const asDrawn = (z: boolean): Sight => ({ instance, image }, label) => {
  const shape = plainShape(instance.shape, image.height, image.width);
  const entry = { class: label, ...(z ? { z: instance.z } : {}) };
  if (shape.kind === 'mask') return { ...entry, ...digest(shape.rle) };
  return shape.kind === 'box' ? { ...entry, box: rounded([shape.box.x, shape.box.y, shape.box.width, shape.box.height]) } : { ...entry, ring: rounded(shape.ring) };
};

/** What is compared of what an oracle finds. */
const seen = ({ box, ring, copy: _copy, keypoints: _keypoints, said: _said, ...entry }: Found): Pick<Found, 'class'> => ({ ...entry, ...(box === undefined ? {} : { box: rounded(box) }), ...(ring === undefined ? {} : { ring: rounded(ring) }) });

const WAYS: readonly { readonly oracle: string; readonly format: DatasetFormat; readonly options: Record<string, unknown>; readonly sight: Sight }[] = [
  { oracle: 'coco', format: coco, options: { segmentation: 'rle' }, sight: crowdToo },
  { oracle: 'coco', format: coco, options: { segmentation: 'rle', splits: 'file-per-split' }, sight: crowdToo },
  { oracle: 'panoptic', format: formatById('panoptic'), options: {}, sight: crowdToo },
  { oracle: 'panoptic', format: formatById('panoptic'), options: { splits: 'file-per-split' }, sight: crowdToo },
  { oracle: 'yolo', format: formatById('yolo'), options: { labels: 'polygons' }, sight: asMask },
  { oracle: 'cvat', format: formatById('cvat'), options: {}, sight: asDrawn(true) },
  { oracle: 'datumaro', format: formatById('datumaro'), options: {}, sight: asDrawn(true) },
  { oracle: 'label_studio', format: formatById('label-studio'), options: {}, sight: asDrawn(false) },
  { oracle: 'masks', format: formatById('masks'), options: { layout: 'separate' }, sight: asMask },
  { oracle: 'masks', format: formatById('masks'), options: { layout: 'instance' }, sight: asMask },
];

const nameOf = (source: MemorySource, { instance }: Expected): string | null => (instance.class === null ? null : (source.labels.find(({ id }) => id === instance.class)?.name ?? null));

/** Objects of VOC without pixels. */
const isOnlyBox = ({ instance, back }: Expected): boolean => instance.shape.kind === 'box' || back.reasons.some((reason) => reason.includes('only its box'));

/** Random data sets, each written into a folder of its own. */
async function written(format: DatasetFormat, options: object, count: number): Promise<{ root: string; sources: MemorySource[] }> {
  const root = mkdtempSync(join(folder, `${format.id}-`));
  const sources = fc.sample(scene, count).map((source) => withPictures(source, join(folder, 'pictures')));
  for (const [i, source] of sources.entries()) await writeWith(format, source, join(root, String(i)), options);
  return { root, sources };
}

/** Of COCO’s fifty photographs the first few; all of them where a hundred scenes or more are asked for. */
async function somePhotographs(usual: number): Promise<MemorySource> {
  const { labels, pictures, shapes } = (await readWith(coco, join(photos, 'instances.json'))).source();
  const kept = scenes(usual) < 100 ? pictures.slice(0, usual) : pictures;
  return Object.assign(new MemorySource(), { labels, pictures: kept, shapes: shapes.filter(({ image }) => kept.some(({ id }) => id === image)) });
}

describe.skipIf(python === null)('by the published rules of each format (skipped: there is no Python 3.9)', () => {
  test.each(WAYS)('$oracle $options: random scenes', async ({ oracle, format, options, sight }) => {
    const { root, sources } = await written(format, options, scenes(12));
    const found = await askOracle<Record<string, Found[]>>(python ?? '', oracle, root);
    for (const [i, source] of sources.entries()) {
      const parsed = format.options.parse(options);
      expect(lines((found[i] ?? []).map(seen))).toEqual(lines(expected(source, format, parsed).map((of) => sight(of, nameOf(source, of)))));
    }
  });

  test('yolo: rows that Ultralytics leaves out as copies are those that the preflight says', async () => {
    const format = formatById('yolo');
    for (const labels of ['polygons', 'boxes']) {
      const { root, sources } = await written(format, { labels }, scenes(12));
      // Two with one box, which random scenes seldom have.
      const twice = new MemorySource().class(1, 'cat').image(1, 'a.png', 12, 10);
      for (const [i, outer] of [[1, 1, 9, 1, 9, 8, 1, 8], [1, 1, 9, 1, 9, 8, 5, 5, 1, 8]].entries()) twice.instance(i + 1, 1, 1, { kind: 'polygon', parts: [{ outer, holes: [] }] });
      await writeWith(format, withPictures(twice, join(folder, 'pictures')), join(root, String(sources.length)), { labels });
      const found = await askOracle<Record<string, Found[]>>(python ?? '', 'yolo', root);
      for (const [i, source] of [...sources, twice].entries()) {
        const said = expected(source, format, format.options.parse({ labels })).filter(({ back }) => back.reasons.some((reason) => reason.startsWith('Ultralytics takes it for a copy')));
        expect((found[i] ?? []).filter(({ copy }) => copy === true)).toHaveLength(said.length);
      }
      expect(found[sources.length]?.filter(({ copy }) => copy === true)).toHaveLength(1);
    }
  });

  test('yolo: boxes, and keypoints behind them', async () => {
    const root = mkdtempSync(join(folder, 'pose-'));
    const source = new MemorySource().class(1, 'person').image(1, 'a.png', 20, 10);
    source.own = { own: { yolo: { kpt_shape: [2, 3], flip_idx: [1, 0], kpt_names: { 0: ['left: "eye"', 'right'] } } } };
    source.instance(1, 1, 1, { kind: 'box', box: { x: 2, y: 1, width: 8.5, height: 4 } }, { own: { yolo: { keypoints: [0.25, 0.5, 2, 0.125, 0, 1] } } });
    source.instance(2, 1, 1, { kind: 'box', box: { x: 0, y: 0, width: 20, height: 10 } });
    for (const labels of ['boxes', 'keypoints']) await writeWith(formatById('yolo'), withPictures(source, join(folder, 'pictures')), join(root, labels), { labels });
    const found = await askOracle<Record<string, Found[]>>(python ?? '', 'yolo', root);
    expect(found['boxes']?.map(({ box = [], keypoints }) => [rounded(box), keypoints])).toEqual([[[2, 1, 8.5, 4], []], [[0, 0, 20, 10], []]]);
    expect(found['keypoints']?.map(({ box = [], keypoints }) => [rounded(box), keypoints])).toEqual([[[2, 1, 8.5, 4], [0.25, 0.5, 2, 0.125, 0, 1]], [[0, 0, 20, 10], [0, 0, 0, 0, 0, 0]]]);
  });

  test('voc: masks, boxes, lists, palettes and the order of objects', async () => {
    const format = formatById('voc');
    const { root, sources } = await written(format, {}, scenes(12));
    const found = await askOracle<Record<string, Found[]>>(python ?? '', 'voc', root);
    for (const [i, source] of sources.entries()) {
      const wanted = expected(source, format, format.options.parse({})).map((of) => (isOnlyBox(of) ? { class: nameOf(source, of), box: digest(of.back.mask).bbox } : asMask(of, nameOf(source, of))));
      expect(lines(found[i] ?? [])).toEqual(lines(wanted));
    }
  });

  test.skipIf(!existsSync(photos))('COCO’s photographs in every format, to the pixel (skipped: ../shared/photos/coco50 is not there)', async () => {
    const source = await somePhotographs(1);
    for (const { oracle, format, options, sight } of WAYS.filter(({ oracle: of }) => of !== 'yolo')) {
      const root = mkdtempSync(join(folder, 'photos-'));
      await writeWith(format, source, join(root, '0'), options);
      const found = await askOracle<Record<string, Found[]>>(python ?? '', oracle, root);
      expect(lines((found['0'] ?? []).map(seen)), oracle).toEqual(lines(expected(source, format, format.options.parse(options)).map((of) => sight(of, nameOf(source, of)))));
    }
  });
});

/** annToMask, area and toBbox of what is written, against the project's own masks or, of polygons, what the preflight says. */
async function check(source: MemorySource, segmentation: 'rle' | 'polygons' | 'as-drawn'): Promise<void> {
  const out = mkdtempSync(join(folder, 'coco-'));
  await writeWith(coco, source, out, { segmentation });
  const file = JSON.parse(readFileSync(join(out, 'instances.json'), 'utf8')) as CocoFile;
  const wanted = new Map(expected(source, coco, coco.options.parse({ segmentation })).map((of) => [of.instance.id, of]));
  expect(file.annotations).toHaveLength(wanted.size);
  const ids = new Map(source.shapes.map(({ id, extras }) => [extras.own?.['coco']?.['id'] ?? id, id]));
  for (const { id, segmentation: written, area, bbox } of file.annotations) {
    const { instance, image, back } = wanted.get(Number(ids.get(id)))!;
    const mask = annToMask(written, image.height, image.width);
    const size = [image.height, image.width] as const;
    expect(mask.reduce((sum, inside) => sum + inside, 0)).toBe(area);
    // What is written as run lengths has every pixel; of polygons the preflight knows what COCO's rule makes of them.
    const read = Array.isArray(written) ? back.mask : shapeToRle(instance.shape, ...size);
    const polygons = segmentation === 'polygons' || (segmentation === 'as-drawn' && instance.shape.kind === 'polygon' && instance.shape.parts.every((part) => part.holes.length === 0));
    expect(Array.isArray(written)).toBe(polygons && instance.extras.crowd !== true);
    expect([...rleFromBitmap(mask, ...size).counts]).toEqual([...read.counts]);
    const { x, y, width, height } = rleBox(read);
    if (instance.shape.kind !== 'box') expect(bbox).toEqual([x, y, width, height]);
  }
}

describe('pycocotools’ rules for each form of segmentation', () => {
  test.each(['rle', 'polygons', 'as-drawn'] as const)('%s: random scenes', async (segmentation) => {
    for (const source of fc.sample(scene, scenes(25))) await check(source, segmentation);
  });

  test.skipIf(!existsSync(photos)).each(['rle', 'polygons', 'as-drawn'] as const)('%s: annotations of COCO’s photographs (skipped: ../shared/photos/coco50 is not there)', async (segmentation) => {
    await check(await somePhotographs(5), segmentation);
  });
});
