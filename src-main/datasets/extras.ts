import { z } from 'zod';
import { formatName } from './formats/format-names.ts';

const name = z.string().max(500);
const FORMAT = /^[a-z0-9-]{1,40}$/;
const scalar = z.union([z.string().max(100_000), z.number(), z.boolean(), z.null()]);

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return true;
  if (Array.isArray(value)) return Array.from(value).every(isJson);
  return isPlainObject(value) && Object.entries(value).every(([key, field]) => key !== '__proto__' && isJson(field));
}

/** What `own` takes, by hand: nearly every row of an imported data set has it, and the schema takes three times as long. That decides where this is not certain. */
const isOwn = (value: unknown): boolean =>
  isPlainObject(value) && Object.entries(value).every(([format, fields]) => FORMAT.test(format) && isPlainObject(fields) && isJson(fields) && Object.keys(fields).every((key) => key.length <= 500));

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
  own: z.custom<Record<string, Record<string, z.core.util.JSONType>>>(isOwn).or(z.record(z.string().regex(FORMAT), z.record(name, z.json()))).optional(),
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
  const foreign = Object.entries(extras.own ?? {}).filter(([id, own]) => id !== format && Object.keys(own).some((key) => key !== 'id')).map(([id]) => `what only ${formatName(id)} says of it`);
  const lost = [...fields.map((name) => NAMES[name]), ...foreign];
  return lost.length === 0 ? [] : [`${lost.join(', ')} ${lost.length === 1 ? 'is' : 'are'} not kept`];
}
