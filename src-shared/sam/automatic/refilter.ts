import type { Corners } from './corners.ts';
import { nonMaximumSuppression } from './nms.ts';
import { AutomaticOptions } from './options.ts';

/** What filtering reads of a candidate (contract/automatic.ts). */
export interface Filterable {
  readonly predictedIou: number;
  readonly stability: number;
  readonly area: number;
  readonly box: Corners;
  readonly crop: number;
  readonly cropArea: number;
}

export interface CandidateFilter {
  /** Predicted IoU must be above this, stability at least that; 0 switches a filter off, as in the reference. */
  readonly predIou: number;
  readonly stability: number;
  /** Pixels, both included. What is too small or too large suppresses nothing. */
  readonly minArea: number;
  readonly maxArea: number;
  /** Box IoU above which the worse of two goes: box_nms_thresh and crop_nms_thresh of the reference. */
  readonly overlap: number;
}

const defaults = AutomaticOptions.parse({});

/** The thresholds of the official generator. */
export const OFFICIAL_FILTER: CandidateFilter = {
  predIou: defaults.pred_iou_thresh,
  stability: defaults.stability_score_thresh,
  minArea: 0,
  maxArea: Number.POSITIVE_INFINITY,
  overlap: defaults.box_nms_thresh,
};

/**
 * Indices of the candidates that a generator with these thresholds would have returned, in its order. Candidates come
 * crop by crop, in a crop by falling predicted IoU, equal ones in the order they were found, as generateCandidates gives
 * them; none that the thresholds let pass may be missing, or the rest would compete differently.
 */
export function survivors(candidates: readonly Filterable[], { predIou, stability, minArea, maxArea, overlap }: CandidateFilter): number[] {
  const [iouLimit, stabilityLimit] = [Math.fround(predIou), Math.fround(stability)];
  const byCrop = new Map<number, number[]>();
  for (const [index, candidate] of candidates.entries()) {
    if (predIou > 0 && !(candidate.predictedIou > iouLimit)) continue;
    if (stability > 0 && !(candidate.stability >= stabilityLimit)) continue;
    if (candidate.area < minArea || candidate.area > maxArea) continue;
    const crop = byCrop.get(candidate.crop);
    if (crop === undefined) byCrop.set(candidate.crop, [index]);
    else crop.push(index);
  }
  const compete = (indices: readonly number[], score: (candidate: Filterable) => number): number[] => {
    const those = indices.flatMap((index) => candidates[index] ?? []);
    const kept = nonMaximumSuppression(those.map(({ box }) => box), Float32Array.from(those, score), overlap);
    return kept.flatMap((at) => indices[at] ?? []);
  };
  const inCrops = [...byCrop.values()].flatMap((indices) => compete(indices, ({ predictedIou }) => predictedIou));
  return byCrop.size > 1 ? compete(inCrops, ({ cropArea }) => 1 / Math.fround(cropArea)) : inCrops;
}

/** The survivors as the reference paints them: the largest first, so that small ones lie on top. */
export function refilter(candidates: readonly Filterable[], filter: CandidateFilter): number[] {
  return survivors(candidates, filter).sort((a, b) => (candidates[b]?.area ?? 0) - (candidates[a]?.area ?? 0));
}
