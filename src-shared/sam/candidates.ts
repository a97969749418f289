/**
 * Which of the decoder's masks to offer, best first, as indices into its output. Three candidates are masks 1–3 by
 * falling predicted IoU (equal ones in their order, NaN last); the single mask is index 0 (SamPredictor's
 * multimask_output). A decoder with fewer masks offers those it has.
 */
export function orderCandidates(ious: ArrayLike<number>, multimask: boolean): number[] {
  if (!multimask || ious.length < 2) return [0];
  const rank = (index: number): number => {
    const iou = ious[index] ?? NaN;
    return Number.isNaN(iou) ? -Infinity : iou;
  };
  const indices = Array.from({ length: Math.min(ious.length - 1, 3) }, (_, i) => i + 1);
  return indices.sort((a, b) => (rank(a) === rank(b) ? a - b : rank(b) - rank(a)));
}
