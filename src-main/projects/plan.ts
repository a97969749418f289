import type { EditCommand } from '../../src-shared/contract/types.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ClassState, Edit, InstanceContent, InstanceFields } from '../../src-shared/domain/edits.ts';
import { packIds } from '../../src-shared/domain/packed-ids.ts';
import { nextColour } from '../../src-shared/domain/palette.ts';
import type { ClassId, ImageId, InstanceId, Provenance, Shape } from '../../src-shared/domain/schema.ts';
import { foldedName, nameKey } from './classes.ts';
import { fitShape } from './fit-shape.ts';
import type { Tables } from './tables.ts';

type Command<T extends EditCommand['type']> = Extract<EditCommand, { type: T }>;

export interface Plan {
  readonly edits: Edit[];
  readonly instances: InstanceId[];
  readonly classes: ClassId[];
}

/**
 * What one command means as edits, given the project as it is. Writes only the rows of new instances, out of sight.
 * Refuses with 'no-such-…' what names something that is not there, 'name-taken' a class name in use,
 * 'bad-request' a shape that does not lie in its image, 'conflict' a label on an image whose size is not known.
 */
export function plan(tables: Tables, command: EditCommand): Plan {
  switch (command.type) {
    case 'instance.add':
      return addInstance(tables, command);
    case 'instance.update':
      return changes(updateInstances(tables, command));
    case 'instance.remove':
      for (const id of command.ids) tables.instances.stored(id);
      return changes([{ type: 'instances.remove', ids: packIds(command.ids) }]);
    case 'class.add':
      return addClass(tables, command);
    case 'class.update':
      return changes(updateClass(tables, command));
    case 'class.remove':
      return changes(removeClass(tables, command));
    case 'image.status':
      return changes(setStatus(tables, command));
    case 'image.split':
      return changes(setSplit(tables, command));
  }
}

const changes = (edits: Edit[]): Plan => ({ edits, instances: [], classes: [] });

function addInstance(tables: Tables, command: Command<'instance.add'>): Plan {
  if (command.class !== null) tables.classes.get(command.class);
  const content = measured(tables, command.image, command.shape, command.provenance);
  const id = tables.instances.insert(command.image, command.class, tables.instances.nextZ(command.image), content);
  const edits: Edit[] = [{ type: 'instances.add', ids: packIds([id]) }];
  if (tables.images.status(command.image) === 'todo') {
    edits.push({ type: 'images.status', ids: packIds([command.image]), before: 'todo', after: 'in-progress' });
  }
  return { edits, instances: [id], classes: [] };
}

function updateInstances(tables: Tables, command: Command<'instance.update'>): Edit[] {
  if (command.class !== undefined && command.class !== null) tables.classes.get(command.class);
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
    const stored = tables.instances.stored(id);
    const before: InstanceFields = {};
    if (command.class !== undefined) before.class = stored.class;
    if (command.z !== undefined) before.z = stored.z;
    if (command.shape !== undefined) {
      const { shape, area, box, provenance } = tables.instances.get(id);
      before.content = { shape, area, box, provenance };
      const byPerson = { ...provenance, touched: provenance.touched || provenance.source !== 'human' };
      after.content = measured(tables, stored.image, command.shape, command.provenance ?? byPerson);
    }
    const unchanged =
      before.content === undefined &&
      (before.class === undefined || tables.classes.resolve(before.class) === after.class) &&
      (before.z === undefined || before.z === after.z);
    if (unchanged) continue;
    const key = `${before.class}/${before.z}`;
    const group = sameBefore.get(key);
    if (group === undefined) sameBefore.set(key, { before, ids: [id] });
    else group.ids.push(id);
  }
  return [...sameBefore.values()].map(({ before, ids }) => ({ type: 'instances.set', ids: packIds(ids), before, after }));
}

function addClass(tables: Tables, command: Command<'class.add'>): Plan {
  checkName(tables, command.name, null);
  return planClass(tables, command);
}

