import type { LogitsFrame } from '../../contract/types.ts';
import { packCounts } from '../../geometry/packed-counts.ts';
import { createUpscaler } from '../upscale.ts';
import type { Corners } from './corners.ts';
import { shifted } from './corners.ts';
import { createMeasurer } from './measure.ts';
import type { AutomaticOptions } from './options.ts';

/** How near to a crop's edge a box counts as cut off by it, in pixels (is_box_near_crop_edge of the reference). */
const EDGE = 20;

export type MaskThresholds = Pick<AutomaticOptions, 'pred_iou_thresh' | 'stability_score_thresh' | 'stability_score_offset'>;

/** A mask that passed the filters of its crop. */
export interface FoundMask {
  /** Index of the point it was found with. */
  readonly point: number;
  /** Which of the decoder's masks it is (Candidate.index). */
  readonly candidate: number;
  readonly predictedIou: number;
  /** NaN (0/0) for a mask without a pixel above −offset, which only a threshold of 0 lets pass. */
  readonly stability: number;
  /** In the crop's pixels. */
  readonly box: Corners;
  /** Run lengths in the crop's pixels, packed (geometry/packed-counts.ts). */
  readonly counts: Uint8Array;
}

export interface Judge {
  /** The first filter: others need not be asked about a mask that it drops. */
  isWanted(predictedIou: number): boolean;
  /** Null for a mask that does not pass. */
  judge(predictedIou: number, logits: Float32Array): Omit<FoundMask, 'point' | 'candidate'> | null;
}

/**
 * The filters that each mask of a crop passes by itself, in the reference's order and in 32-bit floats: predicted IoU,
 * stability score at the crop's resolution, and whether the crop's edge cuts it off. Only what passes is made at the
 * crop's resolution, and at once into run lengths.
 * @param frame lays the logits over the crop
 * @param crop in the pixels of the image of imageWidth × imageHeight
 * Throws 'bad-request' when the frame's sizes do not fit one another.
 */
export function createJudge(frame: LogitsFrame, crop: Corners, image: { readonly width: number; readonly height: number }, thresholds: MaskThresholds): Judge {
  const { pred_iou_thresh, stability_score_thresh, stability_score_offset } = thresholds;
  const upscaler = createUpscaler(frame);
  const measure = createMeasurer(frame);
  const isWanted = (predictedIou: number): boolean => pred_iou_thresh === 0 || predictedIou > Math.fround(pred_iou_thresh);
  const judge: Judge['judge'] = (predictedIou, logits) => {
    if (!isWanted(predictedIou)) return null;
    const { above, below, box } = measure(logits, stability_score_offset);
    const stability = Math.fround(Math.fround(above) / Math.fround(below));
    if (stability_score_thresh > 0 && !(stability >= Math.fround(stability_score_thresh))) return null;
    if (isCutOff(shifted(box, crop.x0, crop.y0), crop, image)) return null;
    return { predictedIou, stability, box, counts: packCounts(upscaler.logitsToRle(logits).counts) };
  };
  return { isWanted, judge };
}

const near = (side: number, edge: number): boolean => Math.abs(side - edge) <= EDGE;
const cut = (side: number, cropEdge: number, imageEdge: number): boolean => near(side, cropEdge) && !near(side, imageEdge);

/** Whether a side of the box (image pixels) lies near that side of the crop, which is not also near that side of the image. */
function isCutOff(box: Corners, crop: Corners, image: { readonly width: number; readonly height: number }): boolean {
  return cut(box.x0, crop.x0, 0) || cut(box.y0, crop.y0, 0) || cut(box.x1, crop.x1, image.width) || cut(box.y1, crop.y1, image.height);
}

/** The decoder's candidates for one point, in its order from number `first` on: k predicted IoUs and k · lowRes² logits, or null when none of them was wanted. */
export interface PointCandidates {
  readonly first: number;
  readonly ious: Float32Array;
  readonly logits: Float32Array | null;
}

/**
 * Runs the model at each point, one after another so that only one point's logits are held, and keeps what passes.
 * @param decode need not make the masks of a point where none `isWanted`
 */
export async function judgePoints<P>(points: readonly P[], decode: (point: P, isWanted: Judge['isWanted']) => Promise<PointCandidates>, { isWanted, judge }: Judge): Promise<FoundMask[]> {
  const found: FoundMask[] = [];
  for (const [index, point] of points.entries()) {
    const { first, ious, logits } = await decode(point, isWanted);
    if (logits === null) continue;
    const size = logits.length / ious.length;
    ious.forEach((iou, k) => {
      const mask = judge(iou, logits.subarray(k * size, (k + 1) * size));
      if (mask !== null) found.push({ point: index, candidate: first + k, ...mask });
    });
  }
  return found;
}
