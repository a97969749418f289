import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rleArea, rleBox, rleFromBitmap, rleToBitmap } from '../../geometry/rle.ts';
import { createUpscaler } from '../upscale.ts';
import type { Corners } from './corners.ts';
import { cropsOf, pointGrid } from './crops.ts';
import { createJudge } from './judge.ts';
import { createMeasurer } from './measure.ts';
import { nonMaximumSuppression } from './nms.ts';
import { AutomaticOptions } from './options.ts';
import { removeSmallRegions } from './small-regions.ts';

describe('options', () => {
  test('are the official defaults', () => {
    expect(AutomaticOptions.parse({})).toEqual({
      points_per_side: 32, points_per_batch: 64, pred_iou_thresh: 0.88, stability_score_thresh: 0.95, stability_score_offset: 1, box_nms_thresh: 0.7,
      crop_n_layers: 0, crop_nms_thresh: 0.7, crop_overlap_ratio: 512 / 1500, crop_n_points_downscale_factor: 1, min_mask_region_area: 0,
    });
  });
  test('that leave a layer of crops without points are refused', () => {
    const options = { points_per_side: 8, crop_n_points_downscale_factor: 3 };
    expect(AutomaticOptions.safeParse({ ...options, crop_n_layers: 1 }).success).toBe(true);
    expect(AutomaticOptions.safeParse({ ...options, crop_n_layers: 2 }).success).toBe(false);
  });
});

describe('crops and points', () => {
  test('an image of 320 × 213 in two layers', () => {
    const crops = cropsOf(320, 213, { crop_n_layers: 2, crop_overlap_ratio: 0.3 });
    expect(crops.length).toBe(1 + 4 + 16);
    // overlap int(0.3 · 213) = 63: ceil((63 + 320) / 2) = 192 wide, ceil((63 + 213) / 2) = 138 high
    expect(crops.slice(0, 3).map(({ box }) => Object.values(box))).toEqual([[0, 0, 320, 213], [0, 0, 192, 138], [0, 75, 192, 213]]);
  });
  test('cover every pixel, hold some, and stay inside, however small the image', () => {
    const side = fc.integer({ min: 1, max: 90 });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 0, max: 3 }), fc.double({ min: 0, max: 0.9, noNaN: true }), (width, height, layers, ratio) => {
        const crops = cropsOf(width, height, { crop_n_layers: layers, crop_overlap_ratio: ratio });
        for (let layer = 0; layer <= layers; layer++) {
          const covered = new Uint8Array(width * height);
          for (const { box } of crops.filter((crop) => crop.layer === layer)) {
            expect(box.x0 < box.x1 && box.y0 < box.y1 && box.x1 <= width && box.y1 <= height).toBe(true);
            for (let y = box.y0; y < box.y1; y++) covered.fill(1, y * width + box.x0, y * width + box.x1);
          }
          expect(covered.includes(0)).toBe(false);
        }
      }),
    );
  });
  test('a grid runs along x first', () => {
    expect(pointGrid(2, 40, 20)).toEqual([{ x: 10, y: 5 }, { x: 30, y: 5 }, { x: 10, y: 15 }, { x: 30, y: 15 }]);
    expect(pointGrid(1, 40, 20)).toEqual([{ x: 20, y: 10 }]);
  });
});

const box = (x0: number, x1: number): Corners => ({ x0, y0: 0, x1, y1: 10 });

describe('non-maximum suppression', () => {
  test('keeps the better of two that overlap by more than the threshold, and the first of equal ones', () => {
    expect(nonMaximumSuppression([box(0, 10), box(1, 11), box(30, 40)], Float32Array.of(0.5, 0.6, 0.6), 0.7)).toEqual([1, 2]);
    expect(nonMaximumSuppression([box(0, 10), box(1, 11)], Float32Array.of(0.6, 0.6), 0.7)).toEqual([0]);
  });
  test('keeps what overlaps by exactly the threshold, and boxes without area', () => {
    expect(nonMaximumSuppression([box(0, 10), box(5, 10)], Float32Array.of(1, 0.9), 0.5)).toEqual([0, 1]);
    expect(nonMaximumSuppression([box(5, 5), box(5, 5)], Float32Array.of(1, 0.9), 0)).toEqual([0, 1]);
  });
  test('a box suppressed by one that is itself suppressed stays', () => {
    expect(nonMaximumSuppression([box(0, 10), box(3, 13), box(6, 16)], Float32Array.of(0.9, 0.8, 0.7), 0.5)).toEqual([0, 2]);
  });
});

const frames = fc
  .record({ lowRes: fc.integer({ min: 3, max: 9 }), step: fc.integer({ min: 1, max: 4 }), wide: fc.boolean(), other: fc.double({ min: 0.2, max: 1, noNaN: true }), imageWidth: fc.integer({ min: 1, max: 60 }), imageHeight: fc.integer({ min: 1, max: 60 }) })
  .map(({ lowRes, step, wide, other, imageWidth, imageHeight }) => {
    const frame = lowRes * step;
    const short = Math.max(1, Math.round(frame * other));
    return { lowRes, frame, inputWidth: wide ? frame : short, inputHeight: wide ? short : frame, imageWidth, imageHeight };
  });
const withLogits = frames.chain((frame) =>
  // Whole numbers, so that logits often lie exactly on a threshold.
  fc.tuple(fc.constant(frame), fc.array(fc.integer({ min: -3, max: 3 }), { minLength: frame.lowRes ** 2, maxLength: frame.lowRes ** 2 }).map((values) => Float32Array.from(values))),
);

