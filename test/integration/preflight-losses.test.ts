import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Extras } from '../../src-main/datasets/extras.ts';
import { formatById } from '../../src-main/datasets/formats/registry.ts';
import { preflightDataset } from '../../src-main/datasets/preflight.ts';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { differences } from '../helpers/differences.ts';
import { roundTrip } from '../helpers/formats.ts';
import { sizeOfPicture, withPictures } from '../helpers/pictures.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-losses-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [W, H] = [14, 12];
/** Rows of pixels from the top left corner on. */
const mask = (...rows: string[]): Shape => maskShape(rleFromBitmap(Uint8Array.from({ length: W * H }, (_, i) => (rows[Math.floor(i / W)]?.[i % W] === '#' ? 1 : 0)), H, W));
const polygon = (...parts: { outer: number[]; holes?: number[][] }[]): Shape => ({ kind: 'polygon', parts: parts.map(({ outer, holes = [] }) => ({ outer, holes })) });
const box = (x: number, y: number, width: number, height: number): Shape => ({ kind: 'box', box: { x, y, width, height } });
const square = (x: number, y: number, side: number): number[] => [x, y, x + side, y, x + side, y + side, x, y + side];
const [whole, area] = [mask('####', '####', '##', '##'), box(1, 2, 6, 4)];

/** Every format with its options, and a shape of which nothing is lost in it. */
const WAYS: readonly { readonly name: string; readonly id: string; readonly options: Record<string, unknown>; readonly exact: Shape }[] = [
  { id: 'coco', options: { segmentation: 'rle' }, exact: whole }, { id: 'coco', options: { segmentation: 'polygons' }, exact: whole }, { id: 'coco', options: { segmentation: 'as-drawn' }, exact: whole }, { id: 'panoptic', options: {}, exact: whole },
  { id: 'yolo', options: { labels: 'polygons' }, exact: whole }, { id: 'yolo', options: { labels: 'boxes' }, exact: area }, { id: 'yolo', options: { labels: 'rotated-boxes' }, exact: polygon({ outer: square(1, 1, 8) }) },
  { id: 'voc', options: { masks: true }, exact: whole }, { id: 'voc', options: { masks: false }, exact: area },
  { id: 'labelme', options: { shapes: 'masks' }, exact: whole }, { id: 'labelme', options: { shapes: 'polygons' }, exact: area },
  { id: 'cvat', options: {}, exact: whole }, { id: 'datumaro', options: {}, exact: whole }, { id: 'label-studio', options: {}, exact: whole },
  { id: 'sa-1b', options: {}, exact: whole }, { id: 'supervisely', options: { shapes: 'as-drawn' }, exact: whole }, { id: 'supervisely', options: { shapes: 'bitmaps' }, exact: whole },
  { id: 'isat', options: {}, exact: polygon({ outer: square(1, 1, 8) }) }, { id: 'via', options: {}, exact: area },
  { id: 'geojson', options: {}, exact: polygon({ outer: square(1, 1, 8) }) }, { id: 'cityscapes', options: {}, exact: polygon({ outer: square(1, 1, 8) }) }, { id: 'dota', options: {}, exact: polygon({ outer: square(1, 1, 8) }) },
  { id: 'masks', options: { layout: 'semantic' }, exact: whole }, { id: 'masks', options: { layout: 'instance' }, exact: whole }, { id: 'masks', options: { layout: 'separate' }, exact: whole },
].map((way) => ({ ...way, name: [way.id, ...Object.values(way.options)].join(' ') }));

const scene = (...shapes: readonly { readonly shape: Shape; readonly extras?: Extras; readonly z?: number; readonly label?: number | null }[]): MemorySource => {
  const source = new MemorySource().class(1, 'cat').image(1, 'a.jpg', W, H);
  Object.assign(source.labels[0] ?? {}, { colour: '#123456' });
  for (const [i, { shape, extras = {}, z = i, label = 1 }] of shapes.entries()) {
    source.instance(i + 1, 1, label, shape, extras);
    Object.assign(source.shapes[i] ?? {}, { z });
  }
  return source;
};

const described = (extras: Extras): ((exact: Shape) => MemorySource) => (exact) => scene({ shape: exact, extras });
const shaped = (shape: Shape): (() => MemorySource) => () => scene({ shape });
const pose = { yolo: { kpt_shape: [2, 3] } };
const changed = (exact: Shape, change: (source: MemorySource) => void): MemorySource => {
  const source = scene({ shape: exact });
  change(source);
  return source;
};

/** What is lost in other programs alone. */
const ELSEWHERE = /joined (to the outline|into one outline)|on a grid of a fifth/;

