import type { LogitsFrame } from '../contract/types.ts';

/** How many of the low-resolution logits along an axis lie over the image and not over the padding beside it; at least 1. */
const covered = (input: number, frame: LogitsFrame): number => Math.max(1, Math.round((input * frame.lowRes) / frame.frame));

/**
 * Stability score (calculate_stability_score of facebookresearch/segment-anything): the IoU between the mask cut at
 * +offset and at −offset, #(logit > offset) / #(logit > −offset), 0 when nothing is above −offset.
 * Counted on the low-resolution grid, over the cells whose centres lie on the image, so that its cost does not follow
 * the image's size; the reference counts upscaled pixels, which differs by the few cells along the outline.
 */
export function stabilityScore(logits: Float32Array, frame: LogitsFrame, offset = 1): number {
  const columns = covered(frame.inputWidth, frame);
  const rows = covered(frame.inputHeight, frame);
  let above = 0, below = 0;
  for (let y = 0; y < rows; y++) {
    for (let i = y * frame.lowRes, end = i + columns; i < end; i++) {
      const logit = logits[i] ?? 0;
      if (logit > offset) above++;
      if (logit > -offset) below++;
    }
  }
  return below === 0 ? 0 : above / below;
}
