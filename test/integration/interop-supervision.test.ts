import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { formatById } from '../../src-main/datasets/formats/registry.ts';
import type { MemorySource } from '../helpers/dataset-source.ts';
import { readWith, writeWith } from '../helpers/formats.ts';
import { askPeer, HOW_TO_GET, interopPython } from '../helpers/interop.ts';
import { expectSameMasks, peerMask, seenIn } from '../helpers/peer-masks.ts';
import type { Seen } from '../helpers/peer-masks.ts';
import { onePeerScene } from '../helpers/peer-scene.ts';
import { blankPng, put, sizeOfPicture, withPictures } from '../helpers/pictures.ts';

const photos = fileURLToPath(new URL('../../../shared/photos/coco50/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'maskwright-supervision-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Item {
  readonly image: string;
  readonly size: readonly [number, number];
  readonly objects: readonly { readonly class: string; readonly counts: string | null }[];
}

const masksOf = (items: readonly Item[]): Seen[] =>
  items.map(({ image, size, objects }) => ({ image, objects: objects.flatMap(({ class: label, counts }) => (counts === null ? [] : [{ class: label, mask: peerMask(counts, size) }])) }));
const split = (items: readonly Item[], source: MemorySource, name: string): Seen[] => masksOf(items.filter(({ image }) => source.pictures.some(({ path, split: of }) => path === image && of === name)));

describe.skipIf(interopPython === null)(`supervision’s own code (${HOW_TO_GET})`, () => {
  test('reads what we write as COCO, YOLO and Pascal VOC, and writes what we read', async () => {
    const source = withPictures(onePeerScene(), join(folder, 'pictures'));
    const at = (...names: string[]): string => join(folder, ...names);
    for (const image of source.pictures) put(at('images'), image.path, blankPng(image.width ?? 0, image.height ?? 0));
    await writeWith(formatById('coco'), source, at('coco'));
    await writeWith(formatById('coco'), source, at('polygons'), { segmentation: 'polygons' });
    await writeWith(formatById('yolo'), source, at('yolo'));
    await writeWith(formatById('voc'), source, at('voc'));
    const theirs = { coco: at('theirs', 'coco'), yolo: at('theirs', 'yolo'), voc: at('theirs', 'voc') };
    const [[coco = [], polygons = [], train = [], val = [], voc = []], written] = await Promise.all([
      askPeer<Item[][]>('supervision', { do: 'read', datasets: [
        ['coco', at('images'), at('coco', 'instances.json')], ['coco', at('images'), at('polygons', 'instances.json')],
        ...['train', 'val'].map((name) => ['yolo', at('yolo', 'images', name), at('yolo', 'labels', name), at('yolo', 'data.yaml')]), ['voc', at('voc', 'JPEGImages'), at('voc', 'Annotations')],
      ] }),
      askPeer<Item[]>('supervision', { do: 'write', dataset: ['coco', at('images'), at('coco', 'instances.json')], ...theirs }),
    ]);
    expectSameMasks(masksOf(coco), seenIn(source), 1);
    // It fills polygons on whole pixels and paints the outline: up to a pixel wider, which is much of objects so small.
    expectSameMasks(masksOf(polygons), seenIn(source), 0.5);
    expectSameMasks(split(train, source, 'train'), seenIn(source).filter((_, i) => source.pictures[i]?.split === 'train'), 0.5);
    expectSameMasks(split(val, source, 'val'), seenIn(source).filter((_, i) => source.pictures[i]?.split === 'val'), 0.5);
    expect(voc.map(({ image, objects }) => [image, objects.length]).toSorted()).toEqual(source.pictures.map(({ id, path }) => [path, source.instances(id).length]).toSorted());

    const ours = masksOf(written);
    // Those with holes or several parts it writes as run lengths, the others as the corners of their pixels' middles.
    expectSameMasks(ours, seenIn((await readWith(formatById('coco'), join(theirs.coco, 'instances.json'))).source()), 0.5);
    const yolo = await readWith(formatById('yolo'), theirs.yolo, sizeOfPicture);
    expect([yolo.problems, yolo.images.length]).toEqual([[], source.pictures.length]);
    const boxes = await readWith(formatById('voc'), join(theirs.voc, 'annotations'), sizeOfPicture);
    expect(boxes.images.length).toBe(source.pictures.length);
  });

  test.skipIf(!existsSync(photos))('reads some of COCO’s photographs from our COCO, to the pixel (skipped: ../shared/photos/coco50 is not there)', async () => {
    const all = (await readWith(formatById('coco'), join(photos, 'instances.json'))).source();
    const source = Object.assign(all, { pictures: all.pictures.slice(0, 8) });
    await writeWith(formatById('coco'), source, join(folder, 'photos'));
    const [found = []] = await askPeer<Item[][]>('supervision', { do: 'read', datasets: [['coco', join(photos, 'images'), join(folder, 'photos', 'instances.json')]] });
    expectSameMasks(masksOf(found), seenIn(source), 1);
  });
});
