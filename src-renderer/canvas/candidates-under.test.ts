import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape, shapeMeasures } from '../../src-shared/geometry/shape.ts';
import { candidateAt, candidatesAlong, candidatesInside, pixelsAlong } from './candidates-under.ts';
import type { OverlayCandidate } from './types.ts';

const W = 12;
const H = 9;

const candidates = fc
  .array(fc.uint8Array({ minLength: W * H, maxLength: W * H, max: 1 }).filter((bitmap) => bitmap.includes(1)), { minLength: 1, maxLength: 5 })
  .map((bitmaps) => bitmaps.map((bitmap, id): { bitmap: Uint8Array; candidate: OverlayCandidate } => {
    const shape = maskShape(rleFromBitmap(bitmap, H, W));
    return { bitmap, candidate: { id, shape, box: shapeMeasures(shape, H, W).box, colour: '#123456' } };
  }));
/** Pointers report fractions of pixels, and often whole ones. */
const along = (side: number): fc.Arbitrary<number> => fc.integer({ min: -3 * 64, max: (side + 3) * 64 }).map((n) => n / 64);
const point = fc.tuple(along(W), along(H)).map(([x, y]) => imagePoint(x, y));

/** The last drawn that has this pixel. */
const seenAt = (all: readonly { bitmap: Uint8Array }[], x: number, y: number): number => (x < 0 || y < 0 || x >= W || y >= H ? -1 : all.findLastIndex(({ bitmap }) => bitmap[y * W + x] === 1));

describe('the candidate at a point', () => {
  it('is the last drawn of those that have its pixel', () => {
    fc.assert(fc.property(candidates, point, (all, at) => {
      expect(candidateAt(all.map((c) => c.candidate), at)?.id ?? -1).toBe(seenAt(all, Math.floor(at.x), Math.floor(at.y)));
    }));
  });
});

describe('a stroke', () => {
  it('passes from pixel to neighbouring pixel, from the first to the last, and each on the line', () => {
    fc.assert(fc.property(point, point, (from, to) => {
      const pixels = [...pixelsAlong(from, to)];
      expect(pixels[0]).toEqual({ x: Math.floor(from.x) + 0.5, y: Math.floor(from.y) + 0.5 });
      expect(pixels.at(-1)).toEqual({ x: Math.floor(to.x) + 0.5, y: Math.floor(to.y) + 0.5 });
      const length = Math.hypot(to.x - from.x, to.y - from.y);
      for (const [i, pixel] of pixels.entries()) {
        const next = pixels[i + 1];
        if (next !== undefined) expect(Math.abs(next.x - pixel.x) + Math.abs(next.y - pixel.y)).toBe(1);
        // A pixel that a line passes has its centre within half a diagonal of it.
        const off = length === 0 ? 0 : Math.abs((to.x - from.x) * (pixel.y - from.y) - (to.y - from.y) * (pixel.x - from.x)) / length;
        expect(off).toBeLessThanOrEqual(Math.SQRT1_2 + 1e-6);
      }
    }));
  });

  it('takes what is seen at the pixels it passes: nothing else, and nothing that lies hidden there', () => {
    fc.assert(fc.property(candidates, point, point, (all, from, to) => {
      const expected = new Set([...pixelsAlong(from, to)].map(({ x, y }) => seenAt(all, Math.floor(x), Math.floor(y))).filter((id) => id >= 0));
      expect(candidatesAlong(all.map((c) => c.candidate), from, to)).toEqual(expected);
    }));
  });
});

describe('a box', () => {
  const side = fc.integer({ min: 0, max: W });
  it('takes those of which every pixel lies in it', () => {
    fc.assert(fc.property(candidates, side, side, side, side, (all, x, y, width, height) => {
      const inside = all.filter(({ bitmap }) => bitmap.every((bit, i) => bit === 0 || (i % W >= x && i % W < x + width && Math.floor(i / W) >= y && Math.floor(i / W) < y + height)));
      expect(candidatesInside(all.map((c) => c.candidate), { x, y, width, height })).toEqual(new Set(inside.map((c) => c.candidate.id)));
    }));
  });
});
