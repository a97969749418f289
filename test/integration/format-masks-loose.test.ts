import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import { masks } from '../../src-main/datasets/formats/masks/masks.ts';
import { recognisedFormat } from '../../src-main/datasets/formats/registry.ts';
import { drawn } from '../helpers/drawn-masks.ts';
import { putFiles, readWith } from '../helpers/formats.ts';
import type { MemorySink } from '../helpers/memory-sink.ts';

let folder: string;
let number = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-loose-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (files: Parameters<typeof putFiles>[1]): string => putFiles(join(folder, String(++number)), files);
const grey = (width: number, samples: number[]): Uint8Array => encodePng({ width, height: samples.length / width, kind: 'grey', samples: Uint8Array.from(samples) });
const grey16 = (width: number, samples: number[]): Uint8Array => encodePng({ width, height: samples.length / width, kind: 'grey', samples: Uint16Array.from(samples) });
const colors = (width: number, samples: readonly (readonly number[])[], kind: 'rgb' | 'rgba' = 'rgb'): Uint8Array => encodePng({ width, height: samples.length / width, kind, samples: Uint8Array.from(samples.flat()) });
const [black, white, red] = [[0, 0, 0], [255, 255, 255], [255, 0, 0]] as const;

const nameOf = (sink: MemorySink, key: string | null): string | null => sink.classes.find((cls) => cls.key === key)?.name ?? null;
/** Image, class and the first row of the mask of each instance. */
const told = (sink: MemorySink): unknown[] =>
  sink.instances.map(({ image, class: cls, shape }) => {
    const { width, height } = sink.images.find(({ key }) => key === image) ?? {};
    return [image, nameOf(sink, cls), drawn(shape, height ?? 0, width ?? 0)[0]];
  });
const read = async (files: Parameters<typeof putFiles>[1]): Promise<MemorySink> => {
  const path = put(files);
  expect((await recognisedFormat(path)).id).toBe('masks');
  return readWith(masks, path);
};

describe('which label image belongs to which image', () => {
  const label = grey(2, [0, 255]);
  test.each<[string, string, string]>([
    ['U-Net', 'images/a.jpg', 'masks/a.png'],
    ['ADE20K', 'images/training/a.jpg', 'annotations/training/a.png'],
    ['MMSegmentation', 'img_dir/train/a.jpg', 'ann_dir/train/a.png'],
    ['CamVid', 'train/a.png', 'trainannot/a.png'],
    ['CamVid’s own labels', 'images/a.png', 'labels/a_L.png'],
    ['Supervisely-like', 'img/a.jpg', 'ann/a.png'],
    ['by split outside', 'train/images/a.jpg', 'train/masks/a.png'],
    ['by split in the name', 'train_images/a.jpg', 'train_masks/a_mask.png'],
    ['beside it', 'a.jpg', 'a_mask.png'],
    ['beside it, cellpose', 'a.tif', 'a_cp_masks.png'],
    ['beside it, before the name', 'a.jpg', 'gt_a.png'],
    ['beside it, with a hyphen', 'a.jpg', 'a-mask.png'],
    ['beside it, segmentation', 'x/a.jpg', 'x/a_seg.png'],
    ['beside it, ground truth', 'x/a.jpg', 'x/a_gt.png'],
    ['in a folder, with more in the name', 'images/a.jpg', 'masks/a_labels.png'],
    ['both names with more', 'images/img_001.png', 'masks/mask_001.png'],
    ['satellite', 'train/7_sat.jpg', 'train/7_mask.png'],
    ['a folder per image', 'stage1/abc/images/abc.png', 'stage1/abc/masks/f00.png'],
    ['folders that have nothing in common', 'photos of may/a.jpg', 'masks/a.png'],
  ])('%s: %s, %s', async (_, image, mask) => {
    const sink = await read({ [image]: 'image', [mask]: label });
    expect(sink.images).toMatchObject([{ key: image, width: 2, height: 1, split: image.includes('train') ? 'train' : null }]);
    expect(sink.instances).toHaveLength(1);
    expect(sink.problems).toEqual([]);
  });

  test('one that fits two images, one that fits none, and a JPEG are reported', async () => {
    const sink = await read({ 'images/a.jpg': 'x', 'images/a.png': 'x', 'masks/a.png': label, 'masks/z.png': label, 'images/b.jpg': 'x', 'masks/b.jpg': 'x', 'images/c.jpg': 'x', 'masks/c.png': label });
    expect(sink.images.map(({ key }) => key)).toEqual(['images/c.jpg']);
    expect(sink.problems.map(({ item }) => item).toSorted()).toEqual(['masks/a.png', 'masks/b.jpg', 'masks/z.png']);
    expect(sink.problems.find(({ item }) => item === 'masks/b.jpg')?.problem.message).toContain('JPEG');
  });

  test('label images alone are for images of the project', async () => {
    const sink = await readWith(masks, put({ 'masks/a_mask.png': label, 'masks/b_mask.png': label }));
    expect(sink.images).toMatchObject([{ path: 'a', file: null, width: 2, height: 1 }, { path: 'b' }]);
    expect(sink.instances).toHaveLength(2);
  });

  test('several for one image are an object each; one with more than one value is reported', async () => {
    const sink = await read({ 'a.png': 'x', 'a_mask.png': grey(3, [255, 0, 0]), 'a_mask_1.png': grey(3, [255, 255, 0]), 'b.png': 'x', 'b_mask.png': grey(3, [0, 0, 255]), 'b_mask_1.png': grey(3, [0, 255, 254]) });
    expect(told(sink).map((one) => (one as unknown[])[2])).toEqual(['#..', '##.', '..#']);
    expect(sink.problems.map(({ item }) => item)).toEqual(['b_mask_1.png']);
  });
});

