import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { datumaro } from '../../src-main/datasets/formats/datumaro/datumaro.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, roundTrip, textsIn, writeWith } from '../helpers/formats.ts';
import type { MemorySink } from '../helpers/memory-sink.ts';
import { scene, scenes } from '../helpers/random-scene.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-datumaro-'));
  mkdirSync(join(folder, 'annotations'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = async (files: Record<string, object | string>): Promise<MemorySink> => {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'annotations', name), typeof content === 'string' ? content : JSON.stringify(content));
  return readWith(datumaro, folder);
};

/** As Datumaro writes it (its documentation, Datumaro format), by hand. */
const categories = {
  label: { labels: [{ name: 'cat', parent: 'animal', attributes: ['age'] }, { name: 'dog', parent: '', attributes: [] }], label_groups: [{ name: 'g', group_type: 'exclusive', labels: ['cat'] }], attributes: ['occluded'] },
  mask: { colormap: [{ label_id: 1, r: 255, g: 128, b: 0 }] },
  points: { items: [{ label_id: 1, labels: ['nose'], joints: [[0, 1]] }] },
};
const donut = rleFromBitmap(Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1), 3, 3);
const document = (annotations: unknown[], image: object | null = { path: 'a.jpg', size: [3, 3] }): object => ({ dm_format_version: '1.0', media_type: 2, infos: { author: 'me' }, categories, items: [{ id: 'a', annotations, attr: { frame: 0 }, ...(image === null ? {} : { image }) }] });
const common = { attributes: {}, group: 0, z_order: 0 };

describe('what Datumaro writes is read', () => {
  test('labels, parents, colours, polygons, masks, boxes, attributes, groups, subsets', async () => {
    const sink = await read({
      'train.json': document([
        { ...common, id: 5, type: 'polygon', label_id: 0, points: [0, 0, 2.5, 0, 2.5, 2.5], z_order: 3, group: 2, attributes: { occluded: true, truncated: false, is_crowd: true, pose: 'left', tags: ['a'] } },
        { ...common, id: 6, type: 'mask', label_id: 1, rle: { counts: encodeCocoCounts(donut.counts), size: [3, 3] } },
        { ...common, id: 7, type: 'bbox', label_id: null, bbox: [0.5, 1, 2, 1.5], object_id: 4 },
      ]),
      'default.json': { categories: { label: { labels: [{ name: 'dog', parent: '' }] } }, items: [{ id: 'sub/b', annotations: [{ id: 0, type: 'bbox', label_id: 0, bbox: [0, 0, 1, 1] }], image: { path: 'sub\\b.png', size: [9, 9] } }] },
    });
    expect(sink.problems).toEqual([]);
    expect(sink.classes).toMatchObject([{ name: 'dog' }, { name: 'cat', extras: { supercategory: 'animal' } }]);
    expect(sink.images).toMatchObject([{ path: 'sub/b.png', split: null, width: 9 }, { path: 'a.jpg', split: 'train', width: 3, extras: { attributes: { frame: 0 }, own: { datumaro: { id: 'a' } } } }]);
    const [first, polygon, mask, box] = sink.instances;
    expect(first).toMatchObject({ class: 'dog', z: 0 });
    expect(polygon).toMatchObject({ class: 'cat', z: 3, shape: { parts: [{ outer: [0, 0, 2.5, 0, 2.5, 2.5] }] }, extras: { occluded: true, crowd: true, group: 2, attributes: { truncated: false, pose: 'left' }, own: { datumaro: { id: 5, attributes: { tags: ['a'] } } } } });
    expect(shapeToRle(mask!.shape, 3, 3)).toEqual(donut);
    expect(box).toMatchObject({ class: null, shape: { box: { x: 0.5, y: 1, width: 2, height: 1.5 } }, extras: { own: { datumaro: { id: 7, object_id: 4 } } } });
  });

  test('a single file, byte-order mark, items before categories, no image entry, label colours', async () => {
    writeFileSync(join(folder, 'annotations', 'val.json'), `\ufeff${JSON.stringify({ items: [{ id: 'x/y', annotations: [] }], categories })}`);
    const sink = await readWith(datumaro, join(folder, 'annotations', 'val.json'));
    expect(sink.images).toMatchObject([{ path: 'x/y.jpg', width: null, split: 'val' }]);
    expect(sink.classes).toMatchObject([{ name: 'cat' }, { name: 'dog', colour: '#ff8000' }]);
  });

  test('pictures are found in images/SUBSET and images, never outside of the data set', async () => {
    for (const inside of ['images', 'images/val']) mkdirSync(join(folder, inside), { recursive: true });
    for (const file of ['images/val/a.jpg', 'images/b.jpg', 'c.jpg']) writeFileSync(join(folder, file), '');
    const sink = await read({ 'val.json': { categories, items: ['a.jpg', 'b.jpg', '../c.jpg', '../../../../../../etc/hostname'].map((path) => ({ id: path, image: { path, size: [1, 1] }, annotations: [] })) } });
    expect(sink.images.map(({ file }) => file)).toEqual([...['images/val/a.jpg', 'images/b.jpg', 'c.jpg'].map((file) => join(folder, file)), null]);
  });

  test('what is not drawn here is told, kept with its label and written back', async () => {
    const sink = await read({ 'train.json': document([
      { ...common, id: 1, type: 'points', label_id: 1, points: [1, 1], visibility: [2] }, { ...common, id: 2, type: 'label', label_id: 0 }, { ...common, id: 3, type: 'caption', caption: 'a cat' },
    ]) });
    expect(sink.problems).toMatchObject([{ problem: { message: expect.stringMatching(/type points.*kept/) as string } }]);
    const source = sink.source();
    source.labels.reverse();
    await writeWith(datumaro, source, join(folder, 'again'));
    const again = JSON.parse(textsIn(join(folder, 'again'))['annotations/train.json'] ?? '') as { infos: object; categories: typeof categories; items: { annotations: object[] }[] };
    expect(again.items[0]?.annotations).toEqual([{ ...common, id: 1, type: 'points', label_id: 0, points: [1, 1], visibility: [2] }, { ...common, id: 2, type: 'label', label_id: 1 }, { ...common, id: 3, type: 'caption', caption: 'a cat' }]);
    expect(again.infos).toEqual({ author: 'me' });
    expect(again.categories.points).toEqual({ items: [{ label_id: 0, labels: ['nose'], joints: [[0, 1]] }] });
    expect(again.categories.label).toMatchObject({ labels: [{ name: 'dog' }, { name: 'cat', parent: 'animal', attributes: ['age'] }], label_groups: categories.label.label_groups, attributes: ['occluded'] });
  });
});

