import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Connection } from '../../src-main/projects/connection.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { EditResult } from '../../src-shared/contract/types.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { EditState } from '../../src-shared/domain/reduce-edits.ts';
import { ProjectModel } from '../fixtures/project-model.ts';
import { WindowCopy } from '../fixtures/window-copy.ts';
import { addBox, smallProject, temporaryFolder } from '../fixtures/small-project.ts';

const IMAGES = 4;

/** A random action with numbers in place of ids: which thing it concerns is picked among those that are there. */
type Action =
  | { readonly kind: 'draw' | 'class' | 'z' | 'reshape' | 'remove' | 'status' | 'split' | 'class-remove' | 'draw-two'; readonly a: number; readonly b: number }
  | { readonly kind: 'class-add'; readonly name: string }
  | { readonly kind: 'undo' | 'redo'; readonly times: number }
  | { readonly kind: 'reopen' | 'snapshot' };

const number = fc.nat({ max: 40 });
const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ kind: fc.constantFrom('draw' as const, 'class' as const, 'z' as const, 'reshape' as const, 'remove' as const, 'status' as const, 'split' as const, 'class-remove' as const, 'draw-two' as const), a: number, b: number }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('class-add' as const), name: fc.constantFrom('Cat', 'cat', 'Dog', 'Cow', 'Pig') }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('undo' as const, 'redo' as const), times: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('reopen' as const, 'snapshot' as const) }) },
  ),
  { minLength: 10, maxLength: 60 },
);

const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length];

/** The commands of an action on the project as the model has it; null where it has nothing to act on. */
function commandsOf(action: Action, model: ProjectModel): EditCommand[] | null {
  if (action.kind === 'class-add') return [{ type: 'class.add', name: action.name }];
  if (!('a' in action)) return null;
  const { a, b } = action;
  const classes = [...model.now.classes.keys()];
  const instance = pick([...model.now.instances.keys()], a);
  const someClass = b % 3 === 0 ? null : (pick(classes, b) ?? null);
  const box = { x: a, y: b, width: 1 + (b % 7), height: 2 };
  const image = 1 + (a % IMAGES);
  const cls = pick(classes, a);
  switch (action.kind) {
    case 'draw':
      return [addBox(image, someClass, box)];
    case 'draw-two':
      return [addBox(image, someClass, box), addBox(1 + (b % IMAGES), null, box)];
    case 'class':
      return instance === undefined ? null : [{ type: 'instance.update', ids: [...model.now.instances.keys()].filter((id) => id >= instance), class: someClass }];
    case 'z':
      return instance === undefined ? null : [{ type: 'instance.update', ids: [instance], z: b }];
    case 'reshape':
      return instance === undefined ? null : [{ type: 'instance.update', ids: [instance], shape: { kind: 'box', box } }];
    case 'remove':
      return instance === undefined ? null : [{ type: 'instance.remove', ids: [instance] }];
    case 'status':
      return [{ type: 'image.status', ids: [image, 1 + (b % IMAGES)], status: pick(['todo', 'in-progress', 'done'] as const, b) ?? 'todo' }];
    case 'split':
      return [{ type: 'image.split', ids: [image, 1 + (b % IMAGES)], split: pick(['train', 'val', null], b) ?? null }];
    case 'class-remove': {
      if (cls === undefined) return null;
      const other = classes.find((id) => id !== cls);
      if (b % 3 === 0 && other !== undefined) return [{ type: 'class.remove', id: cls, instances: { action: 'move', to: other } }];
      return [{ type: 'class.remove', id: cls, instances: { action: b % 3 === 1 ? 'delete' : 'unlabel' } }];
    }
  }
}

