import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rleFromBitmap } from '../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import { boundaryMeasure } from './boundary.ts';
import { calibration } from './calibration.ts';

const WIDTH = 400;
const HEIGHT = 300;
/** With a diagonal of 500 pixels the tolerance is 3.75. */
function picture(inside: (x: number, y: number) => boolean): Rle {
  return rleFromBitmap(Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (inside(i % WIDTH, Math.floor(i / WIDTH)) ? 1 : 0)), HEIGHT, WIDTH);
}
const boundaryF = (truth: Rle, mask: Rle): number => boundaryMeasure(truth)(mask);
const half = picture((x) => x < 200);

describe('the boundary F-measure', () => {
  test('forgives what lies within the tolerance, and nothing beyond', () => {
    expect(boundaryF(half, picture((x) => x < 203))).toBe(1);
    expect(boundaryF(half, picture((x) => x < 204))).toBe(0);
  });
  test('is the harmonic mean of precision and recall', () => {
    // Of the step's boundary the 150 pixels of column 201 and the first of the tread (column 202) are near column 199, of its 307.
    // Of column 199 the 150 pixels beside them and the three below, at most √13 from their end, of 300.
    const step = picture((x, y) => x < (y < 150 ? 202 : 210));
    const [precision, recall] = [151 / 307, 153 / 300];
    expect(boundaryF(half, step)).toBeCloseTo((2 * precision * recall) / (precision + recall), 12);
  });
  test('takes the picture’s border for no boundary', () => {
    const whole = picture(() => true);
    const nothing = picture(() => false);
    expect(boundaryF(half, whole)).toBe(0);
    expect(boundaryF(half, nothing)).toBe(0);
    expect(boundaryF(whole, nothing)).toBe(1);
  });
  test('is the same both ways, and 1 for the same mask', () => {
    const squares = fc.record({ x: fc.integer({ min: 0, max: 390 }), y: fc.integer({ min: 0, max: 290 }), side: fc.integer({ min: 1, max: 60 }) }).map((s) => picture((x, y) => x >= s.x && x < s.x + s.side && y >= s.y && y < s.y + s.side));
    fc.assert(fc.property(squares, squares, (a, b) => {
      expect(boundaryF(a, b)).toBeCloseTo(boundaryF(b, a), 12);
      expect(boundaryF(a, a)).toBe(1);
    }), { numRuns: 20 });
  });
});

describe('calibration', () => {
  test('is what pencil and paper give', () => {
    const scored = [{ predicted: 0.95, iou: 0.75 }, { predicted: 0.91, iou: 0.95 }, { predicted: 1.2, iou: 0.9 }, { predicted: 0.05, iou: 0.1 }];
    // The last bin holds three: 0.2 − 0.04 + 0.3 over, the first one: 0.05 under.
    expect(calibration(scored)).toEqual({ count: 4, meanAbsoluteError: expect.closeTo(0.59 / 4, 12), bias: expect.closeTo(0.41 / 4, 12), expectedCalibrationError: expect.closeTo(0.51 / 4, 12) });
    expect(calibration([])).toBeNull();
  });
  test('forgives errors that cancel out in a bin, which the mean absolute error does not; the bias is below both', () => {
    const share = fc.double({ min: -0.2, max: 1.4, noNaN: true });
    fc.assert(fc.property(fc.array(fc.record({ predicted: share, iou: fc.double({ min: 0, max: 1, noNaN: true }) }), { minLength: 1 }), (scored) => {
      const of = calibration(scored);
      expect(of?.expectedCalibrationError).toBeLessThanOrEqual((of?.meanAbsoluteError ?? 0) + 1e-12);
      expect(Math.abs(of?.bias ?? NaN)).toBeLessThanOrEqual((of?.expectedCalibrationError ?? 0) + 1e-12);
    }));
  });
});
