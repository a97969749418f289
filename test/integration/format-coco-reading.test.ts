import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { shapeToRle } from '../../src-shared/geometry/shape.ts';
import { putFiles, readWith } from '../helpers/formats.ts';
import type { MemorySink } from '../helpers/memory-sink.ts';

const root = mkdtempSync(join(tmpdir(), 'maskwright-coco-reading-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const put = (files: Parameters<typeof putFiles>[1]): string => putFiles(mkdtempSync(join(root, 'test-')), files);

const image = { id: 1, file_name: 'a.jpg', width: 20, height: 10 };
const triangle = [[2, 2, 8, 2, 8, 8]];
const annotation = { id: 1, image_id: 1, category_id: 1, segmentation: triangle };
const read = async (document: object | string): Promise<MemorySink> => readWith(coco, join(put({ 'a.json': document }), 'a.json'));
const of = (annotations: readonly object[], more: object = {}): object => ({ images: [image], categories: [{ id: 1, name: 'cat' }], annotations, ...more });

describe('side fields that cannot be do not cost the annotation', () => {
  test.each<[string, object, RegExp | null]>([
    ['no score', { score: null }, null],
    ['a box that is null beside a polygon', { bbox: null }, null],
    ['a text for a score', { score: '0.5' }, /1 annotation: “score” is text and was read as a number/],
    ['a score that is no number', { score: 'high' }, /“score” is not a number and was ignored/],
    ['iscrowd null', { iscrowd: null }, null],
    ['iscrowd as it cannot be', { iscrowd: 'maybe' }, /“iscrowd” is neither 0 nor 1 and was ignored/],
    ['attributes that are a list', { attributes: [1] }, /“attributes” cannot be used and was ignored/],
    ['an id that is null', { id: null }, null],
    ['a box of three numbers', { bbox: [1, 2, 3] }, null],
    ['corners as text', { segmentation: [['2', '2', '8', '2', '8', '8']] }, null],
    ['corners in pairs', { segmentation: [[[2, 2], [8, 2], [8, 8]]] }, null],
    ['an empty polygon beside a good one', { segmentation: [[], ...triangle] }, /fewer than three corners.*were ignored/],
  ])('%s', async (_, fields, note) => {
    const sink = await read(of([{ ...annotation, ...fields }]));
    expect(sink.problems).toEqual([]);
    expect(sink.instances).toMatchObject([{ class: '1', shape: { kind: 'polygon', parts: [{ outer: [2, 2, 8, 2, 8, 8] }] } }]);
    if (note === null) expect(sink.notes).toEqual([]);
    else expect(sink.notes).toEqual([expect.stringMatching(note)]);
  });

  test('NaN and infinite numbers of Python, counted in one line', async () => {
    const rows = [1, 2, 3].map((id) => `{"id":${id},"image_id":1,"category_id":1,"segmentation":[[2,2,8,2,8,8]],"area":NaN,"score":-Infinity,"keypoints":[1,NaN,2]}`);
    const sink = await read(`{"images":[${JSON.stringify(image)}],"categories":[{"id":1,"name":"cat"}],"annotations":[${rows.join()}]}`);
    expect(sink.problems).toEqual([]);
    expect(sink.instances).toHaveLength(3);
    expect(sink.instances[0]?.extras).toEqual({ own: { coco: { id: 1, keypoints: [1, null, 2] } } });
    expect(sink.notes).toEqual([
      '3 annotations: “area” is not a number and was computed anew.', '3 annotations: “score” is not a number and was ignored.', '3 annotations: “keypoints” holds NaN or infinite numbers, which were dropped.',
    ]);
  });

  test('a category that is NaN, as tables write none, is no class', async () => {
    const sink = await read(JSON.stringify(of([annotation])).replace('"category_id":1', '"category_id":NaN'));
    expect(sink.instances).toMatchObject([{ class: null }]);
    expect(sink.notes).toEqual(['1 annotation: “category_id” is not an id and was ignored.']);
  });

  test('sizes as text are sizes; sizes that cannot be are unknown, and the annotations stay', async () => {
    const sink = await read(of([annotation, { ...annotation, id: 2, image_id: 2 }], { images: [{ ...image, width: '20', height: '10' }, { ...image, id: 2, file_name: 'b.jpg', width: 0 }] }));
    expect(sink.images.map(({ width, height }) => [width, height])).toEqual([[20, 10], [null, null]]);
    expect(sink.instances).toHaveLength(2);
    expect(sink.notes).toContain('1 image: “width” is text and was read as a number.');
    expect(sink.notes).toContain('1 image: “width” is not a size from 1 to 65535 pixels and was ignored.');
  });
});

describe('an annotation without a polygon that can be drawn', () => {
  test.each([[[[]]], [[[10, 10, 20, 20]]], [[[1, 2, 3, 4, 5, 6, 7]]], [[[1, 2, null, 4, 5, 6]]], ['none']])('%j and a box is the box', async (segmentation) => {
    const sink = await read(of([{ ...annotation, segmentation, bbox: [4, 3, 5, '2.5'] }, { ...annotation, id: 2, segmentation, bbox: [4, 3, 5, 2.5] }]));
    expect(sink.problems).toEqual([]);
    expect(sink.instances.map(({ shape }) => shape)).toEqual([1, 2].map(() => ({ kind: 'box', box: { x: 4, y: 3, width: 5, height: 2.5 } })));
    expect(sink.notes).toEqual(typeof segmentation === 'string' ? [] : ['2 annotations: no usable polygon, so the bounding box was used.']);
  });

  test('nor a box is left out by name', async () => {
    const sink = await read(of([{ ...annotation, segmentation: [[]], bbox: [1, 1, -3, 2] }, { ...annotation, id: 2 }]));
    expect(sink.instances).toHaveLength(1);
    expect(sink.problems.map(({ problem }) => problem.message)).toEqual(['a.jpg, annotation 1 was left out: it has no usable polygon and no usable bounding box.']);
  });
});

test('run lengths in both forms; those of another size are named', async () => {
  const counts = Uint32Array.of(22, 6, 172);
  const sink = await read(of([
    { ...annotation, segmentation: { size: [10, 20], counts: [...counts] } }, { ...annotation, id: 2, segmentation: { size: [10, 20], counts: encodeCocoCounts(counts) } },
    { ...annotation, id: 3, segmentation: { size: [20, 10], counts: [...counts] }, bbox: [1, 1, 2, 2] },
  ]));
  expect(sink.instances.map(({ shape }) => [...shapeToRle(shape, 10, 20).counts])).toEqual([[...counts], [...counts]]);
  expect(sink.problems.map(({ problem }) => problem.message)).toEqual(['a.jpg, annotation 3 was left out: its run lengths are for 10 × 20 pixels, the image has 20 × 10.']);
});

test('images without a file name are named by the end of their address, as in LVIS', async () => {
  const { file_name: _, ...unnamed } = image;
  const sink = await read(of([annotation], { images: [
    { ...unnamed, coco_url: 'http://images.cocodataset.org/train2017/000%200001.jpg' }, { ...unnamed, id: 2, flickr_url: 'https://farm.example.org/3/z_o.jpg?size=l' }, { ...unnamed, id: 3, file_name: null, path: '\\datasets\\x\\c.jpg' }, { ...unnamed, id: 4 },
  ] }));
  expect(sink.images.map(({ path }) => path)).toEqual(['train2017/000 0001.jpg', 'z_o.jpg', 'datasets/x/c.jpg']);
  expect(sink.problems.map(({ problem }) => problem.message)).toEqual(['image 4 was left out: it has no file name.']);
  expect(sink.notes).toContain('1 image: no file_name, so the name was taken from “coco_url”.');
});

describe('ids are what tells things apart', () => {
  test('categories of one name are two; ids that are there twice are named', async () => {
    const sink = await read(of([annotation, { ...annotation, id: 2, category_id: 2 }, { ...annotation, id: 2 }], {
      images: [image, { ...image, file_name: 'b.jpg' }], categories: [{ id: 1, name: 'dog', supercategory: 'a' }, { id: 2, name: 'dog', supercategory: 'b' }, { id: 2, name: 'cat' }],
    }));
    expect(sink.classes.map(({ key, name, extras }) => [key, name, extras?.supercategory])).toEqual([['1', 'dog', 'a'], ['2', 'dog', 'b']]);
    expect(sink.instances.map((instance) => instance.class)).toEqual(['1', '2']);
    expect(sink.problems.map(({ problem }) => problem.message)).toEqual([
      'image 2 (b.jpg) was left out: its id 1 is another image’s.', 'category 3 (cat) was left out: its id 2 is another category’s.', 'a.jpg, annotation 2 was left out: its id is another annotation’s.',
    ]);
  });
});

test('results, a model’s list of detections, are read as annotations of the file beside them, with their scores', async () => {
  const results = [{ image_id: 1, category_id: 1, bbox: [1, 2, 3, 4], score: 0.9 }, { image_id: 1, category_id: 1, segmentation: { size: [10, 20], counts: encodeCocoCounts(Uint32Array.of(22, 6, 172)) }, score: 0.4 }, { image_id: 7, category_id: 1, bbox: [1, 2, 3, 4], score: 0.9 }];
  const folder = put({ 'instances_val.json': of([annotation]), 'results/detections.json': results });
  const path = join(folder, 'results/detections.json');
  expect(await coco.recognise(path)).toBe(true);
  const sink = await readWith(coco, path);
  expect(sink.instances.map(({ shape, extras }) => [shape.kind, extras?.score])).toEqual([['box', 0.9], ['mask', 0.4]]);
  expect(sink.problems.map(({ problem }) => problem.message)).toEqual(['annotation number 3 was left out: it belongs to image 7, which the file does not have.']);
  expect(sink.notes).toEqual(['Images and categories were taken from instances_val.json; its own annotations were not read.']);
  await expect(readWith(coco, join(put({ 'detections.json': results }), 'detections.json'))).rejects.toMatchObject({ code: 'dataset-invalid', message: expect.stringContaining('Put that file, and no other') as string });
});

const document = (name: string, id = 1): object => ({ images: [{ ...image, file_name: name }], categories: [{ id, name: 'cat' }], annotations: [{ ...annotation, category_id: id }] });
const person = { ...annotation, keypoints: [3, 3, 2], num_keypoints: 1 };

describe('a folder', () => {
  test('as COCO offers it is its instances; what else lies there is named', async () => {
    const files: Record<string, object> = {};
    for (const split of ['train2017', 'val2017']) {
      files[`annotations/instances_${split}.json`] = document(`${split}.jpg`);
      files[`annotations/person_keypoints_${split}.json`] = of([person]);
      files[`annotations/captions_${split}.json`] = of([{ id: 5, image_id: 1, caption: 'a cat' }]);
      files[`annotations/stuff_${split}.json`] = document(`${split}.jpg`, 92);
      files[`annotations/panoptic_${split}.json`] = { images: [image], annotations: [{ image_id: 1, file_name: 'a.png', segments_info: [] }], categories: [] };
    }
    const folder = put({ ...files, 'annotations/image_info_test2017.json': { images: [image], categories: [] }, 'annotations/labels_train2017.json': of([{ id: 1, image_id: 1, category_id: 1 }]) });
    expect(await coco.recognise(folder)).toBe(true);
    const sink = await readWith(coco, folder);
    expect(sink.problems).toEqual([]);
    expect(sink.images.map(({ path, split }) => [path, split])).toEqual([['train2017.jpg', 'train2017'], ['val2017.jpg', 'val2017']]);
    expect([sink.classes.length, sink.instances.length]).toEqual([1, 2]);
    expect(sink.notes).toHaveLength(10);
    for (const name of ['captions', 'panoptic', 'person_keypoints', 'stuff']) for (const split of ['train2017', 'val2017']) expect(sink.notes.filter((note) => note.startsWith(`annotations/${name}_${split}.json was passed over: `))).toHaveLength(1);
    expect(sink.notes).toContain('annotations/image_info_test2017.json was passed over: it lists images without annotations.');
  });

  test('of keypoints alone is read', async () => {
    const sink = await readWith(coco, put({ 'annotations/person_keypoints_val.json': of([person]) }));
    expect(sink.images).toMatchObject([{ split: 'val' }]);
    expect(sink.instances).toMatchObject([{ extras: { own: { coco: { keypoints: [3, 3, 2] } } } }]);
  });

  test.each(['result.json', 'annotations.json', 'labels.json', '_annotations.coco.json', 'my set.json'])('with one COCO file, %s, and its images is that dataset', async (name) => {
    const folder = put({ [name]: document('images/a.jpg'), 'images/a.jpg': 'an image', 'classes.json': '["cat"]', 'results.json': '[{"image_id":1}]' });
    expect(await coco.recognise(folder)).toBe(true);
    const sink = await readWith(coco, folder);
    expect(sink.images).toMatchObject([{ path: 'images/a.jpg', split: null, file: join(folder, 'images/a.jpg') }]);
    expect(sink.instances).toHaveLength(1);
  });

  test.each([['train.json', 'val.json'], ['custom_train.json', 'custom_val.json'], ['annotations/train.json', 'annotations/val.json'], ['annotations/instances_train.json', 'annotations/instances_val.json'], ['train/_annotations.coco.json', 'val/_annotations.coco.json'], ['train/labels.json', 'val/labels.json']])('with %s and %s has splits, and images of one name in both are two', async (train, val) => {
    const folder = put({ [train]: document('a.jpg', 1), [val]: document('a.jpg', 2), 'train/a.jpg': 'one', 'val/a.jpg': 'two' });
    expect(await coco.recognise(folder)).toBe(true);
    const sink = await readWith(coco, folder);
    expect(sink.images.map(({ path, split, file }) => [path, split, file])).toEqual(['train', 'val'].map((split) => ['a.jpg', split, join(folder, split, 'a.jpg')]));
    // One class, although its id is another in each file.
    expect(sink.classes).toHaveLength(1);
    expect(new Set(sink.instances.map((instance) => instance.class)).size).toBe(1);
    expect(new Set(sink.instances.map((instance) => instance.image)).size).toBe(2);
  });

  test('of splits whose images are not there has two images of one name all the same', async () => {
    const sink = await readWith(coco, put({ 'train.json': document('a.jpg'), 'val.json': document('a.jpg') }));
    expect(sink.images.map(({ path, split }) => [path, split])).toEqual([['a.jpg', 'train'], ['val/a.jpg', 'val']]);
  });

  test('of splits where a category has one id and two names has two classes', async () => {
    const other = { ...document('b.jpg'), categories: [{ id: 1, name: 'dog' }] };
    const sink = await readWith(coco, put({ 'annotations/instances_train.json': document('a.jpg'), 'annotations/instances_val.json': other }));
    const names = new Map(sink.classes.map(({ key, name }) => [key, name]));
    expect(sink.instances.map((instance) => names.get(instance.class ?? ''))).toEqual(['cat', 'dog']);
  });

  test('of which the files in annotations are read has another COCO file named, and no other JSON', async () => {
    const sink = await readWith(coco, put({ 'annotations/instances_train.json': document('a.jpg'), 'result.json': document('a.jpg'), 'package.json': { name: 'x' } }));
    expect(sink.instances).toHaveLength(1);
    expect(sink.notes).toEqual(['result.json was passed over: the files in the folder annotations are the dataset.']);
  });

  test('of several COCO files that are no splits is refused, with their names; so is one of other JSON', async () => {
    const folder = put({ 'first.json': document('a.jpg'), 'second.json': document('a.jpg') });
    expect(await coco.recognise(folder)).toBe(false);
    await expect(readWith(coco, folder)).rejects.toMatchObject({ code: 'dataset-invalid', message: expect.stringContaining('first.json, second.json') as string });
    expect(await coco.recognise(put({ 'a.json': { shapes: [], imagePath: 'a.jpg' }, 'b.json': '[]' }))).toBe(false);
    expect(await coco.recognise(put({ 'annotations/train.json': { infos: {}, categories: { label: { labels: [] } }, items: [{ id: 'a', annotations: [{ id: 1 }] }] } }))).toBe(false);
  });
});
