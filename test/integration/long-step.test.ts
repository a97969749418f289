import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { doneBefore, repeatStep, takeStep, writeFromOutside } from '../../src-main/projects/step.ts';
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
const Answer = z.strictObject({ label: z.string() });
/** Writes as the engine does, while the store yields. */
const outside = async (undone: boolean, step: number, work: string = randomUUID()): Promise<string> =>
  (await store.outside.write(async () => writeFromOutside(store.path, work, (tables) => ({ label: repeatStep(tables, undone, step).label })), Answer, { label: ({ label }) => label })).edit.label;

test('a step written by another process is one that undo takes back, there as here', async () => {
  await store.outside.write(async (work) => writeFromOutside(store.path, work, (tables) => takeStep(tables, 'Split images', [{ type: 'image.split', ids: [1, 2], split: 'train' }, { type: 'image.split', ids: [3], split: 'val' }])), z.unknown());
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
  const [undo, redo] = [randomUUID(), randomUUID()];
  expect(await outside(true, 2, undo)).toBe('Second');
  expect(await outside(true, 2, undo)).toBe('Second');
  expect([splits(), store.info().undo]).toEqual([['train', null, null], { undo: 'First', redo: 'Second' }]);
  expect(await outside(false, 2, redo)).toBe('Second');
  expect(await outside(false, 2, redo)).toBe('Second');
  expect([splits(), store.info().undo]).toEqual([['train', 'val', null], { undo: 'Second', redo: null }]);
});

test('work that was committed before its engine died is what it became; the next edit sees it', async () => {
  store.edit('Add class', [{ type: 'class.add', name: 'cat' }]);
  const ask = async (work: string): Promise<never> => {
    writeFromOutside(store.path, work, (tables) => {
      takeStep(tables, 'Add dog', [{ type: 'class.add', name: 'dog' }]);
      return { label: 'Add dog' };
    });
    throw new Error('the engine was killed by SIGKILL');
  };
  const { result, edit } = await store.outside.write(ask, Answer);
  expect([result, edit.label]).toEqual([{ label: 'Add dog' }, 'Add dog']);
  expect(store.edit('Add class', [{ type: 'class.add', name: 'cow' }]).created.classes).toEqual([3]);
  expect(store.info().classes.map(({ name }) => name)).toEqual(['cat', 'dog', 'cow']);
});

test('work that failed is an error, and can be asked for again under the same id', async () => {
  const work = randomUUID();
  await expect(store.outside.write(() => Promise.reject(new Error('died')), Answer, { work })).rejects.toThrow('died');
  expect([store.outside.isDone(work), doneBefore(store.path, work)]).toEqual([false, undefined]);
  await store.outside.write(async () => writeFromOutside(store.path, work, () => ({ label: 'done' })), Answer, { work });
  expect([store.outside.isDone(work), doneBefore(store.path, work)]).toEqual([true, { result: { label: 'done' } }]);
});

test('changes are made in the order in which they were asked for, however long each takes', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const told: string[] = [];
  const first = store.inTurn(() => store.edit('First', [addBox(1, null)]));
  expect(store.info().undo.undo).toBe('First');
  const long = store.inTurn(async () => {
    await store.outside.write(async (work) => {
      expect(() => store.edit('Out of turn', [addBox(1, null)])).toThrow(expect.objectContaining({ code: 'conflict' }));
      await promise;
      return writeFromOutside(store.path, work, (tables) => ({ label: repeatStep(tables, true, 1).label }));
    }, Answer);
    told.push('undone');
  });
  const last = store.inTurn(() => told.push(store.edit('Last', [addBox(2, null)]).label));
  const refused = store.inTurn(() => store.undo());
  resolve();
  await Promise.all([first, long, last]);
  expect(told).toEqual(['undone', 'Last']);
  expect((await refused).label).toBe('Last');
  expect(store.info().undo).toEqual({ undo: null, redo: 'Last' });
});

test('a project that is closed makes the changes that were asked for before', async () => {
  const asked = [1, 2, 3].map((n) => store.inTurn(() => store.edit(`Edit ${n}`, [addBox(1, null)])));
  const { path } = store;
  await store.close();
  expect((await Promise.all(asked)).map(({ label }) => label)).toEqual(['Edit 1', 'Edit 2', 'Edit 3']);
  await expect(store.inTurn(() => store.undo())).rejects.toMatchObject({ code: 'project-closed' });
  store = ProjectStore.open(path);
  expect(store.info().instances).toBe(3);
});
