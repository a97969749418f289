import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import { packCounts } from '../../src-shared/geometry/packed-counts.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { byHand, SMALL_HEIGHT, SMALL_WIDTH, smallProject, temporaryFolder } from '../fixtures/small-project.ts';

/** A bar of 10 pixels on image `image`, as run lengths 300, 10 and the rest. */
const addMask = (image: number): EditCommand => ({
  type: 'instance.add', image, class: null, provenance: byHand,
  shape: { kind: 'mask', size: [SMALL_HEIGHT, SMALL_WIDTH], counts: packCounts(Uint32Array.of(300, 10, SMALL_HEIGHT * SMALL_WIDTH - 310)) },
});

/** A closed project with three masks on each of two images, ids 1–6. */
async function withMasks(folder: string): Promise<string> {
  const store = smallProject(folder, 2);
  store.edit('Draw', [1, 1, 1, 2, 2, 2].map(addMask));
  await store.close();
  return store.path;
}

function shapeOf(path: string, instance: number): Buffer {
  const db = new Database(path, { readonly: true });
  const shape = db.prepare<[number], Buffer>('SELECT shape FROM shapes WHERE instance = ?').pluck().get(instance) ?? Buffer.alloc(0);
  db.close();
  return shape;
}

function setShape(path: string, instance: number, shape: Uint8Array): void {
  const db = new Database(path);
  db.prepare('UPDATE shapes SET shape = ? WHERE instance = ?').run(shape, instance);
  db.close();
}

/** Where the packed run lengths 300, 10, … begin in a stored shape. */
const countsAt = (shape: Buffer): number => shape.indexOf(Buffer.from(packCounts(Uint32Array.of(300, 10))));

test('a mask whose run lengths do not cover its image is named, not shown, and left as it is; all else can be worked on', async () => {
  using folder = temporaryFolder();
  const path = await withMasks(folder.path);
  const damaged = shapeOf(path, 2);
  damaged[countsAt(damaged) + 2] = 90;
  setShape(path, 2, damaged);

  const told: (readonly Problem[])[] = [];
  const store = ProjectStore.open(path, { onWarnings: (warnings) => told.push(warnings) });
  expect(store.instances(2)).toHaveLength(3);
  expect(told).toEqual([]);
  expect(store.instances(1).map(({ id }) => id)).toEqual([1, 3]);
  expect(store.instances(1).map(({ id }) => id)).toEqual([1, 3]);
  expect(told).toHaveLength(1);
  expect(told[0]).toEqual([expect.objectContaining({ code: 'project-damaged', message: expect.stringContaining('object 2 on shot1.png (its run lengths cover 3,152 pixels, not 64 × 48)') })]);
  expect(store.info()).toMatchObject({ readOnly: null, warnings: told[0] });

  store.edit('Draw', [addMask(1)]);
  store.edit('Class', [{ type: 'class.add', name: 'Cat' }, { type: 'instance.update', ids: [1, 2, 3], class: 1 }]);
  store.undo();
  expect(store.instances(1).map(({ id }) => id)).toEqual([1, 3, 7]);
  // Exports and checks get it, and name it themselves.
  const snapshot = store.snapshot();
  expect(snapshot.instances(1).map(({ id }) => id)).toEqual([1, 2, 3, 7]);
  snapshot.close();
  await store.close();
  expect(shapeOf(path, 2).equals(damaged)).toBe(true);
});

test('no byte of run lengths can be wrong without it being noticed', async () => {
  using folder = temporaryFolder();
  const path = await withMasks(folder.path);
  const sound = shapeOf(path, 2);
  const from = countsAt(sound);
  const length = packCounts(Uint32Array.of(300, 10, SMALL_HEIGHT * SMALL_WIDTH - 310)).length;
  for (let at = from; at < from + length; at++) {
    for (const bit of [0x01, 0x40, 0x80]) {
      const wrong = Buffer.from(sound);
      wrong[at] = (wrong[at] ?? 0) ^ bit;
      setShape(path, 2, wrong);
      const store = ProjectStore.open(path);
      expect(store.instances(1).map(({ id }) => id)).toEqual([1, 3]);
      expect(store.info().warnings).toHaveLength(1);
      await store.close();
    }
  }
});

test('of many damaged masks some are named and the others counted', async () => {
  using folder = temporaryFolder();
  const store = smallProject(folder.path, 1);
  store.edit('Draw', Array.from({ length: 8 }, () => addMask(1)));
  await store.close();
  const db = new Database(store.path);
  db.exec("UPDATE shapes SET shape = x'c0' WHERE instance <= 7");
  db.close();
  const again = ProjectStore.open(store.path);
  expect(again.instances(1)).toHaveLength(1);
  expect(again.info().warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/object 1 on shot1\.png.*object 5 on shot1\.png.*and 2 more/)]);
  await again.close();
});

test('a step of undo that would bring a damaged mask back is refused', async () => {
  using folder = temporaryFolder();
  const store = smallProject(folder.path, 1);
  store.edit('Draw', [addMask(1)]);
  store.edit('Reshape', [{ type: 'instance.update', ids: [1], shape: { kind: 'box', box: { x: 1, y: 1, width: 5, height: 5 } } }]);
  await store.close();
  const db = new Database(store.path);
  const edits = db.prepare<[], Buffer>("SELECT edits FROM journal WHERE label = 'Reshape'").pluck().get() ?? Buffer.alloc(0);
  const at = countsAt(edits);
  expect(at).toBeGreaterThan(0);
  edits[at + 2] = 90;
  db.prepare("UPDATE journal SET edits = ? WHERE label = 'Reshape'").run(edits);
  db.close();
  const again = ProjectStore.open(store.path);
  expect(() => again.undo()).toThrow(expect.objectContaining({ code: 'project-damaged', message: expect.stringContaining('Step "Reshape" of the history') }));
  expect(again.instances(1).map(({ shape }) => shape.kind)).toEqual(['box']);
  await again.close();
});
