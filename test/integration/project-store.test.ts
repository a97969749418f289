import { mkdirSync, renameSync, writeFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFolderProject } from '../../src-main/projects/open-folder-project.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import type { ImageFilter } from '../../src-shared/contract/types.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import { packCounts } from '../../src-shared/geometry/packed-counts.ts';
import { addBox, byHand, SMALL_HEIGHT, SMALL_WIDTH, smallProject, temporaryFolder } from '../fixtures/small-project.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: ProjectStore;
beforeEach(() => {
  folder = temporaryFolder();
  store = smallProject(folder.path, 12);
});
afterEach(async () => {
  await store.close();
  folder[Symbol.dispose]();
});

const code = (code: string, message?: RegExp) => expect.objectContaining(message === undefined ? { code } : { code, message: expect.stringMatching(message) });
const one = (ids: readonly number[]): number => {
  expect(ids).toHaveLength(1);
  return ids[0] ?? NaN;
};
const addClass = (name: string): number => one(store.edit('Add class', [{ type: 'class.add', name }]).created.classes);
const draw = (command: EditCommand): number => one(store.edit('Draw', [command]).created.instances);
const status = (image: number) => store.imageRows([image])[0]?.status;

const classesOnImages1And2 = () => [1, 2].map((image) => store.instances(image).map((instance) => instance.class));

async function reopen(): Promise<void> {
  await store.close();
  store = ProjectStore.open(store.path);
}

describe('drawing', () => {
  test('a rectangle past the edge of the image is cut there', () => {
    const id = draw(addBox(1, null, { x: -5, y: 40, width: 20, height: 30 }));
    expect(store.instance(id)).toMatchObject({ shape: { kind: 'box', box: { x: 0, y: 40, width: 15, height: 8 } }, box: { x: 0, y: 40, width: 15, height: 8 }, area: 120 });
  });

  test.each<[string, EditCommand, RegExp]>([
    ['a rectangle wholly outside', addBox(1, null, { x: 100, y: 5, width: 5, height: 5 }), /no pixels inside shot1\.png/],
    ['a mask of another size', { type: 'instance.add', image: 1, class: null, shape: maskShape({ size: [5, 5], counts: Uint32Array.of(3, 22) }), provenance: byHand }, /5 × 5/],
    ['run lengths that do not sum', { type: 'instance.add', image: 1, class: null, shape: { kind: 'mask', size: [SMALL_HEIGHT, SMALL_WIDTH], counts: packCounts(Uint32Array.of(1, 2)) }, provenance: byHand }, /add up to 3/],
    ['an empty mask', { type: 'instance.add', image: 1, class: null, shape: maskShape({ size: [SMALL_HEIGHT, SMALL_WIDTH], counts: Uint32Array.of(SMALL_HEIGHT * SMALL_WIDTH) }), provenance: byHand }, /no pixels/],
  ])('%s is refused and leaves no trace', (_, command, message) => {
    expect(() => store.edit('Draw', [addBox(1, null), command])).toThrow(code('bad-request', message));
    expect(store.instances(1)).toEqual([]);
    expect(store.info()).toMatchObject({ instances: 0, undo: { undo: null, redo: null }, images: { todo: 12 } });
  });

  test('on an image that was not read yet is refused by name', () => {
    store.addImages(1, ['new.png']);
    expect(() => draw(addBox(13, null))).toThrow(code('conflict', /new\.png/));
    expect(() => draw(addBox(99, null))).toThrow(code('no-such-image'));
  });

  test('a mask comes back as it was, with its area and box', () => {
    const shape = maskShape({ size: [SMALL_HEIGHT, SMALL_WIDTH], counts: Uint32Array.of(50, 3, 45, 2, SMALL_HEIGHT * SMALL_WIDTH - 100) });
    const id = draw({ type: 'instance.add', image: 2, class: null, shape, provenance: byHand });
    expect(store.instance(id)).toEqual({ id, image: 2, class: null, shape, area: 5, box: { x: 1, y: 2, width: 2, height: 3 }, z: 1, provenance: byHand });
  });

  test('new instances lie on top', () => {
    const first = draw(addBox(1, null));
    const second = draw(addBox(1, null));
    store.edit('Raise', [{ type: 'instance.update', ids: [first], z: 10 }]);
    const third = draw(addBox(1, null));
    expect(store.instances(1).map((instance) => instance.id)).toEqual([second, first, third]);
  });

  test('makes an untouched image "in progress" in the same step, and undo takes that back too', () => {
    draw(addBox(3, null));
    expect(status(3)).toBe('in-progress');
    expect(store.undo()).toMatchObject({ label: 'Draw', images: [3] });
    expect(status(3)).toBe('todo');
    store.edit('Done', [{ type: 'image.status', ids: [3], status: 'done' }]);
    draw(addBox(3, null));
    expect(status(3)).toBe('done');
  });

  test('a shape that a person changes on what a model made is marked as touched', () => {
    const id = draw({ ...addBox(1, null), provenance: { ...byHand, source: 'model' } } as EditCommand);
    store.edit('Reshape', [{ type: 'instance.update', ids: [id], shape: { kind: 'box', box: { x: 1, y: 1, width: 2, height: 2 } } }]);
    expect(store.instance(id)).toMatchObject({ area: 4, provenance: { source: 'model', touched: true } });
    store.undo();
    expect(store.instance(id)).toMatchObject({ area: 48, provenance: { source: 'model', touched: false } });
  });
});