const two = (first: Uint8Array, second: Uint8Array): Parameters<typeof putFiles>[1] => ({ 'images/a.jpg': 'x', 'masks/a.png': first, 'images/b.jpg': 'x', 'masks/b.png': second });

describe('what numbers mean where no legend says it', () => {

  test.each([
    ['0 and 255', grey(3, [0, 255, 255]), grey(3, [0, 0, 0])],
    ['0 and 1', grey(3, [0, 1, 1]), grey(3, [0, 0, 0])],
    ['black and white as RGB', colors(3, [black, white, white]), colors(3, [black, black, black])],
    ['white that is transparent elsewhere', colors(3, [[...white, 0], [...white, 255], [...white, 255]], 'rgba'), colors(3, [[...white, 0], [...white, 0], [...white, 0]], 'rgba')],
  ])('%s: one mask of one class', async (_, first, second) => {
    const sink = await read(two(first, second));
    expect(told(sink)).toEqual([['images/a.jpg', 'foreground', '.##']]);
    expect(sink.notes).toEqual([expect.stringContaining('"foreground"')]);
    expect(sink.images).toHaveLength(2);
  });

  test('gray edges count from 128 on', async () => {
    const wide = [...Array.from({ length: 60 }, () => 0), 17, 60, 99, 120, 127, 128, 140, 200, 230, 250, ...Array.from({ length: 60 }, () => 255)];
    const sink = await read(two(grey(130, wide), grey(130, wide.toReversed())));
    expect(told(sink).map((one) => String((one as unknown[])[2]).replaceAll('.', '').length)).toEqual([65, 65]);
    expect(sink.notes).toEqual([expect.stringContaining('gray 128')]);
  });

  test('several values: classes, with 255 as void', async () => {
    const sink = await read(two(grey(4, [0, 1, 2, 255]), grey(4, [0, 2, 2, 7])));
    expect(told(sink)).toEqual([['images/a.jpg', 'class 1', '.#..'], ['images/a.jpg', 'class 2', '..#.'], ['images/b.jpg', 'class 2', '.##.'], ['images/b.jpg', 'class 7', '...#']]);
    expect(sink.notes.join('\n')).toMatch(/values of classes[^]*255 in 1 label image/);
  });

  test.each<[string, Parameters<typeof putFiles>[1], string]>([
    ['16 bits', two(grey16(3, [0, 1, 2]), grey16(3, [0, 1, 1])), 'more than 8 bits'],
    ['cellpose’s name', { 'a.png': 'x', 'a_cp_masks.png': grey(3, [0, 1, 2]) }, 'names say so'],
    ['a folder of instances', { 'images/a.png': 'x', 'instance_masks/a.png': grey(3, [0, 1, 2]) }, 'names say so'],
    ['numbers from 1 on, each in one piece, another count in each', two(grey(9, [0, 1, 0, 2, 0, 3, 0, 4, 5]), grey(9, [1, 1, 2, 0, 3, 0, 4, 0, 0])), 'count from 1'],
  ])('%s: objects without a class', async (_, files, why) => {
    const sink = await read(files);
    expect(sink.instances.map(({ class: cls }) => cls).every((cls) => cls === null)).toBe(true);
    expect(sink.instances.length).toBeGreaterThan(1);
    expect(sink.notes).toEqual([expect.stringContaining(why)]);
  });

  test('numbers from 1 on that are not each in one piece are classes', async () => {
    const sink = await read(two(grey(9, [1, 0, 1, 2, 0, 3, 0, 4, 5]), grey(9, [1, 0, 2, 0, 3, 0, 4, 0, 1])));
    expect(new Set(told(sink).map((one) => (one as unknown[])[1]))).toEqual(new Set(['class 1', 'class 2', 'class 3', 'class 4', 'class 5']));
  });

  test('colors: a class each, named by its hex code; a photograph is refused', async () => {
    const sink = await read(two(colors(3, [black, red, [0, 0, 255]]), colors(3, [red, red, black])));
    expect(told(sink)).toEqual([['images/a.jpg', '#ff0000', '.#.'], ['images/a.jpg', '#0000ff', '..#'], ['images/b.jpg', '#ff0000', '##.']]);
    expect(sink.classes[0]?.colour).toBe('#ff0000');
    expect(sink.notes).toEqual([expect.stringContaining('2 colors')]);
    const many = await readWith(masks, put(two(colors(400, Array.from({ length: 400 }, (_, i) => [i % 256, i >> 8, 7])), colors(3, [red, red, black]))));
    expect(many.problems).toMatchObject([{ item: 'masks/a.png', problem: { message: expect.stringContaining('256 colors') as string } }]);
  });
});

