import type { PromptPoint } from '../../../src-shared/domain/schema.ts';
import { rleDifference } from '../../../src-shared/geometry/rle-algebra.ts';
import { rleArea, rleBox, rleToBitmap } from '../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import { cropRle } from '../../../src-shared/geometry/rle-window.ts';
import { squaredDistances } from './distance.ts';

export interface DeepPoint {
  /** Centre of the pixel, in image pixels. */
  readonly x: number;
  readonly y: number;
  /** Squared distance to the centre of the nearest pixel outside; beyond the picture's border all is outside. */
  readonly depth: number;
}

/** The pixel of a mask that is farthest from everything outside of it, of equals the first in reading order; null for an empty mask. */
export function deepestPoint(mask: Rle): DeepPoint | null {
  if (rleArea(mask) === 0) return null;
  // Outside of the box there is nothing inside, so a border of one pixel around it is enough.
  const box = rleBox(mask);
  const [width, height] = [box.width + 2, box.height + 2];
  const inside = rleToBitmap(cropRle(mask, box));
  const outside = new Uint8Array(width * height).fill(1);
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) if (inside[y * box.width + x] === 1) outside[(y + 1) * width + x + 1] = 0;
  }
  const depths = squaredDistances(outside, width, height);
  let deepest = 0;
  for (let i = 1; i < depths.length; i++) if ((depths[i] ?? 0) > (depths[deepest] ?? 0)) deepest = i;
  return { x: box.x + (deepest % width) - 0.5, y: box.y + Math.floor(deepest / width) - 0.5, depth: depths[deepest] ?? 0 };
}

/**
 * Where a person would click to mend `mask`: at the deepest point of what is missing (label 1) or of what is too much
 * (label 0), whichever is deeper, of equals what is missing; null when nothing is wrong. Both masks have one size.
 * The rule of the literature on interactive segmentation (Sofiiuk, Petrov and Konushin, "Reviving Iterative Training
 * with Mask Guidance for Interactive Segmentation", 2021, section 4.2).
 */
export function correctiveClick(truth: Rle, mask: Rle): PromptPoint | null {
  const missing = deepestPoint(rleDifference(truth, mask));
  const extra = deepestPoint(rleDifference(mask, truth));
  if (missing !== null && (extra === null || missing.depth >= extra.depth)) return { x: missing.x, y: missing.y, label: 1 };
  return extra === null ? null : { x: extra.x, y: extra.y, label: 0 };
}