describe('classes', () => {
  test('get the next free key and colour; a tenth has no key', () => {
    for (let i = 1; i <= 10; i++) addClass(`class ${i}`);
    const { classes } = store.info();
    expect(classes.map((cls) => cls.key)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, null]);
    expect(new Set(classes.map((cls) => cls.colour)).size).toBe(10);
  });

  test('of one name, whatever its case or accents, cannot be twice; a deleted one does not count', () => {
    const cafe = addClass('Caf\u00e9');
    expect(() => addClass(' CAFE\u0301 ')).toThrow(code('name-taken', /Café/));
    const other = addClass('Other');
    expect(() => store.edit('Rename', [{ type: 'class.update', id: other, name: 'café' }])).toThrow(code('name-taken'));
    store.edit('Delete', [{ type: 'class.remove', id: cafe, instances: { action: 'delete' } }]);
    expect(addClass('café')).toBeGreaterThan(other);
  });

  test('a key given to another class leaves the first, and undo gives it back', () => {
    const a = addClass('A');
    const b = addClass('B');
    store.edit('Key', [{ type: 'class.update', id: b, key: 1, position: 0 }]);
    expect(store.info().classes.map(({ id, key }) => [id, key])).toEqual([[b, 1], [a, null]]);
    store.undo();
    expect(store.info().classes.map(({ id, key }) => [id, key])).toEqual([[a, 1], [b, 2]]);
  });

  test('when deleted, do with their instances what was asked; undo brings all back', () => {
    const a = addClass('A');
    const b = addClass('B');
    draw(addBox(1, a));
    draw(addBox(2, a));
    draw(addBox(2, b));
    const fates = [
      [{ action: 'delete' }, [[], [b]]],
      [{ action: 'unlabel' }, [[null], [null, b]]],
      [{ action: 'move', to: b }, [[b], [b, b]]],
    ] as const;
    for (const [instances, expected] of fates) {
      const result = store.edit('Delete class', [{ type: 'class.remove', id: a, instances }]);
      expect(result).toMatchObject({ images: [1, 2], manyImages: false, classes: true });
      expect(classesOnImages1And2()).toEqual(expected);
      expect(store.info().instances).toBe(expected.flat().length);
      expect(store.info().classes).toMatchObject([{ id: b, instances: expected.flat().filter((cls) => cls === b).length }]);
      expect(store.undo()).toMatchObject({ images: [1, 2], classes: true });
      expect(classesOnImages1And2()).toEqual([[a], [a, b]]);
    }
    expect(() => store.edit('x', [{ type: 'class.remove', id: a, instances: { action: 'move', to: a } }])).toThrow(code('bad-request'));
    expect(() => store.edit('x', [{ type: 'class.remove', id: a, instances: { action: 'move', to: 77 } }])).toThrow(code('no-such-class'));
  });

  test('instances that moved twice with their classes can still be edited, and undone back to where they began', async () => {
    const [a, b, c] = [addClass('A'), addClass('B'), addClass('C')];
    const id = draw(addBox(1, a));
    store.edit('1', [{ type: 'class.remove', id: a, instances: { action: 'move', to: b } }]);
    store.edit('2', [{ type: 'class.remove', id: b, instances: { action: 'unlabel' } }]);
    expect(store.instance(id).class).toBeNull();
    store.edit('3', [{ type: 'instance.update', ids: [id], class: c }]);
    expect(store.instance(id).class).toBe(c);
    await reopen();
    store.undo();
    expect(store.instance(id).class).toBeNull();
    store.undo();
    expect(store.instance(id).class).toBe(b);
    store.undo();
    expect(store.instance(id).class).toBe(a);
  });
});

