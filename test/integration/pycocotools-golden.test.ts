import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeCocoCounts, encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { rasterizeParts } from '../../src-shared/geometry/rasterize.ts';
import { rleArea, rleBox, rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import type { Rle } from '../../src-shared/geometry/rle.ts';
import { annToMask } from '../helpers/coco-reader.ts';

interface Golden {
  polygons: { size: number[]; polygons: number[][]; counts: string; area: number; bbox: number[] }[];
  masks: { rows: string[]; counts: string; area: number; bbox: number[] }[];
  rectangle: { size: number[]; box: number[]; counts: string };
}
const golden = JSON.parse(readFileSync(new URL('../golden/pycocotools.json', import.meta.url), 'utf8')) as Golden;

const rasterize = (polygons: readonly number[][], h: number, w: number): Rle => rasterizeParts(polygons.map((outer) => ({ outer, holes: [] })), h, w);
const boxOf = ([x = NaN, y = NaN, width = NaN, height = NaN]: number[]): object => ({ x, y, width, height });

describe('what pycocotools itself computed', () => {
  test.each(golden.polygons)('polygons $polygons', ({ size: [h = 0, w = 0], polygons, counts, area, bbox }) => {
    const rle = rasterize(polygons, h, w);
    expect(encodeCocoCounts(rle.counts)).toBe(counts);
    expect(rleArea(rle)).toBe(area);
    expect(rleBox(rle)).toEqual(boxOf(bbox));
  });

  test.each(golden.masks)('mask $counts', ({ rows, counts, area, bbox }) => {
    const rle = rleFromBitmap(Uint8Array.from(rows.join(''), (c) => Number(c === '#')), rows.length, rows[0]?.length ?? 0);
    expect(encodeCocoCounts(rle.counts)).toBe(counts);
    expect(decodeCocoCounts(counts)).toEqual(rle.counts);
    expect(rleArea(rle)).toBe(area);
    expect(rleBox(rle)).toEqual(boxOf(bbox));
  });

  test('a rectangle in an image of six megapixels', () => {
    const { size: [h = 0, w = 0], box: [x = 0, y = 0, width = 0, height = 0], counts } = golden.rectangle;
    const rle = rasterize([[x, y, x + width, y, x + width, y + height, x, y + height]], h, w);
    expect(encodeCocoCounts(rle.counts)).toBe(counts);
  });
});

describe('polygons filled as pycocotools walks them, step by step', () => {
  /** On the fine grid, on halves, anywhere; in the image, around it, far from it. */
  const coordinate = fc.oneof(fc.integer({ min: -15, max: 90 }).map((v) => v / 5), fc.integer({ min: -9, max: 36 }).map((v) => v / 2), fc.double({ min: -30, max: 60, noNaN: true }), fc.integer({ min: -900, max: 1800 }).map((v) => v / 100));
  const polygon = fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 9 }).map((points) => points.flat());

  test('inside the image and out of it, one or several', () => {
    fc.assert(
      fc.property(fc.array(polygon, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (polygons, h, w) => {
        expect(Buffer.compare(rleToBitmap(rasterize(polygons, h, w)), annToMask(polygons, h, w))).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });
});
