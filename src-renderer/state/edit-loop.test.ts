import { describe, expect, it, vi } from 'vitest';
import type { Params } from '../../src-shared/contract/contract.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { EditResult, ImageRow, OpenImage } from '../../src-shared/contract/types.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { Instance, Shape } from '../../src-shared/domain/schema.ts';
import { applyEdit, edit, forgetKept } from './edits.ts';
import { undo } from './history.ts';
import { refreshImage, showInstances, useImage } from './image-store.ts';
import { useList } from './list-store.ts';
import { addRectangle } from './objects.ts';
import { useProject } from './project-store.ts';
import { edited, IMAGE, openPage, PROJECT } from './test-contract.ts';

/** What the window shows of an edit before, with and without main's answer. */

const MANY = 300;
const box = (x: number): Shape => ({ kind: 'box', box: { x, y: 5, width: 10, height: 10 } });
const instance = (id: number, shape = box(id), cls: number | null = 3): Instance => ({ id, image: IMAGE, class: cls, shape, area: 100, box: { x: id, y: 5, width: 10, height: 10 }, z: id, provenance: { source: 'human', touched: false, sam: null } });
const row: ImageRow = { id: IMAGE, name: 'a.jpg', path: 'a.jpg', status: 'todo', width: 640, height: 480, instances: 0, problem: null, split: null, version: 'v' };
/** As main would send it: fresh objects each time. */
const openImage = (instances: readonly Instance[]): OpenImage => structuredClone({ row, pyramid: null, instances: [...instances] });

type Answer = (params: Params<'project.edit'>) => EditResult | Promise<EditResult>;
let stored: Instance[] = [];

/** A window that shows the image with these instances. */
async function shows(instances: Instance[], answer: Answer, undone: () => unknown = nothing): Promise<string[]> {
  stored = instances;
  const asked: string[] = [];
  openPage((name, params: Params<'project.edit'>) => {
    asked.push(name);
    if (name === 'project.edit') return answer(params);
    if (name === 'images.open') return openImage(stored);
    if (name === 'images.rows') return [row];
    if (name === 'project.undo') {
      undone();
      return edited('Undone');
    }
    return {};
  });
  refreshImage();
  await vi.waitFor(() => expect(useImage.getState().open).not.toBeNull());
  asked.length = 0;
  return asked;
}

const nothing = (): void => undefined;
const never: Answer = () => new Promise(() => undefined);
const refused: Answer = () => {
  throw new MaskwrightError('conflict', 'Another program is writing. Try again.');
};
const onShow = (): readonly Instance[] => useImage.getState().instances;
const classNames = (): string[] => (useProject.getState().info?.classes ?? []).map(({ name }) => name);

