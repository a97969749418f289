import type { CandidateOrder } from '../contract/models.ts';

/** A mask to offer: the index by which SAM's candidates are known, and the mask's place in the decoder's output. */
export interface RankedMask {
  /** 0 the single mask, 1–3 the candidates of an ambiguous prompt. */
  readonly index: number;
  readonly place: number;
}

/** Decoders of this many masks leave the single one out. */
const CANDIDATES_ONLY = 3;

/**
 * What a candidate is ordered by, the best with most. Segment Anything goes by the predicted IoU; the product with the
 * stability score finds the best one more often with models whose predicted IoU is less to be trusted
 * (docs/model-evaluation.md).
 */
export const candidateScore = (order: CandidateOrder, predictedIou: number, stability: number): number => (order === 'predicted-iou' ? predictedIou : predictedIou * stability);

/**
 * Which of the decoder's masks to offer, best first. Three candidates are masks 1–3 by falling score (equal ones in their
 * order, NaN last); the single mask is mask 0 (SamPredictor's multimask_output). A decoder that gives the three
 * candidates only offers the best of them as the single mask; one with fewer masks offers those it has.
 * @param scores of each of the decoder's masks: its predicted IoU, or another candidateScore
 * @param unsteady the single mask is not to be trusted: the best candidate takes its place (isUnsteady)
 */
export function orderCandidates(scores: ArrayLike<number>, multimask: boolean, unsteady = false): RankedMask[] {
  const first = scores.length === CANDIDATES_ONLY ? 1 : 0;
  if (scores.length < 2 || (first === 0 && !multimask && !unsteady)) return [{ index: 0, place: 0 }];
  const rank = ({ place }: RankedMask): number => {
    const score = scores[place] ?? NaN;
    return Number.isNaN(score) ? -Infinity : score;
  };
  const masks = Array.from({ length: Math.min(scores.length - 1 + first, CANDIDATES_ONLY) }, (_, i) => ({ index: i + 1, place: i + 1 - first }));
  masks.sort((a, b) => (rank(a) === rank(b) ? a.place - b.place : rank(b) - rank(a)));
  return multimask ? masks : masks.slice(0, 1);
}

const STEADY_OFFSET = 0.05;
const STEADY = 0.98;

/**
 * Whether SAM 2 would not take this mask as the single one: fewer than 98 % of the logits above −0.05 are above +0.05
 * (MaskDecoder._dynamic_multimask_via_stability of facebookresearch/sam2, with the values of build_sam2).
 */
export function isUnsteady(logits: Float32Array): boolean {
  let above = 0, below = 0;
  for (const logit of logits) {
    if (logit > STEADY_OFFSET) above++;
    if (logit > -STEADY_OFFSET) below++;
  }
  return below > 0 && above / below < STEADY;
}