/** A class of a name that is not there, which may differ from another's in case: a dataset has what it has. */
export function planClass(tables: Tables, command: Omit<Command<'class.add'>, 'type'>): Plan {
  const present = tables.classes.list();
  const taken = new Set(present.map((cls) => cls.key));
  const free = [1, 2, 3, 4, 5, 6, 7, 8, 9].find((key) => !taken.has(key)) ?? null;
  const id = tables.classes.nextId();
  const after: ClassState = {
    name: command.name.trim(),
    colour: command.colour ?? nextColour(present.map((cls) => cls.colour)),
    key: command.key === undefined ? free : command.key,
    position: 1 + present.reduce((last, cls) => Math.max(last, cls.position), -1),
    fate: null,
  };
  return { edits: [...freeKey(tables, after.key, id), { type: 'class.put', id, before: null, after }], instances: [], classes: [id] };
}

function updateClass(tables: Tables, { id, name, colour, key, position }: Command<'class.update'>): Edit[] {
  const before = tables.classes.get(id);
  if (name !== undefined && nameKey(name) !== nameKey(before.name)) checkName(tables, name, id);
  const edits = key === undefined ? [] : freeKey(tables, key, id);
  const after: ClassState = { ...before, name: name?.trim() ?? before.name, colour: colour ?? before.colour, key: key === undefined ? before.key : key };
  if (position !== undefined) {
    const order = tables.classes.list().map((cls) => cls.id).filter((other) => other !== id);
    order.splice(Math.max(0, position), 0, id);
    // A class that has just lost its key goes on from there.
    const keyless = new Map(edits.flatMap((edit) => (edit.type === 'class.put' ? [[edit.id, edit.after]] : [])));
    order.forEach((other, place) => {
      if (other === id) {
        after.position = place;
        return;
      }
      const was = keyless.get(other) ?? tables.classes.get(other);
      if (was.position !== place) edits.push({ type: 'class.put', id: other, before: was, after: { ...was, position: place } });
    });
  }
  if (JSON.stringify(after) !== JSON.stringify(before)) edits.push({ type: 'class.put', id, before, after });
  return edits;
}

function removeClass(tables: Tables, { id, instances }: Command<'class.remove'>): Edit[] {
  const before = tables.classes.get(id);
  if (instances.action === 'move') {
    if (instances.to === id) throw new MaskwrightError('bad-request', `The instances of "${before.name}" cannot move to the class that is deleted. Choose another class.`, before.name);
    tables.classes.get(instances.to);
  }
  return [{ type: 'class.put', id, before, after: { ...before, fate: instances } }];
}

function setStatus(tables: Tables, command: Command<'image.status'>): Edit[] {
  const sameBefore = Map.groupBy(new Set(command.ids), (id) => tables.images.status(id));
  sameBefore.delete(command.status);
  return [...sameBefore].map(([before, ids]) => ({ type: 'images.status', ids: packIds(ids), before, after: command.status }));
}

function setSplit(tables: Tables, command: Command<'image.split'>): Edit[] {
  const sameBefore = Map.groupBy(new Set(command.ids), (id) => tables.images.split(id));
  sameBefore.delete(command.split);
  return [...sameBefore].map(([before, ids]) => ({ type: 'images.split', ids: packIds(ids), before, after: command.split }));
}

/** A key gives one class: another that has it loses it in the same step. */
function freeKey(tables: Tables, key: number | null, taker: ClassId): Edit[] {
  const owner = key === null ? undefined : tables.classes.list().find((cls) => cls.key === key && cls.id !== taker);
  if (owner === undefined) return [];
  const before = tables.classes.get(owner.id);
  return [{ type: 'class.put', id: owner.id, before, after: { ...before, key: null } }];
}

/** People do not mean two classes by "Cat" and "cat". */
function checkName(tables: Tables, name: string, self: ClassId | null): void {
  const other = tables.classes.list().find((cls) => cls.id !== self && foldedName(cls.name) === foldedName(name));
  if (other !== undefined) throw new MaskwrightError('name-taken', `There is already a class named "${other.name}". Choose another name, or use that class.`, other.name);
}

/** The shape as it is kept on its image. */
function measured(tables: Tables, image: ImageId, shape: Shape, provenance: Provenance): InstanceContent {
  const { width, height, path } = tables.images.record(image);
  if (width === null || height === null) {
    throw new MaskwrightError('conflict', `${path} has not been read yet, so nothing can be labeled on it. Wait until it is shown, or check the file.`, path);
  }
  const fitted = fitShape(shape, width, height);
  if (fitted.area <= 0) {
    throw new MaskwrightError('bad-request', `The shape has no pixels inside ${path} (${width} × ${height}). Draw it over the image.`, path);
  }
  return { ...fitted, provenance };
}
