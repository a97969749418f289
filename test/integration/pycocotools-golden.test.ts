import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeCocoCounts, encodeCocoCounts } from '../../src-shared/geometry/coco-counts.ts';
import { rasterizeCocoPolygon } from '../../src-shared/geometry/coco-rasterize.ts';
import { rleArea, rleBox, rleFromBitmap } from '../../src-shared/geometry/rle.ts';

interface Golden {
  polygons: { size: number[]; polygons: number[][]; counts: string; area: number; bbox: number[] }[];
  masks: { rows: string[]; counts: string; area: number; bbox: number[] }[];
  rectangle: { size: number[]; box: number[]; counts: string };
}
const golden = JSON.parse(readFileSync(new URL('../golden/pycocotools.json', import.meta.url), 'utf8')) as Golden;

const boxOf = ([x = NaN, y = NaN, width = NaN, height = NaN]: number[]): object => ({ x, y, width, height });

describe('what pycocotools itself computed', () => {
  test.each(golden.polygons)('polygons $polygons', ({ size: [h = 0, w = 0], polygons, counts, area, bbox }) => {
    const rle = rasterizeCocoPolygon(polygons, h, w);
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
    const rle = rasterizeCocoPolygon([[x, y, x + width, y, x + width, y + height, x, y + height]], h, w);
    expect(encodeCocoCounts(rle.counts)).toBe(counts);
  });
});
