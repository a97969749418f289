import * as fc from 'fast-check';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { factsOf } from '../../src-main/datasets/source.ts';
import type { SizedImage } from '../../src-main/datasets/source.ts';
import { recognisedFormat } from '../../src-main/datasets/formats/registry.ts';
import { yolo } from '../../src-main/datasets/formats/yolo/yolo.ts';
import { preflightDataset } from '../../src-main/datasets/preflight.ts';
import { rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { rleIou } from '../../src-shared/geometry/rle-algebra.ts';
import { maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, roundTrip, textsIn, writeWith } from '../helpers/formats.ts';
import type { MemorySink } from '../helpers/memory-sink.ts';
import { blankPng, put, sizeOfPicture, withPictures } from '../helpers/pictures.ts';
import { scene, scenes } from '../helpers/random-scene.ts';
import { mayLink } from '../helpers/links.ts';

let folder: string;
let set: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-yolo-'));
  set = join(folder, 'set');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const readYolo = (path: string): Promise<MemorySink> => readWith(yolo, path, sizeOfPicture);
const wide = blankPng(10, 4);
const bitmap = (rows: string[]): Uint8Array => Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0));

describe('what programs write is read', () => {
  test('Ultralytics: names as a map, splits, polygons and boxes, pictures without labels', async () => {
    put(set, 'data.yaml', '\ufeffpath: ../datasets/coco8-seg # root\r\ntrain: images/train\r\nval: images/val\r\ntest:\r\nnames:\r\n  0: person\r\n  1: "traffic light"\r\n');
    for (const name of ['train/a.png', 'train/deep/b.png', 'val/a.png']) put(set, `images/${name}`, wide);
    put(set, 'labels/train/a.txt', '\ufeff1 0.1 0.25 0.5 0.25 0.5 0.75\r\n0 0.5 0.5 0.2 0.5\r\n\r\n');
    put(set, 'labels/train/deep/b.txt', '0 0 0 1 0 1 1 0 1 0.875');
    const sink = await readYolo(set);
    expect(sink.problems).toEqual([]);
    expect(sink.classes).toEqual([{ key: '0', name: 'person' }, { key: '1', name: 'traffic light' }]);
    expect(sink.images).toMatchObject([
      { path: 'a.png', file: join(set, 'images/train/a.png'), width: 10, height: 4, split: 'train' },
      { path: 'deep/b.png', split: 'train' },
      { path: 'a.png', split: 'val' },
    ]);
    expect(sink.instances).toEqual([
      { image: 'images/train/a.png', class: '1', shape: { kind: 'polygon', parts: [{ outer: [1, 1, 5, 1, 5, 3], holes: [] }] }, extras: {} },
      { image: 'images/train/a.png', class: '0', shape: { kind: 'box', box: { x: 4, y: 1, width: 2, height: 2 } }, extras: {} },
      { image: 'images/train/deep/b.png', class: '0', shape: { kind: 'polygon', parts: [{ outer: [0, 0, 10, 0, 10, 4, 0, 4], holes: [] }] }, extras: { score: 0.875 } },
    ]);
  });

  test('Roboflow: ../train/images beside data.yaml, names as a list', async () => {
    put(set, 'data.yaml', "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\nnc: 2\nnames: ['cat', 'dog']\n\nroboflow:\n  workspace: x\n");
    put(set, 'train/images/a.png', wide);
    put(set, 'train/labels/a.txt', '1 0.5 0.5 1 1');
    put(set, 'valid/images/b.png', wide);
    const sink = await readYolo(set);
    expect(sink.images.map(({ path, split }) => [path, split])).toEqual([['a.png', 'train'], ['b.png', 'val']]);
    expect(sink.of('a.png')).toMatchObject([{ class: '1', shape: { box: { x: 0, y: 0, width: 10, height: 4 } } }]);
    expect(sink.problems).toMatchObject([{ item: '../test/images' }]);
  });

  test('splits as lists of pictures', async () => {
    put(set, 'sets/data.yaml', 'path: .\ntrain: [train.txt]\nval: val.txt\nnames: [a]\n');
    put(set, 'sets/train.txt', './images/a.png\n\nimages/b.png\nimages/gone.png\n/etc/passwd\n');
    put(set, 'sets/val.txt', 'images\\b.png\nimages/c.png\n');
    for (const name of ['a', 'b', 'c']) put(set, `sets/images/${name}.png`, wide);
    put(set, 'sets/labels/c.txt', '0 0.5 0.5 0.5 0.5');
    const sink = await readYolo(join(set, 'sets/data.yaml'));
    expect(sink.images.map(({ path, split }) => [path, split])).toEqual([['a.png', 'train'], ['b.png', 'train'], ['c.png', 'val']]);
    expect(sink.of('c.png')).toHaveLength(1);
    expect(sink.problems.map(({ item, problem }) => [item, problem.code])).toEqual([['images/gone.png', 'image-missing'], ['/etc/passwd', 'image-missing'], ['images/b.png', 'conflict']]);
  });

  test.each(['classes.txt', 'obj.names'])('%s with labels beside the pictures (labelImg, CVAT)', async (file) => {
    put(set, file, 'cat\r\ndog\r\n');
    put(set, 'obj_train_data/a.png', wide);
    put(set, 'obj_train_data/a.txt', '1 0.5 0.5 1 1\n');
    const sink = await readYolo(set);
    expect(sink.instances).toMatchObject([{ image: 'obj_train_data/a.png', class: '1' }]);
    expect(sink.problems).toEqual([]);
  });

  test('keypoints stay with their box', async () => {
    put(set, 'data.yaml', 'train: images\nval: images\nkpt_shape: [2, 3]\nnames: {0: person}\n');
    put(set, 'images/a.png', wide);
    put(set, 'labels/a.txt', '0 0.5 0.5 1 1 0.1 0.1 2 0.2 0.2 1\n0 0.5 0.5 1 1\n');
    const sink = await readYolo(set);
    expect(sink.instances).toMatchObject([{ shape: { kind: 'box' }, extras: { own: { yolo: { keypoints: [0.1, 0.1, 2, 0.2, 0.2, 1] } } } }]);
    expect(sink.problems).toMatchObject([{ item: 'labels/a.txt, line 2' }]);
  });

  test('it is recognised by its description, and nothing else is', async () => {
    put(set, 'data.yaml', 'train: images\nnames: [a]\n');
    put(folder, 'other/config.yaml', 'a: 1\n');
    put(folder, 'broken/data.yaml', 'names: [a\n');
    expect([await yolo.recognise(set), await yolo.recognise(join(set, 'data.yaml')), await yolo.recognise(join(folder, 'other')), await yolo.recognise(join(folder, 'broken')), await yolo.recognise(join(folder, 'other/config.yaml'))]).toEqual([true, true, false, false, false]);
  });
});