describe('what we write', () => {
  test('is what Datumaro documents', async () => {
    const source = new MemorySource().class(1, 'cat', { supercategory: 'animal' }).image(1, 'a.jpg', 3, 3, { split: 'train' }).image(2, 'a.png', 3, 3, { split: 'train' }).image(3, 'b.jpg', 2, 1);
    source.instance(4, 1, 1, maskShape(donut), { crowd: true, group: 3 }).instance(5, 1, null, { kind: 'box', box: { x: 0.5, y: 0, width: 1, height: 2 } });
    await writeWith(datumaro, source, join(folder, 'out'));
    const files = textsIn(join(folder, 'out'));
    expect(Object.keys(files)).toEqual(['annotations/default.json', 'annotations/train.json']);
    expect(JSON.parse(files['annotations/train.json'] ?? '')).toEqual({
      dm_format_version: '1.0', media_type: 2, infos: {},
      categories: { label: { labels: [{ name: 'cat', parent: 'animal', attributes: [] }], label_groups: [], attributes: [] }, mask: { colormap: [{ label_id: 0, r: 230, g: 159, b: 0 }] } },
      items: [
        { id: 'a', image: { path: 'a.jpg', size: [3, 3] }, annotations: [
          { id: 4, type: 'mask', attributes: { is_crowd: true }, group: 3, label_id: 0, rle: { counts: encodeCocoCounts(donut.counts), size: [3, 3] }, z_order: 4 },
          { id: 5, type: 'bbox', attributes: {}, group: 0, label_id: null, bbox: [0.5, 0, 1, 2], z_order: 5 },
        ] },
        { id: 'a.png', image: { path: 'a.png', size: [3, 3] }, annotations: [] },
      ],
    });
  });

  test('export, import, export: the same bytes, the same pixels', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async (source) => {
        const { first, firstFiles, sink, secondFiles } = await roundTrip(datumaro, source);
        expect(secondFiles).toEqual(firstFiles);
        expect(sink.problems).toEqual([]);
        expect(first.told).toEqual(first.told.filter(({ problem }) => problem.message.includes('covers no pixel')));
        for (const image of source.pictures) {
          const kept = source.instances(image.id).filter(({ id }) => !first.told.some(({ item }) => item.endsWith(`instance ${id}`)));
          const back = sink.of(image.path);
          expect(back.map(({ z }) => z)).toEqual(kept.map(({ z }) => z));
          for (const [i, { shape, extras }] of kept.entries()) {
            expect(shapeToRle(back[i]!.shape, image.height!, image.width!)).toEqual(shapeToRle(shape, image.height!, image.width!));
            const { group: _, ...rest } = extras;
            expect(back[i]?.extras).toMatchObject(JSON.parse(JSON.stringify(rest)) as object);
          }
        }
      }),
      { numRuns: scenes(60) },
    );
  });
});

const subsetOf = (parent: string): object => ({ categories: { label: { labels: [{ name: 'cat', parent }] } }, items: [{ id: 'a', image: { path: 'a.jpg', size: [4, 4] }, annotations: [{ type: 'bbox', label_id: 0, bbox: [0, 0, 1, 1] }] }] });

