import * as fc from 'fast-check';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import { decodePng, encodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import { recognisedFormat } from '../../src-main/datasets/formats/registry.ts';
import { vocPalette } from '../../src-main/datasets/formats/voc/voc-palette.ts';
import { voc } from '../../src-main/datasets/formats/voc/voc.ts';
import { factsOf } from '../../src-main/datasets/source.ts';
import type { DatasetInstance, SizedImage } from '../../src-main/datasets/source.ts';
import { rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { rleIou } from '../../src-shared/geometry/rle-algebra.ts';
import { maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, roundTrip, textsIn, writeWith } from '../helpers/formats.ts';
import type { MemorySink } from '../helpers/memory-sink.ts';
import { blankPng, put, sizeOfPicture, withPictures } from '../helpers/pictures.ts';
import { scene, scenes } from '../helpers/random-scene.ts';

let folder: string;
let set: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-voc-'));
  set = join(folder, 'set');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const readVoc = (path: string): Promise<MemorySink> => readWith(voc, path, sizeOfPicture);
const object = (name: string, [xmin, ymin, xmax, ymax]: number[], more = ''): string => `<object><name>${name}</name>${more}<bndbox><xmin>${xmin}</xmin><ymin>${ymin}</ymin><xmax>${xmax}</xmax><ymax>${ymax}</ymax></bndbox></object>`;
const annotation = (inner: string, size = '<size><width>6</width><height>4</height><depth>3</depth></size>', filename = 'a.jpg'): string => `\ufeff<?xml version="1.0"?>\r\n<annotation><folder>VOC2012</folder><filename>${filename}</filename>${size}${inner}</annotation>`;
const indexed = (rows: readonly string[]): Uint8Array => encodePng({ width: rows[0]?.length ?? 0, height: rows.length, kind: 'indexed', palette: vocPalette(), samples: Uint8Array.from(rows.join(''), (c) => (c === '.' ? 0 : c === '*' ? 255 : Number.parseInt(c, 36))) });

test('the palette is the one that VOC publishes', () => {
  const colours = vocPalette();
  const at = (index: number): number[] => [...colours.subarray(index * 3, index * 3 + 3)];
  expect([0, 1, 2, 3, 8, 15, 20, 21, 255].map(at)).toEqual([[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [64, 0, 0], [192, 128, 128], [0, 64, 128], [128, 64, 128], [224, 224, 192]]);
});

describe('what programs write is read', () => {
  test('a mask belongs to an object of its class in whose box it lies, whatever its number', async () => {
    put(set, 'Annotations/a.xml', annotation(object('person', [1, 1, 2, 2]) + object('person', [4, 1, 6, 2]) + object('person', [1, 3, 3, 4])));
    put(set, 'JPEGImages/a.jpg', blankPng(6, 4));
    // Numbered as Datumaro does: the first object has no mask, and is not counted.
    put(set, 'SegmentationObject/a.png', indexed(['...111', '...1..', '222...', '..2...']));
    put(set, 'SegmentationClass/a.png', indexed(['...fff', '...f..', 'fff...', '..f...']));
    const sink = await readVoc(set);
    expect(sink.problems).toEqual([]);
    expect(sink.instances.map(({ shape }) => (shape.kind === 'box' ? shape.box : [...rleToBitmap(shapeToRle(shape, 4, 6))].join('')))).toEqual([{ x: 0, y: 0, width: 2, height: 2 }, '000111000100000000000000', '000000000000111000001000']);
  });

  test('boxes count from 1 and hold the last pixel; flags, parts and other elements are kept', async () => {
    put(set, 'VOCdevkit/VOC2012/Annotations/a.xml', annotation(`<source><database>X</database></source><segmented>0</segmented>${object('person', [1, 2, 6, 4], '<pose>Left</pose><truncated>1</truncated><difficult>1</difficult><occluded>0</occluded><part><name>head</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>2</xmax><ymax>3</ymax></bndbox></part>')}${object('dog', [2.5, 1, 3.5, 2])}`));
    put(set, 'VOCdevkit/VOC2012/JPEGImages/a.jpg', blankPng(6, 4));
    put(set, 'VOCdevkit/VOC2012/ImageSets/Main/train.txt', 'a\n');
    put(set, 'VOCdevkit/VOC2012/ImageSets/Main/trainval.txt', 'a\n');
    put(set, 'VOCdevkit/VOC2012/ImageSets/Main/person_train.txt', 'a  1\n');
    expect(await voc.recognise(set)).toBe(true);
    const sink = await readVoc(set);
    expect(sink.problems).toEqual([]);
    expect(sink.images).toMatchObject([{ path: 'a.jpg', file: join(set, 'VOCdevkit/VOC2012/JPEGImages/a.jpg'), width: 6, height: 4, split: 'train' }]);
    expect(sink.instances).toMatchObject([
      { class: 'person', shape: { kind: 'box', box: { x: 0, y: 1, width: 6, height: 3 } }, extras: { truncated: true, difficult: true } },
      { class: 'dog', shape: { kind: 'box', box: { x: 1.5, y: 0, width: 2, height: 2 } } },
    ]);
    await writeWith(voc, withPictures(sink.source(), folder), join(folder, 'again'));
    const xml = textsIn(join(folder, 'again'))['Annotations/a.xml'] ?? '';
    for (const kept of ['<pose>Left</pose>', '<name>head</name>', '<database>X</database>', '<folder>VOC2012</folder>', '<truncated>1</truncated>', '<difficult>1</difficult>', '<occluded>0</occluded>']) expect(xml).toContain(kept);
  });

  test('masks: the k-th object, its class, void, and a mask that has no object', async () => {
    put(set, 'Annotations/a.xml', annotation(`${object('cat', [1, 1, 2, 2], '<truncated>1</truncated>')}${object('dog', [5, 1, 6, 1])}${object('car', [1, 4, 2, 4])}`));
    put(set, 'SegmentationObject/a.png', indexed(['11*.22', '1.*...', '...9..', '......']));
    put(set, 'SegmentationClass/a.png', indexed(['88*.cc', '8.*...', '...f..', '......']));
    put(set, 'ImageSets/Segmentation/val.txt', 'a\r\n');
    const sink = await readVoc(set);
    expect(sink.problems).toEqual([]);
    expect(sink.images[0]?.split).toBe('val');
    expect(sink.instances.map(({ class: cls, shape }) => [cls, shape.kind === 'mask' ? [...rleToBitmap(shapeToRle(shape, 4, 6))].flatMap((inside, i) => (inside ? [i] : [])) : shape.kind])).toEqual([
      ['cat', [0, 1, 6]], ['dog', [4, 5]], ['car', 'box'], ['person', [15]],
    ]);
    expect(sink.instances[0]?.extras).toMatchObject({ truncated: true });
  });

  test('labelmap.txt of CVAT gives names and colours, also of pictures in RGB', async () => {
    put(set, 'labelmap.txt', '# label:color_rgb:parts:actions\nbackground:0,0,0::\nsky:10,20,30::\na:b:128,0,0:head,hand:run\n');
    put(set, 'JPEGImages/a.png', blankPng(2, 1));
    put(set, 'SegmentationClass/a.png', encodePng({ width: 2, height: 1, kind: 'rgb', samples: Uint8Array.of(10, 20, 30, 128, 0, 0) }));
    const sink = await readVoc(set);
    expect(sink.classes.map(({ name }) => name)).toEqual(['sky', 'a:b']);
    expect(sink.of('a.png').map(({ class: cls }) => cls).toSorted()).toEqual(['a:b', 'sky']);
  });

  test('labelImg: XML beside the pictures, under another name, without a size', async () => {
    put(set, 'x.xml', annotation(object('a &amp; b', [1, 1, 2, 2]), '', 'C:\\old\\y.jpg'));
    put(set, 'x.png', blankPng(6, 4));
    const sink = await readVoc(set);
    expect(sink.images).toMatchObject([{ path: 'x.png', width: 6, height: 4, split: null }]);
    expect(sink.instances).toMatchObject([{ class: 'a & b' }]);
    expect((await readVoc(join(set, 'x.xml'))).instances).toEqual(sink.instances);
  });
});

const rgb = (rows: readonly (readonly (readonly [number, number, number])[])[]): Uint8Array => encodePng({ width: rows[0]?.length ?? 0, height: rows.length, kind: 'rgb', samples: Uint8Array.from(rows.flat(2)) });
const [none, one, two, border, odd] = [[0, 0, 0], [128, 0, 0], [0, 128, 0], [224, 224, 192], [9, 9, 9]] as const;

const found = (sink: MemorySink): unknown[] => sink.instances.map(({ class: cls, shape }) => [cls, [...rleToBitmap(shapeToRle(shape, 2, 3))].join('')]);

describe('masks in colors', () => {
  const legend = '# label:color_rgb:parts:actions\nbackground:0,0,0::\nleaf:51,221,255::\nstem:1,2,3::\n';
  const classes = rgb([[[51, 221, 255], [51, 221, 255], none], [[51, 221, 255], none, [1, 2, 3]]]);

  test('objects are numbers of VOC’s palette, whatever the colors of the classes (CVAT, Datumaro)', async () => {
    put(set, 'labelmap.txt', legend);
    put(set, 'JPEGImages/a.png', blankPng(3, 2));
    put(set, 'SegmentationClass/a.png', classes);
    put(set, 'SegmentationObject/a.png', rgb([[one, two, border], [one, none, odd]]));
    const sink = await readVoc(set);
    expect(found(sink)).toEqual([['leaf', '100100'], ['leaf', '010000'], ['stem', '000001']]);
    expect(sink.problems).toEqual([]);
  });

  test('of several roots each has its own legend; numbers without colors are lines of it', async () => {
    for (const [root, names] of [['train', 'background:0,0,0::\nsky:10,20,30::\n'], ['valid', 'background:0,0,0::\nroad:::\nsky:10,20,30::\n']] as const) {
      put(set, `${root}/labelmap.txt`, names);
      put(set, `${root}/JPEGImages/a.jpg`, blankPng(2, 1));
      put(set, `${root}/SegmentationClass/a.png`, encodePng({ width: 2, height: 1, kind: 'grey', samples: Uint8Array.of(0, 1) }));
    }
    const sink = await readVoc(set);
    expect(sink.instances.map(({ image, class: cls }) => [sink.images.find(({ key }) => key === image)?.split, cls])).toEqual([['train', 'sky'], ['val', 'road']]);
  });

  test('an index without a name is named by its number, which is said', async () => {
    put(set, 'class_names.txt', '__ignore__\n_background_\ncat\n');
    put(set, 'SegmentationClass/a.png', indexed(['17']));
    const sink = await readVoc(set);
    expect(sink.instances.map(({ class: cls }) => cls)).toEqual(['cat', 'class 7']);
    expect(sink.notes).toEqual([expect.stringContaining('"class 7"')]);
  });
});

describe('shapes that programs add to VOC', () => {
  const outline = '<polygon><x1>1.5</x1><y1>1</y1><x2>5</x2><y2>1</y2><x3>5</x3><y3>3</y3></polygon>';
  const ring = [1.5, 1, 5, 1, 5, 3];

  test.each([
    ['numbered corners (Roboflow, RectLabel, V7)', outline],
    ['numbered corners, a box beside them', `<bndbox><xmin>2</xmin><ymin>1</ymin><xmax>5</xmax><ymax>3</ymax></bndbox>${outline}`],
    ['ten corners or more in another order', '<polygon><x10>5</x10><y10>3</y10><x1>1.5</x1><y1>1</y1><x2>5</x2><y2>1</y2></polygon>'],
    ['a list of points', '<polygon><username>x</username><pt><x>1.5</x><y>1</y></pt><pt><x>5</x><y>1</y></pt><pt><x>5</x><y>3</y></pt></polygon>'],
    ['a list of points as text', '<polygon><point>1.5,1</point><point>5,1</point><point>5,3</point></polygon>'],
  ])('%s are a polygon', async (_, inner) => {
    put(set, 'a.xml', annotation(`<object><name>leaf</name>${inner}</object>`));
    const sink = await readVoc(set);
    expect(sink.instances).toMatchObject([{ class: 'leaf', shape: { kind: 'polygon', parts: [{ outer: ring, holes: [] }] } }]);
    expect(sink.problems).toEqual([]);
    // It is not written back beside the shape that may have been edited.
    await writeWith(voc, withPictures(sink.source(), folder), join(folder, 'again'), { masks: false });
    expect(textsIn(join(folder, 'again'))['Annotations/a.xml']).not.toContain('polygon');
  });

  test('several polygons are parts of one object; one that is damaged leaves the others, or the box', async () => {
    const other = outline.replaceAll('1.5', '2');
    put(set, 'a.xml', annotation(`<object><name>a</name>${outline}${other}</object><object><name>b</name>${outline}<polygon><x1>1</x1><y1>1</y1></polygon></object><object><name>c</name><polygon><x1>a</x1></polygon><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object>`));
    const sink = await readVoc(set);
    expect(sink.instances.map(({ shape }) => (shape.kind === 'polygon' ? shape.parts.length : shape.kind))).toEqual([2, 1, 'box']);
    expect(sink.problems.map(({ item }) => item)).toEqual(['a.xml, object 2', 'a.xml, object 3']);
  });

  test('rotated boxes of roLabelImg are polygons, which is said', async () => {
    put(set, 'a.xml', annotation('<object><type>robndbox</type><name>ship</name><robndbox><cx>3</cx><cy>2</cy><w>4</w><h>2</h><angle>1.5707963267948966</angle></robndbox></object>'));
    const sink = await readVoc(set);
    const [ship] = sink.instances;
    expect(ship?.shape.kind === 'polygon' ? ship.shape.parts[0]?.outer.map((value) => Math.round(value * 1000) / 1000 + 0) : ship?.shape).toEqual([4, 0, 4, 4, 2, 4, 2, 0]);
    expect(sink.notes).toEqual(['1 rotated box became a polygon of four corners.']);
  });
});

describe('folders as they are offered for download', () => {
  test('Roboflow: XML beside the images, by splits', async () => {
    for (const [split, name] of [['train', 'a'], ['valid', 'a'], ['test', 'c']] as const) {
      put(set, `${split}/${name}.xml`, annotation(object('cat', [1, 1, 2, 2]), undefined, `${name}.png`));
      put(set, `${split}/${name}.png`, blankPng(6, 4));
    }
    put(set, 'README.roboflow.txt', 'x');
    expect(await recognised(set)).toBe('voc');
    const sink = await readVoc(set);
    expect(sink.images.map(({ path, file, split }) => [path, file, split]).toSorted()).toEqual([['test/c.png', join(set, 'test/c.png'), 'test'], ['train/a.png', join(set, 'train/a.png'), 'train'], ['valid/a.png', join(set, 'valid/a.png'), 'val']]);
    expect(sink.instances).toHaveLength(3);
    expect([sink.problems, sink.notes]).toEqual([[], []]);
  });

  test.each([['annotations', 'images'], ['Annotations', 'JPEGImages'], ['xml', 'img'], ['labels/train', 'images/train']])('XML in %s, images in %s', async (xml, images) => {
    put(set, `${xml}/a.xml`, annotation(object('cat', [1, 1, 2, 2])));
    put(set, `${images}/a.png`, blankPng(6, 4));
    expect(await recognised(set)).toBe('voc');
    const sink = await readVoc(set);
    expect(sink.images).toMatchObject([{ file: join(set, images, 'a.png'), split: xml.includes('train') ? 'train' : null }]);
    expect(sink.notes).toEqual([expect.stringContaining('1 image found by the XML')]);
  });

  test('copies whose XML names the image they were made from have their own', async () => {
    for (const name of ['a', 'a_flip']) {
      put(set, `${name}.xml`, annotation(object('cat', [1, 1, 2, 2]), undefined, 'a.png'));
      put(set, `${name}.png`, blankPng(6, 4));
    }
    expect((await readVoc(set)).images.map(({ path }) => path)).toEqual(['a.png', 'a_flip.png']);
  });

  test('the second of two annotations of one image is reported', async () => {
    put(set, 'Annotations/a.xml', annotation(object('cat', [1, 1, 2, 2])));
    put(set, 'xml/a.xml', annotation(object('cat', [1, 1, 2, 2])));
    const sink = await readVoc(set);
    expect([sink.images.length, sink.problems.map(({ item }) => item)]).toEqual([1, ['xml/a.xml']]);
  });

  test('what may be missing: size, flags, a file name; numbers with spaces and points', async () => {
    put(set, 'a.xml', '<annotation><size><width>0</width><height/></size><object><name> cat </name><difficult/><bndbox><xmin> 1.0 </xmin><ymin>1</ymin><xmax>2.50</xmax><ymax>2e0</ymax></bndbox></object><object><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object></annotation>');
    put(set, 'a.png', blankPng(6, 4));
    const sink = await readVoc(set);
    expect(sink.images).toMatchObject([{ path: 'a.png', width: 6, height: 4 }]);
    expect(sink.instances).toMatchObject([{ class: 'cat', shape: { box: { x: 0, y: 0, width: 2.5, height: 2 } } }, { class: null }]);
    expect(sink.notes).toEqual(['1 object without a class name came in without a class.']);
    expect(sink.problems).toEqual([]);
  });
});

const recognised = async (path: string): Promise<string> => (await recognisedFormat(path)).id;

describe('hostile and damaged files are told one by one, and the rest is read', () => {
  test.each([
    ['23 entities that multiply', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><annotation>&b;</annotation>'],
    ['23 an external entity', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><annotation><filename>&a;</filename></annotation>'],
    ['an undefined entity', '<annotation><filename>&a;</filename></annotation>'],
    ['a file that is cut off', '<annotation><filename>a.jpg'],
    ['another document', '<html></html>'],
  ])('%s', async (_, text) => {
    put(set, 'Annotations/bad.xml', text);
    put(set, 'Annotations/good.xml', annotation(object('cat', [1, 1, 2, 2])));
    const sink = await readVoc(set);
    expect(sink.images.map(({ key }) => key)).toEqual(['good']);
    expect(sink.problems).toMatchObject([{ item: 'Annotations/bad.xml', problem: { code: 'dataset-invalid' } }]);
  });

  test.each([['NaN', [Number.NaN, 1, 2, 2]], ['1e308', [1, 1, 1e308, 2]], ['turned round', [3, 1, 1, 2]]])('a box with %s', async (_, box) => {
    put(set, 'Annotations/a.xml', annotation(`${object('cat', box)}${object('cat', [1, 1, 2, 2])}`));
    const sink = await readVoc(set);
    expect(sink.instances).toHaveLength(1);
    expect(sink.problems).toMatchObject([{ item: 'Annotations/a.xml, object 1' }]);
  });

  test('a picture that would be outside, and masks of another size', async () => {
    put(folder, 'secret.jpg', blankPng(6, 4));
    put(set, 'Annotations/a.xml', annotation(object('cat', [1, 1, 2, 2]), undefined, '../../secret.jpg'));
    put(set, 'Annotations/b.xml', annotation(object('cat', [1, 1, 2, 2])));
    put(set, 'SegmentationObject/b.png', indexed(['11', '..']));
    const sink = await readVoc(set);
    expect(sink.images).toMatchObject([{ key: 'a', file: null }, { key: 'b' }]);
    expect(sink.instances.filter(({ image }) => image === 'b')).toMatchObject([{ class: 'cat', shape: { kind: 'box' } }]);
    expect(sink.problems).toMatchObject([{ item: 'SegmentationObject/b.png', problem: { message: expect.stringContaining('2 × 2') as string } }]);
  });

  test('a folder without annotations is refused', async () => {
    put(set, 'a.txt', '');
    await expect(readVoc(set)).rejects.toMatchObject({ code: 'dataset-invalid' });
    expect(await voc.recognise(set)).toBe(false);
  });
});

test('what hides another, what has no class, what has no pixel: written or told', async () => {
  const square = maskShape(rleFromBitmap(Uint8Array.of(1, 1, 0, 1, 1, 0), 2, 3));
  const source = withPictures(new MemorySource().class(1, 'cat').class(2, 'new\nline').image(1, 'deep/a.png', 3, 2, { split: 'val' }).image(2, 'gone.png', null, null)
    .instance(1, 1, 1, square).instance(2, 1, 2, square).instance(3, 1, 1, { kind: 'box', box: { x: 0.4, y: 0.2, width: 2.2, height: 1 } }).instance(4, 1, null, square).instance(5, 1, 1, maskShape(rleFromBitmap(new Uint8Array(6), 2, 3))), folder);
  const summary = await writeWith(voc, source, set);
  const files = textsIn(set);
  expect(Object.keys(files).toSorted()).toEqual(['Annotations/deep/a.xml', 'ImageSets/Main/val.txt', 'ImageSets/Segmentation/val.txt', 'JPEGImages/deep/a.png', 'SegmentationClass/deep/a.png', 'SegmentationObject/deep/a.png', 'labelmap.txt']);
  expect(files['ImageSets/Main/val.txt']).toBe('deep/a\n');
  expect(files['labelmap.txt']).toBe('# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:128,0,0::\nnew line:0,128,0::\n');
  expect(summary).toMatchObject({ images: 1, instances: 3, unlabelled: 1, problems: 3 });
  expect(summary.told.map(({ item }) => item)).toEqual(['deep/a.png, instance 5', 'deep/a.png, instance 1', 'gone.png']);
  expect([...decodePng(Buffer.from(files['SegmentationObject/deep/a.png'] ?? '', 'latin1'), 'x').samples]).toEqual([2, 2, 0, 2, 2, 0]);
  expect([...(files['Annotations/deep/a.xml'] ?? '').matchAll(/<(x|y)(min|max)>(\d+)</g)].map(([, , , n]) => Number(n))).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 3, 1]);
});

const instancesOf = (source: MemorySource): { image: SizedImage; all: DatasetInstance[] }[] => source.pictures.map((image) => ({ image: image as SizedImage, all: source.instances(image.id) }));

const text = (rles: readonly { readonly size: readonly number[]; readonly counts: Uint32Array }[]): string[] => rles.map(({ size, counts }) => `${size.join('×')} ${counts.join(' ')}`).toSorted();

test.each([true, false])('export → import → export gives the same bytes, and what the preflight says (masks: %s)', async (masks) => {
  await fc.assert(
    fc.asyncProperty(scene, async (made) => {
      const source = withPictures(made, join(folder, 'pictures'));
      const { firstFiles, sink, secondFiles } = await roundTrip(voc, source, { masks }, sizeOfPicture);
      expect(sink.problems).toEqual([]);
      expect(secondFiles).toEqual(firstFiles);
      const predicted = instancesOf(source).flatMap(({ image, all }) => voc.readBackImage!(all, image, voc.options.parse({ masks }), factsOf(source)).filter(({ reasons }) => !reasons.some((reason) => reason.startsWith('it has no class') || reason === 'it covers no pixel')));
      const read = instancesOf(sink.source()).flatMap(({ image, all }) => all.map(({ shape }) => shapeToRle(shape, image.height, image.width)));
      expect(text(read)).toEqual(text(predicted.map(({ mask }) => mask)));
    }),
    { numRuns: scenes(25) },
  );
});

const photos = new URL('../../../shared/photos/coco50/', import.meta.url).pathname;
test.skipIf(!existsSync(photos))('coco50 through VOC and back: the pixels that are seen of each object (skipped: ../shared/photos/coco50 is not there)', async () => {
  const source = (await readWith(coco, join(photos, 'instances.json'))).source();
  const { first, sink, firstFiles, secondFiles } = await roundTrip(voc, source, { copyImages: false });
  expect(first).toMatchObject({ images: 50, instances: 470 });
  expect(sink.problems).toEqual([]);
  expect(secondFiles).toEqual(firstFiles);
  const read = new Map(instancesOf(sink.source()).map(({ image, all }) => [image.path.replace(/\.jpg$/, ''), all]));
  for (const { image, all } of instancesOf(source)) {
    const predicted = voc.readBackImage!(all, image, voc.options.parse({}), factsOf(source));
    const back = read.get(image.path.replace(/\.jpg$/, '')) ?? [];
    expect(back).toHaveLength(all.length);
    for (const [i, { shape }] of back.entries()) expect(rleIou(shapeToRle(shape, image.height, image.width), predicted[i]!.mask), `${image.path} ${i}`).toBe(1);
  }
});