describe('before main answers', () => {
  const cases: readonly (readonly [what: string, command: EditCommand, seen: () => unknown, expected: unknown])[] = [
    ['a new object', { type: 'instance.add', image: IMAGE, class: 3, shape: box(50), provenance: { source: 'human', touched: false, sam: null } }, () => onShow().map(({ box: { x } }) => x), [1, 2, 50]],
    ['a new shape', { type: 'instance.update', ids: [2], shape: box(70) }, () => onShow()[1]?.box.x, 70],
    ['a class', { type: 'instance.update', ids: [1], class: null }, () => onShow()[0]?.class, null],
    ['a place in the order', { type: 'instance.update', ids: [1], z: 9 }, () => onShow().map(({ id }) => id), [2, 1]],
    ['a removal', { type: 'instance.remove', ids: [1] }, () => onShow().map(({ id }) => id), [2]],
    ['a new class', { type: 'class.add', name: 'pear' }, classNames, ['apple', 'pear']],
    ['a class’s name', { type: 'class.update', id: 3, name: 'plum' }, classNames, ['plum']],
    ['a class that goes with its objects', { type: 'class.remove', id: 3, instances: { action: 'delete' } }, () => [classNames(), onShow()], [[], []]],
    ['a status', { type: 'image.status', ids: [IMAGE], status: 'done' }, () => useList.getState().rows.get(IMAGE)?.status, 'done'],
    ['a split', { type: 'image.split', ids: [IMAGE], split: 'val' }, () => useList.getState().rows.get(IMAGE)?.split, 'val'],
  ];

  it.each(cases)('%s shows', async (_what, command, seen, expected) => {
    await shows([instance(1), instance(2)], never);
    void edit('An edit', [command]);
    expect(seen()).toEqual(expected);
  });

  it.each(cases)('%s goes back when main refuses', async (_what, command, seen) => {
    await shows([instance(1), instance(2)], refused);
    const before = seen();
    await edit('An edit', [command]);
    await vi.waitFor(() => expect(seen()).toEqual(before));
  });

  it('what main says meanwhile of other objects does not hide the edit', async () => {
    await shows([instance(1), instance(2)], never);
    void edit('An edit', [{ type: 'instance.update', ids: [1], class: null }]);
    applyEdit(PROJECT, { ...edited('Another window’s'), images: [IMAGE], instances: { set: [instance(2, box(90))], removed: [] } });
    expect(onShow().map(({ class: cls, box: { x } }) => [cls, x])).toEqual([[null, 1], [3, 2]]);
    expect(onShow()[1]?.shape).toEqual(box(90));
  });
});

describe('what an edit did not touch', () => {
  it('stays the same object, and the image is not asked for again', async () => {
    const all = Array.from({ length: MANY }, (_, i) => instance(i + 1));
    const changed = instance(7, box(400));
    const asked = await shows(all, ({ request = null }) => ({ ...edited('An edit'), request, images: [IMAGE], instances: { set: [structuredClone(changed)], removed: [] } }));
    const before = onShow();
    await edit('An edit', [{ type: 'instance.update', ids: [7], shape: box(400) }]);
    expect(onShow().filter((now, i) => now !== before[i]).map(({ id }) => id)).toEqual([7]);
    expect(asked).not.toContain('images.open');
  });

  it('stays the same object when the image is asked for again', async () => {
    const all = Array.from({ length: MANY }, (_, i) => instance(i + 1));
    const asked = await shows(all, never);
    const before = onShow();
    stored = all.map((one) => (one.id === 7 ? instance(7, box(400)) : one));
    applyEdit(PROJECT, { ...edited('Very many'), manyImages: true, instances: null });
    await vi.waitFor(() => expect(onShow()[6]?.shape).toEqual(box(400)));
    expect(asked).toContain('images.open');
    expect(onShow().filter((now, i) => now !== before[i]).map(({ id }) => id)).toEqual([7]);
  });
});

/** Draws, and tells everybody before the one who asked has the answer. */
const made: Answer = ({ request = null }) => {
  const result = { ...edited('Draw'), request, created: { instances: [12], classes: [] }, images: [IMAGE], instances: { set: [{ ...instance(12, { kind: 'box', box: { x: 1, y: 1, width: 9, height: 9 } }), area: 81, box: { x: 1, y: 1, width: 9, height: 9 }, z: 1 }], removed: [] } };
  applyEdit(PROJECT, result);
  return structuredClone(result);
};

