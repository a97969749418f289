import * as fc from 'fast-check';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../src-shared/geometry/shape.ts';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { recognisedFormat } from '../../src-main/datasets/formats/registry.ts';
import { masks } from '../../src-main/datasets/formats/masks/masks.ts';
import { decodePng, encodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import { factsOf } from '../../src-main/datasets/source.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { drawn, mask } from '../helpers/drawn-masks.ts';
import { putFiles, readWith, roundTrip, textsIn, writeWith } from '../helpers/formats.ts';
import { scene, scenes } from '../helpers/random-scene.ts';
import { mayLink } from '../helpers/links.ts';

let folder: string;
let number = 0;
const fresh = (): string => join(folder, String(++number));
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-masks-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const donut = mask('###', '#.#', '###');

const put = (files: Parameters<typeof putFiles>[1]): string => putFiles(fresh(), files);
const grey = (width: number, samples: number[]): Uint8Array => encodePng({ width, height: samples.length / width, kind: 'grey', samples: Uint8Array.from(samples) });
const grey16 = (width: number, samples: number[]): Uint8Array => encodePng({ width, height: samples.length / width, kind: 'grey', samples: Uint16Array.from(samples) });
const rgb = (width: number, samples: number[]): Uint8Array => encodePng({ width, height: samples.length / 3 / width, kind: 'rgb', samples: Uint8Array.from(samples) });

const source = (): MemorySource =>
  new MemorySource().class(4, 'cat', { supercategory: 'animal' }).class(7, 'dog').image(1, 'sub/a.jpg', 3, 3, { split: 'train' }).instance(1, 1, 4, donut, { attributes: { lazy: true } }).instance(2, 1, 7, mask('...', '.##', '...')).instance(3, 1, null, mask('#..', '...', '...'));

describe('what is written', () => {
  test('semantic: values are the classes’, the palette has their colours, the later one lies above', async () => {
    const path = fresh();
    const summary = await writeWith(masks, source(), path, { layout: 'semantic' });
    expect(summary).toEqual({ images: 1, instances: 2, unlabelled: 1, problems: 0, told: [] });
    const { kind, samples, palette } = decodePng(readFileSync(join(path, 'masks/sub/a.png')), 'a.png');
    expect([kind, [...samples]]).toEqual(['indexed', [1, 1, 1, 1, 2, 2, 1, 1, 1]]);
    expect([...(palette ?? [])]).toEqual([0, 0, 0, 0xe6, 0x9f, 0, 0xe6, 0x9f, 0]);
    expect(readFileSync(join(path, 'classes.csv'), 'utf8')).toBe('value,name,colour\r\n1,cat,#e69f00\r\n2,dog,#e69f00\r\n');
    expect(JSON.parse(readFileSync(join(path, 'masks.json'), 'utf8'))).toEqual({
      format: 'maskwright-masks', version: 1, layout: 'semantic',
      classes: [{ value: 1, name: 'cat', colour: '#e69f00', extras: { supercategory: 'animal' } }, { value: 2, name: 'dog', colour: '#e69f00' }],
      images: [{ file_name: 'sub/a.jpg', width: 3, height: 3, split: 'train', mask: 'masks/sub/a.png' }],
    });
  });

  test('instance: a 16-bit number each, with what is known of it', async () => {
    const path = fresh();
    await writeWith(masks, source(), path, { layout: 'instance' });
    const { samples } = decodePng(readFileSync(join(path, 'masks/sub/a.png')), 'a.png');
    expect([samples instanceof Uint16Array, [...samples]]).toEqual([true, [3, 1, 1, 1, 2, 2, 1, 1, 1]]);
    expect(JSON.parse(readFileSync(join(path, 'masks.json'), 'utf8'))).toMatchObject({ images: [{ instances: [{ value: 1, class: 1, extras: { attributes: { lazy: true } } }, { value: 2, class: 2 }, { value: 3, class: null }] }] });
  });

  test('one that others hide is left out and told; in a file of its own it is whole', async () => {
    const hidden = new MemorySource().class(1, 'cat').image(1, 'a.jpg', 3, 1).instance(1, 1, 1, mask('.#.')).instance(2, 1, 1, mask('###'));
    expect(await writeWith(masks, hidden, fresh(), { layout: 'instance' })).toMatchObject({ instances: 1, problems: 1, told: [{ item: 'a.jpg, instance 1', problem: { code: 'export-failed' } }] });
    const path = fresh();
    expect(await writeWith(masks, hidden, path, { layout: 'separate' })).toMatchObject({ instances: 2, problems: 0 });
    expect((await readWith(masks, path)).instances.map(({ shape }) => drawn(shape, 1, 3))).toEqual([['.#.'], ['###']]);
  });

  test('more than 255 classes take 16 bits', async () => {
    const many = new MemorySource().image(1, 'a.jpg', 1, 1);
    for (let i = 1; i <= 300; i++) many.class(i, `class ${i}`);
    many.instance(1, 1, 300, mask('#'));
    const path = fresh();
    await writeWith(masks, many, path, { layout: 'semantic' });
    expect([...decodePng(readFileSync(join(path, 'masks/a.png')), 'a.png').samples]).toEqual([300]);
    expect((await readWith(masks, path)).instances).toMatchObject([{ class: '300' }]);
  });

  test('pictures that differ by their extension, their case or a name of Windows only keep files of their own', async () => {
    const source = new MemorySource().class(1, 'cat');
    for (const [i, path] of ['a.jpg', 'a.png', 'A.jpg', 'con.jpg'].entries()) source.image(i + 1, path, 1, 1).instance(i + 1, i + 1, 1, mask('#'));
    const path = fresh();
    await writeWith(masks, source, path);
    expect(Object.keys(textsIn(path)).filter((name) => name.endsWith('.png'))).toEqual(['masks/A-3.png', 'masks/_con.png', 'masks/a-2.png', 'masks/a.png']);
    expect((await readWith(masks, path)).images.map(({ path }) => path)).toEqual(['a.jpg', 'a.png', 'A.jpg', 'con.jpg']);
  });
});

describe('before an export it is said what gets lost', () => {
  const image = { ...new MemorySource().image(1, 'a.jpg', 3, 3).images('all')[0]!, width: 3, height: 3 };
  const instances = new MemorySource().instance(1, 1, 1, donut, { score: 0.5 }).instance(2, 1, 1, mask('...', '.##', '...')).instance(3, 1, null, mask('###', '###', '###')).shapes;
  test.each([
    ['separate', [8, 2, 9], [[], [], []]],
    ['instance', [0, 0, 9], [['others hide it completely'], ['others hide it completely'], []]],
    ['semantic', [7, 2, 0], [['1 pixel of 8 are hidden by others, and a pixel belongs to one instance', 'it is not told apart from the other one of its class on the image', 'its score is not kept'], ['it is not told apart from the other one of its class on the image'], ['it has no class, and a picture of classes cannot show it']]],
  ] as const)('%s', (layout, areas, reasons) => {
    const backs = masks.readBackImage?.(instances, image, { layout }, factsOf(new MemorySource())) ?? [];
    expect(backs.map(({ mask }) => rleToBitmap(mask).filter(Boolean).length)).toEqual(areas);
    expect(backs.map(({ reasons }) => reasons)).toEqual(reasons);
  });
});

/** The values of classes are remembered, and so written as extras the second time. */
const plain = (files: Record<string, string>): Record<string, string> => ({ ...files, 'masks.json': files['masks.json']?.replaceAll(/,"extras":\{"own":\{"masks":\{"value":\d+\}\}\}/g, '') ?? '' });

test.each(['semantic', 'instance', 'separate'])('%s: exported, imported and exported again, random scenes give the same bytes', async (layout) => {
  await fc.assert(
    fc.asyncProperty(scene, async (source) => {
      const { first, firstFiles, sink, secondFiles } = await roundTrip(masks, source, { layout });
      for (const { problem } of first.told) expect(problem.message).toMatch(/covers no pixel|hide it completely/);
      expect(sink.problems).toEqual([]);
      expect(sink.images).toHaveLength(first.images);
      expect(plain(secondFiles)).toEqual(plain(firstFiles));
    }),
    { numRuns: scenes(25) },
  );
});

describe('what others write is read', () => {
  test('values of classes with a table, in folders of their own, with a byte-order mark and semicolons', async () => {
    const path = put({ 'classes.csv': '\ufeffname;index;r;g;b\r\nbackground;0;0;0;0\r\n"road; wet";1;128;64;128\r\n\'=sky;2;0;0;255\r\n', 'images/x/a.jpg': 'picture', 'masks/x/a.png': grey(2, [0, 1, 2, 7]) });
    expect((await recognisedFormat(path)).id).toBe('masks');
    const read = await readWith(masks, path);
    expect(read.problems).toEqual([]);
    expect(read.images).toMatchObject([{ path: 'images/x/a.jpg', file: join(path, 'images/x/a.jpg'), width: 2, height: 2 }]);
    expect(read.classes.map(({ name }) => name)).toEqual(['road; wet', '=sky', 'class 7']);
    expect(read.of('images/x/a.jpg').map((instance) => [instance.class, drawn(instance.shape, 2, 2)])).toEqual([['1', ['.#', '..']], ['2', ['..', '#.']], ['7', ['..', '.#']]]);
  });

  test('colours of classes, as in CamVid’s class_dict.csv', async () => {
    const path = put({ 'class_dict.csv': 'name,r,g,b\nSky,128,128,128\nRoad,128,64,128\n', 'a.png': grey(1, [0]), 'labels/a.png': rgb(3, [128, 64, 128, 128, 128, 128, 1, 2, 3]) });
    const read = await readWith(masks, path);
    expect(read.instances.map((instance) => [read.classes.find(({ key }) => key === instance.class)?.name, drawn(instance.shape, 1, 3)])).toEqual([['Road', ['#..']], ['Sky', ['.#.']]]);
  });

  test('numbers of instances in 16 bits', async () => {
    const read = await readWith(masks, put({ 'images/a.tif': 'x', 'masks/a.png': grey16(3, [0, 700, 65_535]) }));
    expect(read.instances.map((instance) => [instance.class, drawn(instance.shape, 1, 3)])).toEqual([[null, ['.#.']], [null, ['..#']]]);
  });

  test('names by line, as labelme’s scripts have them', async () => {
    const read = await readWith(masks, put({ 'labels.txt': '__ignore__\r\n_background_\r\nperson\r\n', 'a.jpg': 'x', 'masks/a.png': grey(2, [0, 1]) }));
    expect(read.classes.map(({ name }) => name)).toEqual(['person']);
  });
});

const table = (images: object[], more: object = {}): object => ({ layout: 'instance', classes: [{ value: 1, name: 'cat' }], ...more, images });

describe('bad input is told by its row, and the rest is read', () => {
  const good = { file_name: 'good.jpg', width: 2, height: 1, mask: 'masks/good.png', instances: [{ value: 1, class: 1 }] };
  const files = { 'masks/good.png': grey16(2, [0, 1]) };
  test.each<[string, object, Record<string, Uint8Array | string>, RegExp]>([
    ['no file', { file_name: 'a.jpg', width: 2, height: 1, mask: 'masks/none.png' }, {}, /no such file/],
    ['a path that leads out', { file_name: 'a.jpg', width: 2, height: 1, mask: '../secret.png' }, {}, /no such file/],
    ['an absolute path', { file_name: 'a.jpg', width: 2, height: 1, mask: '/etc/passwd' }, {}, /no such file/],
    ['another size', { file_name: 'a.jpg', width: 9, height: 9, mask: 'a.png' }, { 'a.png': grey16(1, [1]) }, /1 × 1/],
    ['colours', { file_name: 'a.jpg', width: 1, height: 1, mask: 'a.png' }, { 'a.png': rgb(1, [1, 2, 3]) }, /colours/],
    ['a damaged picture', { file_name: 'a.jpg', width: 1, height: 1, mask: 'a.png' }, { 'a.png': Buffer.from(grey16(1, [1])).subarray(0, 40) }, /PNG/],
    ['a class that the table does not have', { file_name: 'a.jpg', width: 1, height: 1, mask: 'a.png', instances: [{ value: 1, class: 8 }] }, { 'a.png': grey16(1, [1]) }, /class 8/],
    ['a number that the table does not have', { file_name: 'a.jpg', width: 1, height: 1, mask: 'a.png', instances: [] }, { 'a.png': grey16(1, [1]) }, /not in the table/],
    ['a number that the picture does not have', { file_name: 'a.jpg', width: 1, height: 1, mask: 'a.png', instances: [{ value: 2 }] }, { 'a.png': grey16(1, [0]) }, /no pixel/],
    ['an impossible row', { file_name: 'a.jpg', width: -1, height: 1 }, {}, /width/],
    ['the same image again', good, {}, /twice/],
  ])('%s', async (_, row, more, why) => {
    const read = await readWith(masks, put({ ...files, ...more, 'masks.json': table([good, row]) }));
    expect(read.problems).toHaveLength(1);
    expect(read.problems[0]?.problem.message).toMatch(why);
    expect(read.of('good.jpg')).toMatchObject([{ class: '1' }]);
  });

  test.skipIf(!mayLink)('a link that leads out is not followed', async () => {
    const outside = put({ 'a.png': grey16(1, [1]) });
    const path = put({ 'masks.json': table([{ file_name: 'a.jpg', width: 1, height: 1, mask: 'out/a.png' }]) });
    symlinkSync(outside, join(path, 'out'));
    expect((await readWith(masks, path)).problems).toMatchObject([{ problem: { code: 'dataset-invalid' } }]);
  });

  test.each([['a table of nothing', '{}'], ['a broken table', '{"layout":'], ['an unknown layout', '{"layout":"x","classes":[],"images":[]}']])('%s is refused as a whole', async (_, text) => {
    await expect(readWith(masks, put({ 'masks.json': text }))).rejects.toMatchObject({ code: 'dataset-invalid' });
  });

  test('a folder without label pictures is refused', async () => {
    await expect(readWith(masks, put({ 'a.jpg': 'x' }))).rejects.toMatchObject({ code: 'dataset-invalid' });
  });
});

const masksOf = (source: MemorySource): Uint32Array[] => source.images('all').flatMap(({ id, width, height }) => source.instances(id).map(({ shape }) => shapeToRle(shape, height ?? 0, width ?? 0).counts));

const photos = new URL('../../../shared/photos/coco50/instances.json', import.meta.url).pathname;
test.skipIf(!existsSync(photos))('COCO’s photographs go through files of their own without losing a pixel (skipped: ../shared/photos/coco50 is not there)', async () => {
  const before = (await readWith(coco, photos)).source();
  const path = fresh();
  const { instances, problems } = await writeWith(masks, before, path, { layout: 'separate' });
  expect([instances, problems]).toEqual([before.shapes.length, 0]);
  const after = (await readWith(masks, path)).source();
  expect(masksOf(after)).toEqual(masksOf(before));
});