/** What a person sees of the project. */
const view = (store: ProjectStore) => {
  const { classes, instances, images, undo } = store.info();
  return {
    instances: Array.from({ length: IMAGES }, (_, i) => store.instances(i + 1).map(({ id, image, class: cls, z, box }) => ({ id, image, class: cls, z, box }))),
    statuses: store.imageRows([1, 2, 3, 4]).map((row) => [row.status, row.split, row.instances]),
    classes: classes.map(({ id, name, instances: count }) => ({ id, name, count })),
    counts: { instances, images },
    undo: { undo: undo.undo, redo: undo.redo },
  };
};

/** What a window shows of commands at once; null where it knows that they will be refused. */
function foresee(page: WindowCopy, commands: readonly EditCommand[], next: { instance: number; class: number }): EditState | null {
  try {
    return page.foresee(commands, next);
  } catch (error) {
    if (error instanceof MaskwrightError) return null;
    throw error;
  }
}

/** The ids that the next instance and class get: what there is may be hidden, so the file itself is asked. */
function nextIds(store: ProjectStore): { instance: number; class: number } {
  const connection = Connection.readOnly(store.path);
  const next = (table: string): number => 1 + (connection.value<number>('SELECT seq FROM sqlite_sequence WHERE name = ?', table) ?? 0);
  const ids = { instance: next('instances'), class: next('classes') };
  connection.close();
  return ids;
}

/** Does a step on both, which must agree whether it can be done. */
function both(inStore: () => unknown, inModel: () => boolean): void {
  let refused = false;
  try {
    inStore();
  } catch (error) {
    if (!(error instanceof MaskwrightError) || !['name-taken', 'nothing-to-undo'].includes(error.code)) throw error;
    refused = true;
  }
  expect(!refused).toBe(inModel());
}

test('40: whatever is drawn, labeled, deleted, undone, redone and reopened, the project equals the model', async () => {
  await fc.assert(
    fc.asyncProperty(actions, async (list) => {
      using folder = temporaryFolder();
      let store = smallProject(folder.path, IMAGES);
      const model = new ProjectModel(IMAGES);
      const page = new WindowCopy(store, IMAGES);
      /** The step, after which a window that took what the edit carries has what the project has. */
      const told = (step: () => EditResult): EditResult => {
        const edit = step();
        page.take(edit, store);
        expect(page.state).toEqual(page.stored(store));
        return edit;
      };
      const seenIds = new Set<number>();
      for (const [n, action] of list.entries()) {
        const label = `${n} ${action.kind}`;
        if (action.kind === 'reopen') {
          await store.close();
          store = ProjectStore.open(store.path);
        } else if (action.kind === 'snapshot') {
          const snapshot = store.snapshot();
          const { instances } = view(store);
          const later = [addBox(1, null)];
          model.edit(label, later, told(() => store.edit(label, later)).created.instances, []);
          expect(snapshot.instances(2).map((instance) => instance.id)).toEqual((instances[1] ?? []).map((instance) => instance.id).sort((a, b) => a - b));
          expect(snapshot.counts('all').instances).toBe(instances.flat().length);
          snapshot.close();
        } else if (action.kind === 'undo') {
          for (let i = 0; i < action.times; i++) both(() => told(() => store.undo()), () => model.undo());
        } else if (action.kind === 'redo') {
          for (let i = 0; i < action.times; i++) both(() => told(() => store.redo()), () => model.redo());
        } else {
          const commands = commandsOf(action, model);
          if (commands === null) continue;
          let made = { instances: [] as number[], classes: [] as number[] };
          const foreseen = foresee(page, commands, nextIds(store));
          both(() => {
            made = told(() => store.edit(label, commands)).created;
            expect(foreseen).toEqual(page.state);
          }, () => model.edit(label, commands, made.instances, made.classes));
          for (const id of made.instances) {
            expect(seenIds.has(id), `instance ${id} is an id that another instance had`).toBe(false);
            seenIds.add(id);
          }
        }
        expect(view(store)).toEqual(model.view());
      }
      await store.close();
    }),
    { numRuns: 30 },
  );
});
