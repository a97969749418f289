import { z } from 'zod';
import { ClassId, ImageId, Instance, InstanceId, MaskShape, Provenance } from '../domain/schema.ts';

/** Whose prompts are run again: those of instances, of all instances on images or of a class (null: of no class), or all. */
export const ReplayScope = z.union([
  z.strictObject({ instances: z.array(InstanceId).min(1).max(100_000) }),
  z.strictObject({ images: z.array(ImageId).min(1).max(100_000) }),
  z.strictObject({ class: ClassId.nullable() }),
  z.literal('all'),
]);
export type ReplayScope = z.infer<typeof ReplayScope>;

/** The most proposals that are listed at once. */
export const MOST_PROPOSALS = 10_000;

/** What a model made of a prompt, as it says itself. */
const Claim = z.strictObject({ model: z.string(), predictedIou: z.number() });

/** An instance for which another model's mask waits to be looked at. */
export const ProposalRow = z.strictObject({
  instance: InstanceId,
  image: ImageId,
  /** Of the image, relative to its root. */
  path: z.string(),
  class: ClassId.nullable(),
  /** Of the two masks, at the image's resolution. */
  iou: z.number(),
  present: Claim,
  proposed: Claim,
});
export type ProposalRow = z.infer<typeof ProposalRow>;

export const ProposalList = z.strictObject({
  /** Worst agreement first. */
  proposals: z.array(ProposalRow).max(MOST_PROPOSALS),
  /** How many wait, those that are not listed included. */
  total: z.int(),
});
export type ProposalList = z.infer<typeof ProposalList>;

export const Comparison = z.strictObject({
  instance: Instance,
  proposal: z.strictObject({ shape: MaskShape, provenance: Provenance, iou: z.number() }),
});
export type Comparison = z.infer<typeof Comparison>;
