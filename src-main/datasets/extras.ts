import { z } from 'zod';

const name = z.string().max(500);
const scalar = z.union([z.string().max(100_000), z.number(), z.boolean(), z.null()]);

/**
 * What a data set says of an image, a class, an instance or itself beside what Maskwright works with. It is kept with
 * what it belongs to and written back. The first fields have one meaning in several formats, so that they survive
 * a conversion; `own` holds what only one format knows, under that format's id, as it was written.
 */
export const Extras = z.strictObject({
  /** CVAT's and Datumaro's attributes, LabelMe's flags, by name. */
  attributes: z.record(name, scalar).optional(),
  /** Of a class: the one above it (COCO's supercategory, Datumaro's parent). */
  supercategory: name.optional(),
  /** Of an instance: a region of many objects that are not told apart (COCO's iscrowd). */
  crowd: z.literal(true).optional(),
  /** Of an instance: instances of an image with the same group are one object (LabelMe's group_id, CVAT's and Datumaro's group). */
  group: z.union([z.int(), name]).optional(),
  occluded: z.literal(true).optional(),
  truncated: z.literal(true).optional(),
  difficult: z.literal(true).optional(),
  /** A confidence or score, as the file has it. */
  score: z.number().optional(),
  description: z.string().max(100_000).optional(),
  own: z.record(z.string().regex(/^[a-z0-9-]{1,40}$/), z.record(name, z.json())).optional(),
});
export type Extras = z.infer<typeof Extras>;

export const NO_EXTRAS: Extras = {};
