import { z } from 'zod';
import { ClassId, ImageId } from '../domain/schema.ts';
import { ImageFilter } from './types.ts';
import { SplitName } from '../domain/commands.ts';

/** Parts of a data set: how images are divided among train, val, test or others, and what came of it. */

const count = z.int().nonnegative();

const MOST_PARTS = 20;
export const MOST_SEED = 0xffff_ffff;
/** Classes of a report; a data set may have more, which are counted. */
export const MOST_CLASSES_REPORTED = 1000;

/** An imported data set may have given every image a split of its own. */
export const MOST_SPLITS_LISTED = 200;

/** `share` is a weight: 8, 1, 1 divides as 0.8, 0.1, 0.1 does. */
export const SplitPart = z.strictObject({ name: SplitName, share: z.number().positive().lte(1e6) });
export type SplitPart = z.infer<typeof SplitPart>;

/**
 * A pattern of names with one `{group}`: what it stands for names the group. `*` is any text, `?` one character, `#` digits.
 * It is held against the file's name, or against the whole path where it contains a slash.
 */
export const GroupPattern = z.string().min(1).max(200).refine((text) => text.split('{group}').length === 2, 'a pattern has {group} once, such as frame_{group}_*');

/** What must stay together: images of one folder, of one group of a pattern, near-duplicates; of several, what any of them joins. */
const SplitGroups = z.strictObject({ folder: z.boolean().default(false), duplicates: z.boolean().default(false), pattern: GroupPattern.nullable().default(null) });
export type SplitGroups = z.infer<typeof SplitGroups>;

export const SplitPlan = z.strictObject({
  parts: z.array(SplitPart).min(1).max(MOST_PARTS).refine((parts) => new Set(parts.map(({ name }) => name)).size === parts.length, 'each part has a name of its own'),
  seed: z.int().min(0).max(MOST_SEED).default(0),
  stratify: z.boolean().default(false),
  groups: SplitGroups,
  /** False: images that have a split keep it. True: all are divided anew. */
  again: z.boolean().default(false),
});
export type SplitPlan = z.infer<typeof SplitPlan>;

export const SplitReport = z.strictObject({
  images: count,
  /** Images whose split is, or would be, another than before. */
  changed: count,
  /** Images that keep the split they had, because they are locked. */
  locked: count,
  /** The plan's parts in their order, then other splits that images keep, by name, at most MOST_SPLITS_LISTED. */
  parts: z.array(z.strictObject({
    name: z.string(),
    /** Between 0 and 1; null for a split that is none of the plan's. */
    wanted: z.number().nullable(),
    /** Of the images that are in the plan's parts; null as `wanted` is. */
    reached: z.number().nullable(),
    before: count,
    images: count,
    instances: count,
  })),
  /** Images with each class, by part, in the order of the plan; those with most images first. */
  classes: z.array(z.strictObject({
    class: ClassId,
    name: z.string(),
    images: z.array(count),
    instances: z.array(count),
    /** The largest distance of a part's share of the images with this class from the share that was wanted. */
    deviation: z.number(),
  })).max(MOST_CLASSES_REPORTED),
  classCount: count,
  /** Null where nothing is grouped. */
  groups: z.strictObject({
    /** Of more than one image. */
    count,
    /** Images in them. */
    images: count,
    /** Images of the largest one. */
    largest: count,
    /** Images whose names the pattern does not fit: each stands alone, unless something else joins it. Null without a pattern. */
    unmatched: count.nullable(),
    /** Groups whose images had been in several splits before, which they keep; some of them, each by one of its images. */
    straddling: count,
    examples: z.array(z.strictObject({ path: z.string(), splits: z.array(z.string()) })).max(20),
  }).nullable(),
  /** Images whose pictures were not looked at, so that their near-duplicates are not known. Null where that was not asked for. */
  unseen: count.nullable(),
});
export type SplitReport = z.infer<typeof SplitReport>;

/** How many images each split has, by name, of at most MOST_SPLITS_LISTED; null for those without one, which is listed last. */
export const SplitCounts = z.array(z.strictObject({ name: z.string().nullable(), images: count }));
export type SplitCounts = z.infer<typeof SplitCounts>;

/** Which images a split is given to by hand: some, or all that pass a filter. */
export const SplitImages = z.union([z.strictObject({ ids: z.array(ImageId).min(1).max(1000) }), z.strictObject({ filter: ImageFilter })]);
export type SplitImages = z.infer<typeof SplitImages>;
