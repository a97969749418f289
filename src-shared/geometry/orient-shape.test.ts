import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orientShape, swapsSides } from './orient-shape.ts';
import { rleFromBitmap, rleToBitmap } from './rle.ts';
import { maskRle, maskShape, shapeToRle } from './shape.ts';

/** Where upright pixel (x, y) is stored, by EXIF's own words: which side of the stored image its row 0 and column 0 are. */
const STORED: Readonly<Record<number, (x: number, y: number, w: number, h: number) => [number, number]>> = {
  1: (x, y) => [x, y],
  2: (x, y, w) => [w - 1 - x, y],
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  4: (x, y, _, h) => [x, h - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _, h) => [y, h - 1 - x],
  7: (x, y, w, h) => [w - 1 - y, h - 1 - x],
  8: (x, y, w) => [w - 1 - y, x],
};
const rows = (w: number, h: number, at: (x: number, y: number) => number): Uint8Array => Uint8Array.from({ length: w * h }, (_, i) => at(i % w, Math.floor(i / w)));

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i', (orientation) => {
  const stored = STORED[orientation] ?? (() => [0, 0]);

  test('every pixel of a mask lies where the upright image shows it', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.infiniteStream(fc.integer({ min: 0, max: 1 })), (w, h, stream) => {
      const bits = [...stream.take(w * h)];
      const pixel = (x: number, y: number): number => bits[y * w + x] ?? 0;
      const [width, height] = swapsSides(orientation) ? [h, w] : [w, h];
      const turned = orientShape(maskShape(rleFromBitmap(rows(w, h, pixel), h, w)), orientation, w, h);
      if (turned.kind !== 'mask') throw new Error('not a mask');
      expect(turned.size).toEqual([height, width]);
      const wanted = rows(width, height, (x, y) => pixel(...stored(x, y, w, h)));
      expect([...rleToBitmap(maskRle(turned))]).toEqual([...wanted]);
    }), { numRuns: 60 });
  });

  test('boxes and polygons cover the same pixels as their masks do', () => {
    const [w, h] = [9, 6];
    const [width, height] = swapsSides(orientation) ? [h, w] : [w, h];
    for (const shape of [
      { kind: 'box' as const, box: { x: 1, y: 2, width: 5, height: 3 } },
      { kind: 'polygon' as const, parts: [{ outer: [0, 0, 8, 0, 8, 5, 0, 5], holes: [[2, 1, 4, 1, 4, 3, 2, 3]] }] },
    ]) {
      const turned = shapeToRle(orientShape(shape, orientation, w, h), height, width);
      const mask = orientShape(maskShape(shapeToRle(shape, h, w)), orientation, w, h);
      if (mask.kind !== 'mask') throw new Error('not a mask');
      expect([...rleToBitmap(turned)]).toEqual([...rleToBitmap(maskRle(mask))]);
    }
  });
});