const box = '0 0.5 0.5 1 1\n';
const placed = (sink: MemorySink): unknown[] => sink.images.map(({ key, split }) => [key, split, sink.instances.filter(({ image }) => image === key).length]);

describe('descriptions of other machines', () => {
  test.each([
    ['Colab', 'path: /content/drive/MyDrive/weeds\ntrain: /content/drive/MyDrive/weeds/train/images\nval: /content/drive/MyDrive/weeds/valid/images\n'],
    ['Windows', 'train: C:\\Users\\me\\weeds\\train\\images\nval: C:/Users/me/weeds/valid/images\n'],
    ['a path that is not here', 'path: ../datasets/weeds\ntrain: train/images\nval: valid/images\n'],
    ['the repository’s root', 'train: data/weeds/train/images\nval: data/weeds/valid/images\n'],
  ])('%s: the end of the path that is there', async (name, places) => {
    put(set, 'data.yaml', `${places}names: [weed]\n`);
    for (const [part, image] of [['train', 'a'], ['valid', 'b']]) {
      put(set, `${part}/images/${image}.png`, wide);
      put(set, `${part}/labels/${image}.txt`, box);
    }
    const sink = await readYolo(set);
    expect(placed(sink)).toEqual([['train/images/a.png', 'train', 1], ['valid/images/b.png', 'val', 1]]);
    expect(sink.problems).toEqual([]);
    expect(sink.notes).toHaveLength(name === 'a path that is not here' ? 0 : 2);
  });

  test('two parts that would end in the same folder are not joined', async () => {
    put(set, 'data.yaml', 'train: /x/train/images\nval: /x/val/images\nnames: [a]\n');
    put(set, 'images/a.png', wide);
    const sink = await readYolo(set);
    expect(placed(sink)).toEqual([['images/a.png', 'train', 0]]);
    expect(sink.problems).toMatchObject([{ item: '/x/val/images' }]);
  });

  test('lists of absolute paths, with a count', async () => {
    put(set, 'data.yaml', 'train: train.txt\nval: D:\\data\\val.txt\nnames: [a]\n');
    put(set, 'train.txt', '/home/me/data/images/a.png\n/home/me/data/images/b.png\n/home/me/data/images/gone.png\n');
    put(set, 'val.txt', 'D:\\data\\images\\c.png\n');
    for (const name of ['a', 'b', 'c']) put(set, `images/${name}.png`, wide);
    const sink = await readYolo(set);
    expect(placed(sink)).toEqual([['images/a.png', 'train', 0], ['images/b.png', 'train', 0], ['images/c.png', 'val', 0]]);
    expect(sink.problems).toMatchObject([{ item: '/home/me/data/images/gone.png' }]);
    expect(sink.notes).toEqual(expect.arrayContaining([expect.stringMatching(/^2 images of train\.txt found by the end/)]));
  });

  test('parts as lists of images, folders and lists; anything else is reported', async () => {
    put(set, 'data.yaml', 'train: [images/train/a.png, more, list.txt, notes.md]\nval: images/val/b.png\nnames: {0: a}\n');
    for (const path of ['images/train/a.png', 'more/c.png', 'extra/d.png', 'images/val/b.png']) put(set, path, wide);
    put(set, 'list.txt', 'extra/d.png\n');
    put(set, 'notes.md', 'x');
    put(set, 'labels/train/a.txt', box);
    const sink = await readYolo(set);
    expect(placed(sink)).toEqual([['images/train/a.png', 'train', 1], ['more/c.png', 'train', 0], ['extra/d.png', 'train', 0], ['images/val/b.png', 'val', 0]]);
    expect(sink.problems).toMatchObject([{ item: 'notes.md' }]);
  });

  test('Darknet (CVAT): obj.data with lists, whose paths begin elsewhere', async () => {
    put(set, 'obj.data', 'classes = 1\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\nbackup = backup/\n');
    put(set, 'obj.names', 'cat\n');
    put(set, 'train.txt', 'data/obj_train_data/a.png\n');
    put(set, 'valid.txt', 'data/obj_valid_data/b.png\n');
    for (const [part, name] of [['train', 'a'], ['valid', 'b']]) {
      put(set, `obj_${part}_data/${name}.png`, wide);
      put(set, `obj_${part}_data/${name}.txt`, box);
    }
    expect(placed(await readYolo(set))).toEqual([['obj_train_data/a.png', 'train', 1], ['obj_valid_data/b.png', 'val', 1]]);
  });
});