describe('undo and redo', () => {
  test('survive a restart, and a new edit drops what was undone', async () => {
    draw(addBox(1, null));
    const second = draw(addBox(2, null));
    store.undo();
    await reopen();
    expect(store.info().undo).toEqual({ undo: 'Draw', redo: 'Draw' });
    store.redo();
    expect(store.instance(second).image).toBe(2);
    store.undo();
    const third = draw(addBox(4, null));
    expect(() => store.redo()).toThrow(code('nothing-to-undo', /redo/));
    expect(third).toBeGreaterThan(second);
    store.undo();
    store.undo();
    expect(() => store.undo()).toThrow(code('nothing-to-undo', /undo/));
    expect(store.info()).toMatchObject({ instances: 0, images: { todo: 12, inProgress: 0 } });
  });

  test('take back a class together with what was drawn with it, and give both again', async () => {
    const cls = addClass('Cat');
    const id = draw(addBox(1, cls));
    store.undo();
    store.undo();
    expect(store.info()).toMatchObject({ classes: [], instances: 0 });
    await reopen();
    store.redo();
    store.redo();
    expect(store.instance(id).class).toBe(cls);
    store.undo();
    store.undo();
    expect(addClass('Cat')).toBeGreaterThan(cls);
  });

  test('a step is all or nothing, and what changes nothing is no step', () => {
    const id = draw(addBox(1, null));
    expect(() => store.edit('Both', [{ type: 'instance.remove', ids: [id] }, { type: 'instance.remove', ids: [id] }])).toThrow(code('no-such-instance'));
    expect(store.instances(1)).toHaveLength(1);
    expect(store.edit('Same', [{ type: 'instance.update', ids: [id], class: null }, { type: 'image.status', ids: [1], status: 'in-progress' }])).toMatchObject({ images: [], undo: { undo: 'Draw' } });
  });

  test('a step over more than 1,000 images names the first 1,000 and says that there are more', () => {
    store.addImages(1, Array.from({ length: 1100 }, (_, i) => `more/${i}.png`));
    const { images, manyImages } = store.edit('All done', [{ type: 'image.status', ids: [...store.imageIds({ name: '', status: 'all' })], status: 'done' }]);
    expect(images).toHaveLength(1000);
    expect(manyImages).toBe(true);
    expect(store.info().images).toEqual({ total: 1112, todo: 0, inProgress: 0, done: 1112 });
  });
});

const names = (filter: Partial<ImageFilter>) =>
  store.imageRows([...store.imageIds({ name: '', status: 'all', ...filter })]).map((row) => row.path);

