import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import { cityscapes } from '../../src-main/datasets/formats/cityscapes/cityscapes.ts';
import { createml } from '../../src-main/datasets/formats/createml/createml.ts';
import { dota } from '../../src-main/datasets/formats/dota/dota.ts';
import { geojson } from '../../src-main/datasets/formats/geojson/geojson.ts';
import { isat } from '../../src-main/datasets/formats/isat/isat.ts';
import { recognisedFormat } from '../../src-main/datasets/formats/registry.ts';
import { sa1b } from '../../src-main/datasets/formats/sa-1b/sa-1b.ts';
import { supervisely } from '../../src-main/datasets/formats/supervisely/supervisely.ts';
import { via } from '../../src-main/datasets/formats/via/via.ts';
import { encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { rleArea, rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { putFiles, readWith, roundTrip, textsIn, writeWith } from '../helpers/formats.ts';
import { flatPng } from '../fixtures/pictures.ts';

/* SA-1B, Supervisely, ISAT, VIA, Create ML, GeoJSON, Cityscapes and DOTA as their own programs write them. That nothing is lost in silence is held by preflight-losses. */

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-json-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Rows of pixels. */
const bitmap = (...rows: string[]): Uint8Array => Uint8Array.from(rows.join(''), (pixel) => (pixel === '#' ? 1 : 0));
const pixelsOf = (shape: Parameters<typeof shapeToRle>[0], height: number, width: number): string[] => {
  const pixels = rleToBitmap(shapeToRle(shape, height, width));
  return Array.from({ length: height }, (_, y) => [...pixels.subarray(y * width, (y + 1) * width)].map((inside) => (inside === 1 ? '#' : '.')).join(''));
};

const superviselyObject = (fields: object): object => ({ id: 1, classId: 7, labelerLogin: 'ann', tags: [], classTitle: 'cell', description: '', ...fields });
const isatPolygon = (category: string, group: number, layer: number, ...segmentation: number[][]): object => ({ category, group, segmentation, area: 1, layer, bbox: [0, 0, 1, 1], iscrowd: false, note: '' });
const square = (x: number, y: number, side: number): number[][] => [[x, y], [x + side, y], [x + side, y + side], [x, y + side]];
const viaRegion = (shape_attributes: object, region_attributes: object = { class: 'cat' }): object => ({ shape_attributes, region_attributes });
const viaImage = (filename: string, regions: unknown): object => ({ [`${filename}123`]: { filename, size: 123, regions, file_attributes: { caption: 'a yard' } } });
const createmlBox = (x: unknown, label: unknown = 'cat'): object => ({ label, coordinates: { x, y: 5, width: 4, height: 6 } });

describe('SA-1B', () => {
  const rle = rleFromBitmap(bitmap('.##.', '.##.', '....'), 3, 4);
  const annotation = { id: 541, segmentation: { size: [3, 4], counts: encodeCocoCounts(rle.counts) }, bbox: [1, 0, 1, 1], area: 4, predicted_iou: 0.97, stability_score: 0.98, crop_box: [0, 0, 4, 3], point_coords: [[1.5, 0.5]] };
  const document = { image: { image_id: 223750, width: 4, height: 3, file_name: 'sa_223750.jpg' }, annotations: [annotation] };

  test('masks come in without a class, with what the model said of them, and go out as they came', async () => {
    putFiles(folder, { 'sa_223750.json': document, 'sa_223750.jpg': '' });
    expect(await recognisedFormat(folder)).toBe(sa1b);
    expect(await recognisedFormat(join(folder, 'sa_223750.json'))).toBe(sa1b);
    const sink = await readWith(sa1b, folder);
    expect(sink.classes).toEqual([]);
    expect(sink.instances).toMatchObject([{ class: null, shape: maskShape(rle) }]);
    const { firstFiles } = await roundTrip(sa1b, sink.source(), { copyImages: false });
    expect(JSON.parse(firstFiles['sa_223750.json'] ?? '')).toEqual({ ...document, annotations: [{ ...annotation, bbox: [1, 0, 2, 2] }] });
  });

  test('what everything mode made is written with its scores and its point, until somebody changes it', async () => {
    const sam = { model: 'm', modelHash: 'h', points: [{ x: 1.5, y: 0.5, label: 1 as const }], box: null, candidate: 0, predictedIou: 0.91, stability: 0.96 };
    const source = new MemorySource().image(1, 'a.jpg', 4, 3).instance(1, 1, null, maskShape(rle)).instance(2, 1, null, maskShape(rle));
    Object.assign(source.shapes[0] ?? {}, { provenance: { source: 'model', touched: false, sam } });
    Object.assign(source.shapes[1] ?? {}, { provenance: { source: 'model', touched: true, sam } });
    await writeWith(sa1b, source, join(folder, 'out'), { copyImages: false });
    const { annotations } = JSON.parse(textsIn(join(folder, 'out'))['a.json'] ?? '') as { annotations: object[] };
    expect(annotations[0]).toMatchObject({ predicted_iou: 0.91, stability_score: 0.96, point_coords: [[1.5, 0.5]], area: 4 });
    expect(annotations[1]).not.toHaveProperty('predicted_iou');
  });

  test('run lengths of another size and rows that are nothing are reported, and the rest comes in', async () => {
    putFiles(folder, { 'a.json': { ...document, annotations: [annotation, { ...annotation, segmentation: { size: [9, 9], counts: 'Q1' } }, null, { ...annotation, area: null, crop_box: null }] } });
    const sink = await readWith(sa1b, folder);
    expect(sink.instances).toHaveLength(2);
    expect(sink.problems.map(({ item }) => item)).toEqual(['sa_223750.jpg, annotation 2', 'sa_223750.jpg, annotation 3']);
  });
});

describe('Supervisely', () => {
  /** As Supervisely's own code makes it: a PNG with a palette, zipped, in base64. */
  const data = deflateSync(encodePng({ width: 3, height: 2, kind: 'indexed', samples: bitmap('##.', '.##'), palette: Uint8Array.of(0, 0, 0, 255, 255, 255) })).toString('base64');
  const size = { height: 10, width: 12 };
  const meta = { classes: [{ title: 'cell', shape: 'any', color: '#12AB34', id: 7 }, { title: 'unused', shape: 'polygon', color: '#000080' }], tags: [{ name: 'old', value_type: 'any_number' }] };

  test('polygons with holes, rectangles through their last pixel, bitmaps at their place, and tags', async () => {
    putFiles(folder, {
      'meta.json': meta,
      'train/ann/a.png.json': { description: 'first', tags: [{ name: 'weather', value: 'snow' }], size, objects: [
        superviselyObject({ geometryType: 'polygon', points: { exterior: [[0, 0], [6, 0], [6, 6], [0, 6]], interior: [[[2, 2], [4, 2], [4, 4], [2, 4]]] }, tags: [{ name: 'old', value: 3 }, { name: 'occluded', value: null }] }),
        superviselyObject({ geometryType: 'rectangle', points: { exterior: [[7, 1], [9, 2]], interior: [] } }),
        superviselyObject({ geometryType: 'bitmap', bitmap: { data, origin: [4, 7] }, instance: 'herd' }),
        superviselyObject({ geometryType: 'point', points: { exterior: [[1, 1]], interior: [] } }),
        superviselyObject({ geometryType: 'polygon', points: { exterior: [[0, 0], [6, 0]], interior: [] } }),
      ] },
      'train/img/a.png': flatPng(12), 'val/ann/a.png.json': { tags: [], size, objects: [] }, 'val/img/a.png': flatPng(12),
    });
    expect(await recognisedFormat(folder)).toBe(supervisely);
    const sink = await readWith(supervisely, folder);
    expect(sink.classes).toMatchObject([{ name: 'cell', colour: '#12ab34' }, { name: 'unused', colour: '#000080' }]);
    expect(sink.images.map(({ path, split, file }) => [path, split, file])).toEqual([['a.png', 'train', join(folder, 'train/img/a.png')], ['a.png', 'val', join(folder, 'val/img/a.png')]]);
    expect(sink.images[0]?.extras).toMatchObject({ attributes: { weather: 'snow' }, description: 'first' });
    const [polygon, rectangle, mask] = sink.instances;
    expect(sink.instances).toHaveLength(3);
    expect(polygon?.shape).toEqual({ kind: 'polygon', parts: [{ outer: [0, 0, 6, 0, 6, 6, 0, 6], holes: [[2, 2, 4, 2, 4, 4, 2, 4]] }] });
    expect(polygon?.extras?.attributes).toEqual({ old: 3, occluded: null });
    expect(rectangle?.shape).toEqual({ kind: 'box', box: { x: 7, y: 1, width: 3, height: 2 } });
    if (mask === undefined) throw new Error('the bitmap is missing');
    expect(pixelsOf(mask.shape, 10, 12).slice(7, 9)).toEqual(['....##......', '.....##.....']);
    expect(mask.extras?.group).toBe('herd');
    expect(sink.problems.map(({ item }) => item)).toEqual(['a.png, object 5', 'figures without an area']);
    const { firstFiles } = await roundTrip(supervisely, sink.source(), { copyImages: false });
    const written = JSON.parse(firstFiles['train/ann/a.png.json'] ?? '') as { objects: { geometryType: string; labelerLogin?: string }[] };
    expect(written.objects.map(({ geometryType }) => geometryType)).toEqual(['polygon', 'rectangle', 'bitmap', 'point']);
    expect(written.objects[0]?.labelerLogin).toBe('ann');
  });

  test('a bitmap that reaches out of the image, a broken file and a foreign JSON are named', async () => {
    putFiles(folder, { 'meta.json': meta, 'ds/ann/a.png.json': { size, tags: [], objects: [superviselyObject({ geometryType: 'bitmap', bitmap: { data, origin: [11, 0] } }), superviselyObject({ geometryType: 'bitmap', bitmap: { data: 'AAAA', origin: [0, 0] } })] }, 'ds/ann/b.png.json': '{"size":', 'ds/notes.json': {} });
    const sink = await readWith(supervisely, folder);
    expect(sink.images).toMatchObject([{ path: 'ds/a.png', split: null }]);
    expect(sink.problems.map(({ item }) => item)).toEqual(['ds/a.png, object 1', 'ds/a.png, object 2', 'ds/ann/b.png.json']);
    expect(sink.notes.join()).toContain('ds/notes.json');
  });
});

describe('ISAT', () => {

  test('polygons of one group are one object, background is cut out of what lies below it, isat.yaml has the colors', async () => {
    putFiles(folder, {
      'isat.yaml': "contour_mode: max_only\nlabel:\n- color: '#000000'\n  name: __background__\n- color: '#5c00bb'\n  name: cat\n",
      'a.json': { info: { description: 'ISAT', folder: '/far/away', name: 'a.jpg', width: 12, height: 10, depth: 3, note: 'blurred' }, objects: [
        isatPolygon('cat', 1, 1, ...square(0, 0, 6)), isatPolygon('cat', 1, 1, ...square(7, 0, 3)), isatPolygon('__background__', 2, 2, ...square(2, 2, 2)), isatPolygon('cat', 3, 3, ...square(2, 2, 2)), isatPolygon('dog', 1, 4, [0, 9], [1, 9]),
      ] },
    });
    expect(await recognisedFormat(folder)).toBe(isat);
    const sink = await readWith(isat, folder);
    expect(sink.classes).toMatchObject([{ name: 'cat', colour: '#5c00bb' }]);
    expect(sink.images).toMatchObject([{ path: 'a.jpg', width: 12, height: 10, extras: { description: 'blurred' } }]);
    expect(sink.instances).toHaveLength(2);
    const [lower, upper] = sink.instances;
    expect([lower, upper].map((instance) => (instance === undefined ? 0 : rleArea(shapeToRle(instance.shape, 10, 12))))).toEqual([36 + 9 - 4, 4]);
    expect(sink.problems.map(({ item }) => item)).toEqual(['a.jpg, polygon 5']);
    expect(sink.notes.join()).toContain('__background__');
  });
});

describe('the VGG Image Annotator', () => {
  const rect = { name: 'rect', x: 2, y: 1, width: 4, height: 3 };

  test.each([
    ['a project', (images: object) => ({ _via_settings: {}, _via_img_metadata: images, _via_attributes: { region: { class: { type: 'dropdown', options: { cat: '', dog: '' } } }, file: {} } }), ['cat', 'dog']],
    ['exported annotations', (images: object) => images, ['cat']],
  ] as const)('%s', async (_, made, classes) => {
    putFiles(folder, { 'labels.json': made(viaImage('a.png', [viaRegion(rect), viaRegion({ name: 'polygon', all_points_x: [0, 4, 4, 0], all_points_y: [0, 0, 4, 0] })])), 'a.png': flatPng(12) });
    expect(await recognisedFormat(folder)).toBe(via);
    const sink = await readWith(via, folder, () => Promise.resolve({ width: 12, height: 12 }));
    expect(sink.classes.map(({ name }) => name)).toEqual(classes);
    expect(sink.images).toMatchObject([{ path: 'a.png', width: 12, height: 12, extras: { attributes: { caption: 'a yard' } } }]);
    expect(sink.instances.map(({ shape }) => shape)).toEqual([
      { kind: 'box', box: { x: 2, y: 1, width: 4, height: 3 } }, { kind: 'polygon', parts: [{ outer: [0, 0, 4, 0, 4, 4, 0, 0].slice(0, 6), holes: [] }] },
    ]);
    expect(sink.problems).toEqual([]);
  });

  test('regions numbered as in version 1, ellipses by their angle, checkboxes, and points that are kept', async () => {
    const ellipse = { name: 'ellipse', cx: 6, cy: 6, rx: 4, ry: 2, theta: Math.PI / 2 };
    putFiles(folder, { 'v1.json': viaImage('a.png', { 0: viaRegion(ellipse, { kind: { wheel: true, door: false } }), 1: viaRegion({ name: 'point', cx: 1, cy: 1 }, {}), 2: viaRegion({ name: 'circle', cx: 2, cy: 2, r: 'x' }, {}) }), 'a.png': flatPng(12) });
    const sink = await readWith(via, join(folder, 'v1.json'), () => Promise.resolve({ width: 12, height: 12 }));
    expect(sink.classes.map(({ name }) => name)).toEqual(['wheel']);
    expect(sink.problems.map(({ item }) => item)).toEqual(['a.png, region 3', 'a.png']);
    const [standing] = sink.instances;
    if (standing?.shape.kind !== 'polygon') throw new Error('the ellipse is missing');
    const ring = standing.shape.parts[0]?.outer ?? [];
    expect([Math.min(...ring.filter((__, i) => i % 2 === 0)), Math.max(...ring.filter((__, i) => i % 2 === 1))].map((value) => Math.round(value * 100) / 100)).toEqual([4, 10]);
    await writeWith(via, sink.source(), join(folder, 'out'), { copyImages: false });
    const { _via_img_metadata: images } = JSON.parse(textsIn(join(folder, 'out'))['via_project.json'] ?? '') as { _via_img_metadata: Record<string, { regions: { shape_attributes: object }[] }> };
    expect(Object.values(images)[0]?.regions.map(({ shape_attributes }) => shape_attributes)).toEqual([ellipse, { name: 'point', cx: 1, cy: 1 }]);
  });

  test('where no attribute is the class that is said, and nothing is guessed', async () => {
    putFiles(folder, { 'v.json': viaImage('a.png', [viaRegion(rect, { color: 'red', age: '7' })]), 'a.png': flatPng(12) });
    const sink = await readWith(via, folder, () => Promise.resolve({ width: 12, height: 12 }));
    expect(sink.instances).toMatchObject([{ class: null, extras: { attributes: { color: 'red', age: '7' } } }]);
    expect(sink.problems.map(({ problem }) => problem.message).join()).toContain('color, age');
  });
});

describe('Create ML', () => {
  test('boxes by their centers, splits by their folders, and what is impossible is named', async () => {
    putFiles(folder, {
      'train/_annotations.createml.json': [{ image: 'a.jpg', annotations: [createmlBox(7), createmlBox('8', null), createmlBox('left')] }, { image: 'a.jpg', annotations: [] }, { annotations: [] }],
      'valid/_annotations.createml.json': [{ image: 'a.jpg', annotations: [{ ...createmlBox(3), confidence: 0.5 }] }], 'train/a.jpg': '', 'valid/a.jpg': '',
    });
    expect(await recognisedFormat(folder)).toBe(createml);
    const sink = await readWith(createml, folder);
    expect(sink.images.map(({ path, split }) => [path, split])).toEqual([['train/a.jpg', 'train'], ['valid/a.jpg', 'val']]);
    expect(sink.instances).toMatchObject([
      { image: 'train/a.jpg', class: 'cat', shape: { kind: 'box', box: { x: 5, y: 2, width: 4, height: 6 } } }, { class: null, shape: { kind: 'box', box: { x: 6 } } }, { image: 'valid/a.jpg', extras: { score: 0.5 } },
    ]);
    expect(sink.problems.map(({ item }) => item)).toEqual(['train/a.jpg, annotation 3', 'train/a.jpg (image 2)', 'train/_annotations.createml.json, image 3']);
  });
});

describe('GeoJSON', () => {
  const classification = { name: 'tumor', color: [200, 0, 0] };
  const square = [[0, 0], [6, 0], [6, 6], [0, 6], [0, 0]];
  const annotation = (geometry: object, properties: object = { objectType: 'annotation', classification, isLocked: true }): object => ({ type: 'Feature', id: 'f1', geometry, properties });

  test('QuPath’s annotations: holes, parts, classes with colors, and what only QuPath says', async () => {
    putFiles(folder, {
      'slide.geojson': { type: 'FeatureCollection', features: [
        annotation({ type: 'Polygon', coordinates: [square, [[2, 2], [4, 2], [4, 4], [2, 2]]] }), annotation({ type: 'MultiPolygon', coordinates: [[square], [[[8, 8], [9, 8], [9, 9], [8, 8]]]] }, { classification: { name: 'stroma', colorRGB: -6895466 }, metadata: { stain: 'H&E' } }),
        annotation({ type: 'Point', coordinates: [1, 1] }), annotation({ type: 'Polygon', coordinates: [[[0, 0], [1, 1]]] }), { type: 'Feature' },
      ] },
      'slide.png': flatPng(12),
    });
    expect(await recognisedFormat(folder)).toBe(geojson);
    const sink = await readWith(geojson, folder, () => Promise.resolve({ width: 12, height: 12 }));
    expect(sink.classes).toMatchObject([{ name: 'tumor', colour: '#c80000' }, { name: 'stroma', colour: '#96c896' }]);
    expect(sink.images).toMatchObject([{ path: 'slide.png', file: join(folder, 'slide.png'), width: 12 }]);
    expect(sink.instances.map(({ shape }) => (shape.kind === 'polygon' ? shape.parts.map(({ outer, holes }) => [outer.length / 2, holes.length]) : null))).toEqual([[[4, 1]], [[4, 0], [3, 0]]]);
    expect(sink.instances[1]?.extras?.attributes).toEqual({ stain: 'H&E' });
    expect(sink.problems.map(({ item }) => item)).toEqual(['slide.png, feature 4', 'slide.png, feature 5', 'slide.png']);
    await writeWith(geojson, sink.source(), join(folder, 'out'), { copyImages: false });
    const { features } = JSON.parse(textsIn(join(folder, 'out'))['slide.geojson'] ?? '') as { features: { geometry: { type: string; coordinates: number[][][] }; properties: object; id: string }[] };
    expect(features.map(({ geometry }) => geometry.type)).toEqual(['Polygon', 'MultiPolygon', 'Point']);
    expect(features[0]).toMatchObject({ id: 'f1', properties: { isLocked: true, classification }, geometry: { coordinates: [square, [[2, 2], [4, 2], [4, 4], [2, 2]]] } });
  });

  test('a list of features is read, coordinates on the earth are refused', async () => {
    putFiles(folder, { 'a.json': [annotation({ type: 'Polygon', coordinates: [square] })], 'b.geojson': { type: 'FeatureCollection', crs: { type: 'name' }, features: [] } });
    const sink = await readWith(geojson, folder);
    expect(sink.instances).toHaveLength(1);
    expect(sink.problems).toMatchObject([{ item: 'b.geojson', problem: { message: expect.stringContaining('geographic') as string } }]);
  });
});

describe('Cityscapes', () => {
  test('polygons in painting order, groups as crowds, splits and images by the layout', async () => {
    const polygon = [[0, 0], [6, 0], [6, 6], [0, 6]];
    putFiles(folder, {
      'gtFine/train/aachen/aachen_000000_000019_gtFine_polygons.json': { imgHeight: 10, imgWidth: 12, objects: [{ label: 'road', polygon }, { label: 'cargroup', polygon }, { label: 'car', polygon, deleted: 1 }, { label: 'car', polygon: [[0, 0]] }, { label: 'car', polygon, verified: 1 }] },
      'leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png': flatPng(12),
    });
    expect(await recognisedFormat(folder)).toBe(cityscapes);
    const sink = await readWith(cityscapes, folder);
    expect(sink.images).toMatchObject([{ path: 'aachen/aachen_000000_000019', split: 'train', width: 12, height: 10, file: join(folder, 'leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png') }]);
    expect(sink.instances.map(({ class: cls, extras }) => [cls, extras?.crowd ?? false])).toEqual([['road', false], ['car', true], ['car', false]]);
    expect(sink.problems.map(({ item }) => item)).toEqual(['aachen/aachen_000000_000019, object 4']);
  });
});

describe('DOTA', () => {
  test('rotated boxes with their heads, difficult ones, and rows that are nothing', async () => {
    putFiles(folder, {
      'train/labelTxt/P0001.txt': 'imagesource:GoogleEarth\ngsd:0.146\n0 0 6.5 0 6.5 4 0 4 small-vehicle 0\n1 1 5 2 4 6 0 5 ship 1\n1 1 5 2 ship 1\n', 'train/images/P0001.png': flatPng(12),
      'val/labelTxt/P0001.txt': '', 'val/images/P0001.png': flatPng(12),
    });
    expect(await recognisedFormat(folder)).toBe(dota);
    const sink = await readWith(dota, folder, () => Promise.resolve({ width: 12, height: 12 }));
    expect(sink.images.map(({ path, split, width }) => [path, split, width])).toEqual([['P0001.png', 'train', 12], ['P0001.png', 'val', 12]]);
    expect(sink.images[0]?.extras?.own).toEqual({ dota: { imagesource: 'GoogleEarth', gsd: '0.146' } });
    expect(sink.instances).toMatchObject([{ class: 'small-vehicle', shape: { kind: 'polygon', parts: [{ outer: [0, 0, 6.5, 0, 6.5, 4, 0, 4] }] } }, { class: 'ship', extras: { difficult: true } }]);
    expect(sink.problems.map(({ item }) => item)).toEqual(['train/labelTxt/P0001.txt, line 5']);
    await writeWith(dota, sink.source(), join(folder, 'out'), { copyImages: false });
    expect(textsIn(join(folder, 'out'))['train/labelTxt/P0001.txt']).toBe('imagesource:GoogleEarth\ngsd:0.146\n0 0 6.5 0 6.5 4 0 4 small-vehicle 0\n1 1 5 2 4 6 0 5 ship 1\n');
  });
});
