import { describe, expect, test } from 'vitest';
import { DIFFERENCE_ROW } from '../../../src-shared/contract/snapshots.ts';
import type { ImageDifference } from '../../../src-shared/contract/snapshots.ts';
import type { Shape } from '../../../src-shared/domain/schema.ts';
import { MemorySource } from '../../../test/helpers/dataset-source.ts';
import type { DatasetImage, DatasetInstance } from '../source.ts';
import { compareDatasets, differences } from './compare-datasets.ts';
import type { ComparableSource } from './compare-datasets.ts';

const { signal } = new AbortController();
const rectangle = (x: number, y: number, width: number, height: number): Shape => ({ kind: 'box', box: { x, y, width, height } });

const withBoxes = (instances: readonly DatasetInstance[]): DatasetInstance[] => instances.map((instance) => (instance.shape.kind === 'box' ? { ...instance, box: instance.shape.box } : instance));

/** A data set in memory whose images are told apart by all that they hold. */
function comparable(source: MemorySource): ComparableSource {
  return {
    classes: () => source.classes(), roots: () => source.roots(), images: (filter) => source.images(filter), instances: (image) => withBoxes(source.instances(image)), counts: (filter) => source.counts(filter),
    ownIds: (format) => source.ownIds(format), extras: () => source.extras(),
    image: (id): DatasetImage | null => source.pictures.find((image) => image.id === id) ?? null,
    hashes: () => source.pictures.map((image) => ({ image: image.id, hash: new TextEncoder().encode(JSON.stringify([image, source.instances(image.id)])) })),
  };
}

async function all(before: MemorySource, after: MemorySource, sameProject: boolean): Promise<ImageDifference[]> {
  const found: ImageDifference[] = [];
  for await (const difference of differences({ before: comparable(before), after: comparable(after), sameProject }, { signal })) found.push(difference);
  return found;
}

const summaryOf = async (before: MemorySource, after: MemorySource, sameProject: boolean) => compareDatasets({ before: comparable(before), after: comparable(after), sameProject }, { signal });

const base = (): MemorySource => new MemorySource().class(1, 'cat').class(2, 'dog').image(1, 'a.jpg', 40, 30).image(2, 'b.jpg', 40, 30).instance(1, 1, 1, rectangle(0, 0, 10, 10)).instance(2, 1, 2, rectangle(20, 20, 10, 10)).instance(3, 2, null, rectangle(5, 5, 4, 4));