describe('images', () => {
  test('are listed in natural order and found by any part of their path, whatever the case', () => {
    expect(names({})).toEqual(Array.from({ length: 12 }, (_, i) => `shot${i + 1}.png`));
    expect(store.addImages(1, ['Été/Plage1.JPG', 'shot2.png', 'x\ny.png'])).toBe(2);
    expect(names({ name: 'éTÉ/p' })).toEqual(['Été/Plage1.JPG']);
    expect(names({ name: 'SHOT1' })).toEqual(['shot1.png', 'shot10.png', 'shot11.png', 'shot12.png']);
    expect(names({ name: 'x\ny' })).toEqual(['x\ny.png']);
    expect(names({ name: 'pngshot' })).toEqual([]);
    expect(names({ name: '%' })).toEqual([]);
    expect(names({ name: 'png\0shot' })).toEqual([]);
  });

  test('are filtered by status and by problem together with their name', () => {
    store.edit('Done', [{ type: 'image.status', ids: [10, 11, 2], status: 'done' }]);
    store.setProbes([{ id: 5, problem: { code: 'image-truncated', message: 'shot5.png ends too early.', item: 'shot5.png' } }]);
    expect(names({ status: 'done' })).toEqual(['shot2.png', 'shot10.png', 'shot11.png']);
    expect(names({ status: 'done', name: 't1' })).toEqual(['shot10.png', 'shot11.png']);
    expect(names({ status: 'problem' })).toEqual(['shot5.png']);
    expect(store.imageRows([5])).toMatchObject([{ problem: { code: 'image-truncated', message: 'shot5.png ends too early.', item: 'shot5.png' } }]);
  });

  test('are filtered by the class of their instances, whatever became of the classes, and by having none', () => {
    const [cat, dog, lynx, ghost] = [addClass('cat'), addClass('dog'), addClass('lynx'), addClass('ghost')];
    for (const [image, cls] of [[1, cat], [1, cat], [2, dog], [3, lynx], [4, ghost], [5, null]] as const) draw(addBox(image, cls));
    const empty = names({ instances: 'empty' });
    expect(empty).toEqual(Array.from({ length: 7 }, (_, i) => `shot${i + 6}.png`));
    store.edit('Lynxes are cats', [{ type: 'class.remove', id: lynx, instances: { action: 'move', to: cat } }]);
    store.edit('No ghosts', [{ type: 'class.remove', id: ghost, instances: { action: 'delete' } }]);
    expect(names({ instances: { class: cat } })).toEqual(['shot1.png', 'shot3.png']);
    expect(names({ instances: { class: cat }, name: '3' })).toEqual(['shot3.png']);
    expect(names({ instances: { class: null } })).toEqual(['shot5.png']);
    expect(names({ instances: 'empty' })).toEqual(['shot4.png', ...empty]);
    store.edit('No dogs', [{ type: 'class.remove', id: dog, instances: { action: 'unlabel' } }]);
    expect(names({ instances: { class: null } })).toEqual(['shot2.png', 'shot5.png']);
    expect(names({ instances: { class: dog } })).toEqual([]);
  });

  test.each(['../out.png', 'a//b.png', '/abs.png', 'a/./b.png', '', 'nul\0.png'])('a path that leads elsewhere is refused: %j', (path) => {
    expect(() => store.addImages(1, ['good.png', path])).toThrow(code('bad-request'));
    expect(store.info().images.total).toBe(12);
  });

  test('wait to be looked at, in portions', () => {
    store.addImages(1, ['a.png', 'b.png', 'c.png'], [{ bytes: 5, mtimeMs: 6 }]);
    expect(store.unprobed(2, 0).map((record) => [record.id, record.absolutePath, record.bytes])).toEqual([[13, join(folder.path, 'a.png'), 5], [14, join(folder.path, 'b.png'), null]]);
    store.setProbes([{ id: 13, problem: { code: 'image-format', message: 'No image.', item: null } }]);
    expect(store.unprobed(9, 0).map((record) => record.id)).toEqual([14, 15]);
    expect(store.unprobed(9, 14).map((record) => record.id)).toEqual([15]);
  });

  test('that changed after they were labeled keep their labels and the size these were made for, and say so', () => {
    const probe = { width: 10, height: 20, orientation: 1, format: 'png', bytes: 999, mtimeMs: 5, contentHash: 'other' };
    const id = draw(addBox(1, null));
    store.setPixelHash(1, 'pixels');
    const { version } = store.imageRecord(1);
    store.setProbes([{ id: 1, ...probe }, { id: 2, ...probe }]);
    expect(store.imageRecord(1)).toMatchObject({ width: SMALL_WIDTH, height: SMALL_HEIGHT, contentHash: 'hash-1', pixelHash: 'pixels', problem: { code: 'image-changed', message: expect.stringMatching(/shot1\.png was changed .* 10 × 20/) } });
    expect(store.imageRecord(1).version).not.toBe(version);
    expect(store.instances(1).map((instance) => instance.id)).toEqual([id]);
    expect(store.imageRecord(2)).toMatchObject({ width: 10, height: 20, contentHash: 'other', problem: null });
    store.setProbes([{ id: 1, ...probe, width: SMALL_WIDTH, height: SMALL_HEIGHT, contentHash: 'hash-1' }]);
    expect(store.imageRecord(1).problem).toBeNull();
  });
});

