import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProjectStore } from '../../src-main/projects/project-store.ts';
import { repeatStep, takeStep, writeFromOutside } from '../../src-main/projects/step.ts';
import { addBox, smallProject, temporaryFolder } from '../fixtures/small-project.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: ProjectStore;
beforeEach(() => {
  folder = temporaryFolder();
  store = smallProject(folder.path, 3);
});
afterEach(async () => {
  await store.close();
  folder[Symbol.dispose]();
});

const splits = (): (string | null)[] => store.imageRows([1, 2, 3]).map(({ split }) => split);
/** Writes as the engine does, while the store yields. */
const outside = async (undone: boolean, step: number): Promise<string> => (await store.yieldTo(async () => writeFromOutside(store.path, (tables) => repeatStep(tables, undone, step).label), (label) => label)).edit.label;

test('a step written by another process is one that undo takes back, there as here', async () => {
  await store.yieldTo(async () => writeFromOutside(store.path, (tables) => takeStep(tables, 'Split images', [{ type: 'image.split', ids: [1, 2], split: 'train' }, { type: 'image.split', ids: [3], split: 'val' }])));
  expect(splits()).toEqual(['train', 'train', 'val']);
  expect(await outside(true, 1)).toBe('Split images');
  expect(splits()).toEqual([null, null, null]);
  expect(store.info().undo).toEqual({ undo: null, redo: 'Split images' });
  store.redo();
  expect(splits()).toEqual(['train', 'train', 'val']);
});

test('asked twice because its engine died over it, a step is taken back once', async () => {
  store.edit('First', [{ type: 'image.split', ids: [1], split: 'train' }]);
  store.edit('Second', [{ type: 'image.split', ids: [2], split: 'val' }]);
  expect(await outside(true, 2)).toBe('Second');
  expect(await outside(true, 2)).toBe('Second');
  expect([splits(), store.info().undo]).toEqual([['train', null, null], { undo: 'First', redo: 'Second' }]);
  expect(await outside(false, 2)).toBe('Second');
  expect(await outside(false, 2)).toBe('Second');
  expect([splits(), store.info().undo]).toEqual([['train', 'val', null], { undo: 'Second', redo: null }]);
});

test('while another process writes, edits are refused and work in the background waits', async () => {
  const written: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const yielding = store.yieldTo(async () => {
    await promise;
    written.push('outside');
  });
  const waiting = store.whenFree().then(() => written.push('background'));
  expect(() => store.edit('Draw', [addBox(1, null)])).toThrow(expect.objectContaining({ code: 'conflict' }));
  resolve();
  await Promise.all([yielding, waiting]);
  expect(written).toEqual(['outside', 'background']);
  expect(store.edit('Draw', [addBox(1, null)]).created.instances).toHaveLength(1);
});
