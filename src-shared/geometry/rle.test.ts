import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rleDifference, rleIntersection, rleIou, rleUnion } from './rle-algebra.ts';
import { canonicalRle, rleArea, rleBox, rleContains, rleFromBitmap, rleToBitmap, validateRle } from './rle.ts';
import type { Rle } from './rle.ts';

const bits = (h: number, w: number): fc.Arbitrary<Uint8Array> =>
  fc.array(fc.constantFrom(0, 0, 1), { minLength: h * w, maxLength: h * w }).map((a) => Uint8Array.from(a));
const sides = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
const bitmaps = sides.chain(([h, w]) => bits(h, w).map((bitmap) => ({ h, w, bitmap })));
const pairs = sides.chain(([h, w]) => fc.tuple(bits(h, w), bits(h, w)).map(([a, b]) => ({ h, w, a, b })));

const rle = (h: number, w: number, counts: number[]): Rle => ({ size: [h, w], counts: Uint32Array.from(counts) });
const countsOf = (mask: Rle): number[] => [...mask.counts];

/** Wider and higher than any block that is worked on at once, rows that do not begin at words, values other than 1. */
const larger = fc.record({ h: fc.integer({ min: 30, max: 70 }), w: fc.integer({ min: 30, max: 70 }), offset: fc.nat(3), strips: fc.array(fc.tuple(fc.nat(69), fc.nat(69), fc.nat(69), fc.nat(69), fc.constantFrom(0, 1, 128, 255)), { maxLength: 12 }) }).map(({ h, w, offset, strips }) => {
  const bitmap = new Uint8Array(h * w + offset).subarray(offset);
  for (const [x, y, width, height, value] of strips) for (let row = y; row < Math.min(h, y + height); row++) bitmap.fill(value, row * w + Math.min(x, w), row * w + Math.min(w, x + width));
  return { h, w, bitmap };
});

describe('run lengths', () => {
  test('of larger bitmaps are found as reading down the columns finds them, and drawn as they were', () => {
    fc.assert(
      fc.property(larger, ({ h, w, bitmap }) => {
        const expected = [0];
        for (let x = 0, inside = false; x < w; x++) {
          for (let y = 0; y < h; y++) {
            if ((bitmap[y * w + x] !== 0) !== inside) {
              inside = !inside;
              expected.push(0);
            }
            expected[expected.length - 1]! += 1;
          }
        }
        const mask = rleFromBitmap(bitmap, h, w);
        expect(countsOf(mask)).toEqual(expected);
        expect(rleToBitmap(mask)).toEqual(bitmap.map((value) => (value === 0 ? 0 : 1)));
      }),
    );
  });

  test('go down the columns and begin with zeros, as in COCO', () => {
    // The mask [[0,1,1],[1,1,0]] read column by column is 0 1 | 1 1 | 1 0.
    expect(countsOf(rleFromBitmap(Uint8Array.of(0, 1, 1, 1, 1, 0), 2, 3))).toEqual([1, 4, 1]);
    expect(countsOf(rleFromBitmap(Uint8Array.of(1, 0), 2, 1))).toEqual([0, 1, 1]);
    expect(countsOf(rleFromBitmap(new Uint8Array(6), 2, 3))).toEqual([6]);
    expect(countsOf(rleFromBitmap(new Uint8Array(6).fill(255), 2, 3))).toEqual([0, 6]);
  });

  test('come back from pixels unchanged and measure what the pixels measure', () => {
    fc.assert(
      fc.property(bitmaps, ({ h, w, bitmap }) => {
        const mask = rleFromBitmap(bitmap, h, w);
        validateRle(mask);
        expect(rleToBitmap(mask)).toEqual(bitmap);
        const inside = [...bitmap.keys()].filter((i) => bitmap[i]).map((i) => [i % w, Math.floor(i / w)] as const);
        expect(rleArea(mask)).toBe(inside.length);
        const xs = inside.map(([x]) => x);
        const ys = inside.map(([, y]) => y);
        expect(rleBox(mask)).toEqual(
          inside.length === 0
            ? { x: 0, y: 0, width: 0, height: 0 }
            : { x: Math.min(...xs), y: Math.min(...ys), width: Math.max(...xs) - Math.min(...xs) + 1, height: Math.max(...ys) - Math.min(...ys) + 1 },
        );
        for (let y = -1; y <= h; y++) {
          for (let x = -1; x <= w; x++) {
            const expected = x >= 0 && x < w && y >= 0 && y < h && bitmap[y * w + x] === 1;
            expect(rleContains(mask, x + 0.9, y + 0.1)).toBe(expected);
          }
        }
      }),
    );
  });

  test('with empty runs inside mean the same mask', () => {
    const loose = rle(3, 2, [1, 0, 0, 2, 0, 1, 2]);
    expect(countsOf(canonicalRle(loose))).toEqual([1, 3, 2]);
    expect(rleBox(loose)).toEqual(rleBox(canonicalRle(loose)));
    expect(rleIou(loose, canonicalRle(loose))).toBe(1);
    expect([...rleToBitmap(loose)]).toEqual([...rleToBitmap(canonicalRle(loose))]);
  });

  test.each([
    ['too few pixels', rle(2, 2, [1, 2])],
    ['too many pixels', rle(2, 2, [1, 4])],
    ['no counts', rle(2, 2, [])],
    ['a side of 0', rle(0, 2, [0])],
    ['a fractional side', rle(0.5, 2, [1])],
    ['a side past the limit', rle(65_536, 1, [65_536])],
  ])('are refused: %s', (_why, mask) => {
    expect(() => validateRle(mask)).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });
});

const pixels = (bitmap: Uint8Array): number => bitmap.reduce((sum, inside) => sum + inside, 0);

describe('mask algebra', () => {
  test('equals the same operation on pixels', () => {
    fc.assert(
      fc.property(pairs, ({ h, w, a, b }) => {
        const [maskA, maskB] = [rleFromBitmap(a, h, w), rleFromBitmap(b, h, w)];
        const either = a.map((inA, i) => (inA || b[i] ? 1 : 0));
        const both = a.map((inA, i) => (inA && b[i] ? 1 : 0));
        expect(countsOf(rleUnion(maskA, maskB))).toEqual(countsOf(rleFromBitmap(either, h, w)));
        expect(countsOf(rleIntersection(maskA, maskB))).toEqual(countsOf(rleFromBitmap(both, h, w)));
        expect(countsOf(rleDifference(maskA, maskB))).toEqual(countsOf(rleFromBitmap(a.map((inA, i) => (inA && !b[i] ? 1 : 0)), h, w)));
        expect(rleIou(maskA, maskB)).toBe(pixels(either) === 0 ? 1 : pixels(both) / pixels(either));
      }),
    );
  });

  test('refuses masks of different images', () => {
    expect(() => rleUnion(rle(2, 3, [6]), rle(3, 2, [6]))).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });
});