/** Data sets with one thing each that some format has no place for. */
const KINDS: Readonly<Record<string, (exact: Shape) => MemorySource>> = {
  'nothing special': (exact) => scene({ shape: exact }),
  'a mask with a hole': shaped(mask('####', '#.##', '####')),
  'a mask of two parts': shaped(mask('##..##', '##..##')),
  'a mask of parts that touch at a corner': shaped(mask('##', '##', '..##', '..##')),
  'a polygon': shaped(polygon({ outer: [1, 1, 9, 1, 9, 8] })),
  'a polygon with fractions': shaped(polygon({ outer: [1.123456, 1.5, 9.25, 1.987654, 9.1, 8.3] })),
  'a polygon with a hole': shaped(polygon({ outer: square(1, 1, 8), holes: [square(3, 3, 3)] })),
  'a polygon of two parts': shaped(polygon({ outer: square(1, 1, 3) }, { outer: square(6, 6, 3) })),
  'a polygon of parts that overlap': shaped(polygon({ outer: square(1, 1, 4) }, { outer: square(3, 3, 4) })),
  'a polygon beyond the picture': shaped(polygon({ outer: square(-2, -2, 6) })),
  'a box': shaped(area),
  'a box with fractions': shaped(box(1.25, 2.5, 6.125, 4.75)),
  'a box beyond the picture': shaped(box(-3, 2, 8, 20)),
  'a mask without a pixel': (exact) => scene({ shape: exact }, { shape: mask('') }),
  'a polygon without a pixel': (exact) => scene({ shape: exact }, { shape: polygon({ outer: [1, 1.1, 9, 1.2, 9, 1.3] }) }),
  'a box without a pixel': (exact) => scene({ shape: exact }, { shape: box(3, 9, 0, 1) }),
  overlap: () => scene({ shape: mask('####', '###') }, { shape: mask('..####', '..##') }),
  'overlap in another order': () => scene({ shape: mask('####', '###'), z: 2 }, { shape: mask('..####', '..##'), z: 1 }),
  'another order without overlap': () => scene({ shape: mask('##', '#'), z: 2 }, { shape: mask('....##', '....#'), z: 1, label: 1 }),
  'no class': (exact) => scene({ shape: exact }, { shape: mask('', '', '', '', '', '....###', '....###'), label: null }),
  'an attribute of text': described({ attributes: { pose: 'left' } }),
  'an attribute of spaces': described({ attributes: { note: ' a  b ' } }),
  'an attribute of a number': described({ attributes: { age: 7.5 } }),
  'an attribute of yes or no': described({ attributes: { wild: false } }),
  'an attribute without a value': described({ attributes: { what: null } }),
  crowd: described({ crowd: true }),
  'a group': described({ group: 3 }),
  'a group with a name': described({ group: 'herd' }),
  occluded: described({ occluded: true }),
  truncated: described({ truncated: true }),
  difficult: described({ difficult: true }),
  'a score': described({ score: 0.625 }),
  'a description': described({ description: 'behind the tree' }),
  'a description of spaces': described({ description: ' a\nb ' }),
  'what only another program says of an instance': described({ own: { other: { shade: [1, 2] } } }),
  keypoints: (exact) => changed(scene({ shape: exact, extras: { own: { yolo: { keypoints: [0.1, 0.2, 2, 0.3, 0.4, 1] } } } }).shapes[0]?.shape ?? exact, (source) => {
    source.own = { own: pose };
    Object.assign(source.shapes[0] ?? {}, { extras: { own: { yolo: { keypoints: [0.1, 0.2, 2, 0.3, 0.4, 1] } } } });
  }),
  'a supercategory': (exact) => changed(exact, (source) => Object.assign(source.labels[0] ?? {}, { extras: { supercategory: 'animal' } })),
  'what only another program says of a class': (exact) => changed(exact, (source) => Object.assign(source.labels[0] ?? {}, { extras: { own: { other: { shade: 1 } } } })),
  'what only another program says of an image': (exact) => changed(exact, (source) => Object.assign(source.pictures[0] ?? {}, { extras: { own: { other: { shade: 1 } } } })),
  'what only another program says of the data set': (exact) => changed(exact, (source) => Object.assign(source, { own: { own: { other: { shade: 1 } } } })),
  'a class without instances': (exact) => changed(exact, (source) => source.class(2, 'dog')),
  'an image without instances': (exact) => changed(exact, (source) => source.image(2, 'b.jpg', 5, 4)),
  'attributes of an image': (exact) => changed(exact, (source) => Object.assign(source.pictures[0] ?? {}, { extras: { attributes: { weather: 'snow' } } })),
  'stuff in two instances': () => {
    const source = scene({ shape: mask('##', '#') }, { shape: mask('....##', '....#') });
    Object.assign(source.labels[0] ?? {}, { extras: { own: { panoptic: { id: 7, isthing: 0 } } } });
    return source;
  },
};

describe('before an export, what is lost is said, and nothing else', () => {
  test.each(WAYS)('$name', async ({ id, options, exact }) => {
    const format = formatById(id);
    const wrong: string[] = [];
    for (const [kind, make] of Object.entries(KINDS)) {
      const source = withPictures(make(exact), folder);
      const preflight = await preflightDataset(source, format, 'all', format.options.parse(options));
      const { sink } = await roundTrip(format, source, options, sizeOfPicture);
      const found = differences(source, sink.source());
      const lost = found.filter((difference) => difference !== 'colour');
      const said = [...preflight.whole.filter(({ cosmetic }) => !cosmetic).map(({ text }) => text), ...preflight.losses.flatMap(({ reasons }) => reasons).filter((reason) => lost.length > 0 || !ELSEWHERE.test(reason)), ...(preflight.unlabelled > 0 ? ['without a class'] : [])];
      if (lost.length > 0 !== said.length > 0) wrong.push(`${kind}: lost ${lost.join(', ') || 'nothing'}; said ${said.join('; ') || 'nothing'}`);
      if (found.includes('colour') !== preflight.whole.some(({ cosmetic }) => cosmetic)) wrong.push(`${kind}: colours`);
    }
    expect(wrong).toEqual([]);
  });
});
