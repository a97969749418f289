import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalRle, rleArea, rleBox, rleFromBitmap, rleToBitmap } from './rle.ts';
import { cropRle, placeRle } from './rle-window.ts';
import { transposeRle } from './transpose-rle.ts';

const mask = fc
  .record({ h: fc.integer({ min: 1, max: 12 }), w: fc.integer({ min: 1, max: 12 }) })
  .chain(({ h, w }) => fc.array(fc.nat(1), { minLength: h * w, maxLength: h * w }).map((bits) => ({ h, w, bitmap: Uint8Array.from(bits) })));

test('rows become columns, pixel for pixel, and twice is the mask itself', () => {
  fc.assert(
    fc.property(mask, ({ h, w, bitmap }) => {
      const rle = rleFromBitmap(bitmap, h, w);
      const turned = transposeRle(rle);
      expect(rleToBitmap(turned)).toEqual(Uint8Array.from({ length: h * w }, (_, i) => bitmap[(i % h) * w + Math.floor(i / h)] ?? 0));
      expect(canonicalRle(turned)).toEqual(turned);
      expect(transposeRle(turned)).toEqual(rle);
    }),
  );
});

test('runs of length 0, which COCO allows, change nothing', () => {
  expect(transposeRle({ size: [3, 2], counts: Uint32Array.of(1, 1, 0, 1, 1, 0, 2) })).toEqual(transposeRle({ size: [3, 2], counts: Uint32Array.of(1, 2, 3) }));
});

test('a mask of the largest size is turned without being painted; stripes across it are refused', () => {
  const full = { size: [65_535, 65_535] as [number, number], counts: Uint32Array.of(0, 65_535 ** 2) };
  expect(transposeRle(full)).toEqual(full);
  const stripes = { size: full.size, counts: new Uint32Array(65_535).fill(65_535) };
  expect(() => transposeRle(stripes)).toThrow(expect.objectContaining({ code: 'too-large' }));
});

test('cut out by its box and put back, a mask is itself', () => {
  fc.assert(
    fc.property(mask.filter(({ bitmap }) => bitmap.includes(1)), ({ h, w, bitmap }) => {
      const rle = rleFromBitmap(bitmap, h, w);
      const box = rleBox(rle);
      const cut = cropRle(rle, box);
      expect(rleBox(cut)).toEqual({ ...box, x: 0, y: 0 });
      expect(rleArea(cut)).toBe(rleArea(rle));
      expect(placeRle(cut, box.x, box.y, [h, w])).toEqual(rle);
    }),
  );
});

test('a cut through a mask holds what lies inside', () => {
  const rle = rleFromBitmap(Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1), 3, 3);
  expect([...rleToBitmap(cropRle(rle, { x: 1, y: 0, width: 2, height: 2 }))]).toEqual([1, 1, 0, 1]);
});
