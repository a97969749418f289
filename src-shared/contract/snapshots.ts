import { z } from 'zod';
import { ImageId, InstanceId, Shape } from '../domain/schema.ts';

/** A named, immutable state of a project. */
export const SnapshotId = z.int().positive();
export type SnapshotId = z.infer<typeof SnapshotId>;

/** A snapshot, or null for the project as it is now. */
export const SnapshotOrNow = SnapshotId.nullable();
export type SnapshotOrNow = z.infer<typeof SnapshotOrNow>;

/** Unique in its project, whatever the case of its letters. */
export const SnapshotName = z.string().trim().min(1).max(200);
export const SnapshotNote = z.string().max(10_000);

const count = z.int().nonnegative();

export const SnapshotRow = z.strictObject({
  snapshot: SnapshotId,
  name: z.string(),
  note: z.string(),
  /** When it was made: milliseconds since 1970. */
  at: z.number(),
  /** sha256 (hex) of what it holds: equal hashes, equal content. */
  hash: z.string(),
  images: count,
  /** Of them, those marked as done. */
  done: count,
  instances: count,
});
export type SnapshotRow = z.infer<typeof SnapshotRow>;

/** What can be different about an instance that is on both sides. */
export const InstanceAspect = z.enum(['class', 'shape', 'order', 'attributes']);
export type InstanceAspect = z.infer<typeof InstanceAspect>;

/** What can be different about an image that is on both sides, beside its instances. */
export const ImageAspect = z.enum(['split', 'status', 'size', 'attributes']);
export type ImageAspect = z.infer<typeof ImageAspect>;

const Side = z.strictObject({ instance: InstanceId, class: z.string().nullable().describe('name; null for none'), shape: Shape });

/** One instance that is not the same before and after; null where it is not there. */
export const InstanceDifference = z.strictObject({
  before: Side.nullable(),
  after: Side.nullable(),
  /** What is different; empty when it was added or removed. */
  aspects: z.array(InstanceAspect),
  /** Of the two shapes where they differ, else null. */
  iou: z.number().nullable(),
});
export type InstanceDifference = z.infer<typeof InstanceDifference>;

const ImageSide = z.strictObject({ image: ImageId, split: z.string().nullable(), status: z.string(), width: z.int().nullable(), height: z.int().nullable() });

/** All about one image that is not the same before and after. */
export const ImageDifference = z.strictObject({
  path: z.string(),
  before: ImageSide.nullable(),
  after: ImageSide.nullable(),
  aspects: z.array(ImageAspect),
  instances: z.array(InstanceDifference),
});
export type ImageDifference = z.infer<typeof ImageDifference>;

export const ClassDifference = z.strictObject({
  change: z.enum(['added', 'removed', 'changed']),
  /** As it is called after, or was before it was removed. */
  name: z.string(),
  /** What it was called before, where that is another name. */
  was: z.string().nullable(),
});
export type ClassDifference = z.infer<typeof ClassDifference>;

const Changes = z.strictObject({ added: count, removed: count, changed: count });

/** The difference in numbers. Images that were added or removed count with their instances. */
export const DifferenceSummary = z.strictObject({
  images: Changes,
  instances: Changes,
  /** Of the changed instances: how many have another class, shape, …; one may have several. */
  aspects: z.strictObject({ class: count, shape: count, order: count, attributes: count }),
  /** Of the changed images, in the same way. */
  imageAspects: z.strictObject({ split: count, status: count, size: count, attributes: count }),
  classes: z.array(ClassDifference),
});
export type DifferenceSummary = z.infer<typeof DifferenceSummary>;

/** How many images may be asked for in full at a time. */
export const MOST_COMPARED = 20;

/** Of each changed image, in `Difference.rows`: its id, instances added, removed, changed, and 1 when it was added, 2 when it was removed, else 0. */
export const DIFFERENCE_ROW = 5;

export const Difference = z.strictObject({
  summary: DifferenceSummary,
  rows: z.instanceof(Uint8Array).describe('32-bit little-endian, DIFFERENCE_ROW numbers an image, by id'),
});
export type Difference = z.infer<typeof Difference>;