describe('legends', () => {
  test('Roboflow: _classes.csv in each split, masks beside the images', async () => {
    const sink = await read({
      'train/x.jpg': 'x', 'train/x_mask.png': grey(3, [0, 1, 2]), 'train/_classes.csv': 'Pixel Value, Class\n0, background\n1, cell\n2, core\n',
      'valid/y.jpg': 'x', 'valid/y_mask.png': grey(3, [0, 1, 1]), 'valid/_classes.csv': 'Pixel Value, Class\n0, background\n1, core\n',
    });
    expect(told(sink)).toEqual([['train/x.jpg', 'cell', '.#.'], ['train/x.jpg', 'core', '..#'], ['valid/y.jpg', 'core', '.##']]);
    expect(sink.images.map(({ split }) => split)).toEqual(['train', 'val']);
    expect([sink.problems, sink.notes]).toEqual([[], []]);
  });

  test.each<[string, string]>([
    ['class_dict.csv', 'name,r,g,b\nSky,255,0,0\nRoad,0,0,255\n'],
    ['classes.csv', 'value;name;colour\n7;Sky;#ff0000\n8;Road;#0000ff\n'],
    ['labelmap.txt', '# label:color_rgb:parts:actions\nbackground:0,0,0::\nSky:255,0,0::\nRoad:0,0,255::\n'],
    ['label_colors.txt', '255 0 0\t\tSky\n0 0 255\t\tRoad\n'],
    ['classes.txt', 'Sky 255 0 0\nRoad 0 0 255\n'],
    ['classes.json', '[{"name":"Sky","color":[255,0,0]},{"name":"Road","color":"#0000ff"}]'],
    ['classes.json', '{"classes":[{"title":"Sky","color":"#FF0000"},{"title":"Road","color":{"r":0,"g":0,"b":255}}]}'],
    ['colors.json', '{"Sky":[255,0,0],"Road":"#0000ff"}'],
    ['palette.json', '{"#ff0000":"Sky","0,0,255":"Road"}'],
  ])('colors in %s', async (name, text) => {
    const sink = await read({ [name]: text, 'images/a.jpg': 'x', 'masks/a.png': colors(4, [black, red, [0, 0, 255], [9, 9, 8]]) });
    expect(told(sink)).toEqual([['images/a.jpg', 'Sky', '.#..'], ['images/a.jpg', 'Road', '..#.']]);
    expect(sink.problems).toMatchObject([{ item: name, problem: { message: expect.stringContaining('#090908') as string } }]);
  });

  test.each<[string, string]>([
    ['classes.txt', '0: background\n1: cat\n2: dog\n'],
    ['labels.txt', '_background_\ncat\ndog\n'],
    ['label_map.json', '{"background":0,"cat":1,"dog":2}'],
    ['labels.json', '{"1":"cat","2":"dog"}'],
    ['labels.json', '{"1":{"name":"cat"},"2":{"name":"dog"}}'],
    ['classes.json', '[{"id":1,"name":"cat"},{"id":2,"name":"dog"}]'],
  ])('values in %s', async (name, text) => {
    const sink = await read({ [name]: text, 'images/a.jpg': 'x', 'masks/a.png': grey(4, [0, 1, 2, 255]) });
    expect(told(sink)).toEqual([['images/a.jpg', 'cat', '.#..'], ['images/a.jpg', 'dog', '..#.']]);
  });

  test('a single class is that of 0 and 255 too; a damaged legend, and one for something else, leave the numbers', async () => {
    const one = await read({ 'classes.txt': 'cell\n', 'images/a.jpg': 'x', 'masks/a.png': grey(2, [0, 255]) });
    expect(told(one)).toEqual([['images/a.jpg', 'cell', '.#']]);
    const none = await read({ 'classes.json': '{"a":', 'images/a.jpg': 'x', 'masks/a.png': grey(2, [0, 255]) });
    expect(told(none)).toEqual([['images/a.jpg', 'foreground', '.#']]);
  });
});

