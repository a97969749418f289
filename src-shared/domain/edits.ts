import { z } from 'zod';
import { Box, ClassId, ClassKey, ClassName, Colour, ImageId, ImageStatus, Provenance, RootId, Shape } from './schema.ts';

/**
 * Reversible edits: what the journal holds. Each names what it changes and the values before and after, so that
 * inverting one needs nothing but itself. Commands (contract) become edits in plan-edits.ts.
 *
 * Rows stay where they are while the journal can still bring them back: removing an instance takes it out of sight,
 * and removing a class only records what became of its instances. So a step that concerns 100,000 instances is
 * a list of ids, or, for a class, one row.
 */

const PackedIds = z.instanceof(Uint8Array).describe('instance or image ids (packed-ids.ts)');

/** The shape with all that follows from it. `area` in pixels, `box` in image pixels. */
export const InstanceContent = z.strictObject({ shape: Shape, area: z.number().nonnegative(), box: Box, provenance: Provenance });
export type InstanceContent = z.infer<typeof InstanceContent>;

/** Fields of an instance that an edit sets; `class` is the class as stored, before removed classes are followed. */
export const InstanceFields = z.strictObject({
  class: ClassId.nullable().optional(),
  z: z.int().optional(),
  content: InstanceContent.optional(),
});
export type InstanceFields = z.infer<typeof InstanceFields>;

/** What became of a removed class's instances. */
export const ClassFate = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('delete') }),
  z.strictObject({ action: z.literal('unlabel') }),
  z.strictObject({ action: z.literal('move'), to: ClassId }),
]);
export type ClassFate = z.infer<typeof ClassFate>;

/** A class's row. `fate` is null while the class is there. */
export const ClassState = z.strictObject({ name: ClassName, colour: Colour, key: ClassKey, position: z.int(), fate: ClassFate.nullable() });
export type ClassState = z.infer<typeof ClassState>;

const ImagePlace = z.strictObject({ root: RootId, path: z.string() });
const RootPlace = z.strictObject({ path: z.string(), beside: z.boolean() });
export type RootPlace = z.infer<typeof RootPlace>;

export const Edit = z.discriminatedUnion('type', [
  /** The instances come (back) into sight. Their rows exist. */
  z.strictObject({ type: z.literal('instances.add'), ids: PackedIds }),
  /** The instances go out of sight; their rows remain. */
  z.strictObject({ type: z.literal('instances.remove'), ids: PackedIds }),
  /** All of `ids` had the fields of `before` and get those of `after`: the same fields in both. */
  z.strictObject({ type: z.literal('instances.set'), ids: PackedIds, before: InstanceFields, after: InstanceFields }),
  /** null: the class does not exist. */
  z.strictObject({ type: z.literal('class.put'), id: ClassId, before: ClassState.nullable(), after: ClassState.nullable() }),
  z.strictObject({ type: z.literal('images.status'), ids: PackedIds, before: ImageStatus, after: ImageStatus }),
  z.strictObject({ type: z.literal('images.split'), ids: PackedIds, before: z.string().nullable(), after: z.string().nullable() }),
  /** The image's file is at another place: `path` is relative to a folder of the project. */
  z.strictObject({ type: z.literal('image.place'), id: ImageId, before: ImagePlace, after: ImagePlace }),
  /** A folder of the project is at another place; as stored, relative to the project's file where `beside` is true. */
  z.strictObject({ type: z.literal('root.place'), id: RootId, before: RootPlace, after: RootPlace }),
]);
export type Edit = z.infer<typeof Edit>;

/** The edit that takes `edit` back. invert(invert(e)) equals e. */
export function invert(edit: Edit): Edit {
  switch (edit.type) {
    case 'instances.add':
      return { ...edit, type: 'instances.remove' };
    case 'instances.remove':
      return { ...edit, type: 'instances.add' };
    case 'instances.set':
    case 'class.put':
    case 'images.status':
    case 'images.split':
    case 'image.place':
    case 'root.place':
      // TypeScript cannot see that swapping keeps each member of the union itself.
      return { ...edit, before: edit.after, after: edit.before } as Edit;
  }
}

/** The edits that take a whole step back: each inverted, the last one first. */
export const invertAll = (edits: readonly Edit[]): Edit[] => edits.map(invert).reverse();
