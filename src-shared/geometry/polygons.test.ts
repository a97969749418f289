import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PolygonPart } from '../domain/schema.ts';
import { bridgeHoles } from './bridge-holes.ts';
import { maskToParts } from './contours.ts';
import { rasterizeParts } from './rasterize.ts';
import { rleArea, rleBox, rleFromBitmap, rleToBitmap } from './rle.ts';
import type { Rle } from './rle.ts';

/** Rows of text, '#' inside. */
const mask = (...rows: string[]): Rle =>
  rleFromBitmap(Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0)), rows.length, rows[0]?.length ?? 0);
const drawn = (rle: Rle): string[] => {
  const [h, w] = rle.size;
  const bitmap = rleToBitmap(rle);
  return Array.from({ length: h }, (_, y) => Array.from({ length: w }, (_, x) => (bitmap[y * w + x] ? '#' : '.')).join(''));
};
const outer = (...ring: number[]): PolygonPart => ({ outer: ring, holes: [] });

const masks = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.constantFrom(0.2, 0.5, 0.85)).chain(([h, w, density]) =>
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: h * w, maxLength: h * w }).map((a) => rleFromBitmap(Uint8Array.from(a, (v) => (v < density ? 1 : 0)), h, w)),
);

const hostile: Record<string, Rle> = {
  empty: mask('...', '...'),
  full: mask('###', '###'),
  'one pixel of one': mask('#'),
  'one row': mask('##.#.##'),
  'one column': mask('#', '.', '#', '#'),
  checkers: mask('#.#.', '.#.#', '#.#.'),
  'corner touches': mask('##..', '##..', '..##', '..##'),
  ring: mask('###', '#.#', '###'),
  'hole touching the outside at a corner': mask('####', '#.##', '##..', '##..'),
  'two holes touching at a corner': mask('####', '#.##', '##.#', '####'),
  'island in a hole': mask('#####', '#...#', '#.#.#', '#...#', '#####'),
  comb: mask('#.#.#', '#.#.#', '#####'),
};

describe('contours', () => {
  test.each(Object.entries(hostile))('give back %s', (_name, rle) => {
    expect(drawn(rasterizeParts(maskToParts(rle), ...rle.size))).toEqual(drawn(rle));
  });

  test('list only corners, clockwise, from the leftmost and topmost', () => {
    expect(maskToParts(mask('....', '.##.', '.##.', '.#..'))).toEqual([outer(1, 1, 3, 1, 3, 3, 2, 3, 2, 4, 1, 4)]);
  });

  test('put a hole into its part, and an island in the hole into another', () => {
    expect(maskToParts(mask('#####', '#...#', '#.#.#', '#...#', '#####'))).toEqual([
      { outer: [0, 0, 5, 0, 5, 5, 0, 5], holes: [[1, 1, 1, 4, 4, 4, 4, 1]] },
      outer(2, 2, 3, 2, 3, 3, 2, 3),
    ]);
  });

  test('keep pixels that touch at a corner apart', () => {
    expect(maskToParts(mask('#.', '.#')).map((part) => part.outer)).toEqual([[0, 0, 1, 0, 1, 1, 0, 1], [1, 1, 2, 1, 2, 2, 1, 2]]);
  });

  test('of any mask rasterise to the mask, one 4-connected part each', () => {
    fc.assert(
      fc.property(masks, (rle) => {
        const parts = maskToParts(rle);
        expect(drawn(rasterizeParts(parts, ...rle.size))).toEqual(drawn(rle));
        expect(parts.length).toBe(components(rle));
        for (const part of parts) expect(components(rasterizeParts([part], ...rle.size))).toBe(1);
      }),
      { numRuns: 300 },
    );
  });
});

/** 4-connected components by flooding pixels. */
function components(rle: Rle): number {
  const [h, w] = rle.size;
  const bitmap = rleToBitmap(rle);
  let found = 0;
  for (let i = 0; i < bitmap.length; i++) {
    if (!bitmap[i]) continue;
    found++;
    const stack = [i];
    while (stack.length > 0) {
      const at = stack.pop() ?? 0;
      if (!bitmap[at]) continue;
      bitmap[at] = 0;
      const [x, y] = [at % w, Math.floor(at / w)];
      if (x > 0) stack.push(at - 1);
      if (x + 1 < w) stack.push(at + 1);
      if (y > 0) stack.push(at - w);
      if (y + 1 < h) stack.push(at + w);
    }
  }
  return found;
}

