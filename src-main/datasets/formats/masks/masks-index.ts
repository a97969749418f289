import { z } from 'zod';
import { ClassName, Colour } from '../../../../src-shared/domain/schema.ts';
import { Extras } from '../../extras.ts';

/** The table of a folder of label pictures. */
export const INDEX = 'masks.json';

/** The largest number in a 16-bit picture. */
export const MOST_VALUE = 65_535;

export const MasksLayout = z.enum(['semantic', 'instance', 'separate']);
export type MasksLayout = z.infer<typeof MasksLayout>;

const value = z.int().min(1).max(MOST_VALUE);
const side = z.int().min(1).max(65_535);
const path = z.string().min(1).max(4096);

export const IndexClass = z.object({ value, name: ClassName, colour: Colour.optional(), extras: Extras.optional() });
export type IndexClass = z.infer<typeof IndexClass>;

const about = { class: value.nullish(), extras: Extras.optional() };
export const IndexImage = z.object({
  file_name: path,
  width: side,
  height: side,
  split: z.string().max(500).optional(),
  mask: path.optional(),
  extras: Extras.optional(),
  /** Of the layout "instance" with the value in the image's picture, of "separate" with a picture each. */
  instances: z.array(z.object({ ...about, value: value.optional(), mask: path.optional() })).max(MOST_VALUE).default([]),
});
export type IndexImage = z.infer<typeof IndexImage>;
