/** A predicted IoU and what it came out as. */
export interface Scored {
  readonly predicted: number;
  readonly iou: number;
}

export interface Calibration {
  readonly count: number;
  /** Mean of |predicted − actual|. */
  readonly meanAbsoluteError: number;
  /** Mean of predicted − actual: above 0 the model is too sure of itself. */
  readonly bias: number;
  /**
   * Expected calibration error over ten bins of equal width: the mean, weighted by the bins' sizes, of the difference
   * between the mean predicted and the mean actual IoU in a bin (Naeini, Cooper and Hauskrecht, AAAI 2015, with IoU in
   * the place of accuracy).
   */
  readonly expectedCalibrationError: number;
}

const BINS = 10;

/** Predictions below 0 lie in the first bin, those above 1, which Segment Anything makes, in the last. Null for none. */
export function calibration(scored: readonly Scored[]): Calibration | null {
  if (scored.length === 0) return null;
  const bins = Array.from({ length: BINS }, () => 0);
  let absolute = 0;
  let signed = 0;
  for (const { predicted, iou } of scored) {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(predicted * BINS)));
    bins[bin] = (bins[bin] ?? 0) + predicted - iou;
    absolute += Math.abs(predicted - iou);
    signed += predicted - iou;
  }
  // A bin's share times the difference of its means is the sum of its differences over all.
  const expected = bins.reduce((sum, difference) => sum + Math.abs(difference), 0) / scored.length;
  return { count: scored.length, meanAbsoluteError: absolute / scored.length, bias: signed / scored.length, expectedCalibrationError: expected };
}
