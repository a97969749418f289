import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { imagePoint } from '../../../src-shared/geometry/coordinates.ts';
import { boxBetween } from './drag-box.ts';

const image = { width: 200, height: 100 };
const point = fc.record({ x: fc.double({ min: -300, max: 500, noNaN: true }), y: fc.double({ min: -300, max: 400, noNaN: true }) });

describe('a dragged box', () => {
  test('is the same from either corner, on pixel edges', () => {
    expect(boxBetween(imagePoint(10.4, 20.6), imagePoint(50.2, 60.9), image, false)).toEqual({ x: 10, y: 21, width: 40, height: 40 });
    expect(boxBetween(imagePoint(50.2, 60.9), imagePoint(10.4, 20.6), image, false)).toEqual({ x: 10, y: 21, width: 40, height: 40 });
  });

  test('never leaves the image and always holds a pixel', () => {
    fc.assert(
      fc.property(point, point, fc.boolean(), (a, b, square) => {
        const box = boxBetween(imagePoint(a.x, a.y), imagePoint(b.x, b.y), image, square);
        if (!box) return;
        expect([box.x, box.y, box.width, box.height].every(Number.isInteger)).toBe(true);
        expect(box.width).toBeGreaterThan(0);
        expect(box.height).toBeGreaterThan(0);
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.y).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(image.width);
        expect(box.y + box.height).toBeLessThanOrEqual(image.height);
        if (square) expect(box.width).toBe(box.height);
      }),
    );
  });

  test('with Shift takes the longer side, on the side of the pointer', () => {
    expect(boxBetween(imagePoint(50, 50), imagePoint(80, 60), image, true)).toEqual({ x: 50, y: 50, width: 30, height: 30 });
    expect(boxBetween(imagePoint(50, 50), imagePoint(20, 40), image, true)).toEqual({ x: 20, y: 20, width: 30, height: 30 });
    expect(boxBetween(imagePoint(50, 50), imagePoint(190, 60), image, true)).toEqual({ x: 50, y: 50, width: 50, height: 50 });
  });

  test('without extent, or outside the image, is no box', () => {
    expect(boxBetween(imagePoint(10, 10), imagePoint(10.3, 40), image, false)).toBeNull();
    expect(boxBetween(imagePoint(-50, -50), imagePoint(-10, -10), image, false)).toBeNull();
  });
});