/** A TIFF of one strip and one sample a pixel, as tifffile writes it. */
function tiff(pages: readonly { readonly bits: 8 | 16 | 32; readonly format: 1 | 2 | 3; readonly width: number; readonly values: readonly number[] }[]): Uint8Array {
  const parts: Buffer[] = [Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0])];
  let at = 8;
  let link = 4;
  const links: [number, number][] = [];
  for (const { bits, format, width, values } of pages) {
    const data = Buffer.alloc(values.length * (bits / 8));
    values.forEach((value, i) => (bits === 8 ? data.writeUInt8(value, i) : bits === 16 ? data.writeUInt16LE(value, i * 2) : format === 3 ? data.writeFloatLE(value, i * 4) : format === 2 ? data.writeInt32LE(value, i * 4) : data.writeUInt32LE(value, i * 4)));
    const padded = Buffer.concat([data, Buffer.alloc(data.length % 2)]);
    const tags: [number, number, number][] = [[256, 4, width], [257, 4, values.length / width], [258, 3, bits], [259, 3, 1], [262, 3, 1], [273, 4, at], [277, 3, 1], [278, 4, values.length / width], [279, 4, data.length], [339, 3, format]];
    const ifd = Buffer.alloc(2 + tags.length * 12 + 4);
    ifd.writeUInt16LE(tags.length, 0);
    for (const [i, [tag, type, value]] of tags.entries()) {
      ifd.writeUInt16LE(tag, 2 + i * 12);
      ifd.writeUInt16LE(type, 4 + i * 12);
      ifd.writeUInt32LE(1, 6 + i * 12);
      ifd.writeUInt32LE(value, 10 + i * 12);
    }
    links.push([link, at + padded.length]);
    link = at + padded.length + ifd.length - 4;
    at += padded.length + ifd.length;
    parts.push(padded, ifd);
  }
  const file = Buffer.concat(parts);
  for (const [place, value] of links) file.writeUInt32LE(value, place);
  return file;
}

