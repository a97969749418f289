import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatById } from '../../src-main/datasets/formats/registry.ts';
import { encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { shapeToParts } from '../../src-shared/geometry/shape.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, writeWith } from '../helpers/formats.ts';
import { askPeer, HOW_TO_GET, interopPython } from '../helpers/interop.ts';
import { expectSameMasks, peerMask, seenIn } from '../helpers/peer-masks.ts';
import type { Seen } from '../helpers/peer-masks.ts';
import { onePeerScene } from '../helpers/peer-scene.ts';
import { put, blankPng, sizeOfPicture, withPictures } from '../helpers/pictures.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-tools-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Item {
  readonly image: string;
  readonly size: readonly [number, number];
  readonly objects: readonly { readonly class: string; readonly counts: string | null }[];
}

const masksOf = (items: readonly Item[]): Seen[] =>
  items.map(({ image, size, objects }) => ({ image: basename(image), objects: objects.flatMap(({ class: label, counts }) => (counts === null ? [] : [{ class: label, mask: peerMask(counts, size) }])) }));

const theirs = (name: string): string => join(folder, 'theirs', name);
const sizeOf = ({ width, height }: MemorySource['pictures'][number]): [number, number] => [height ?? 0, width ?? 0];
const some = ({ objects }: Seen): boolean => objects.length > 0;

describe.skipIf(interopPython === null)(`labeling tools’ own code (${HOW_TO_GET})`, () => {
  let source = new MemorySource();
  beforeAll(() => {
    source = withPictures(onePeerScene(), join(folder, 'pictures'));
    mkdirSync(join(folder, 'theirs'));
  });

  test('Label Studio’s converter decodes what we write, and writes brush strokes and polygons that we read, to the pixel', async () => {
    await writeWith(formatById('label-studio'), source, join(folder, 'label-studio'));
    const polygons = Object.assign(new MemorySource(), source, { shapes: source.shapes.filter(({ shape }) => shape.kind === 'polygon') });
    await writeWith(formatById('coco'), polygons, join(folder, 'polygons'), { segmentation: 'polygons' });
    const images = seenIn(source).map(({ image, objects }, i) => [`${image}.png`, sizeOf(source.pictures[i]!), objects.map(({ class: label, mask }) => [label, encodeCocoCounts(mask.counts)])]);
    const [decoded] = await askPeer<[Item[]]>('label_studio', { do: 'together', requests: [
      { do: 'read', file: join(folder, 'label-studio', 'label-studio.json') }, { do: 'brushes', images, out: theirs('brushes.json') },
      { do: 'from_coco', file: join(folder, 'polygons', 'instances.json'), out: theirs('polygons.json') },
    ] });
    expectSameMasks(masksOf(decoded), seenIn(source), 1);
    const brushes = await readWith(formatById('label-studio'), theirs('brushes.json'));
    expect(brushes.problems).toEqual([]);
    expectSameMasks(seenIn(brushes.source()), seenIn(source), 1);
    // It makes two regions of each COCO annotation, its polygon and its box; images without annotations are not tasks.
    const converted = (await readWith(formatById('label-studio'), theirs('polygons.json'))).source();
    // Percents of the image make other last bits of the corners.
    expectSameMasks(seenIn(Object.assign(converted, { shapes: converted.shapes.filter(({ shape }) => shape.kind === 'polygon') })).filter(some), seenIn(polygons).filter(some), 0.97);
  });

  test('LVIS’ own API reads COCO written with its fields, to the pixel', async () => {
    await writeWith(formatById('coco'), source, join(folder, 'lvis'), { fields: 'lvis', segmentation: 'as-drawn' });
    const { images, frequencies } = await askPeer<{ images: Item[]; frequencies: Record<string, string> }>('lvis', { do: 'read', file: join(folder, 'lvis', 'instances.json') });
    expectSameMasks(masksOf(images), seenIn(source), 1);
    expect(new Set(Object.values(frequencies))).toEqual(new Set(['r']));
  });

  test('labelme opens what we write and draws it', async () => {
    for (const shapes of ['polygons', 'masks']) {
      const out = join(folder, `labelme-${shapes}`);
      const whole = shapes === 'masks' ? source : Object.assign(new MemorySource(), source, { shapes: source.shapes.filter(({ shape }) => shape.kind === 'polygon') });
      await writeWith(formatById('labelme'), whole, out, { shapes });
      const files = source.pictures.map((image) => [join(out, image.path.replace('.png', '.json')), image.path, sizeOf(image)]);
      // Polygons are filled on whole pixels, with the outline: up to a pixel wider, which is much of objects so small.
      expectSameMasks(masksOf(await askPeer<Item[]>('labelme', { do: 'read', files })), seenIn(whole), 0.6);
    }
  });

  test('labelme saves files that we read', async () => {
    const polygons = Object.assign(new MemorySource(), source, { shapes: source.shapes.filter(({ shape }) => shape.kind === 'polygon') });
    const out = theirs('labelme');
    const names = new Map(source.labels.map(({ id, name }) => [id, name]));
    const files = source.pictures.map((image) => {
      put(out, image.path, blankPng(image.width ?? 0, image.height ?? 0));
      const shapes = polygons.instances(image.id).map(({ class: label, shape }) => [names.get(label ?? 0), 'polygon', pairs(shapeToParts(shape)[0]?.outer ?? [])]);
      return [join(out, image.path.replace('.png', '.json')), image.path, sizeOf(image), shapes];
    });
    await askPeer('labelme', { do: 'write', files });
    const read = await readWith(formatById('labelme'), out, sizeOfPicture);
    expect(read.problems).toEqual([]);
    expectSameMasks(seenIn(read.source()), seenIn(polygons), 1);
  });

  test('Ultralytics accepts each label file that we write, and trains on its objects', async () => {
    const out = join(folder, 'yolo');
    await writeWith(formatById('yolo'), source, out);
    const labels = source.pictures.map(({ path, split }) => [join(out, 'images', split ?? 'train', path), join(out, 'labels', split ?? 'train', path.replace('.png', '.txt'))]);
    const found = await askPeer<(Item & { readonly corrupt: number; readonly message: string })[]>('ultralytics', { do: 'check', data: join(out, 'data.yaml'), labels });
    expect(found.map(({ corrupt, message }) => [corrupt, message])).toEqual(found.map(() => [0, '']));
    // Corners are cut down to whole pixels and the outline is painted.
    expectSameMasks(masksOf(found), seenIn(source), 0.5);
  });
});

const pairs = (ring: readonly number[]): number[][] => Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i] ?? 0, ring[2 * i + 1] ?? 0]);
