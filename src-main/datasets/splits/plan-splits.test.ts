import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unpackIds } from '../../../src-shared/domain/packed-ids.ts';
import type { SplitPlan } from '../../../src-shared/contract/splits.ts';
import { planSplits } from './plan-splits.ts';
import type { PlannedSplit, SplitSource } from './plan-splits.ts';

interface Picture {
  readonly path: string;
  readonly split: string | null;
  /** Numbers of classes on it. */
  readonly classes: readonly number[];
}

const CLASSES = ['cat', 'dog', 'bird', 'ox'];

/** Ids go by `order`, so that the same pictures can have come in another order. */
function sourceOf(pictures: readonly Picture[], order: readonly number[] = pictures.map((_, i) => i), classOrder: readonly number[] = [0, 1, 2, 3]): SplitSource {
  const classId = (cls: number): number => classOrder.indexOf(cls) + 1;
  return {
    classes: () => classOrder.map((cls, position) => ({ id: position + 1, name: CLASSES[cls] ?? '', colour: '#000000', key: null, position, extras: {} })),
    images: () => order.map((i, n) => ({ id: n + 1, root: 1, path: pictures[i]?.path ?? '', split: pictures[i]?.split ?? null })),
    classesOnImages: () => order.flatMap((i, n) => (pictures[i]?.classes ?? []).map((cls): [number, number, number] => [n + 1, classId(cls), 1])),
  };
}

/** The split of each path once the plan is carried out. */
function outcome(pictures: readonly Picture[], { changes }: PlannedSplit, order: readonly number[] = pictures.map((_, i) => i)): Map<string, string | null> {
  const after = new Map(pictures.map(({ path, split }) => [path, split]));
  for (const { split, ids } of changes) for (const id of unpackIds(ids)) after.set(pictures[order[id - 1] ?? 0]?.path ?? '', split);
  return after;
}

const PLAN: SplitPlan = { parts: [{ name: 'train', share: 8 }, { name: 'val', share: 1 }, { name: 'test', share: 1 }], seed: 1, stratify: false, groups: { folder: false, duplicates: false, pattern: null }, again: false };

/** Pictures without labels and splits. */
const fresh = (from: number, n: number): Picture[] => Array.from({ length: n }, (_, i) => ({ path: `p${from + i}.jpg`, split: null, classes: [] }));

const picture = fc.record({
  path: fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.constantFrom('x', 'y', 'z'), fc.integer({ min: 0, max: 400 })).map(([folder, scene, n]) => `${folder}/${scene}_${n}.jpg`),
  split: fc.constantFrom(null, null, null, 'train', 'val', 'other'),
  classes: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
});
const pictures = fc.uniqueArray(picture, { minLength: 1, maxLength: 80, selector: ({ path }) => path });
const plan = fc.record({
  seed: fc.integer({ min: 0, max: 1000 }), stratify: fc.boolean(), again: fc.boolean(),
  groups: fc.record({ folder: fc.boolean(), duplicates: fc.constant(false), pattern: fc.constantFrom(null, '{group}_#.jpg') }),
}).map((more): SplitPlan => ({ ...PLAN, ...more }));

const groupOf = (path: string, { groups }: SplitPlan): string[] => [...(groups.folder ? [`folder ${path.split('/')[0]}`] : []), ...(groups.pattern === null ? [] : [`scene ${path.split('/')[1]?.split('_')[0]}`])];

