import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { imagePoint } from '../../../src-shared/geometry/coordinates.ts';
import { draggedBox, gripAt, gripCursor } from './adjust-box.ts';

const image = { width: 200, height: 100 };
const box = { x: 50, y: 20, width: 60, height: 40 };
const gripped = (x: number, y: number, zoom = 1): string | null => {
  const grip = gripAt(box, imagePoint(x, y), zoom);
  return grip && gripCursor(grip);
};

/** The box after a drag between two points of the image. */
const dragged = (fromX: number, fromY: number, toX: number, toY: number): unknown => {
  const from = imagePoint(fromX, fromY);
  const grip = gripAt(box, from, 1);
  return grip && draggedBox(box, grip, from, imagePoint(toX, toY), image);
};

describe('a press on the box of a draft', () => {
  test('takes corners, sides and the whole by where it is, and leaves what is outside', () => {
    expect([gripped(50, 20), gripped(110, 60), gripped(110, 20), gripped(50, 60)]).toEqual(['nwse-resize', 'nwse-resize', 'nesw-resize', 'nesw-resize']);
    expect([gripped(80, 20), gripped(80, 60), gripped(50, 40), gripped(110, 40)]).toEqual(['ns-resize', 'ns-resize', 'ew-resize', 'ew-resize']);
    expect([gripped(80, 40), gripped(44, 15), gripped(42, 40), gripped(80, 68)]).toEqual(['move', 'nwse-resize', null, null]);
  });
  test('reaches as far on the screen at any zoom', () => {
    expect([gripped(47, 40, 4), gripped(49, 40, 4), gripped(25, 40, 0.25)]).toEqual([null, 'ew-resize', 'ew-resize']);
  });
});

describe('the dragged box', () => {
  test('follows by as much as the pointer moved, wherever it was taken', () => {
    expect(dragged(110, 60, 120, 70)).toEqual({ x: 50, y: 20, width: 70, height: 50 });
    expect(dragged(107, 57, 117, 67)).toEqual({ x: 50, y: 20, width: 70, height: 50 });
    expect(dragged(50, 20, 60, 30)).toEqual({ x: 60, y: 30, width: 50, height: 30 });
    expect(dragged(80, 20, 99, 10)).toEqual({ x: 50, y: 10, width: 60, height: 50 });
    expect(dragged(80, 40, 90, 35)).toEqual({ x: 60, y: 15, width: 60, height: 40 });
  });
  test('turns over when a side passes the opposite one', () => {
    expect(dragged(110, 40, 30, 40)).toEqual({ x: 30, y: 20, width: 20, height: 40 });
  });
  test('stays inside the image and holds a pixel', () => {
    const at = fc.record({ x: fc.double({ min: -300, max: 500, noNaN: true }), y: fc.double({ min: -300, max: 400, noNaN: true }) });
    fc.assert(fc.property(at, at, (from, to) => {
      const grip = gripAt(box, imagePoint(from.x, from.y), 1);
      const result = grip && draggedBox(box, grip, imagePoint(from.x, from.y), imagePoint(to.x, to.y), image);
      if (!result) return;
      expect(result.width > 0 && result.height > 0 && result.x >= 0 && result.y >= 0 && result.x + result.width <= image.width && result.y + result.height <= image.height).toBe(true);
      if (grip.x === 0 && grip.y === 0) expect([result.width, result.height]).toEqual([box.width, box.height]);
    }), { numRuns: 300 });
  });
});
