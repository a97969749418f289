import { z } from 'zod';
import { ClassId, ClassKey, ClassName, Colour, ImageId, ImageStatus, InstanceId, Provenance, Shape } from './schema.ts';

/** Name of a part of a data set, such as train: formats make folders and files of it. */
export const SplitName = z.string().trim().min(1).max(100).regex(/^[^\p{Cc}\p{Cs}]*$/u, 'a name holds no control characters');
export type SplitName = z.infer<typeof SplitName>;

/** What a client may ask to change. Before-values are read by main; several commands make one step of undo. */
export const EditCommand = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('instance.add'), image: ImageId, class: ClassId.nullable(), shape: Shape, provenance: Provenance }),
  /** `provenance` comes with a shape, and says who made that; without it a person did. */
  z.strictObject({ type: z.literal('instance.update'), ids: z.array(InstanceId).min(1).max(100_000), class: ClassId.nullable().optional(), shape: Shape.optional(), provenance: Provenance.optional(), z: z.int().optional() }),
  z.strictObject({ type: z.literal('instance.remove'), ids: z.array(InstanceId).min(1).max(100_000) }),
  z.strictObject({ type: z.literal('class.add'), name: ClassName, colour: Colour.optional(), key: ClassKey.optional() }),
  z.strictObject({ type: z.literal('class.update'), id: ClassId, name: ClassName.optional(), colour: Colour.optional(), key: ClassKey.optional(), position: z.int().optional() }),
  z.strictObject({
    type: z.literal('class.remove'),
    id: ClassId,
    instances: z.discriminatedUnion('action', [
      z.strictObject({ action: z.literal('delete') }),
      z.strictObject({ action: z.literal('unlabel') }),
      z.strictObject({ action: z.literal('move'), to: ClassId }),
    ]),
  }),
  z.strictObject({ type: z.literal('image.status'), ids: z.array(ImageId).min(1).max(100_000), status: ImageStatus }),
  /** Null takes the split away. */
  z.strictObject({ type: z.literal('image.split'), ids: z.array(ImageId).min(1).max(100_000), split: SplitName.nullable() }),
]);
export type EditCommand = z.infer<typeof EditCommand>;

/** Corners of the polygons of one edit. More than anybody draws, and few enough to arrive and be checked without a pause. */
export const MOST_CORNERS = 500_000;

/** Total over all polygons in the commands. */
export function cornersOf(commands: readonly EditCommand[]): number {
  let coordinates = 0;
  for (const command of commands) {
    if (!('shape' in command) || command.shape?.kind !== 'polygon') continue;
    for (const { outer, holes } of command.shape.parts) coordinates += holes.reduce((sum, hole) => sum + hole.length, outer.length);
  }
  return coordinates / 2;
}
