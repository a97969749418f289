import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';

/** Instances on each image: none, few, more than are read at once, and a stretch of images longer than that too. */
const ON_IMAGES = [3, 0, 2300, 1, ...Array.from({ length: 150 }, (_, i) => i % 4), 40, 990, 20];

let folder: string;
let store: ProjectStore;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-read-ahead-'));
  store = ProjectStore.create(join(folder, 'many.mwproj'), 'many');
  const root = store.addRoot(folder);
  store.addImages(root, ON_IMAGES.map((_, i) => `${i}.jpg`));
  store.setProbes(ON_IMAGES.map((_, i) => ({ id: i + 1, width: 50, height: 50, orientation: 1, format: 'jpeg', bytes: 1, mtimeMs: 1, contentHash: i.toString(16).padStart(64, '0') })));
  // From the last image to the first, so that instances do not lie as their images do; every fifth is taken away again.
  const adding = ON_IMAGES.flatMap((count, i) => Array.from({ length: count }, (_, k): EditCommand => ({ type: 'instance.add', image: i + 1, class: null, shape: { kind: 'box', box: { x: k % 40, y: i % 40, width: 5, height: 5 } }, provenance: { source: 'human', touched: false, sam: null } }))).reverse();
  const { created } = store.edit('Draw', adding);
  store.edit('Remove', [{ type: 'instance.remove', ids: created.instances.filter((id) => id % 5 === 0) }]);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const facts = ({ id, image, shape }: { id: number; image: number; shape: unknown }): unknown => ({ id, image, shape });

test('a snapshot gives each image its instances, in whatever order and how often images are asked for', () => {
  const expected = new Map(ON_IMAGES.map((_, i) => [i + 1, store.instances(i + 1).toSorted((a, b) => a.id - b.id).map(facts)]));
  const all = [...expected.keys()];
  const orders = fc.oneof(fc.constant(all), fc.subarray(all), fc.array(fc.constantFrom(...all), { maxLength: 40 }), fc.array(fc.subarray(all, { maxLength: 60 }), { maxLength: 3 }).map((some) => some.flat()));
  fc.assert(
    fc.property(orders, (order) => {
      const snapshot = store.snapshot();
      try {
        for (const image of order) expect(snapshot.instances(image).map(facts)).toEqual(expected.get(image));
      } finally {
        snapshot.close();
      }
    }),
    { numRuns: 25, examples: [[all], [[...all, ...all]], [all.toReversed()]] },
  );
});
