import { MaskwrightError } from '../contract/errors.ts';
import { fitShape } from '../geometry/fit-shape.ts';
import { foldedName, nameKey } from './class-names.ts';
import type { EditCommand } from './commands.ts';
import type { ClassState, Edit, InstanceContent, InstanceFields } from './edits.ts';
import { packIds } from './packed-ids.ts';
import { nextColour } from './palette.ts';
import type { ClassId, ImageId, ImageStatus, Instance, InstanceId, LabelClass, Provenance, Shape } from './schema.ts';

/** The project as commands find it: in main the tables of its file, in the page what is on show. What is not there throws 'no-such-…'. */
export interface EditView {
  /** The classes that are there, in their order. */
  classes(): readonly LabelClass[];
  classState(id: ClassId): ClassState;
  /** What a class stored with an instance means now. */
  resolveClass(stored: ClassId | null): ClassId | null | 'gone';
  instance(id: InstanceId): Instance;
  /** An instance without its shape; `class` as it is stored. */
  stored(id: InstanceId): { readonly image: ImageId; readonly class: ClassId | null; readonly z: number };
  /** The z that puts a new instance on top of its image. */
  nextZ(image: ImageId): number;
  /** Width and height in pixels, null until the file has been read. */
  image(id: ImageId): { readonly width: number | null; readonly height: number | null; readonly path: string };
  status(id: ImageId): ImageStatus;
  split(id: ImageId): string | null;
  /** An id that nothing has had. */
  freshInstance(): InstanceId;
  freshClass(): ClassId;
}

/** An instance that does not exist yet. An 'instances.add' edit names it. */
export interface NewInstance {
  readonly id: InstanceId;
  readonly image: ImageId;
  readonly class: ClassId | null;
  readonly z: number;
  readonly content: InstanceContent;
}

/** What a command means: the rows to make first, then the edits in order. */
export interface PlannedEdits {
  readonly edits: readonly Edit[];
  readonly added: readonly NewInstance[];
  readonly classes: readonly ClassId[];
}

type Command<T extends EditCommand['type']> = Extract<EditCommand, { type: T }>;

/**
 * What one command means as edits, given the project as it is; changes nothing. Main and the page both plan with it, so
 * that what a window shows at once is what main will make of it. Throws 'no-such-…' for what is not there, 'name-taken' for
 * a class name in use, 'bad-request' for a shape without a pixel in its image, 'conflict' for an image whose size is not known.
 */
export function planEdits(view: EditView, command: EditCommand): PlannedEdits {
  switch (command.type) {
    case 'instance.add':
      return addInstance(view, command);
    case 'instance.update':
      return changes(updateInstances(view, command));
    case 'instance.remove':
      for (const id of command.ids) view.stored(id);
      return changes([{ type: 'instances.remove', ids: packIds(command.ids) }]);
    case 'class.add':
      checkName(view, command.name, null);
      return planClass(view, command);
    case 'class.update':
      return changes(updateClass(view, command));
    case 'class.remove':
      return changes(removeClass(view, command));
    case 'image.status':
      return changes(setStatus(view, command));
    case 'image.split':
      return changes(setSplit(view, command));
  }
}

const changes = (edits: readonly Edit[]): PlannedEdits => ({ edits, added: [], classes: [] });

function addInstance(view: EditView, { image, class: cls, shape, provenance }: Command<'instance.add'>): PlannedEdits {
  if (cls !== null) view.classState(cls);
  const content = measured(view, image, shape, provenance);
  const id = view.freshInstance();
  const edits: Edit[] = [{ type: 'instances.add', ids: packIds([id]) }];
  if (view.status(image) === 'todo') edits.push({ type: 'images.status', ids: packIds([image]), before: 'todo', after: 'in-progress' });
  return { edits, added: [{ id, image, class: cls, z: view.nextZ(image), content }], classes: [] };
}

function updateInstances(view: EditView, command: Command<'instance.update'>): Edit[] {
  if (command.class !== undefined && command.class !== null) view.classState(command.class);
  if (command.shape !== undefined && command.ids.length > 1) {
    throw new MaskwrightError('bad-request', 'A shape can be given to one instance at a time. Select one instance.');
  }
  if (command.provenance !== undefined && command.shape === undefined) {
    throw new MaskwrightError('bad-request', 'Where a shape comes from can be said only together with that shape.');
  }
  const sameBefore = new Map<string, { before: InstanceFields; ids: InstanceId[] }>();
  const after: InstanceFields = {};
  if (command.class !== undefined) after.class = command.class;
  if (command.z !== undefined) after.z = command.z;
  for (const id of command.ids) {
    const stored = view.stored(id);
    const before: InstanceFields = {};
    if (command.class !== undefined) before.class = stored.class;
    if (command.z !== undefined) before.z = stored.z;
    if (command.shape !== undefined) {
      const { shape, area, box, provenance } = view.instance(id);
      before.content = { shape, area, box, provenance };
      const byPerson = { ...provenance, touched: provenance.touched || provenance.source !== 'human' };
      after.content = measured(view, stored.image, command.shape, command.provenance ?? byPerson);
    }
    const unchanged =
      before.content === undefined &&
      (before.class === undefined || view.resolveClass(before.class) === after.class) &&
      (before.z === undefined || before.z === after.z);
    if (unchanged) continue;
    const key = `${before.class}/${before.z}`;
    const group = sameBefore.get(key);
    if (group === undefined) sameBefore.set(key, { before, ids: [id] });
    else group.ids.push(id);
  }
  return [...sameBefore.values()].map(({ before, ids }) => ({ type: 'instances.set', ids: packIds(ids), before, after }));
}