describe('dividing images', () => {
  test('gives every image a split, and locked images keep theirs', async () => {
    await fc.assert(fc.asyncProperty(pictures, plan, async (all, own) => {
      const planned = await planSplits(sourceOf(all), own, null);
      const after = outcome(all, planned);
      for (const { path, split } of all) {
        expect(after.get(path)).not.toBeNull();
        if (!own.again && split !== null) expect(after.get(path)).toBe(split);
      }
      expect(planned.report.changed).toBe(all.filter(({ path, split }) => after.get(path) !== split).length);
      expect(planned.report.parts.reduce((sum, { images }) => sum + images, 0)).toBe(all.length);
    }));
  });

  test('no group straddles parts, unless its images had been in several', async () => {
    await fc.assert(fc.asyncProperty(pictures, plan, async (all, own) => {
      const planned = await planSplits(sourceOf(all), own, null);
      const after = outcome(all, planned);
      for (const name of new Set(all.flatMap(({ path }) => groupOf(path, own)))) {
        const members = all.filter(({ path }) => groupOf(path, own).includes(name));
        const before = new Set(own.again ? [] : members.flatMap(({ split }) => split ?? []));
        const now = new Set(members.map(({ path }) => after.get(path)));
        if (planned.report.groups?.straddling === 0) expect(now.size).toBe(1);
        expect(now.size).toBeLessThanOrEqual(Math.max(1, before.size + (planned.report.groups?.straddling ?? 0)));
      }
    }));
  });

  test('is the same in whatever order images and classes came', async () => {
    await fc.assert(fc.asyncProperty(pictures, plan, fc.infiniteStream(fc.integer({ min: 0, max: 1e6 })), fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), async (all, own, numbers, classOrder) => {
      const keys = all.map(() => Number(numbers.next().value));
      const order = all.map((_, i) => i).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
      const inOrder = outcome(all, await planSplits(sourceOf(all), own, null));
      const shuffled = outcome(all, await planSplits(sourceOf(all, order, classOrder), own, null), order);
      expect(shuffled).toEqual(inOrder);
    }));
  });

  test('without groups the ratio is met to within one image, where locked images allow it', async () => {
    await fc.assert(fc.asyncProperty(pictures, fc.integer({ min: 0, max: 1000 }), async (all, seed) => {
      const { report } = await planSplits(sourceOf(all), { ...PLAN, seed, again: true }, null);
      for (const { images, wanted } of report.parts) expect(Math.abs(images - (wanted ?? 0) * all.length)).toBeLessThan(1);
    }));
  });

  test('images that came later get what the parts lack', async () => {
    const first = fresh(0, 50);
    const divided = outcome(first, await planSplits(sourceOf(first), PLAN, null));
    const grown = [...first.map((one) => ({ ...one, split: divided.get(one.path) ?? null })), ...fresh(50, 50)];
    const { report } = await planSplits(sourceOf(grown), PLAN, null);
    expect(report).toMatchObject({ changed: 50, locked: 50 });
    expect(report.parts.map(({ images }) => images)).toEqual([80, 10, 10]);
  });

  test('dividing again after a few images came moves few of those that were there', async () => {
    const before = outcome(fresh(0, 2000), await planSplits(sourceOf(fresh(0, 2000)), { ...PLAN, again: true }, null));
    const after = outcome(fresh(0, 2040), await planSplits(sourceOf(fresh(0, 2040)), { ...PLAN, again: true }, null));
    expect([...before].filter(([path, split]) => after.get(path) !== split).length).toBeLessThan(40);
  });

  test('another seed divides otherwise', async () => {
    const all = fresh(0, 100);
    const [one, other] = await Promise.all([1, 2].map(async (seed) => outcome(all, await planSplits(sourceOf(all), { ...PLAN, seed }, null))));
    expect(one).not.toEqual(other);
  });

  test('near-duplicates go where their like are, and what cannot be compared is counted', async () => {
    const all = ['a', 'b', 'c', 'd'].map((name): Picture => ({ path: `${name}.jpg`, split: name === 'a' ? 'test' : null, classes: [] }));
    const planned = await planSplits(sourceOf(all), { ...PLAN, groups: { ...PLAN.groups, duplicates: true } }, { groups: [[1, 3, 4]], unseen: 1 });
    const after = outcome(all, planned);
    expect([after.get('c.jpg'), after.get('d.jpg')]).toEqual(['test', 'test']);
    expect(planned.report).toMatchObject({ unseen: 1, groups: { count: 1, images: 3, largest: 3, straddling: 0 } });
  });

  test('a group in several parts keeps them and is named', async () => {
    const all: Picture[] = [{ path: 'a/1.jpg', split: 'train', classes: [] }, { path: 'a/2.jpg', split: 'test', classes: [] }, { path: 'a/3.jpg', split: 'test', classes: [] }, { path: 'a/4.jpg', split: null, classes: [] }];
    const planned = await planSplits(sourceOf(all), { ...PLAN, groups: { ...PLAN.groups, folder: true } }, null);
    expect(outcome(all, planned).get('a/4.jpg')).toBe('test');
    expect(planned.report.groups).toMatchObject({ straddling: 1, examples: [{ splits: ['test', 'train'] }] });
  });

  test('tells how each class is divided', async () => {
    const all = Array.from({ length: 20 }, (_, i): Picture => ({ path: `p${i}.jpg`, split: null, classes: i < 10 ? [0, 1] : [1] }));
    const { report } = await planSplits(sourceOf(all), { ...PLAN, parts: [{ name: 'train', share: 1 }, { name: 'val', share: 1 }], stratify: true }, null);
    expect(report.classes).toEqual([
      { class: 2, name: 'dog', images: [10, 10], instances: [10, 10], deviation: 0 },
      { class: 1, name: 'cat', images: [5, 5], instances: [5, 5], deviation: 0 },
    ]);
  });
});
