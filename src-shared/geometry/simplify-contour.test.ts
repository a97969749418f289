import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PolygonPart } from '../domain/schema.ts';
import { bridgeHoles } from './bridge-holes.ts';
import { maskToParts } from './contours.ts';
import { rasterizeParts } from './rasterize.ts';
import { rleFromBitmap } from './rle.ts';
import type { Rle } from './rle.ts';
import { simplifyPart } from './simplify-contour.ts';

const simplified = (rle: Rle): PolygonPart[] =>
  maskToParts(rle).map((part) => simplifyPart(part, rle.size[0]));
const vertices = (parts: readonly PolygonPart[]): number => parts.flatMap(({ outer, holes }) => [outer, ...holes]).reduce((sum, ring) => sum + ring.length / 2, 0);
const maskOf = (h: number, w: number, inside: (x: number, y: number) => boolean): Rle =>
  rleFromBitmap(Uint8Array.from({ length: h * w }, (_, i) => Number(inside(i % w, Math.floor(i / w)))), h, w);

function expectSamePixels(rle: Rle): void {
  const parts = simplified(rle);
  expect(rasterizeParts(parts, ...rle.size)).toEqual(rle);
  expect(rasterizeParts(parts.map((part) => ({ outer: bridgeHoles(part), holes: [] })), ...rle.size)).toEqual(rle);
  for (const { outer } of parts) {
    expect(outer.every((v, i) => v >= 0 && v <= (i % 2 === 0 ? rle.size[1] : rle.size[0]))).toBe(true);
  }
}

const noise = fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 }), fc.constantFrom(2, 5, 9)).chain(([h, w, density]) =>
  fc.array(fc.nat(9), { minLength: h * w, maxLength: h * w }).map((a) => rleFromBitmap(Uint8Array.from(a, (v) => Number(v < density)), h, w)),
);

type Segment = readonly [number, number, number, number];

function segments({ outer, holes }: PolygonPart): Segment[] {
  return [outer, ...holes].flatMap((ring) =>
    Array.from({ length: ring.length / 2 }, (_, i): Segment => [ring[i * 2] ?? NaN, ring[i * 2 + 1] ?? NaN, ring[(i * 2 + 2) % ring.length] ?? NaN, ring[(i * 2 + 3) % ring.length] ?? NaN]),
  );
}

const side = ([x0, y0, x1, y1]: Segment, x: number, y: number): number => (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0);
const apart = (p: number, q: number): boolean => (p > 1e-9 && q < -1e-9) || (p < -1e-9 && q > 1e-9);

/** Whether each segment has one end of the other on either side. */
function cross(a: Segment, b: Segment): boolean {
  return apart(side(a, b[0], b[1]), side(a, b[2], b[3])) && apart(side(b, a[0], a[1]), side(b, a[2], a[3]));
}

describe('a simplified outline', () => {
  test('never crosses itself', () => {
    fc.assert(
      fc.property(noise, (rle) => {
        for (const part of simplified(rle)) {
          const sides = segments(part);
          expect(sides.find((a, i) => sides.slice(0, i).some((b) => cross(a, b)))).toBeUndefined();
        }
      }),
      { numRuns: 300 },
    );
  });

  test('keeps every pixel of any mask, holes bridged or not', () => {
    fc.assert(fc.property(noise, expectSamePixels), { numRuns: 400 });
  });

  test('keeps every pixel of slanted and curved shapes', () => {
    const n = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(n, n, n, fc.double({ min: 1, max: 30, noNaN: true }), (a, b, c, r) => {
        expectSamePixels(maskOf(40, 37, (x, y) => a * x + b * y + 10 * c > 0));
        expectSamePixels(maskOf(40, 37, (x, y) => Math.abs(a * (x - 18) + b * (y - 20) + c) < 1.5));
        expectSamePixels(maskOf(40, 37, (x, y) => { const d = Math.hypot(x - 18 + a, (y - 20) * (1.5 + b / 4)); return d < r && d > r / 2 + c; }));
      }),
    );
  });

  test('of a disc has less than a third of the vertices', () => {
    const disc = maskOf(200, 200, (x, y) => Math.hypot(x - 99.5, y - 99.5) < 90);
    expect(vertices(simplified(disc)) * 3).toBeLessThan(vertices(maskToParts(disc)));
  });

  test('of a rectangle or a half plane is as simple as it can be', () => {
    expect(simplified(maskOf(9, 9, (x, y) => x > 1 && x < 7 && y > 2 && y < 6))).toEqual([{ outer: [2, 3, 7, 3, 7, 6, 2, 6], holes: [] }]);
    expect(vertices(simplified(maskOf(60, 60, (x, y) => y > x / 3 + 7)))).toBeLessThanOrEqual(6);
  });
});