describe('what is not what the format says', () => {
  test('side fields are forgiven and counted', async () => {
    const text = JSON.stringify(document([
      { type: 'polygon', label_id: '0', points: ['0', 0, 4, 0, 4, 4], z_order: 1e300, group: 'NaN', attributes: [1] }, { type: 'bbox', label_id: null, bbox: [0, 0, '2', 2], z_order: null, attributes: null, id: 1 }, { type: 'polygon', label_id: 0, points: [0, 0, 4, 0, 4, 4], attributes: { blur: 0.5 } },
    ])).replace('"blur":0.5', '"blur":NaN');
    const sink = await read({ 'a.json': text });
    expect(sink.problems).toEqual([]);
    expect(sink.instances.map(({ z, shape }) => [z, shape.kind])).toEqual([[0, 'polygon'], [0, 'box'], [0, 'polygon']]);
    expect(sink.notes.toSorted()).toEqual([
      '1 annotation: “attributes” cannot be used and was ignored.', '1 annotation: “attributes” holds NaN or infinite numbers, which were dropped.', '1 annotation: “group” cannot be used and was ignored.', '1 annotation: “label_id” is text and was read as a number.', '1 annotation: “z_order” cannot be used and was ignored.',
    ]);
  });

  test('an ellipse is a polygon, and is written back as it was', async () => {
    const sink = await read({ 'a.json': document([{ type: 'ellipse', label_id: 0, points: [1, 0.5, 5, 3.5] }]) });
    const [shape] = sink.instances.map((instance) => instance.shape);
    const ring = shape?.kind === 'polygon' ? (shape.parts[0]?.outer ?? []) : [];
    expect(ring.length).toBeGreaterThan(40);
    for (let i = 0; i < ring.length; i += 2) expect(Math.hypot(((ring[i] ?? 0) - 3) / 2, ((ring[i + 1] ?? 0) - 2) / 1.5)).toBeCloseTo(1, 9);
    await writeWith(datumaro, sink.source(), join(folder, 'again'));
    expect(Object.values(textsIn(join(folder, 'again'))).join('')).toContain('"type":"ellipse","attributes":{},"group":0,"label_id":0,"points":[1,0.5,5,3.5]');
  });

  test('the same name in two subsets is two images, labels of one name and another parent are two, other files are named', async () => {
    const sink = await read({ 'train.json': subsetOf('x'), 'val.json': subsetOf('y'), 'test.json': subsetOf('x'), 'notes.json': { a: 1 } });
    expect(sink.images.map(({ path, split }) => [path, split])).toEqual([['a.jpg', 'test'], ['train/a.jpg', 'train'], ['val/a.jpg', 'val']]);
    expect(sink.classes.map(({ name, extras }) => [name, extras?.supercategory])).toEqual([['cat', 'x'], ['cat', 'y']]);
    expect(sink.notes).toEqual(['annotations/notes.json was passed over: it is not a Datumaro file.']);
  });
});

describe('hostile files', () => {
  test.each([
    ['no categories', { items: [] }], ['another JSON', '[1, 2]'], ['a cut file', JSON.stringify(document([])).slice(0, -9)], ['depth', `{"items":[${'['.repeat(100_000)}`], ['nothing', ''],
  ])('%s is refused as a whole', async (_, content) => {
    await expect(read({ 'a.json': content })).rejects.toMatchObject({ code: 'dataset-invalid' });
  });

  test('rows that cannot be are left out by name, and the rest is read', async () => {
    const text = JSON.stringify(document([
      { type: 'polygon', label_id: 0, points: [0, 0, 1, 1] }, { type: 'polygon', label_id: 0, points: [0, 0, 1, 1, 1e308, 2] }, { type: 'polygon', label_id: 9, points: [0, 0, 1, 1, 2, 2] }, { type: 'polygon', label_id: 0, points: 'x' },
      { type: 'mask', label_id: 0, rle: { counts: [1, 2], size: [3, 3] } }, { type: 'mask', label_id: 0, rle: { counts: '0@', size: [3, 3] } }, { type: 'mask', label_id: 0, rle: { counts: [0, 81], size: [9, 9] } },
      { type: 'bbox', label_id: 0, bbox: [0, 0, -1, 1] }, 7, { label_id: 0 }, { type: 'bbox', label_id: 0, bbox: [0, 0, 1, 1], attributes: { __proto__: { a: 1 } } },
    ])).replace('"items":[{"id":', '"items":[NaN,{"annotations":[]},{"id":');
    const sink = await read({ 'a.json': text });
    expect(sink.instances).toHaveLength(1);
    expect(sink.images).toHaveLength(1);
    expect(sink.problems.map(({ problem }) => problem.message)).toHaveLength(12);
    expect(sink.problems.map(({ problem }) => problem.message)).toContain('a.jpg, annotation 5 was left out: its run lengths add up to 3 pixels, its mask has 9.');
  });
});
