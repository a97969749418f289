import { z } from 'zod';
import { ClassId, Colour } from '../domain/schema.ts';
import { Problem } from './errors.ts';

const count = z.int().nonnegative();

/** Part of the data set, such as train; null for the images in none. */
const Split = z.string().nullable();

/**
 * What was counted of some instances. `counts`: 32-bit unsigned numbers, little-endian, laid out as statistics/layout.ts says.
 * `coverage`: 32-bit floats, little-endian, a row-major grid over the picture (COVERAGE_SIDE²): by how much each cell is
 * covered, 0 to 1 for each instance, summed up. Both are null where there were too many classes to keep them.
 */
const counted = {
  instances: count,
  /** Pixels, those of overlapping instances counted for each. */
  area: z.number().nonnegative(),
  counts: z.instanceof(Uint8Array).nullable(),
  coverage: z.instanceof(Uint8Array).nullable(),
};

export const SplitStatistics = z.strictObject({
  split: Split,
  images: z.strictObject({
    total: count, todo: count, inProgress: count, done: count,
    /** Without an instance. */
    empty: count,
    landscape: count, portrait: count, square: count,
    /** Whose file was never looked at. */
    unknownSize: count,
  }),
  /** Of all pictures together. */
  pixels: z.number().nonnegative(),
  ...counted,
});
export type SplitStatistics = z.infer<typeof SplitStatistics>;

/** Of one class in one split; only where there are instances. */
export const ClassStatistics = z.strictObject({ split: Split, class: ClassId.nullable(), images: count, ...counted });
export type ClassStatistics = z.infer<typeof ClassStatistics>;

export const FolderStatistics = z.strictObject({ split: Split, root: z.string(), folder: z.string(), images: count, done: count, empty: count, instances: count });
export type FolderStatistics = z.infer<typeof FolderStatistics>;

/** All that is counted of a project, by split and class, so that a view of any of them needs no second pass. */
export const Statistics = z.strictObject({
  /** In their order in the project, those without instances too. */
  classes: z.array(z.strictObject({ id: ClassId, name: z.string(), colour: Colour })),
  /** train, val and test first, then others by name, last the images in none; only those with images. */
  splits: z.array(SplitStatistics),
  groups: z.array(ClassStatistics),
  folders: z.array(FolderStatistics),
  sizes: z.array(z.strictObject({ split: Split, width: count, height: count, images: count })),
  /** Images on which both classes are, a before b in the project's order. */
  pairs: z.array(z.strictObject({ split: Split, a: ClassId, b: ClassId, images: count })),
  /** How often a folder, a size or a pair of classes was met that is not listed, because there are too many different ones. */
  leftOut: z.strictObject({ folders: count, sizes: count, pairs: count }),
  /** Images whose instances could not be read, and so were not counted: the first, and how many. */
  problems: z.array(Problem),
  problemCount: count,
});
export type Statistics = z.infer<typeof Statistics>;
