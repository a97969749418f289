import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogitsFrame } from '../../contract/types.ts';
import type { Instance } from '../../domain/schema.ts';
import { packCounts } from '../../geometry/packed-counts.ts';
import { acceptedCandidates } from './accepted.ts';
import type { Corners } from './corners.ts';
import { generateMasks } from './generate.ts';
import type { AutomaticMask, AutomaticWork } from './generate.ts';
import { createJudge, judgePoints } from './judge.ts';
import { generateCandidates, looseOptions } from './loose.ts';
import type { FoundCandidate } from './loose.ts';
import { AutomaticOptions } from './options.ts';
import { OFFICIAL_FILTER, refilter, survivors } from './refilter.ts';

/** Noise in [0, 1): the same for the same numbers. */
function noise(...numbers: readonly number[]): number {
  let h = 2166136261;
  for (const number of numbers) h = Math.imul(h ^ Math.round(number * 16), 16777619) ^ (h >>> 13);
  return (h >>> 0) / 2 ** 32;
}

/** A model whose masks are discs about the point, many alike, with soft edges of any width and predicted IoUs from few values, so that ties come. */
function discs(seed: number, width: number, height: number, options: AutomaticOptions): AutomaticWork {
  return {
    search: (crop, points) => {
      const [inputWidth, inputHeight] = [crop.x1 - crop.x0, crop.y1 - crop.y0];
      const side = Math.max(inputWidth, inputHeight);
      const frame: LogitsFrame = { lowRes: side, frame: side, inputWidth, inputHeight, imageWidth: inputWidth, imageHeight: inputHeight };
      const decode = async ({ x: px, y: py }: { x: number; y: number }) => {
        const logits = new Float32Array(3 * side * side).fill(-100);
        const ious = Float32Array.from({ length: 3 }, (_, k) => 0.4 + 0.05 * Math.floor(13 * noise(seed, px, py, k)));
        for (let k = 0; k < 3; k++) {
          const radius = side * (0.1 + 0.1 * k + 0.05 * noise(seed, px, py, k, 1));
          const edge = 30 * noise(seed, px, py, k, 2) + 0.5;
          const [cx, cy] = [px + side * 0.2 * noise(seed, px, py, k, 3), py + side * 0.2 * noise(seed, px, py, k, 4)];
          for (let y = 0; y < inputHeight; y++) for (let x = 0; x < inputWidth; x++) logits[(k * side + y) * side + x] = edge * (1 - Math.hypot(x - cx, y - cy) / radius);
        }
        return { first: 1, ious, logits };
      };
      return judgePoints(points, decode, createJudge(frame, crop, { width, height }, options));
    },
    progress: () => {},
    pause: async () => {},
  };
}

const simple = ({ mask, box, predictedIou, stability, point, candidate }: AutomaticMask): unknown => ({ size: mask.size, counts: packCounts(mask.counts), box, predictedIou, stability, point: { ...point }, candidate });
const same = ({ size, counts, box, predictedIou, stability, point, candidate }: FoundCandidate): unknown => ({ size, counts, box, predictedIou, stability, point, candidate });

test('candidates beyond the budget go from the lowest predicted IoU on, as with a higher threshold', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 2, max: 5 }), fc.integer({ min: 0, max: 1 }), fc.double({ min: 0.2, max: 0.9, noNaN: true }), async (seed, points_per_side, crop_n_layers, share) => {
      const options = looseOptions({ points_per_side, crop_n_layers });
      const all = await generateCandidates(40, 30, options, discs(seed, 40, 30, options));
      const bytes = all.reduce((sum, { counts }) => sum + counts.length, 0);
      const kept = await generateCandidates(40, 30, options, discs(seed, 40, 30, options), Math.floor(share * bytes));
      const floor = Math.min(...kept.map(({ predictedIou }) => predictedIou));
      expect(kept.length).toBeLessThan(all.length);
      expect(kept).toEqual(all.filter(({ predictedIou }) => predictedIou >= floor));
    }),
    { numRuns: 30 },
  );
});