describe('labels that lie elsewhere', () => {
  test.each([
    ['Images/a.png', 'Annotations/a.txt', true],
    ['img/a.png', 'txt/a.txt', true],
    ['photos of may/a.png', 'yolo export/a.txt', true],
    ['images/train/images/a.png', 'images/train/labels/a.txt', false],
    ['a.png', 'a.txt', false],
  ])('%s, %s', async (image, labels, isNoted) => {
    put(set, 'obj.names', 'a\nb\n');
    put(set, image, wide);
    put(set, labels, box);
    const sink = await readYolo(set);
    expect(sink.instances).toHaveLength(1);
    expect(sink.problems).toEqual([]);
    expect(sink.notes).toHaveLength(isNoted ? 1 : 0);
  });

  test('labels without an image, or for two images of one name, are reported wherever they are; other texts are not', async () => {
    put(set, 'obj.names', 'a\n');
    for (const image of ['x/a.png', 'y/a.png', 'y/b.png']) put(set, image, wide);
    put(set, 'Annotations/a.txt', box);
    put(set, 'Annotations/gone.txt', box);
    put(set, 'about.txt', 'Taken in May.\n');
    const sink = await readYolo(set);
    expect(sink.problems.map(({ item }) => item)).toEqual(['Annotations/a.txt', 'Annotations/gone.txt']);
  });

  test('Roboflow’s Darknet: _darknet.labels in each split', async () => {
    for (const split of ['train', 'valid']) {
      put(set, `${split}/_darknet.labels`, 'cat\ndog\n');
      put(set, `${split}/a.png`, wide);
      put(set, `${split}/a.txt`, '1 0.5 0.5 1 1\n');
    }
    expect((await recognisedFormat(set)).id).toBe('yolo');
    const sink = await readYolo(set);
    expect(placed(sink)).toEqual([['train/a.png', 'train', 1], ['valid/a.png', 'val', 1]]);
    expect(sink.classes.map(({ name }) => name)).toEqual(['cat', 'dog']);
  });

  test('no names at all: recognized by its rows, classes are named by number, which is said', async () => {
    put(set, 'images/a.png', wide);
    put(set, 'labels/a.txt', '3 0.5 0.5 1 1\n0 0.1 0.1 0.5 0.1 0.5 0.5\n');
    expect((await recognisedFormat(set)).id).toBe('yolo');
    const sink = await readYolo(set);
    expect(sink.classes.map(({ name }) => name)).toEqual(['class 3', 'class 0']);
    expect(sink.notes).toEqual([expect.stringContaining('"class 0", "class 3"')]);
  });
});

