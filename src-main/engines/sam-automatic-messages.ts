import { z } from 'zod';
import { LogitsFrame } from '../../src-shared/contract/types.ts';
import { Corners } from '../../src-shared/sam/automatic/corners.ts';

/** What main asks of the SAM engine in everything mode: some of a crop's points at a time, each a prompt of its own. */
export const AutomaticParams = z.strictObject({
  /** Names the crop's embedding. */
  key: z.string().min(1).max(200),
  /** Lays the logits over the crop. */
  frame: LogitsFrame,
  /** In image pixels; and the image's size. */
  crop: Corners,
  image: z.strictObject({ width: z.int().positive(), height: z.int().positive() }),
  /** In the crop's pixels, not rounded. */
  points: z.array(z.strictObject({ x: z.number(), y: z.number() })).min(1).max(1024),
  thresholds: z.strictObject({ pred_iou_thresh: z.number(), stability_score_thresh: z.number(), stability_score_offset: z.number().min(0) }),
});
export type AutomaticParams = z.infer<typeof AutomaticParams>;

export const AutomaticResult = z.discriminatedUnion('found', [
  /** The embedding is neither in memory nor on disk: encode, then ask again. */
  z.strictObject({ found: z.literal(false) }),
  z.strictObject({
    found: z.literal(true),
    /** FoundMask of sam/automatic/judge.ts, in the order of the points; `point` is an index into them. */
    masks: z.array(
      z.strictObject({
        point: z.int().nonnegative(),
        candidate: z.int().min(0).max(3),
        predictedIou: z.number(),
        stability: z.union([z.number(), z.nan()]),
        box: Corners,
        counts: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
      }),
    ),
    /** Milliseconds that it took the engine. */
    ms: z.number(),
  }),
]);
export type AutomaticResult = z.infer<typeof AutomaticResult>;
