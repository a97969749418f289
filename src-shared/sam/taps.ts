import type { LogitsFrame } from '../contract/types.ts';

/*
 * SAM's postprocess_masks (facebookresearch/segment-anything): bilinear from lowRes² to frame², crop to inputHeight ×
 * inputWidth, bilinear to imageHeight × imageWidth; both steps with half-pixel centres and clamped edges (torch's
 * align_corners=False). Together they are linear and separable, and each image row or column depends on at most TAPS
 * neighbouring low-resolution ones: the two frame pixels it lies between are at most one low-resolution step apart, and
 * each of them lies between two. The weights are never negative and sum to 1, so where all taps lie on one side of a
 * threshold, so does the result; that is what makes thresholding cheap.
 */
export const TAPS = 3;

/** For each image pixel along one axis: the first low-resolution index, and TAPS weights that sum to 1. */
export interface AxisTaps {
  readonly first: Int32Array;
  readonly weights: Float64Array;
}

/** Image pixels along an axis that read the same taps: from ≤ pixel < to. */
export interface TapGroup {
  readonly from: number;
  readonly to: number;
  readonly first: number;
}

/** Taps of every image pixel along one axis: the two bilinear steps multiplied out. */
export function axisTaps(image: number, input: number, { lowRes, frame }: LogitsFrame): AxisTaps {
  const first = new Int32Array(image);
  const weights = new Float64Array(image * TAPS);
  for (let pixel = 0; pixel < image; pixel++) {
    const place = Math.max(0, ((pixel + 0.5) * input) / image - 0.5);
    const near = Math.min(Math.floor(place), input - 1);
    const far = Math.min(near + 1, input - 1);
    const start = Math.min(Math.floor(gridPlace(near, lowRes, frame)), lowRes - TAPS);
    first[pixel] = start;
    const add = (framePixel: number, weight: number): void => {
      const inGrid = gridPlace(framePixel, lowRes, frame);
      const cell = Math.min(Math.floor(inGrid), lowRes - 1);
      const next = Math.min(cell + 1, lowRes - 1);
      const base = pixel * TAPS - start;
      weights[base + cell] = (weights[base + cell] ?? 0) + weight * (1 - (inGrid - cell));
      weights[base + next] = (weights[base + next] ?? 0) + weight * (inGrid - cell);
    };
    add(near, 1 - (place - near));
    add(far, place - near);
  }
  return { first, weights };
}

/** Where a frame pixel's centre lies between the centres of the low-resolution cells. */
const gridPlace = (framePixel: number, lowRes: number, frame: number): number => Math.max(0, ((framePixel + 0.5) * lowRes) / frame - 0.5);

export function tapGroups({ first }: AxisTaps): TapGroup[] {
  const groups: TapGroup[] = [];
  for (let from = 0; from < first.length; ) {
    const tap = first[from] ?? 0;
    let to = from + 1;
    while (to < first.length && first[to] === tap) to++;
    groups.push({ from, to, first: tap });
    from = to;
  }
  return groups;
}

/** Low-resolution rows as one image column sees them, into `column`; `w` is where the column's weights begin. */
export function blendColumn(logits: Float32Array, lowRes: number, first: number, weights: Float64Array, w: number, column: Float64Array): void {
  const [w0, w1, w2] = [weights[w] ?? 0, weights[w + 1] ?? 0, weights[w + 2] ?? 0];
  for (let row = 0, at = first; row < lowRes; row++, at += lowRes) {
    column[row] = w0 * (logits[at] ?? 0) + w1 * (logits[at + 1] ?? 0) + w2 * (logits[at + 2] ?? 0);
  }
}