const rows = async (text: string, names = 'names: [a, b]\n'): Promise<MemorySink> => {
  put(set, 'data.yaml', `train: images\nval: images\n${names}`);
  put(set, 'images/a.png', wide);
  put(set, 'labels/a.txt', text);
  return readYolo(set);
};

describe('rows of several kinds', () => {
  test('classes beyond the names are kept and named by number; nc that is another number is said', async () => {
    const sink = await rows('7 0.5 0.5 1 1\n7 0.5 0.5 0.5 0.5\n', 'nc: 3\nnames: [a, b]\n');
    expect(sink.instances.map(({ class: cls }) => sink.classes.find(({ key }) => key === cls)?.name)).toEqual(['class 7', 'class 7']);
    expect(sink.problems).toEqual([]);
    expect(sink.notes).toEqual([expect.stringContaining('"class 7"'), expect.stringContaining('3 classes (nc) but names 2')]);
  });

  test('oriented boxes are polygons of four corners, which is said; any four corners are no oriented box', async () => {
    const sink = await rows('0 0.3 0 0.5 0.5 0.3 1 0.1 0.5\n1 0 0 1 0 0.5 1 0 0.5\n');
    expect(sink.instances).toMatchObject([{ shape: { kind: 'polygon', parts: [{ outer: [3, 0, 5, 2, 3, 4, 1, 2] }] } }, { shape: { kind: 'polygon' } }]);
    expect(sink.notes).toEqual([expect.stringMatching(/^1 row of four corners/)]);
  });

  test('keypoints without a kpt_shape: the box, with its keypoints, which is said', async () => {
    const sink = await rows('0 0.5 0.5 1 1 0.1 0.1 2 0.2 0.2 1\n0 0.5 0.5 1 1 0.1 0.1 2 0 0 0\n');
    expect(sink.instances).toMatchObject([{ shape: { kind: 'box' }, extras: { own: { yolo: { keypoints: [0.1, 0.1, 2, 0.2, 0.2, 1] } } } }, { shape: { kind: 'box' } }]);
    expect(sink.own).toEqual({ own: { yolo: { kpt_shape: [2, 3] } } });
    expect(sink.notes).toEqual([expect.stringContaining('2 rows have keypoints')]);
  });

  test('a polygon whose corners look like visibilities of 0 and 1 stays a polygon', async () => {
    const sink = await rows('0 0 0 1 0 1 1 0 1 0 1\n0 0 0 0 0 0 0 0 0 0 0 1 1 0 1 1 0\n');
    expect(sink.instances.map(({ shape }) => shape.kind)).toEqual(['polygon', 'polygon']);
    expect(sink.notes).toEqual([]);
  });
});