describe('the window that acts', () => {
  it('takes its edit in once, though it hears of it twice', async () => {
    await shows([], made);
    const lists: (readonly Instance[])[] = [];
    const stop = useImage.subscribe(({ instances }) => {
      if (instances !== lists.at(-1)) lists.push(instances);
    });
    await addRectangle({ x: 1, y: 1, width: 9, height: 9 });
    stop();
    expect(lists.map((list) => list.length)).toEqual([1, 1]);
    expect(onShow().map(({ id }) => id)).toEqual([12]);
    // The shape that was shown at first is the one that stays, so that it is not painted anew.
    expect(lists[1]?.[0]?.shape).toBe(lists[0]?.[0]?.shape);
    expect([...useImage.getState().selection]).toEqual([12]);
  });

  it('does not show what it did in a project that was left meanwhile', async () => {
    let answer = nothing;
    await shows([instance(1)], async ({ request = null }) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return { ...edited('Draw'), request, created: { instances: [12], classes: [] }, images: [IMAGE], instances: { set: [instance(12)], removed: [] } };
    });
    const drawing = addRectangle({ x: 12, y: 5, width: 10, height: 10 });
    await vi.waitFor(() => expect(answer).not.toBe(nothing));
    // Another project, whose first image has the same id.
    useProject.setState(({ info }) => ({ info: info === null ? null : { ...info, project: 'another0002', path: '/other.mwproj' } }));
    forgetKept();
    showInstances([instance(1)]);
    answer();
    await drawing;
    expect(onShow().map(({ id }) => id)).toEqual([1]);
  });

  it('may go on with an object that main has not made yet', async () => {
    const written: Params<'project.edit'>[] = [];
    let makeIt = nothing;
    const answer: Answer = async (params) => {
      written.push(params);
      if (params.commands[0]?.type === 'instance.add') {
        await new Promise<void>((resolve) => (makeIt = resolve));
        return { ...edited('Draw'), request: params.request ?? null, created: { instances: [12], classes: [] }, images: [IMAGE], instances: { set: [instance(12)], removed: [] } };
      }
      return { ...edited('Delete'), request: params.request ?? null, images: [IMAGE], instances: { set: [], removed: [12] } };
    };
    await shows([], answer);
    const drawing = addRectangle({ x: 12, y: 5, width: 10, height: 10 });
    const [shown] = onShow();
    const deleting = edit('Delete', [{ type: 'instance.remove', ids: [shown?.id ?? 0] }]);
    expect(onShow()).toEqual([]);
    await vi.waitFor(() => expect(written).toHaveLength(1));
    const seen: number[] = [];
    const stop = useImage.subscribe(({ instances }) => seen.push(instances.length));
    makeIt();
    await Promise.all([drawing, deleting]);
    stop();
    expect(new Set(seen)).toEqual(new Set([0]));
    expect(written[1]?.commands).toEqual([{ type: 'instance.remove', ids: [12] }]);
    expect(onShow()).toEqual([]);
  });

  it('undoes the last thing done, though main has not been told of it yet', async () => {
    const written: string[] = [];
    let makeIt = nothing;
    await shows([], async (params) => {
      written.push(params.label);
      if (params.commands[0]?.type !== 'instance.add') return { ...edited(params.label), request: params.request ?? null, images: [IMAGE], instances: { set: [], removed: [12] } };
      await new Promise<void>((resolve) => (makeIt = resolve));
      return { ...edited(params.label), request: params.request ?? null, created: { instances: [12], classes: [] }, images: [IMAGE], instances: { set: [instance(12)], removed: [] } };
    }, () => written.push('undo'));
    const drawing = addRectangle({ x: 12, y: 5, width: 10, height: 10 });
    const deleting = edit('Delete', [{ type: 'instance.remove', ids: onShow().map(({ id }) => id) }]);
    const undoing = undo();
    await vi.waitFor(() => expect(makeIt).not.toBe(nothing));
    makeIt();
    await Promise.all([drawing, deleting, undoing]);
    expect(written.slice(1)).toEqual(['Delete', 'undo']);
  });

  it('selects what it draws at once, and by the id that main gives it', async () => {
    let makeIt = nothing;
    await shows([], async ({ request = null }) => {
      await new Promise<void>((resolve) => (makeIt = resolve));
      return { ...edited('Draw'), request, created: { instances: [12], classes: [] }, images: [IMAGE], instances: { set: [instance(12)], removed: [] } };
    });
    const drawing = addRectangle({ x: 12, y: 5, width: 10, height: 10 });
    expect([...useImage.getState().selection]).toEqual(onShow().map(({ id }) => id));
    await vi.waitFor(() => expect(makeIt).not.toBe(nothing));
    makeIt();
    await drawing;
    expect([...useImage.getState().selection]).toEqual([12]);
  });
});
