import type { Edit } from './edits.ts';
import { unpackIds } from './packed-ids.ts';
import type { NewInstance } from './plan-edits.ts';
import type { ImageId, ImageStatus, Instance, LabelClass } from './schema.ts';

/** The part of a project that somebody looks at: some of its instances and images, and its classes. */
export interface EditState {
  /** In painting order. Their classes are what they mean now, never a removed one. */
  readonly instances: readonly Instance[];
  /** The classes that are there, in their order. */
  readonly classes: readonly LabelClass[];
  readonly images: ReadonlyMap<ImageId, { readonly status: ImageStatus; readonly split: string | null }>;
}

/**
 * What edits make of a state, by themselves: what they do not touch stays the same object, lists included. Instances and
 * images that the state does not have are passed over. What an edit brings back must be in `added`; instances that come back
 * with a class whose removal is undone are not known here.
 */
export function reduceEdits(state: EditState, edits: readonly Edit[], added: readonly NewInstance[]): EditState {
  return edits.reduce((now, edit) => reduce(now, edit, added), state);
}

function reduce(state: EditState, edit: Edit, added: readonly NewInstance[]): EditState {
  switch (edit.type) {
    case 'instances.add': {
      const ids = new Set(unpackIds(edit.ids));
      const fresh = added.filter(({ id }) => ids.has(id));
      return fresh.length === 0 ? state : { ...state, instances: inOrder([...state.instances, ...fresh.map(instanceOf)]) };
    }
    case 'instances.remove':
      return without(state, new Set(unpackIds(edit.ids)));
    case 'instances.set': {
      const ids = new Set(unpackIds(edit.ids));
      const { class: cls, z, content } = edit.after;
      const fields = { ...(cls === undefined ? {} : { class: cls }), ...(z === undefined ? {} : { z }), ...content };
      const instances = mapped(state.instances, (instance) => (ids.has(instance.id) ? { ...instance, ...fields } : instance));
      return instances === state.instances ? state : { ...state, instances: z === undefined ? instances : inOrder(instances) };
    }
    case 'class.put':
      return putClass(state, edit);
    case 'images.status':
      return setImages(state, edit.ids, { status: edit.after });
    case 'images.split':
      return setImages(state, edit.ids, { split: edit.after });
    case 'image.place':
    case 'root.place':
      return state;
  }
}

const instanceOf = ({ id, image, class: cls, z, content }: NewInstance): Instance => ({ id, image, class: cls, z, ...content });

/** By z, then id, as they are painted. */
const inOrder = (instances: readonly Instance[]): Instance[] => instances.toSorted((a, b) => a.z - b.z || a.id - b.id);

function without(state: EditState, ids: ReadonlySet<number>): EditState {
  const instances = state.instances.filter(({ id }) => !ids.has(id));
  return instances.length === state.instances.length ? state : { ...state, instances };
}

function putClass(state: EditState, { id, after }: Extract<Edit, { type: 'class.put' }>): EditState {
  if (after === null || after.fate !== null) {
    const classes = state.classes.filter((cls) => cls.id !== id);
    const fate = after?.fate ?? null;
    if (fate === null || fate.action === 'delete') {
      const gone = new Set(state.instances.filter((instance) => instance.class === id).map((instance) => instance.id));
      return without({ ...state, classes }, gone);
    }
    const cls = fate.action === 'move' ? fate.to : null;
    return { ...state, classes, instances: mapped(state.instances, (instance) => (instance.class === id ? { ...instance, class: cls } : instance)) };
  }
  const { name, colour, key, position } = after;
  const known = state.classes.some((cls) => cls.id === id);
  const classes = known ? state.classes.map((cls) => (cls.id === id ? { ...cls, name, colour, key, position } : cls)) : [...state.classes, { id, name, colour, key, position }];
  return { ...state, classes: classes.toSorted((a, b) => a.position - b.position || a.id - b.id) };
}

function setImages(state: EditState, packed: Uint8Array, fields: { readonly status?: ImageStatus; readonly split?: string | null }): EditState {
  const images = new Map(state.images);
  for (const id of unpackIds(packed)) {
    const image = images.get(id);
    if (image !== undefined) images.set(id, { ...image, ...fields });
  }
  return { ...state, images };
}

/** The same list where nothing changed. */
function mapped<T>(list: readonly T[], map: (item: T) => T): readonly T[] {
  let changed = false;
  const result = list.map((item) => {
    const now = map(item);
    if (now !== item) changed = true;
    return now;
  });
  return changed ? result : list;
}