describe('rows that cannot be taken are told one by one, and the rest is read', () => {
  test.each([
    ['pixels instead of fractions', '0 100 50 20 10'],
    ['a class below 0', '-1 0.5 0.5 0.1 0.1'],
    ['a box and an angle', '0 0.5 0.5 0.1 0.1 35'],
    ['a class that is no whole number', '0.5 0.5 0.5 0.1 0.1'],
    ['NaN', '0 nan 0.5 0.1 0.1'],
    ['1e308', '0 1e308 0.5 0.1 0.1'],
    ['words', '0 a b c d'],
    ['too few numbers', '0 0.5 0.5'],
    ['nothing but a class', '0'],
    ['markup', '<img onerror=1>'],
  ])('%s', async (_, row) => {
    put(set, 'data.yaml', 'train: images\nval: images\nnames: [a]\n');
    put(set, 'images/a.png', wide);
    put(set, 'labels/a.txt', `0 0.5 0.5 0.1 0.1\n${row}\n`);
    const sink = await readYolo(set);
    expect(sink.instances).toHaveLength(1);
    expect(sink.problems).toMatchObject([{ item: 'labels/a.txt, line 2', problem: { code: 'dataset-invalid' } }]);
    expect(sink.problems[0]?.problem.message).toMatch(/left out: .+\.$/);
  });

  test.skipIf(!mayLink)('labels without a picture, pictures that cannot be read, links and parts that lead out', async () => {
    put(folder, 'outside/x.png', wide);
    put(set, 'data.yaml', 'train: images\nval: ../outside\ntest: /etc\nnames: [a]\n');
    put(set, 'images/a.png', wide);
    put(set, 'images/broken.png', 'no picture');
    symlinkSync(join(folder, 'outside/x.png'), join(set, 'images/x.png'));
    put(set, 'labels/gone.txt', '0 0.5 0.5 0.1 0.1');
    const sink = await readYolo(set);
    expect(sink.images.map(({ path }) => path)).toEqual(['a.png']);
    expect(Object.fromEntries(sink.problems.map(({ item, problem }) => [item, problem.code]))).toEqual({ '../outside': 'not-found', '/etc': 'not-found', [join(set, 'images/x.png')]: 'no-access', 'images/broken.png': 'image-unreadable', 'labels/gone.txt': 'image-missing' });
  });

  test('a folder without a description, and one without pictures, are refused in words', async () => {
    put(set, 'labels/a.txt', '0 0.5 0.5 0.1 0.1');
    await expect(readYolo(set)).rejects.toMatchObject({ code: 'dataset-invalid', message: expect.stringContaining('classes.txt') as string });
    put(set, 'data.yaml', 'train: images\nnames: [a]\n');
    await expect(readYolo(set)).rejects.toMatchObject({ code: 'dataset-invalid' });
  });
});

const source = (): MemorySource => withPictures(new MemorySource().class(3, 'cat').class(8, 'a "b": é').class(9, 'unused').image(1, 'sub/a.png', 10, 4, { split: 'val' }), folder);

