import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rleFromBitmap, rleToBitmap } from '../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import { correctiveClick, deepestPoint } from './clicks.ts';
import { squaredDistances } from './distance.ts';

const bitmaps = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })).chain(([w, h]) => fc.record({ w: fc.constant(w), h: fc.constant(h), bitmap: fc.uint8Array({ minLength: w * h, maxLength: w * h, max: 1 }), other: fc.uint8Array({ minLength: w * h, maxLength: w * h, max: 1 }) }));

/** Rows of a mask, # inside. */
function mask(...rows: string[]): Rle {
  return rleFromBitmap(Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0)), rows.length, rows[0]?.length ?? 0);
}

test('distances are those of looking at every set pixel', () => {
  fc.assert(fc.property(bitmaps.filter(({ bitmap }) => bitmap.includes(1)), ({ w, h, bitmap }) => {
    const set = [...bitmap.keys()].filter((i) => bitmap[i] === 1);
    const expected = Array.from(bitmap, (_, i) => Math.min(...set.map((j) => ((i % w) - (j % w)) ** 2 + (Math.floor(i / w) - Math.floor(j / w)) ** 2)));
    expect([...squaredDistances(bitmap, w, h)]).toEqual(expected);
  }));
});

test('distances to nothing are longer than any', () => {
  expect(Math.min(...squaredDistances(new Uint8Array(12), 4, 3))).toBeGreaterThanOrEqual(7 ** 2);
});

describe('the deepest point', () => {
  test('is farthest from all that is outside, the picture’s border included; of equals the first in reading order', () => {
    fc.assert(fc.property(bitmaps.filter(({ bitmap }) => bitmap.includes(1)), ({ w, h, bitmap }) => {
      const outside = (x: number, y: number): boolean => x < 0 || y < 0 || x >= w || y >= h || bitmap[y * w + x] === 0;
      const depth = (i: number): number => {
        let nearest = Infinity;
        for (let y = -1; y <= h; y++) for (let x = -1; x <= w; x++) if (outside(x, y)) nearest = Math.min(nearest, (x - (i % w)) ** 2 + (y - Math.floor(i / w)) ** 2);
        return nearest;
      };
      const inside = [...bitmap.keys()].filter((i) => bitmap[i] === 1);
      const deepest = Math.max(...inside.map(depth));
      const first = inside.find((i) => depth(i) === deepest) ?? -1;
      expect(deepestPoint(rleFromBitmap(bitmap, h, w))).toEqual({ x: (first % w) + 0.5, y: Math.floor(first / w) + 0.5, depth: deepest });
    }));
  });
  test('of nothing is none', () => {
    expect(deepestPoint(mask('...', '...'))).toBeNull();
  });
});

describe('a corrective click', () => {
  test('goes into the deeper error, and says of which kind it is', () => {
    const truth = mask('.......', '.###...', '.###...', '.###...', '.......');
    expect(correctiveClick(truth, mask('.......', '.......', '.......', '.......', '#######'))).toEqual({ x: 2.5, y: 2.5, label: 1 });
    expect(correctiveClick(truth, mask('#######', '#######', '#######', '#######', '#######'))).toMatchObject({ label: 0 });
    // Missing is one column, too much a square of three.
    expect(correctiveClick(truth, mask('....###', '.##.###', '.##.###', '.##....', '.......'))).toEqual({ x: 5.5, y: 1.5, label: 0 });
  });
  test('adds where as much is missing as is too much', () => {
    expect(correctiveClick(mask('.#...'), mask('...#.'))).toEqual({ x: 1.5, y: 0.5, label: 1 });
  });
  test('lies on a wrong pixel always, and there is none exactly when nothing is wrong', () => {
    fc.assert(fc.property(bitmaps, ({ w, h, bitmap, other }) => {
      const [truth, found] = [rleFromBitmap(bitmap, h, w), rleFromBitmap(other, h, w)];
      const click = correctiveClick(truth, found);
      if (click === null) {
        expect(rleToBitmap(found)).toEqual(rleToBitmap(truth));
        return;
      }
      const at = Math.floor(click.y) * w + Math.floor(click.x);
      expect([bitmap[at], other[at]]).toEqual([click.label, 1 - click.label]);
    }));
  });
});