describe('folders', () => {
  test('inside the project’s folder move with it, others stay where they are', async () => {
    mkdirSync(join(folder.path, 'data', 'photos'), { recursive: true });
    mkdirSync(join(folder.path, 'data-2'));
    const inner = ProjectStore.create(join(folder.path, 'data', 'p.mwproj'), 'p');
    const inside = inner.addRoot(join(folder.path, 'data', 'photos'));
    const outside = inner.addRoot(join(folder.path, 'data-2'));
    expect(inner.addRoot(join(folder.path, 'data', '..', 'data-2'))).toBe(outside);
    await inner.close();
    renameSync(join(folder.path, 'data'), join(folder.path, 'moved'));
    const moved = ProjectStore.open(join(folder.path, 'moved', 'p.mwproj'));
    expect(moved.info().roots).toEqual([
      { id: inside, path: join(folder.path, 'moved', 'photos'), missing: false },
      { id: outside, path: join(folder.path, 'data-2'), missing: false },
    ]);
    renameSync(join(folder.path, 'data-2'), join(folder.path, 'data-3'));
    expect(moved.info().roots[1]?.missing).toBe(true);
    expect(() => moved.addRoot(join(folder.path, 'gone'))).toThrow(code('not-found', /gone/));
    await moved.close();
  });

  test('get a project of their own, found again the next time', async () => {
    const images = join(folder.path, 'beach');
    mkdirSync(images);
    const made = await openFolderProject(images, join(folder.path, 'fallback'));
    expect(made.path).toBe(join(images, 'beach.mwproj'));
    writeFileSync(join(images, 'beach.backup-20260101-101010.mwproj'), '');
    expect(await openFolderProject(images, join(folder.path, 'fallback'))).toEqual(made);
    writeFileSync(join(images, 'other.mwproj'), '');
    expect(await openFolderProject(images, join(folder.path, 'fallback'))).toEqual(made);
    renameSync(made.path, join(images, 'renamed.mwproj'));
    await expect(openFolderProject(images, join(folder.path, 'fallback'))).rejects.toEqual(code('conflict', /other\.mwproj, renamed\.mwproj/));
    await expect(openFolderProject(join(folder.path, 'none'), folder.path)).rejects.toEqual(code('not-found'));
  });

  test('a project is not made over a file that is there', () => {
    expect(() => ProjectStore.create(store.path, 'again')).toThrow(code('conflict'));
    expect(readdirSync(folder.path).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

test('a snapshot stays at its moment whatever is edited meanwhile', () => {
  const cls = addClass('A');
  draw(addBox(2, cls));
  draw(addBox(1, null));
  store.edit('Done', [{ type: 'image.status', ids: [2], status: 'done' }]);
  const snapshot = store.snapshot();
  store.undo();
  store.edit('Delete class', [{ type: 'class.remove', id: cls, instances: { action: 'delete' } }]);
  expect(snapshot.classes().map(({ name }) => name)).toEqual(['A']);
  expect([...snapshot.images('done')].map(({ id, path, status, width }) => ({ id, path, status, width }))).toEqual([{ id: 2, path: 'shot2.png', status: 'done', width: SMALL_WIDTH }]);
  expect([...snapshot.images('all')]).toHaveLength(12);
  expect(snapshot.instances(2)).toHaveLength(1);
  expect(snapshot.counts('all')).toEqual({ images: 12, instances: 2, unlabelled: 1 });
  expect(snapshot.counts('done')).toEqual({ images: 1, instances: 1, unlabelled: 0 });
  snapshot.close();
});

test('a closed store says so', async () => {
  await store.close();
  expect(() => store.info()).toThrow(code('project-closed'));
  expect(() => store.undo()).toThrow(code('project-closed'));
});
