import { z } from 'zod';

/** What a project holds, as it crosses the contract. Each schema is checked wherever data comes from outside. */

const id = z.int().positive();
export const ImageId = id;
export const InstanceId = id;
export const ClassId = id;
export const RootId = id;
export type ImageId = number;
export type InstanceId = number;
export type ClassId = number;
export type RootId = number;

const finite = z.number().gte(-1e7).lte(1e7);

/** Axis-aligned box in image pixels: left, top, width, height (COCO's bbox). */
export const Box = z.strictObject({ x: finite, y: finite, width: finite.nonnegative(), height: finite.nonnegative() });
export type Box = z.infer<typeof Box>;

/** A closed ring, flat [x0, y0, x1, y1, …] in image pixels, the first point not repeated. */
export const Ring = z.custom<number[]>(isRing, 'a ring has 3 to 100,000 corners, none beyond ±10,000,000');
export type Ring = z.infer<typeof Ring>;

/** By hand: a check for each coordinate takes longer than all else that is done with it. */
function isRing(value: unknown): boolean {
  if (!Array.isArray(value) || value.length < 6 || value.length > 200_000) return false;
  for (const coordinate of value as unknown[]) if (typeof coordinate !== 'number' || !(coordinate >= -1e7 && coordinate <= 1e7)) return false;
  return true;
}

/** One connected part: an outer ring and the holes in it. */
export const PolygonPart = z.strictObject({ outer: Ring, holes: z.array(Ring).max(10_000) });
export type PolygonPart = z.infer<typeof PolygonPart>;

/** The largest side of an image that the program accepts. */
export const MAX_SIDE = 65_535;
const side = z.int().min(1).max(MAX_SIDE);

/**
 * An instance's canonical shape at image resolution.
 * `mask`: COCO run lengths, column-major, the first count of zeros; `counts` is packed (geometry/packed-counts.ts).
 */
export const MaskShape = z.strictObject({
  kind: z.literal('mask'),
  size: z.tuple([side, side]).describe('[height, width]'),
  counts: z.instanceof(Uint8Array),
});
const PolygonShape = z.strictObject({ kind: z.literal('polygon'), parts: z.array(PolygonPart).min(1).max(10_000) });
const BoxShape = z.strictObject({ kind: z.literal('box'), box: Box });
export const Shape = z.discriminatedUnion('kind', [MaskShape, PolygonShape, BoxShape]);
export type MaskShape = z.infer<typeof MaskShape>;
export type PolygonShape = z.infer<typeof PolygonShape>;
export type BoxShape = z.infer<typeof BoxShape>;
export type Shape = z.infer<typeof Shape>;

/** A click: label 1 is foreground, 0 background; x, y in image pixels. */
export const PromptPoint = z.strictObject({ x: finite, y: finite, label: z.union([z.literal(0), z.literal(1)]) });
export type PromptPoint = z.infer<typeof PromptPoint>;

/** Who or what made an instance, with all that is needed to reopen or replay it. */
export const Provenance = z.strictObject({
  source: z.enum(['human', 'model', 'import']),
  /** True once a person changed the shape after a model or an import made it. */
  touched: z.boolean().default(false),
  sam: z
    .strictObject({
      model: z.string(),
      modelHash: z.string(),
      points: z.array(PromptPoint),
      box: Box.nullable(),
      candidate: z.int().nonnegative(),
      predictedIou: z.number(),
      stability: z.number(),
    })
    .nullable()
    .default(null),
});
export type Provenance = z.infer<typeof Provenance>;

export const Instance = z.strictObject({
  id: InstanceId,
  image: ImageId,
  class: ClassId.nullable(),
  shape: Shape,
  /** Pixels inside; always recomputed from the shape. */
  area: z.number().nonnegative(),
  box: Box,
  /** Painting order: larger is nearer. */
  z: z.int(),
  provenance: Provenance,
});
export type Instance = z.infer<typeof Instance>;

export const Colour = z.string().regex(/^#[0-9a-f]{6}$/);
export const ClassName = z.string().trim().min(1).max(200);
/** Key 1–9 that gives this class, or null. */
export const ClassKey = z.int().min(1).max(9).nullable();
export const LabelClass = z.strictObject({ id: ClassId, name: ClassName, colour: Colour, key: ClassKey, position: z.int() });
export type LabelClass = z.infer<typeof LabelClass>;

export const ImageStatus = z.enum(['todo', 'in-progress', 'done']);
export type ImageStatus = z.infer<typeof ImageStatus>;
