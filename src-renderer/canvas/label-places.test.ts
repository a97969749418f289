import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LABEL_HEIGHT, placeLabels } from './label-places.ts';

const canvas = { width: 800, height: 600 };
const box = fc.record({ x: fc.integer({ min: -200, max: 900 }), y: fc.integer({ min: -200, max: 700 }), width: fc.integer({ min: 1, max: 400 }), height: fc.integer({ min: 1, max: 400 }) });
const labels = fc.array(fc.record({ box, width: fc.integer({ min: 30, max: 266 }) }), { maxLength: 14 });

describe('labels on the canvas', () => {
  test('never cover each other, and never leave the canvas', () => {
    fc.assert(fc.property(labels, (wanted) => {
      const placed = placeLabels(wanted, canvas).flatMap((at, i) => (at === null ? [] : [{ ...at, width: wanted[i]?.width ?? NaN }]));
      for (const [i, a] of placed.entries()) {
        expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= canvas.width && a.y + LABEL_HEIGHT <= canvas.height).toBe(true);
        for (const b of placed.slice(i + 1)) expect(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + LABEL_HEIGHT <= b.y || b.y + LABEL_HEIGHT <= a.y).toBe(true);
      }
    }));
  });

  test('lie above their object, or inside it at the top of the canvas; a dozen of one place all find room', () => {
    expect(placeLabels([{ box: { x: 100, y: 100, width: 50, height: 50 }, width: 60 }], canvas)).toEqual([{ x: 100, y: 76 }]);
    expect(placeLabels([{ box: { x: 100, y: 5, width: 50, height: 50 }, width: 60 }], canvas)).toEqual([{ x: 100, y: 9 }]);
    const dozen = Array.from({ length: 12 }, () => ({ box: { x: 300, y: 300, width: 40, height: 40 }, width: 120 }));
    expect(placeLabels(dozen, canvas)).not.toContain(null);
  });

  test('of objects out of sight are left out', () => {
    expect(placeLabels([{ box: { x: 900, y: 100, width: 50, height: 50 }, width: 60 }], canvas)).toEqual([null]);
  });
});