describe('a measure', () => {
  test('counts and boxes what every upscaled pixel shows', () => {
    fc.assert(
      fc.property(withLogits, fc.constantFrom(0, 0.5, 1.25), ([frame, logits], offset) => {
        const { imageWidth: w, imageHeight: h } = frame;
        const upscaler = createUpscaler(frame);
        const pixels = new Float32Array(w * h);
        upscaler.sample(logits, 0, 0, 1, 1, w, h, pixels);
        // A pixel within rounding of a threshold may be counted either way.
        const between = (count: number, threshold: number): void => {
          expect(count).toBeGreaterThanOrEqual(pixels.filter((logit) => logit > threshold + 1e-5).length);
          expect(count).toBeLessThanOrEqual(pixels.filter((logit) => logit > threshold - 1e-5).length);
        };
        const { above, below, box } = createMeasurer(frame)(logits, offset);
        between(above, offset);
        between(below, -offset);
        const mask = upscaler.logitsToRle(logits);
        const { x, y, width, height } = rleBox(mask);
        expect(box).toEqual(rleArea(mask) === 0 ? { x0: 0, y0: 0, x1: 0, y1: 0 } : { x0: x, y0: y, x1: x + width - 1, y1: y + height - 1 });
      }),
    );
  });
});

/** Logits of 100 × 100 with a square of pixels inside, both corners included. */
const square = (x0: number, y0: number, x1: number, y1: number): Float32Array => Float32Array.from({ length: 100 * 100 }, (_, i) => (i % 100 >= x0 && i % 100 <= x1 && i >= y0 * 100 && i < (y1 + 1) * 100 ? 9 : -9));

describe('a judge', () => {
  const frame = { lowRes: 100, frame: 100, inputWidth: 100, inputHeight: 100, imageWidth: 100, imageHeight: 100 };
  const { judge } = createJudge(frame, { x0: 100, y0: 0, x1: 200, y1: 100 }, { width: 200, height: 300 }, AutomaticOptions.parse({}));

  test('drops what the crop’s own edge cuts off within 20 pixels, but not the image’s', () => {
    expect(judge(0.9, square(40, 40, 99, 60))?.box).toEqual({ x0: 40, y0: 40, x1: 99, y1: 60 });
    expect(judge(0.9, square(40, 0, 60, 60))).not.toBeNull();
    expect(judge(0.9, square(20, 40, 60, 60))).toBeNull();
    expect(judge(0.9, square(21, 40, 60, 60))).not.toBeNull();
    expect(judge(0.9, square(40, 40, 60, 80))).toBeNull();
  });
  test('drops what is not above the predicted IoU, is unstable, or empty', () => {
    expect(judge(Math.fround(0.88), square(40, 40, 60, 60))).toBeNull();
    expect(judge(0.9, square(40, 40, 60, 60).map((logit) => (logit > 0 ? 0.5 : logit)))).toBeNull();
    expect(judge(0.9, new Float32Array(100 * 100).fill(-9))).toBeNull();
  });
});

/** What remove_small_regions does, on a bitmap, pixel by pixel. */
function removedByFloodFill(bitmap: Uint8Array, w: number, h: number, minArea: number): Uint8Array {
  const regions = (value: number, of: Uint8Array): number[][] => {
    const seen = new Uint8Array(w * h);
    const found: number[][] = [];
    for (let start = 0; start < w * h; start++) {
      if (seen[start] || of[start] !== value) continue;
      const region = [start];
      seen[start] = 1;
      for (const at of region) {
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            const [x, y] = [(at % w) + dx, Math.floor(at / w) + dy];
            const next = y * w + x;
            if (x < 0 || y < 0 || x >= w || y >= h || seen[next] || of[next] !== value) continue;
            seen[next] = 1;
            region.push(next);
          }
        }
      }
      found.push(region);
    }
    return found;
  };
  const filled = bitmap.slice();
  for (const hole of regions(0, bitmap)) if (hole.length < minArea) for (const at of hole) filled[at] = 1;
  const islands = regions(1, filled);
  let kept = islands.filter((island) => island.length >= minArea);
  if (kept.length === 0) kept = islands.toSorted((a, b) => b.length - a.length).slice(0, 1);
  const result = new Uint8Array(w * h);
  for (const at of kept.flat()) result[at] = 1;
  return result;
}

describe('small regions', () => {
  test('are removed as a flood fill removes them', () => {
    const side = fc.integer({ min: 1, max: 14 });
    const pictures = fc.tuple(side, side, fc.integer({ min: 1, max: 7 })).chain(([w, h, density]) => fc.tuple(fc.constant(w), fc.constant(h), fc.array(fc.integer({ min: 0, max: 7 }), { minLength: w * h, maxLength: w * h }).map((values) => Uint8Array.from(values, (v) => Number(v < density)))));
    fc.assert(
      fc.property(pictures, fc.integer({ min: 1, max: 12 }), ([w, h, bitmap], minArea) => {
        const mask = rleFromBitmap(bitmap, h, w);
        const removed = removeSmallRegions(mask, minArea);
        const expected = removedByFloodFill(bitmap, w, h, minArea);
        expect(rleToBitmap(removed)).toEqual(expected);
        expect(removed === mask).toBe(expected.every((value, i) => value === bitmap[i]));
      }),
      { numRuns: 400 },
    );
  });
});
