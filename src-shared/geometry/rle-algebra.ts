import { MaskwrightError } from '../contract/errors.ts';
import type { Rle } from './rle.ts';
import { RunWriter } from './run-writer.ts';

/** Walks two masks at once, giving each stretch on which both are constant. Pixels are never expanded. */
function forEachStretch(a: Rle, b: Rle, visit: (inA: boolean, inB: boolean, length: number) => void): void {
  if (a.size[0] !== b.size[0] || a.size[1] !== b.size[1]) {
    throw new MaskwrightError('bad-request', `Masks of ${a.size[1]} × ${a.size[0]} and ${b.size[1]} × ${b.size[0]} pixels cannot be combined: they belong to different images.`);
  }
  let i = 0, j = 0;
  let leftA = a.counts[0] ?? 0;
  let leftB = b.counts[0] ?? 0;
  for (;;) {
    while (leftA === 0 && i + 1 < a.counts.length) leftA = a.counts[++i] ?? 0;
    while (leftB === 0 && j + 1 < b.counts.length) leftB = b.counts[++j] ?? 0;
    const length = Math.min(leftA, leftB);
    if (length === 0) return;
    visit(i % 2 === 1, j % 2 === 1, length);
    leftA -= length;
    leftB -= length;
  }
}

/** Both masks must have one size; else 'bad-request'. So too below. */
export const rleUnion = (a: Rle, b: Rle): Rle => combine(a, b, (inA, inB) => inA || inB);

export const rleIntersection = (a: Rle, b: Rle): Rle => combine(a, b, (inA, inB) => inA && inB);

/** What is in `a` and not in `b`. */
export const rleDifference = (a: Rle, b: Rle): Rle => combine(a, b, (inA, inB) => inA && !inB);

function combine(a: Rle, b: Rle, isInside: (inA: boolean, inB: boolean) => boolean): Rle {
  const runs = new RunWriter();
  forEachStretch(a, b, (inA, inB, length) => runs.add(isInside(inA, inB), length));
  return { size: [a.size[0], a.size[1]], counts: runs.finish() };
}

/** Intersection over union, 0 to 1. Masks as for rleUnion. Two empty masks are the same mask: 1 (pycocotools leaves 0/0 there). */
export function rleIou(a: Rle, b: Rle): number {
  let both = 0, either = 0;
  forEachStretch(a, b, (inA, inB, length) => {
    if (inA && inB) both += length;
    if (inA || inB) either += length;
  });
  return either === 0 ? 1 : both / either;
}

/** Pixels that are in both. Masks as for rleUnion. */
export function rleOverlap(a: Rle, b: Rle): number {
  let both = 0;
  forEachStretch(a, b, (inA, inB, length) => {
    if (inA && inB) both += length;
  });
  return both;
}