describe('written', () => {
  const donut = maskShape(rleFromBitmap(bitmap(['..........', '.####..##.', '.#..#..##.', '.####.....']), 4, 10));

  test('the layout that Ultralytics documents', async () => {
    const box = { kind: 'box', box: { x: 1, y: 1, width: 5, height: 2 } } as const;
    const summary = await writeWith(yolo, source().image(2, 'b.png', 10, 4, { absolutePath: join(folder, 'gone.png') }).image(3, 'c.png', null, null).instance(1, 1, 8, box).instance(2, 1, null, box).instance(3, 1, 3, maskShape(rleFromBitmap(new Uint8Array(40), 4, 10))), set, {});
    expect(Object.keys(textsIn(set))).toEqual(['data.yaml', 'images/val/sub/a.png', 'labels/train/b.txt', 'labels/val/sub/a.txt']);
    expect(textsIn(set)['data.yaml']).toBe('train: "images/train"\nval: "images/val"\nnames:\n  0: "cat"\n  1: "a \\"b\\": é"\n  2: "unused"\n');
    expect(textsIn(set)['labels/val/sub/a.txt']).toBe('1 0.1 0.25 0.6 0.25 0.6 0.75 0.1 0.75\n');
    expect(summary).toMatchObject({ images: 2, instances: 1, unlabelled: 1, problems: 3 });
    expect(summary.told.map(({ item, problem }) => [item, problem.code])).toEqual([['sub/a.png, instance 3', 'export-failed'], ['b.png', 'image-missing'], ['c.png', 'image-unreadable']]);
  });

  test('detection labels are centre and size', async () => {
    await writeWith(yolo, source().instance(1, 1, 3, donut).instance(2, 1, 8, { kind: 'box', box: { x: -1, y: 0, width: 4, height: 9 } }), set, { labels: 'boxes', copyImages: false });
    expect(Object.keys(textsIn(set))).toEqual(['data.yaml', 'labels/val/sub/a.txt']);
    expect(textsIn(set)['labels/val/sub/a.txt']).toBe('0 0.5 0.625 0.8 0.75\n1 0.15 0.5 0.3 1\n');
  });

  test('holes and parts are joined into one row that gives the same pixels, and that is said', async () => {
    const whole = source().instance(1, 1, 3, donut);
    await writeWith(yolo, whole, set, {});
    const text = textsIn(set)['labels/val/sub/a.txt'] ?? '';
    expect(text.trim().split('\n')).toHaveLength(1);
    const [read] = (await readYolo(set)).instances;
    expect(rleToBitmap(shapeToRle(read!.shape, 4, 10))).toEqual(rleToBitmap(shapeToRle(donut, 4, 10)));
    const back = yolo.readBackImage!([whole.shapes[0]!], whole.pictures[0]! as never, yolo.options.parse({}), factsOf(whole))[0]!;
    expect(rleIou(back.mask, shapeToRle(donut, 4, 10))).toBe(1);
    expect(back.reasons).toEqual([expect.stringContaining('2 parts'), expect.stringContaining('1 hole')]);
  });

  test('keypoints go through import and export with all that data.yaml says of them', async () => {
    put(set, 'data.yaml', 'train: images/train\nval: images/train\nkpt_shape: [2, 3]\nflip_idx: [1, 0]\nkpt_names:\n  0:\n    - "left: eye"\n    - right\nnames: {0: person}\n');
    put(set, 'images/train/a.png', wide);
    put(set, 'labels/train/a.txt', '0 0.5 0.5 1 1 0.1 0.1 2 0.2 0.25 1\n');
    const first = await readYolo(set);
    expect(first.own).toEqual({ own: { yolo: { kpt_shape: [2, 3], flip_idx: [1, 0], kpt_names: { 0: ['left: eye', 'right'] } } } });
    const source = first.source();
    source.instance(2, 1, 1, { kind: 'box', box: { x: 0, y: 0, width: 5, height: 2 } }).instance(3, 1, 1, { kind: 'box', box: { x: 1, y: 0, width: 5, height: 2 } }, { own: { yolo: { keypoints: [0.1] } } });
    const { firstFiles, sink, secondFiles } = await roundTrip(yolo, source, { labels: 'keypoints' }, sizeOfPicture);
    expect(secondFiles).toEqual(firstFiles);
    expect(sink.own).toEqual(first.own);
    expect(firstFiles['labels/train/a.txt']).toBe('0 0.5 0.5 1 1 0.1 0.1 2 0.2 0.25 1\n0 0.25 0.25 0.5 0.5 0 0 0 0 0 0\n0 0.35 0.25 0.5 0.5 0 0 0 0 0 0\n');
    const { losses } = await preflightDataset(source, yolo, 'all', { labels: 'keypoints', copyImages: true });
    expect(losses.map(({ instance, reasons }) => [instance, reasons])).toEqual([
      [2, ['it has no keypoints, and gets some that count as not labelled']], [3, ['its keypoints are not kept: those of the data set have 6 numbers, its own 1']],
    ]);
    const boxes = await preflightDataset(source, yolo, 'all', { labels: 'boxes', copyImages: true });
    expect(boxes.losses.map(({ instance, reasons }) => [instance, reasons])).toEqual([1, 3].map((id) => [id, ['its keypoints are not kept: they need labels=keypoints']]));
  });

  test('keypoints that nobody brought in cannot be written', async () => {
    const source = new MemorySource().class(1, 'a').image(1, 'a.png', 10, 4);
    await expect(writeWith(yolo, withPictures(source, folder), set, { labels: 'keypoints' })).rejects.toMatchObject({ code: 'export-failed' });
  });

  test('pictures get names that Ultralytics looks for; a GIF, which it does not read, is said', async () => {
    const source = new MemorySource().class(1, 'cat').image(1, 'a.jfif', 10, 4).image(2, 'b.GIF', 10, 4).instance(1, 1, 1, { kind: 'box', box: { x: 0, y: 0, width: 5, height: 2 } }).instance(2, 2, 1, { kind: 'box', box: { x: 0, y: 0, width: 5, height: 2 } });
    await writeWith(yolo, withPictures(source, folder), set, { labels: 'boxes' });
    expect(Object.keys(textsIn(set)).filter((path) => path.startsWith('images/'))).toEqual(['images/train/a.jpg', 'images/train/b.GIF']);
    expect((await preflightDataset(source, yolo, 'all', { labels: 'boxes', copyImages: true })).losses.map(({ instance, reasons }) => [instance, reasons])).toEqual([[2, ['its picture is a GIF, which Ultralytics does not read']]]);
  });

  test('names that are one but for the extension keep labels of their own', async () => {
    const twins = source().image(2, 'sub/a.jpeg', 10, 4, { split: 'val', absolutePath: join(folder, '10x4.png') }).image(3, 'CON.png', 10, 4, { split: 'lpt1', absolutePath: join(folder, '10x4.png') });
    await writeWith(yolo, twins, set, {});
    expect(Object.keys(textsIn(set))).toEqual(['data.yaml', 'images/_lpt1/_CON.png', 'images/val/sub/a-2.jpeg', 'images/val/sub/a.png', 'labels/_lpt1/_CON.txt', 'labels/val/sub/a-2.txt', 'labels/val/sub/a.txt']);
  });
});

