import * as fc from 'fast-check';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { panoptic } from '../../src-main/datasets/formats/panoptic/panoptic.ts';
import { decodePng, encodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import { recognisedFormat } from '../../src-main/datasets/formats/registry.ts';
import { factsOf } from '../../src-main/datasets/source.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { drawn, mask } from '../helpers/drawn-masks.ts';
import { putFiles, readWith, roundTrip, writeWith } from '../helpers/formats.ts';
import { scene, scenes } from '../helpers/random-scene.ts';

let folder: string;
let number = 0;
const fresh = (): string => join(folder, String(++number));
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-panoptic-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (files: Parameters<typeof putFiles>[1]): string => putFiles(fresh(), files);
/** A picture of segments by their numbers. */
const segments = (width: number, ids: number[]): Uint8Array => encodePng({ width, height: ids.length / width, kind: 'rgb', samples: Uint8Array.from(ids.flatMap((id) => [id & 255, (id >> 8) & 255, id >> 16])) });

interface Document {
  readonly images: object[];
  readonly annotations: { readonly image_id: number; readonly file_name: string; readonly segments_info: object[] }[];
  readonly categories: object[];
}
const documentOf = (path: string): Document => JSON.parse(readFileSync(join(path, 'panoptic.json'), 'utf8')) as Document;

describe('what is written', () => {
  test('numbers of segments in three channels; area, box and kind of each; the later one lies above', async () => {
    const source = new MemorySource().class(4, 'cat', { supercategory: 'animal' }).class(5, 'sky', { own: { panoptic: { id: 187, isthing: 0 } } }).image(9, 'sub/a.jpg', 4, 2)
      .instance(1, 9, 4, mask('##..', '##..'), { own: { panoptic: { id: 66_051 } } }).instance(2, 9, 5, mask('.#..', '....')).instance(3, 9, 5, mask('...#', '....')).instance(4, 9, 4, mask('....', '..##'), { crowd: true }).instance(5, 9, null, mask('#...', '....'));
    const path = fresh();
    expect(await writeWith(panoptic, source, path)).toMatchObject({ images: 1, instances: 4, unlabelled: 1, problems: 0 });
    expect(documentOf(path)).toMatchObject({
      categories: [{ name: 'cat', supercategory: 'animal', isthing: 1, color: [0xe6, 0x9f, 0] }, { id: 187, name: 'sky', isthing: 0 }],
      images: [{ file_name: 'sub/a.jpg', width: 4, height: 2 }],
      annotations: [{ file_name: 'sub/a.png', segments_info: [
        { id: 66_051, area: 3, bbox: [0, 0, 2, 2], iscrowd: 0 },
        // Stuff: both pieces of sky are one segment.
        { id: 1, category_id: 187, area: 2, bbox: [1, 0, 3, 1], iscrowd: 0 },
        { id: 2, area: 2, bbox: [2, 1, 2, 1], iscrowd: 1 },
      ] }],
    });
    const { kind, samples } = decodePng(readFileSync(join(path, 'panoptic/sub/a.png')), 'a.png');
    expect(kind).toBe('rgb');
    // 66,051 = 3 + 256 · 2 + 65,536 · 1.
    expect([...samples]).toEqual([[3, 2, 1], [1, 0, 0], [0, 0, 0], [1, 0, 0], [3, 2, 1], [3, 2, 1], [2, 0, 0], [2, 0, 0]].flat());
  });

  test('before that, it is said what gets lost', () => {
    const source = new MemorySource().instance(1, 1, 1, mask('##'), { score: 0.5 }).instance(2, 1, 2, mask('#.')).instance(3, 1, null, mask('##'));
    const [image] = new MemorySource().image(1, 'a.jpg', 2, 1).images('all');
    const backs = panoptic.readBackImage?.(source.shapes, { ...image!, width: 2, height: 1 }, { splits: 'one-file' }, factsOf(source)) ?? [];
    expect(backs.map(({ mask, reasons }) => [drawn(maskShape(mask), 1, 2)[0], reasons])).toEqual([
      ['.#', ['1 pixel of 2 are hidden by others, and a pixel belongs to one instance', 'its score is not kept']], ['#.', []], ['..', ['it has no class, and COCO panoptic requires one']],
    ]);
  });
});

const splitsOf = (images: Iterable<{ path: string; split: string | null }>): Record<string, string | null> => Object.fromEntries([...images].map(({ path, split }) => [path, split]));

test.each(['one-file', 'file-per-split'])('%s: exported, imported and exported again, random scenes give the same bytes', async (splits) => {
  await fc.assert(
    fc.asyncProperty(scene, async (source) => {
      const { first, firstFiles, sink, secondFiles } = await roundTrip(panoptic, source, { splits });
      for (const { problem } of first.told) expect(problem.message).toMatch(/covers no pixel|hide it completely/);
      expect(sink.problems).toEqual([]);
      expect(sink.instances).toHaveLength(first.instances);
      if (splits === 'file-per-split') expect(splitsOf(sink.images)).toEqual(splitsOf(source.images('all')));
      expect(secondFiles).toEqual(firstFiles);
    }),
    { numRuns: scenes(20) },
  );
});

const image = { id: 139, file_name: '000000000139.jpg', width: 3, height: 1, license: 2, coco_url: 'http://images.cocodataset.org/val2017/000000000139.jpg' };
const categories = [{ supercategory: 'person', isthing: 1, id: 1, name: 'person', color: [220, 20, 60] }, { supercategory: 'sky', isthing: 0, id: 187, name: 'sky-other-merged', color: [70, 130, 180] }];
const annotation = { segments_info: [{ id: 3_226_956, category_id: 1, iscrowd: 0, bbox: [0, 0, 2, 1], area: 2 }, { id: 7, category_id: 187, iscrowd: 1, bbox: [2, 0, 1, 1], area: 99 }], file_name: '000000000139.png', image_id: 139 };
const picture = segments(3, [3_226_956, 3_226_956, 7]);

  const part = (id: number): string => `\ufeff${JSON.stringify({ categories, annotations: [{ ...annotation, image_id: id, file_name: `${id}.png` }], images: [{ id, file_name: `x\\${id}.jpg` }] })}`;

describe('what COCO publishes is read', () => {
  test('the file and the folder of its name; what is not used is kept and written back', async () => {
    const path = put({ 'panoptic_val2017.json': { info: { year: 2018 }, licenses: [{ id: 2 }], images: [image], annotations: [annotation], categories }, 'panoptic_val2017/000000000139.png': picture });
    expect((await recognisedFormat(join(path, 'panoptic_val2017.json'))).id).toBe('panoptic');
    expect((await recognisedFormat(path)).id).toBe('panoptic');
    const read = await readWith(panoptic, join(path, 'panoptic_val2017.json'));
    expect(read.problems).toEqual([]);
    expect(read.classes).toMatchObject([{ name: 'person', colour: '#dc143c', extras: { supercategory: 'person' } }, { name: 'sky-other-merged', extras: { own: { panoptic: { id: 187, isthing: 0 } } } }]);
    expect(read.of('000000000139.jpg').map((instance) => [instance.class, drawn(instance.shape, 1, 3), instance.extras])).toEqual([
      ['1', ['##.'], { own: { panoptic: { id: 3_226_956 } } }], ['187', ['..#'], { crowd: true, own: { panoptic: { id: 7 } } }],
    ]);
    const out = fresh();
    await writeWith(panoptic, read.source(), out);
    expect(documentOf(out)).toEqual({ info: { year: 2018 }, licenses: [{ id: 2 }], images: [image], categories, annotations: [{ ...annotation, segments_info: [annotation.segments_info[0], { ...annotation.segments_info[1], area: 1 }] }] });
    expect([...decodePng(readFileSync(join(out, 'panoptic/000000000139.png')), '').samples]).toEqual([...decodePng(picture, '').samples]);
  });

  test('a large file of which only the end tells what it is', async () => {
    const path = put({ 'val.json': { images: Array.from({ length: 1_000 }, (_, i) => ({ ...image, id: i, file_name: `${i}.jpg` })), annotations: [], categories } });
    expect((await recognisedFormat(join(path, 'val.json'))).id).toBe('panoptic');
  });

  test('several files in "annotations" are splits, with a byte-order mark, the PNGs beside that folder', async () => {
    const path = put({ 'annotations/panoptic_train.json': part(1), 'annotations/panoptic_val.json': part(2), 'panoptic_train/1.png': picture, 'panoptic_val/2.png': picture });
    const read = await readWith(panoptic, path);
    expect(read.problems).toEqual([]);
    expect(read.images.map(({ path, split }) => [path, split])).toEqual([['x/1.jpg', 'train'], ['x/2.jpg', 'val']]);
    expect([read.classes.length, read.instances.length]).toEqual([2, 4]);
  });

  test('images of one name in two splits are two; ids of categories are each file’s own', async () => {
    const val = { images: [{ ...image, file_name: 'a.jpg' }], categories: [{ ...categories[1], id: 1 }, { ...categories[0], id: 187 }], annotations: [annotation] };
    const path = put({
      'annotations/panoptic_train.json': { images: [{ ...image, file_name: 'a.jpg' }], categories, annotations: [annotation] }, 'annotations/panoptic_val.json': val,
      'annotations/panoptic_train/000000000139.png': picture, 'annotations/panoptic_val/000000000139.png': picture, 'train/a.jpg': 'one', 'val/a.jpg': 'two',
    });
    const read = await readWith(panoptic, path);
    expect(read.problems).toEqual([]);
    expect(read.images.map(({ path: name, split, file }) => [name, split, file])).toEqual(['train', 'val'].map((split) => ['a.jpg', split, join(path, split, 'a.jpg')]));
    const names = new Map(read.classes.map(({ key, name }) => [key, name]));
    expect(read.instances.map((instance) => names.get(instance.class ?? ''))).toEqual(['person', 'sky-other-merged', 'sky-other-merged', 'person']);
    expect(read.classes).toHaveLength(2);
  });

  test('beside instances, the folder is COCO’s and the panoptic file one for itself', async () => {
    const instances = { images: [image], categories, annotations: [{ id: 1, image_id: 139, category_id: 1, segmentation: [[0, 0, 2, 0, 2, 1]] }] };
    const path = put({ 'annotations/instances_val.json': instances, 'annotations/panoptic_val.json': { images: [image], annotations: [annotation], categories }, 'annotations/panoptic_val/000000000139.png': picture });
    expect((await recognisedFormat(path)).id).toBe('coco');
    expect((await recognisedFormat(join(path, 'annotations/panoptic_val.json'))).id).toBe('panoptic');
    expect((await readWith(coco, path)).notes).toEqual([expect.stringContaining('annotations/panoptic_val.json was passed over')]);
    expect((await readWith(panoptic, path)).instances).toHaveLength(2);
  });

  test('what is not needed may be null, text, NaN or infinite, and is counted', async () => {
    const row = '{"image_id":139,"segments_info":[{"id":"3226956","category_id":1,"area":NaN,"bbox":null,"iscrowd":null},{"id":7,"category_id":187,"weight":Infinity,"iscrowd":"1"}]}';
    const text = `{"info":{"year":Infinity},"images":[${JSON.stringify({ ...image, width: '3', height: null })}],"categories":${JSON.stringify(categories)},"annotations":[${row}]}`;
    const read = await readWith(panoptic, join(put({ 'p.json': text, 'p/000000000139.png': picture }), 'p.json'));
    expect(read.problems).toEqual([]);
    expect(read.instances.map(({ extras }) => extras)).toEqual([{ own: { panoptic: { id: 3_226_956 } } }, { crowd: true, own: { panoptic: { id: 7 } } }]);
    expect(read.own).toEqual({ own: { panoptic: { info: {} } } });
    expect(read.notes).toEqual(expect.arrayContaining(['1 segment: “area” is not a number and was computed anew.', '1 segment: “weight” holds NaN or infinite numbers, which were dropped.', '1 annotation: it does not name its PNG, which was looked for by the image name.']));
  });
});

describe('27: bad input is told by its row, and the rest is read', () => {
  const good = { ...image, id: 1, file_name: 'good.jpg' };
  const goodAnnotation = { ...annotation, image_id: 1, file_name: 'good.png' };
  test.each<[string, object, object | string, Record<string, Uint8Array>, RegExp, number]>([
    ['a picture that is not there', image, annotation, {}, /no such file/, 2],
    ['a path that leads out', image, { ...annotation, file_name: '../../good.png' }, {}, /no such file/, 2],
    ['another size', image, annotation, { 'p/000000000139.png': segments(2, [1, 1]) }, /2 × 1/, 2],
    ['a picture of indices', image, annotation, { 'p/000000000139.png': encodePng({ width: 3, height: 1, kind: 'grey', samples: Uint8Array.of(1, 2, 3) }) }, /colours/, 2],
    ['a category that is not there', image, { ...annotation, segments_info: [{ id: 7, category_id: 5 }] }, { 'p/000000000139.png': segments(3, [7, 0, 0]) }, /category 5/, 2],
    ['a number that the picture does not have', image, { ...annotation, segments_info: [{ id: 9, category_id: 1 }] }, { 'p/000000000139.png': segments(3, [0, 0, 0]) }, /no pixel/, 2],
    ['a number that the list does not have', image, { ...annotation, segments_info: [] }, { 'p/000000000139.png': segments(3, [7, 0, 0]) }, /does not have/, 2],
    ['NaN for a number', image, '{"image_id":139,"file_name":"000000000139.png","segments_info":[{"id":NaN,"category_id":1}]}', { 'p/000000000139.png': segments(3, [0, 0, 0]) }, /whole number/, 2],
    ['no list of segments', image, { ...annotation, segments_info: null }, {}, /no list/, 2],
    ['an impossible segment', image, { ...annotation, segments_info: [{ id: 2 ** 24, category_id: 1 }] }, { 'p/000000000139.png': segments(3, [0, 0, 0]) }, /id/, 2],
    ['an unknown image', image, { ...annotation, image_id: 5 }, {}, /image 5/, 2],
    ['an id twice', { ...image, id: 1 }, goodAnnotation, {}, /another image|another annotation/, 1],
  ])('%s', async (_, row, entry, files, why, images) => {
    const text = `{"images":${JSON.stringify([good, row])},"categories":${JSON.stringify(categories)},"annotations":[${JSON.stringify(goodAnnotation)},${typeof entry === 'string' ? entry : JSON.stringify(entry)}]}`;
    const read = await readWith(panoptic, join(put({ 'p.json': text, 'p/good.png': picture, ...files }), 'p.json'));
    expect(read.problems.length).toBeGreaterThan(0);
    for (const { problem } of read.problems) expect(problem.message).toMatch(why);
    expect([read.images.length, read.of('good.jpg').length]).toEqual([images, 2]);
  });

  test.each(['{"segments_info":[]}', '{"images":[', '[]'])('%s is refused as a whole', async (text) => {
    await expect(readWith(panoptic, join(put({ 'p.json': text }), 'p.json'))).rejects.toMatchObject({ code: 'dataset-invalid' });
  });
});

const photos = new URL('../../../shared/photos/coco50/instances.json', import.meta.url).pathname;
test.skipIf(!existsSync(photos))('COCO’s photographs keep what is seen, and their numbers (skipped: ../shared/photos/coco50 is not there)', async () => {
  const all = (await readWith(coco, photos)).source();
  const source = new MemorySource();
  source.labels.push(...all.labels);
  source.pictures.push(...all.pictures.slice(0, 12));
  source.shapes.push(...all.shapes.filter(({ image }) => image <= 12));
  const { first, firstFiles, sink, secondFiles } = await roundTrip(panoptic, source);
  expect(secondFiles).toEqual(firstFiles);
  expect(sink.instances).toHaveLength(first.instances);
  expect(first.instances + first.problems).toBe(source.shapes.length);
  const file = JSON.parse(firstFiles['panoptic.json'] ?? '') as { images: { id: number }[]; categories: { id: number; name: string }[] };
  const before = JSON.parse(readFileSync(photos, 'utf8')) as typeof file;
  expect(file.images.map(({ id }) => id)).toEqual(before.images.slice(0, 12).map(({ id }) => id));
  expect(file.categories.map(({ id, name }) => [id, name])).toEqual(before.categories.map(({ id, name }) => [id, name]));
});
