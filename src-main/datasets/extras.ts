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

type Field = Exclude<keyof Extras, 'own'>;

const NAMES: Readonly<Record<Field, string>> = {
  attributes: 'its attributes', supercategory: 'its supercategory', crowd: 'that it is a crowd', group: 'its group', occluded: 'that it is occluded', truncated: 'that it is truncated',
  difficult: 'that it is difficult', score: 'its score', description: 'its description',
};

/**
 * For a preflight: what of an instance's extras a format has no place for, in words for a person; none when nothing is lost.
 * @param kept the fields that the format writes, beside its own under `format`, its id
 */
export function extrasLost(extras: Extras, kept: ReadonlySet<Field>, format: string): string[] {
  if (extras === NO_EXTRAS) return [];
  const fields = Object.keys(extras).filter((name): name is Field => name in NAMES && !kept.has(name as Field) && extras[name as Field] !== undefined);
  const foreign = Object.entries(extras.own ?? {}).filter(([id, own]) => id !== format && Object.keys(own).some((key) => key !== 'id')).map(([id]) => `what only ${id} says of it`);
  const lost = [...fields.map((name) => NAMES[name]), ...foreign];
  return lost.length === 0 ? [] : [`${lost.join(', ')} ${lost.length === 1 ? 'is' : 'are'} not kept`];
}