describe('two states of a project', () => {
  test('that are the same have no difference', async () => {
    expect(await all(base(), base(), true)).toEqual([]);
    const { summary, rows } = await summaryOf(base(), base(), true);
    expect([summary.images, summary.instances, summary.classes, rows.length]).toEqual([{ added: 0, removed: 0, changed: 0 }, { added: 0, removed: 0, changed: 0 }, [], 0]);
  });

  test('an instance is known by its number: another shape, class, order and attributes are told, with the IoU of the shapes', async () => {
    const after = base();
    after.shapes[0] = { ...after.shapes[0]!, shape: rectangle(0, 0, 10, 5) };
    after.shapes[1] = { ...after.shapes[1]!, class: 1, z: 9, extras: { occluded: true } };
    const [difference, ...others] = await all(base(), after, true);
    expect(others).toEqual([]);
    expect(difference).toMatchObject({
      path: 'a.jpg', aspects: [],
      instances: [
        { before: { instance: 1, class: 'cat' }, after: { instance: 1, class: 'cat' }, aspects: ['shape'], iou: 0.5 },
        { before: { instance: 2, class: 'dog' }, after: { instance: 2, class: 'cat' }, aspects: ['class', 'order', 'attributes'], iou: null },
      ],
    });
  });

  test('instances that came and went, and one that was drawn anew in the same place', async () => {
    const after = base();
    after.shapes.shift();
    after.instance(4, 1, 1, rectangle(30, 0, 5, 5));
    // Instance 2 was deleted and drawn again a little larger: 100 of 110 pixels.
    after.shapes[0] = { ...after.shapes[0]!, id: 5, shape: rectangle(20, 20, 11, 10) };
    const [difference] = await all(base(), after, true);
    expect(difference?.instances).toMatchObject([
      { before: { instance: 2 }, after: { instance: 5 }, iou: 100 / 110 },
      { before: { instance: 1 }, after: null, aspects: [], iou: null },
      { before: null, after: { instance: 4 }, aspects: [], iou: null },
    ]);
  });

  test('images that came and went count with their instances; status, split and size of others are told', async () => {
    const after = base();
    after.pictures[0] = { ...after.pictures[0]!, status: 'done', split: 'train' };
    after.pictures.pop();
    after.shapes.pop();
    after.image(3, 'c.jpg', 10, 10).instance(9, 3, 1, rectangle(0, 0, 2, 2)).instance(10, 3, 1, rectangle(4, 4, 2, 2));
    const { summary, rows } = await summaryOf(base(), after, true);
    expect(summary).toMatchObject({ images: { added: 1, removed: 1, changed: 1 }, instances: { added: 2, removed: 1, changed: 0 }, imageAspects: { status: 1, split: 1, size: 0, attributes: 0 } });
    expect([...new Uint32Array(rows.slice().buffer)]).toEqual([1, 0, 0, 0, 0, 2, 0, 1, 0, 2, 3, 2, 0, 0, 1]);
    expect(rows.length).toBe(3 * DIFFERENCE_ROW * 4);
  });

  test('a class that was renamed is no other class of its instances', async () => {
    const after = base();
    after.labels[0] = { ...after.labels[0]!, name: 'kitten' };
    after.class(3, 'cow');
    after.labels.splice(1, 1);
    const { summary } = await summaryOf(base(), after, true);
    expect(summary.classes).toEqual([{ change: 'changed', name: 'kitten', was: 'cat' }, { change: 'added', name: 'cow', was: null }, { change: 'removed', name: 'dog', was: null }]);
    expect(summary.instances).toEqual({ added: 0, removed: 0, changed: 0 });
  });
});

describe('two data sets', () => {
  test('are matched by path, class name and best IoU, whatever their numbers are', async () => {
    const other = new MemorySource().class(7, 'Dog').class(8, 'cat').image(11, 'b.jpg', 40, 30).image(12, 'a.jpg', 40, 30)
      .instance(21, 12, 7, rectangle(20, 20, 10, 10)).instance(22, 12, 8, { kind: 'polygon', parts: [{ outer: [0, 0, 10, 0, 10, 10, 0, 10], holes: [] }] }).instance(23, 11, null, rectangle(5, 5, 4, 4));
    Object.assign(other.shapes[1] ?? {}, { box: { x: 0, y: 0, width: 10, height: 10 } });
    const { summary, rows } = await summaryOf(base(), other, false);
    expect([summary.images, summary.instances, summary.classes, rows.length]).toEqual([{ added: 0, removed: 0, changed: 0 }, { added: 0, removed: 0, changed: 0 }, [], 0]);
  });

  test('an image in another folder is found by its name where that is the only one', async () => {
    const other = base();
    other.pictures[0] = { ...other.pictures[0]!, path: 'train/a.jpg' };
    other.pictures[1] = { ...other.pictures[1]!, path: 'x/b.jpg' };
    other.image(3, 'y/b.jpg', 40, 30);
    const { summary } = await summaryOf(base(), other, false);
    expect(summary.images).toEqual({ added: 2, removed: 1, changed: 0 });
  });

  test('of several that overlap the best pair is taken, and below an IoU of a half none', async () => {
    const one = new MemorySource().class(1, 'cat').image(1, 'a.jpg', 40, 30).instance(1, 1, 1, rectangle(0, 0, 10, 10)).instance(2, 1, 1, rectangle(2, 0, 10, 10)).instance(3, 1, 1, rectangle(30, 20, 9, 9));
    const other = new MemorySource().class(1, 'cat').image(1, 'a.jpg', 40, 30).instance(4, 1, 1, rectangle(1, 0, 10, 10)).instance(5, 1, 1, rectangle(2, 0, 10, 10)).instance(6, 1, 1, rectangle(36, 20, 3, 9));
    const [difference] = await all(one, other, false);
    expect(difference?.instances.map(({ before, after, iou }) => [before?.instance ?? null, after?.instance ?? null, iou])).toEqual([[1, 4, 90 / 110], [3, null, null], [null, 6, null]]);
  });
});
