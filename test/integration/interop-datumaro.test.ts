import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { formatById } from '../../src-main/datasets/formats/registry.ts';
import type { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, writeWith } from '../helpers/formats.ts';
import { askPeer, HOW_TO_GET, interopPython } from '../helpers/interop.ts';
import { expectSameMasks, peerMask, seenIn } from '../helpers/peer-masks.ts';
import type { Seen } from '../helpers/peer-masks.ts';
import { onePeerScene } from '../helpers/peer-scene.ts';
import { blankPng, put, sizeOfPicture, withPictures } from '../helpers/pictures.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-datumaro-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Item {
  readonly image: string;
  readonly split: string;
  readonly size: readonly [number, number];
  readonly shapes: readonly { readonly class: string; readonly kind: string; readonly counts: string | null; readonly box: readonly number[] }[];
}

interface Annotation {
  readonly image: string;
  readonly class: string;
  readonly size: readonly [number, number];
  readonly counts: string;
}

const masksOf = (items: readonly Item[]): Seen[] =>
  items.map(({ image, size, shapes }) => ({ image, objects: shapes.flatMap(({ class: label, counts }) => (counts === null ? [] : [{ class: label, mask: peerMask(counts, size) }])) }));

const unsplit = (source: MemorySource): MemorySource => Object.assign(source, { pictures: source.pictures.map((image) => ({ ...image, split: null })) });

const withoutBoxes = (read: MemorySource): MemorySource => Object.assign(read, { shapes: read.shapes.filter(({ shape }) => shape.kind !== 'box') });

const classes = (of: MemorySource): string[] => of.shapes.map(({ class: label }) => of.labels.find(({ id }) => id === label)?.name ?? '').toSorted();

/** Pictures where Datumaro looks for them. */
function putPictures(source: MemorySource, root: string, where: (image: MemorySource['pictures'][number]) => string): void {
  for (const image of source.pictures) put(root, where(image), blankPng(image.width ?? 0, image.height ?? 0));
}

describe.skipIf(interopPython === null)(`Datumaro’s own code (${HOW_TO_GET})`, () => {
  test('reads what we write as COCO, Pascal VOC, CVAT and Datumaro: every class, every mask', async () => {
    const whole = onePeerScene();
    const source = withPictures(whole, join(folder, 'pictures'));
    const plain = unsplit(Object.assign(Object.create(Object.getPrototypeOf(source) as object) as MemorySource, source));
    const out = (name: string): string => join(folder, name);
    await writeWith(formatById('coco'), source, out('coco'), { splits: 'file-per-split' });
    putPictures(source, out('coco'), ({ path, split }) => `images/${split}/${path}`);
    await writeWith(formatById('voc'), source, out('voc'));
    // Its reader takes subsets from a list in the head of the file, which only CVAT's own projects have.
    await writeWith(formatById('cvat'), plain, out('cvat'));
    putPictures(source, out('cvat'), ({ path }) => `images/${path}`);
    await writeWith(formatById('datumaro'), source, out('datumaro'));
    putPictures(source, out('datumaro'), ({ path, split }) => `images/${split}/${path}`);
    const found = await askPeer<Item[][]>('datumaro', { do: 'read', datasets: ['coco', 'voc', 'cvat', 'datumaro'].map((name) => [out(name), name]) });
    const [coco = [], voc = [], cvat = [], datumaro = []] = found;
    expectSameMasks(masksOf(coco), seenIn(source), 1);
    // What others hide of an object is lost in label pictures: those of what we read back.
    expectSameMasks(masksOf(voc.filter(({ split }) => split !== 'trainval')), seenIn((await readWith(formatById('voc'), out('voc'), sizeOfPicture)).source()), 1);
    // It keeps corners in single precision, and two digits of them.
    expectSameMasks(masksOf(cvat), seenIn(source), 0.97);
    expectSameMasks(masksOf(datumaro), seenIn(source), 0.97);
    const splits = new Map(source.pictures.map(({ path, split }) => [path.replace('.png', ''), split]));
    for (const items of [coco, datumaro]) expect(new Map(items.map(({ image, split }) => [image, split]))).toEqual(splits);
  });

  test('writes COCO, Pascal VOC, CVAT, Datumaro and YOLO that we read: every class, every mask', async () => {
    const source = withPictures(onePeerScene(), join(folder, 'pictures'));
    const out = (name: string): string => join(folder, 'theirs', name);
    await writeWith(formatById('coco'), source, join(folder, 'source'), { splits: 'file-per-split', segmentation: 'as-drawn' });
    putPictures(source, join(folder, 'source'), ({ path, split }) => `images/${split}/${path}`);
    const targets = ['coco', 'voc', 'cvat', 'datumaro', 'yolo'].map((name) => [name, out(name)]);
    const theirs = masksOf(await askPeer<Item[]>('datumaro', { do: 'write', path: join(folder, 'source'), format: 'coco', targets }));
    const read = async (id: string): Promise<MemorySource> => {
      const sink = await readWith(formatById(id), out(id), sizeOfPicture);
      expect(sink.problems, id).toEqual([]);
      return sink.source();
    };
    // Its COCO has polygons of masks, without their holes, so pycocotools says what is in the file.
    const written = await askPeer<Annotation[][]>('pycocotools', { do: 'read', files: ['train', 'val'].map((split) => join(out('coco'), 'annotations', `instances_${split}.json`)) });
    const images = Map.groupBy(written.flat(), ({ image }) => image);
    expectSameMasks([...images].map(([image, of]) => ({ image, objects: of.map(({ class: label, counts, size }) => ({ class: label, mask: peerMask(counts, size) })) })), seenIn(await read('coco')), 1);
    // It reads each COCO annotation as two, its shape and its box, and writes both.
    expectSameMasks(theirs, seenIn(withoutBoxes(await read('datumaro'))), 0.97);
    expectSameMasks(theirs, seenIn(withoutBoxes(await read('cvat'))), 0.97);
    // Its Pascal VOC has boxes for drawn polygons, and its YOLO has boxes for everything.
    for (const id of ['voc', 'yolo']) expect(classes(await read(id)), id).toEqual(classes(source));
  });
});