const candidate = (area: number, box: Corners, predictedIou: number): FoundCandidate => ({ predictedIou, stability: 0.97, area, box, crop: 0, cropArea: 900, size: [30, 30], counts: new Uint8Array(), point: { x: 1, y: 1 }, candidate: 1 });

describe('candidates filtered afterwards', () => {
  const side = fc.integer({ min: 24, max: 48 });
  test('are what the official generator gives with these thresholds, in its order', async () => {
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(), side, side, fc.integer({ min: 2, max: 5 }), fc.integer({ min: 0, max: 1 }), fc.constantFrom(0.5, 0.7, 0.88), fc.constantFrom(0.6, 0.8, 0.95), fc.constantFrom(0.3, 0.7, 0.9, 1), async (seed, width, height, points_per_side, crop_n_layers, predIou, stability, overlap) => {
        const options = AutomaticOptions.parse({ points_per_side, crop_n_layers, pred_iou_thresh: predIou, stability_score_thresh: stability, box_nms_thresh: overlap, crop_nms_thresh: overlap });
        const official = await generateMasks(width, height, options, discs(seed, width, height, options));
        const loose = looseOptions({ points_per_side, crop_n_layers });
        const candidates = await generateCandidates(width, height, loose, discs(seed, width, height, loose));
        const indices = survivors(candidates, { ...OFFICIAL_FILTER, predIou, stability, overlap });
        expect(indices.map((index) => same(candidates[index] as FoundCandidate))).toEqual(official.map(simple));
        kept += official.length;
      }),
      { numRuns: 60 },
    );
    expect(kept).toBeGreaterThan(100);
  });

  const [small, medium, large] = [candidate(16, { x0: 0, y0: 0, x1: 4, y1: 4 }, 0.9), candidate(380, { x0: 0, y0: 0, x1: 19, y1: 19 }, 0.95), candidate(400, { x0: 0, y0: 0, x1: 20, y1: 20 }, 0.97)];

  test('are painted largest first', () => {
    expect(refilter([large, small], OFFICIAL_FILTER)).toEqual([0, 1]);
    expect(refilter([{ ...large, predictedIou: 0.89 }, { ...small, predictedIou: 0.99 }], OFFICIAL_FILTER)).toEqual([0, 1]);
  });
  test('of a size that is not wanted suppress nothing', () => {
    expect(refilter([large, medium, small], OFFICIAL_FILTER)).toEqual([0, 2]);
    expect(refilter([large, medium, small], { ...OFFICIAL_FILTER, maxArea: 390 })).toEqual([1, 2]);
    expect(refilter([large, medium, small], { ...OFFICIAL_FILTER, minArea: 17 })).toEqual([0]);
  });
});

const provenance = (point: { x: number; y: number }, more: Partial<NonNullable<Instance['provenance']['sam']>> = {}): Pick<Instance, 'provenance'> => ({
  provenance: { source: 'model', touched: false, sam: { model: 'nano', modelHash: 'h', points: [{ ...point, label: 1 }], box: null, candidate: 2, predictedIou: Math.fround(0.91), stability: Math.fround(0.97), ...more } },
});

describe('candidates that are instances', () => {
  const candidates = [0, 1].map((id) => ({ id, point: { x: 10.5, y: 4.25 }, candidate: 1 + id, predictedIou: Math.fround(0.91), stability: Math.fround(0.97) }));
  test('are known by what made them', () => {
    expect([...acceptedCandidates(candidates, [provenance({ x: 10.5, y: 4.25 })], 'nano')]).toEqual([1]);
    expect(acceptedCandidates(candidates, [], 'nano').size).toBe(0);
  });
  test('are not those of another model, point, or a click', () => {
    const others = [provenance({ x: 10.5, y: 4.5 }), provenance({ x: 10.5, y: 4.25 }, { model: 'large' }), provenance({ x: 10.5, y: 4.25 }, { predictedIou: 0.91 }), { provenance: { source: 'human', touched: true, sam: null } as const }];
    expect(acceptedCandidates(candidates, others, 'nano').size).toBe(0);
  });
});
