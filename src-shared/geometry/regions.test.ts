import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { components, fillHoles, isPlain, regionsOf, removeIslands } from './regions.ts';
import type { Connectivity } from './regions.ts';
import { rleFromBitmap, rleToBitmap } from './rle.ts';
import type { Rle } from './rle.ts';

interface Picture {
  readonly h: number;
  readonly w: number;
  readonly bitmap: Uint8Array;
}
const sides = fc.oneof(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })), fc.constantFrom<[number, number]>([1, 40], [40, 1], [1, 1], [2, 30]));
const random = sides.chain(([h, w]) => fc.tuple(fc.integer({ min: 0, max: 8 }), fc.array(fc.nat(7), { minLength: h * w, maxLength: h * w })).map(([density, values]): Picture => ({ h, w, bitmap: Uint8Array.from(values, (value) => Number(value < density)) })));
/** Chequers (every pixel touches at corners only), rings in rings, full, empty. */
const hostile = fc.tuple(sides, fc.constantFrom<(x: number, y: number, w: number, h: number) => boolean>((x, y) => (x + y) % 2 === 0, (x, y, w, h) => Math.min(x, y, w - 1 - x, h - 1 - y) % 2 === 0, () => true, () => false, (x) => x % 2 === 0, (_, y) => y % 2 === 0))
  .map(([[h, w], inside]): Picture => ({ h, w, bitmap: Uint8Array.from({ length: h * w }, (_, i) => Number(inside(i % w, Math.floor(i / w), w, h))) }));
const pictures = fc.oneof({ weight: 3, arbitrary: random }, { weight: 1, arbitrary: hostile });
const connectivity = fc.constantFrom<Connectivity>(4, 8);

/** Regions of pixels of one value, found by walking from pixel to pixel. */
function flood({ h, w, bitmap }: Picture, value: 0 | 1, connectivity: Connectivity): number[][] {
  const seen = new Uint8Array(h * w);
  const found: number[][] = [];
  for (let x = 0; x < w; x++) {
    for (let y = 0; y < h; y++) {
      const region = [y * w + x];
      if (seen[y * w + x] || bitmap[y * w + x] !== value) continue;
      seen[y * w + x] = 1;
      for (const at of region) {
        for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [1, -1], [-1, 1], [-1, -1]] as const) {
          const [nx, ny] = [(at % w) + dx, Math.floor(at / w) + dy];
          if ((connectivity === 4 && dx !== 0 && dy !== 0) || nx < 0 || ny < 0 || nx >= w || ny >= h) continue;
          if (seen[ny * w + nx] || bitmap[ny * w + nx] !== value) continue;
          seen[ny * w + nx] = 1;
          region.push(ny * w + nx);
        }
      }
      found.push(region);
    }
  }
  return found;
}

const pixelsOf = (mask: Rle): number[] => [...rleToBitmap(mask).entries()].filter(([, inside]) => inside).map(([at]) => at);
const sorted = (region: number[]): number[] => region.toSorted((a, b) => a - b);
const rleOf = ({ h, w, bitmap }: Picture): Rle => rleFromBitmap(bitmap, h, w);
const changed = ({ bitmap }: Picture, regions: number[][], value: number): Uint8Array => {
  const copy = bitmap.slice();
  for (const at of regions.flat()) copy[at] = value;
  return copy;
};

describe('regions are those that walking from pixel to pixel finds', () => {
  test('components, in the order of their first pixels', () => {
    fc.assert(fc.property(pictures, connectivity, (picture, connectivity) => {
      expect(components(rleOf(picture), connectivity).map(pixelsOf)).toEqual(flood(picture, 1, connectivity).map(sorted));
    }), { numRuns: 300 });
  });

  test('holes that are filled', () => {
    fc.assert(fc.property(pictures, connectivity, fc.oneof(fc.nat(6), fc.constant(Infinity)), (picture, connectivity, mostArea) => {
      const { h, w } = picture;
      const atEdge = (at: number): boolean => at % w === 0 || at % w === w - 1 || at < w || at >= (h - 1) * w;
      const holes = flood(picture, 0, connectivity === 4 ? 8 : 4).filter((hole) => hole.length <= mostArea && !hole.some(atEdge));
      const mask = rleOf(picture);
      const filled = fillHoles(mask, connectivity, mostArea);
      expect(rleToBitmap(filled)).toEqual(changed(picture, holes, 1));
      expect(filled === mask).toBe(holes.length === 0);
    }), { numRuns: 300 });
  });

  test('islands that are removed', () => {
    fc.assert(fc.property(pictures, connectivity, fc.nat(8), (picture, connectivity, leastArea) => {
      const islands = flood(picture, 1, connectivity).filter((island) => island.length < leastArea);
      expect(rleToBitmap(removeIslands(rleOf(picture), connectivity, leastArea))).toEqual(changed(picture, islands, 0));
    }), { numRuns: 300 });
  });

  test('their areas and boxes, inside and outside', () => {
    fc.assert(fc.property(pictures, connectivity, fc.boolean(), (picture, connectivity, inside) => {
      const { w } = picture;
      const expected = flood(picture, inside ? 1 : 0, connectivity).map((region) => {
        const [columns, rows] = [region.map((at) => at % w), region.map((at) => Math.floor(at / w))];
        const [x, y] = [Math.min(...columns), Math.min(...rows)];
        return { area: region.length, start: Math.min(...region), box: { x, y, width: Math.max(...columns) - x + 1, height: Math.max(...rows) - y + 1 } };
      });
      expect(regionsOf(rleOf(picture), inside, connectivity)).toEqual(expected.map((region) => expect.objectContaining(region)));
    }), { numRuns: 300 });
  });

  test('what is plain at a glance has at most one part, and no holes', () => {
    const stacked = fc.array(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 10 })), { minLength: 1, maxLength: 8 }).map((columns): Picture => ({ h: 10, w: columns.length, bitmap: Uint8Array.from({ length: 10 * columns.length }, (_, i) => {
      const [top, length] = columns[i % columns.length] ?? [0, 0];
      const y = Math.floor(i / columns.length);
      return Number(y >= top && y < top + length);
    }) }));
    fc.assert(fc.property(fc.oneof(pictures, stacked), (picture) => {
      const { h, w } = picture;
      const single = Array.from({ length: w }, (_, x) => flood({ h, w: 1, bitmap: Uint8Array.from({ length: h }, (__, y) => picture.bitmap[y * w + x] ?? 0) }, 1, 4).length).every((strips) => strips <= 1);
      const parts = flood(picture, 1, 8).length;
      const inner = flood(picture, 0, 4).filter((hole) => !hole.some((at) => at % w === 0 || at % w === w - 1 || at < w || at >= (h - 1) * w));
      expect(isPlain(rleOf(picture))).toBe(single && parts <= 1);
      if (isPlain(rleOf(picture))) expect(inner).toEqual([]);
    }), { numRuns: 500 });
  });

  test('a mask of more parts than are wanted is refused rather than taken apart', () => {
    const chequers: Picture = { h: 20, w: 20, bitmap: Uint8Array.from({ length: 400 }, (_, i) => (i + Math.floor(i / 20)) % 2) };
    expect(components(rleOf(chequers), 4, 200)).toHaveLength(200);
    expect(() => components(rleOf(chequers), 4, 199)).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  test('runs of length 0 inside a mask part nothing', () => {
    const loose: Rle = { size: [8, 1], counts: Uint32Array.of(1, 1, 0, 2, 0, 1, 3) };
    expect(components(loose, 4)).toEqual([{ size: [8, 1], counts: Uint32Array.of(1, 4, 3) }]);
  });
});