describe('TIFF, BMP and GIF', () => {
  test.each<[string, 8 | 16 | 32, 1 | 2 | 3, number]>([['8 bits', 8, 1, 200], ['16 bits', 16, 1, 40_000], ['32 bits', 32, 1, 3_000_000_000], ['32 bits, signed', 32, 2, 70_000], ['whole numbers as floats', 32, 3, 70_000]])('TIFF of %s: numbers as they are stored', async (_, bits, format, high) => {
    const sink = await read({ 'images/a.jpg': 'x', 'instances/a.tif': 'x', 'masks/a_instances.tif': tiff([{ bits, format, width: 4, values: [0, 1, 2, high] }]) });
    expect(told(sink)).toEqual([['images/a.jpg', null, '.#..'], ['images/a.jpg', null, '..#.'], ['images/a.jpg', null, '...#']]);
  });

  test('the first page of a stack is read, and that is reported; fractions are refused', async () => {
    const page = { bits: 16, format: 1, width: 2 } as const;
    const sink = await read({ 'images/a.jpg': 'x', 'masks/a.tif': tiff([{ ...page, values: [1, 2] }, { ...page, values: [3, 3] }]), 'images/b.jpg': 'x', 'masks/b.tif': tiff([{ bits: 32, format: 3, width: 2, values: [0.5, 1] }]) });
    expect(told(sink)).toEqual([['images/a.jpg', null, '#.'], ['images/a.jpg', null, '.#']]);
    expect(sink.problems.map(({ item, problem }) => [item, problem.message])).toEqual([['masks/a.tif', expect.stringContaining('2 pages')], ['masks/b.tif', expect.stringContaining('whole numbers')]]);
  });

  test('black and white in GIF (Carvana), and a TIFF that libvips compresses', async () => {
    const raw = { raw: { width: 2, height: 2, channels: 3 } } as const;
    const pixels = Buffer.from([0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255]);
    const sink = await read({ 'train/a.jpg': 'x', 'train_masks/a_mask.gif': await sharp(pixels, raw).gif().toBuffer(), 'train/b.jpg': 'x', 'train_masks/b_mask.tif': await sharp(pixels, raw).tiff({ compression: 'lzw' }).toBuffer() });
    expect(told(sink)).toEqual([['train/a.jpg', 'foreground', '.#'], ['train/b.jpg', 'foreground', '.#']]);
  });

  test('damaged ones are reported, and the rest is read', async () => {
    const whole = tiff([{ bits: 8, format: 1, width: 2, values: [0, 1] }]);
    const sink = await read({ 'images/a.jpg': 'x', 'masks/a.tif': whole.subarray(0, 20), 'images/b.jpg': 'x', 'masks/b.gif': 'no image', 'images/c.jpg': 'x', 'masks/c.tif': whole });
    expect(sink.images.map(({ key }) => key)).toEqual(['images/c.jpg']);
    expect(sink.problems.map(({ item }) => item)).toEqual(['masks/a.tif', 'masks/b.gif']);
  });
});

test.each<[string, Parameters<typeof putFiles>[1], RegExp]>([
  ['images only', { 'a.jpg': 'x', 'b.png': 'x' }, /it holds 2 images\. To label images without annotations, open the folder/],
  ['texts', { 'a.jpg': 'x', 'notes.txt': 'hello' }, /1 image, 1 \.txt\. .*--format yolo/],
  ['nothing', {}, /no files/],
])('a folder of %s is refused with what it holds', async (_, files, message) => {
  const path = put({ ...files, '.hidden': 'x' });
  await expect(recognisedFormat(path)).rejects.toMatchObject({ code: 'dataset-invalid', message: expect.stringMatching(message) as string });
});

test.each([['classes', ['class 1', 'class 2']], ['objects', [null, null]]] as const)('a person chooses that numbers are %s', async (labels, classes) => {
  const path = put({ 'images/a.jpg': 'x', 'masks/a.png': grey16(3, [0, 1, 2]) });
  const sink = await readWith(masks, path, undefined, { labels });
  expect(sink.instances.map(({ class: cls }) => nameOf(sink, cls))).toEqual(classes);
});

test.skipIf(process.platform === 'win32')('a pipe is refused as a dataset, and not read inside of one', async () => {
  const path = put({ 'a.jpg': 'x', 'note.md': 'x' });
  for (const name of ['pipe', 'a.json', 'a.xml', 'classes.txt', 'a.txt', 'data.yaml']) execFileSync('mkfifo', [join(path, name)]);
  await expect(recognisedFormat(join(path, 'pipe'))).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('neither a file nor a folder') as string });
  await expect(recognisedFormat(path)).rejects.toMatchObject({ code: 'dataset-invalid' });
});
