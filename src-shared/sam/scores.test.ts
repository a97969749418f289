import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { candidateScore, isUnsteady, orderCandidates } from './candidates.ts';
import { fromHalf, toHalf } from './half.ts';
import { stabilityScore } from './stability.ts';

describe('half floats', () => {
  test('are little-endian binary16', () => {
    expect([...toHalf(Float32Array.of(1, -2, 65_504, 2 ** -24, 1e6))]).toEqual([0x00, 0x3c, 0x00, 0xc0, 0xff, 0x7b, 0x01, 0x00, 0x00, 0x7c]);
  });
  test('come back, wherever their bytes lie', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }).map((b) => b.subarray(b.length % 2)), fc.nat(3), (bytes, shift) => {
        const moved = new Uint8Array(bytes.length + shift);
        moved.set(bytes, shift);
        const values = fromHalf(moved.subarray(shift));
        expect(values.length).toBe(bytes.length / 2);
        expect(fromHalf(toHalf(values))).toEqual(values);
      }),
    );
  });
  test('keep within one part in 2048', () => {
    fc.assert(
      fc.property(fc.float({ min: Math.fround(0.001), max: 60_000, noNaN: true }), (value) => {
        const back = fromHalf(toHalf(Float32Array.of(value)))[0] ?? NaN;
        expect(Math.abs(back - value) / value).toBeLessThanOrEqual(2 ** -11);
      }),
    );
  });
  test('of an odd number of bytes are refused', () => {
    expect(() => fromHalf(new Uint8Array(3))).toThrow(RangeError);
  });
});

describe('candidates', () => {
  test.each([
    [[0.9, 0.2, 0.8, 0.5], true, [2, 3, 1], [2, 3, 1]],
    [[0.9, 0.5, 0.5, 0.7], true, [3, 1, 2], [3, 1, 2]],
    [[0.9, 1.2, NaN, 0.7], true, [1, 3, 2], [1, 3, 2]],
    [[0.1, 0.2, 0.8, 0.5], false, [0], [0]],
    [[0.1], true, [0], [0]],
    [[0.2, 0.8], true, [1], [1]],
    // A decoder that leaves the single mask out.
    [[0.2, 0.8, 0.5], true, [2, 3, 1], [1, 2, 0]],
    [[0.2, 0.8, 0.5], false, [2], [1]],
  ])('scores %j, three %s: %j at %j', (scores, multimask, indices, places) => {
    const ranked = orderCandidates(Float32Array.from(scores), multimask);
    expect([ranked.map(({ index }) => index), ranked.map(({ place }) => place)]).toEqual([indices, places]);
  });
  test('are scored by predicted IoU as Segment Anything does, or by its product with the stability where a model says so', () => {
    expect([candidateScore('predicted-iou', 0.9, 0.5), candidateScore('predicted-iou-times-stability', 0.9, 0.5)]).toEqual([0.9, 0.45]);
  });
});

/** 100 logits inside, of which so many hardly are. */
const unsure = (count: number): Float32Array => Float32Array.from({ length: 400 }, (_, i) => (i >= 100 ? -1 : i < count ? 0.04 : 1));

test('SAM 2’s single mask gives way to the best candidate when less than 98 % of it is sure', () => {
  expect([isUnsteady(unsure(2)), isUnsteady(unsure(3)), isUnsteady(new Float32Array(9).fill(-1))]).toEqual([false, true, false]);
  const ious = Float32Array.of(0.9, 0.2, 0.8, 0.5);
  expect(orderCandidates(ious, false, true)).toEqual([{ index: 2, place: 2 }]);
  expect(orderCandidates(ious, true, true)).toEqual(orderCandidates(ious, true));
});

const logits = (...values: number[]): Float32Array => Float32Array.from({ length: 16 }, (_, i) => values[i] ?? 50);

describe('stability score', () => {
  const frame = { lowRes: 4, frame: 8, inputWidth: 8, inputHeight: 4, imageWidth: 80, imageHeight: 40 };

  test('is the share of the generous mask that the strict one keeps, strictly compared', () => {
    // 2 and 1.5 are above 1; those and 0.5, 0, 1 are above -1; -1 and -3 are not.
    expect(stabilityScore(logits(2, 1.5, 0.5, 0, 1, -1, -3, -9), frame)).toBe(2 / 5);
  });
  test('leaves out the padding and gives 0 for nothing', () => {
    expect(stabilityScore(logits(-2, -2, -2, -2, -2, -2, -2, -2), frame)).toBe(0);
  });
  test('follows the offset', () => {
    expect(stabilityScore(logits(2, 1.5, 0.5, 0, 1, -1, -3, -9), frame, 0.25)).toBe(4 / 5);
  });
});