/** A class of a name that is not there, which may differ from another's in case: a dataset has what it has. */
export function planClass(view: Pick<EditView, 'classes' | 'classState' | 'freshClass'>, command: Omit<Command<'class.add'>, 'type'>): PlannedEdits {
  const present = view.classes();
  const taken = new Set(present.map((cls) => cls.key));
  const free = [1, 2, 3, 4, 5, 6, 7, 8, 9].find((key) => !taken.has(key)) ?? null;
  const id = view.freshClass();
  const after: ClassState = {
    name: command.name.trim(),
    colour: command.colour ?? nextColour(present.map((cls) => cls.colour)),
    key: command.key === undefined ? free : command.key,
    position: 1 + present.reduce((last, cls) => Math.max(last, cls.position), -1),
    fate: null,
  };
  return { edits: [...freeKey(view, after.key, id), { type: 'class.put', id, before: null, after }], added: [], classes: [id] };
}

function updateClass(view: EditView, { id, name, colour, key, position }: Command<'class.update'>): Edit[] {
  const before = view.classState(id);
  if (name !== undefined && nameKey(name) !== nameKey(before.name)) checkName(view, name, id);
  const edits = key === undefined ? [] : freeKey(view, key, id);
  const after: ClassState = { ...before, name: name?.trim() ?? before.name, colour: colour ?? before.colour, key: key === undefined ? before.key : key };
  if (position !== undefined) {
    const order = view.classes().map((cls) => cls.id).filter((other) => other !== id);
    order.splice(Math.max(0, position), 0, id);
    // A class that has just lost its key goes on from there.
    const keyless = new Map(edits.flatMap((edit) => (edit.type === 'class.put' ? [[edit.id, edit.after]] : [])));
    order.forEach((other, place) => {
      if (other === id) {
        after.position = place;
        return;
      }
      const was = keyless.get(other) ?? view.classState(other);
      if (was.position !== place) edits.push({ type: 'class.put', id: other, before: was, after: { ...was, position: place } });
    });
  }
  if (JSON.stringify(after) !== JSON.stringify(before)) edits.push({ type: 'class.put', id, before, after });
  return edits;
}

function removeClass(view: EditView, { id, instances }: Command<'class.remove'>): Edit[] {
  const before = view.classState(id);
  if (instances.action === 'move') {
    if (instances.to === id) throw new MaskwrightError('bad-request', `The instances of "${before.name}" cannot move to the class that is deleted. Choose another class.`, before.name);
    view.classState(instances.to);
  }
  return [{ type: 'class.put', id, before, after: { ...before, fate: instances } }];
}

function setStatus(view: EditView, command: Command<'image.status'>): Edit[] {
  const sameBefore = Map.groupBy(new Set(command.ids), (id) => view.status(id));
  sameBefore.delete(command.status);
  return [...sameBefore].map(([before, ids]) => ({ type: 'images.status', ids: packIds(ids), before, after: command.status }));
}

function setSplit(view: EditView, command: Command<'image.split'>): Edit[] {
  const sameBefore = Map.groupBy(new Set(command.ids), (id) => view.split(id));
  sameBefore.delete(command.split);
  return [...sameBefore].map(([before, ids]) => ({ type: 'images.split', ids: packIds(ids), before, after: command.split }));
}

/** A key gives one class: another that has it loses it in the same step. */
function freeKey(view: Pick<EditView, 'classes' | 'classState'>, key: number | null, taker: ClassId): Edit[] {
  const owner = key === null ? undefined : view.classes().find((cls) => cls.key === key && cls.id !== taker);
  if (owner === undefined) return [];
  const before = view.classState(owner.id);
  return [{ type: 'class.put', id: owner.id, before, after: { ...before, key: null } }];
}

/** People do not mean two classes by "Cat" and "cat". */
function checkName(view: EditView, name: string, self: ClassId | null): void {
  const other = view.classes().find((cls) => cls.id !== self && foldedName(cls.name) === foldedName(name));
  if (other !== undefined) throw new MaskwrightError('name-taken', `There is already a class named "${other.name}". Choose another name, or use that class.`, other.name);
}

/** The shape as it is kept on its image. */
function measured(view: EditView, image: ImageId, shape: Shape, provenance: Provenance): InstanceContent {
  const { width, height, path } = view.image(image);
  if (width === null || height === null) {
    throw new MaskwrightError('conflict', `${path} has not been read yet, so nothing can be labeled on it. Wait until it is shown, or check the file.`, path);
  }
  const fitted = fitShape(shape, width, height);
  if (fitted.area <= 0) {
    throw new MaskwrightError('bad-request', `The shape has no pixels inside ${path} (${width} × ${height}). Draw it over the image.`, path);
  }
  return { ...fitted, provenance };
}