interface Mask {
  readonly size: readonly number[];
  readonly counts: Uint32Array;
}
const comparable = (masks: readonly Mask[]): string[] => masks.map(({ size, counts }) => `${size.join('×')}: ${counts.join(' ')}`).toSorted();

test.each(['polygons', 'boxes'])('export → import → export gives the same bytes, and the pixels that the preflight says (%s)', async (labels) => {
  await fc.assert(
    fc.asyncProperty(scene, async (made) => {
      const source = withPictures(made, join(folder, 'pictures'));
      const { first, firstFiles, sink, secondFiles } = await roundTrip(yolo, source, { labels }, sizeOfPicture);
      expect(secondFiles).toEqual(firstFiles);
      expect(sink.problems).toEqual([]);
      expect(sink.instances).toHaveLength(first.instances);
      const instances = source.pictures.flatMap((image) => source.instances(image.id).filter((instance) => instance.class !== null).map((instance) => ({ instance, image: image as SizedImage })));
      const predicted = instances.map(({ instance, image }) => yolo.readBackImage!([instance], image, yolo.options.parse({ labels }), factsOf(source))[0]!);
      const kept = predicted.filter(({ reasons }) => !reasons.some((reason) => reason.startsWith('it covers')));
      expect(comparable(sink.source().shapes.map(({ shape, image }) => {
        const { width, height } = sink.images[image - 1]!;
        return shapeToRle(shape, height!, width!);
      }))).toEqual(comparable(kept.map(({ mask }) => mask)));
      if (labels === 'polygons') for (const [i, { instance: { shape }, image }] of instances.entries()) expect(rleIou(predicted[i]!.mask, shapeToRle(shape, image.height, image.width))).toBe(1);
    }),
    { numRuns: scenes(25) },
  );
});