describe('the rasterising rule', () => {
  test('is COCO’s: corners count to a fifth of a pixel', () => {
    expect(drawn(rasterizeParts([outer(0.39, 0.39, 2.39, 0.39, 2.39, 2.39, 0.39, 2.39)], 3, 3))).toEqual(['##.', '##.', '...']);
    expect(drawn(rasterizeParts([outer(0.5, 0.5, 2.5, 0.5, 2.5, 2.5, 0.5, 2.5)], 3, 3))).toEqual(['...', '.##', '.##']);
    // The centre of row 0 is 0.5, which COCO rounds to fine row 3; the row counts only down to fine row 2.
    expect(drawn(rasterizeParts([outer(...boxFrom(0.49))], 2, 1))).toEqual(['#', '#']);
    expect(drawn(rasterizeParts([outer(...boxFrom(0.5))], 2, 1))).toEqual(['.', '#']);
  });

  test('polygons that share a side share no pixel and leave no gap', () => {
    const point = fc.tuple(fc.double({ min: -2, max: 12, noNaN: true }), fc.double({ min: -2, max: 12, noNaN: true }));
    fc.assert(
      fc.property(point, point, (a, b) => {
        // A line through the plane: what lies on one side, and what lies on the other.
        fc.pre(Math.hypot(a[0] - b[0], a[1] - b[1]) > 0.1);
        const square = [-50, -50, 60, -50, 60, 60, -50, 60];
        const whole = rasterizeParts([{ outer: square, holes: [] }], 10, 10);
        const triangle = [...a, ...b, 70, 70];
        const inside = rasterizeParts([{ outer: triangle, holes: [] }], 10, 10);
        const rest = rasterizeParts([{ outer: [-90, -90, 90, -90, 90, 90, -90, 90], holes: [triangle] }], 10, 10);
        expect(rleArea(whole)).toBe(100);
        expect(rleArea(inside) + rleArea(rest)).toBe(100);
      }),
    );
  });

  test('overlapping parts are a union', () => {
    expect(drawn(rasterizeParts([outer(0, 0, 2, 0, 2, 2, 0, 2), outer(1, 1, 3, 1, 3, 3, 1, 3)], 3, 3))).toEqual(['##.', '###', '.##']);
  });

  test('what lies off the image is cut', () => {
    expect(rleBox(rasterizeParts([outer(1, 1, 30, 1, 30, 30, 1, 30)], 3, 3))).toEqual({ x: 1, y: 1, width: 2, height: 2 });
    expect(rleArea(rasterizeParts([outer(-1e7, -1e7, 1e7, -1e7, 1e7, 1e7, -1e7, 1e7)], 7, 5))).toBe(35);
    expect(rleArea(rasterizeParts([outer(6, 0, 9, 0, 9, 9)], 7, 5))).toBe(0);
  });

  test('an outline that would take seconds is refused', () => {
    const ring = Array.from({ length: 20_000 }, (_, i) => (i % 2 === 0 ? (i % 4 === 0 ? 0 : 65_000) : i));
    expect(() => rasterizeParts([outer(...ring)], 10, 65_000)).toThrow(expect.objectContaining({ code: 'too-large' }));
  });
});

const boxFrom = (top: number): number[] => [0, top, 1, top, 1, 2, 0, 2];

describe('bridged holes', () => {
  test('hang on the nearest vertex to their left and are walked there and back', () => {
    const [part] = maskToParts(mask('#####', '#.#.#', '#####'));
    expect(part && bridgeHoles(part)).toEqual([0, 0, 1, 1, 1, 2, 2, 2, 2, 1, 3, 1, 3, 2, 4, 2, 4, 1, 3, 1, 2, 1, 1, 1, 0, 0, 5, 0, 5, 3, 0, 3]);
  });

  test('fill as the part does, wherever its rings lie', () => {
    const ring = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 3, maxLength: 6 }).map((a) => a.flatMap((v, i) => [v / 5, ((v * 7 + i * 13) % 50) / 5]));
    fc.assert(
      fc.property(ring, fc.array(ring, { maxLength: 4 }), (outside, holes) => {
        const part = { outer: outside, holes };
        expect(drawn(rasterizeParts([outer(...bridgeHoles(part))], 10, 10))).toEqual(drawn(rasterizeParts([part], 10, 10)));
      }),
    );
  });
});

const bridged = (rle: Rle): Rle => rasterizeParts(maskToParts(rle).map((part) => outer(...bridgeHoles(part))), ...rle.size);

describe('outlines with bridged holes', () => {
  test.each(Object.entries(hostile))('keep the mask exactly: %s', (_name, rle) => {
    expect(drawn(bridged(rle))).toEqual(drawn(rle));
  });

  test('keep any mask exactly', () => {
    fc.assert(fc.property(masks, (rle) => { expect(drawn(bridged(rle))).toEqual(drawn(rle)); }), { numRuns: 300 });
  });
});
