import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { smallestRectangle } from './smallest-rectangle.ts';

const pairs = (ring: readonly number[]): [number, number][] => Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i] ?? 0, ring[2 * i + 1] ?? 0]);
const area = (ring: readonly number[]): number => {
  const corners = pairs(ring);
  return Math.abs(corners.reduce((sum, [x, y], i) => sum + x * (corners[(i + 1) % corners.length]?.[1] ?? 0) - (corners[(i + 1) % corners.length]?.[0] ?? 0) * y, 0)) / 2;
};
/** Area of the rectangle around points at an angle. */
const areaAt = (points: readonly [number, number][], angle: number): number => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [us, vs] = [points.map(([x, y]) => x * cos + y * sin), points.map(([x, y]) => y * cos - x * sin)];
  return (Math.max(...us) - Math.min(...us)) * (Math.max(...vs) - Math.min(...vs));
};

test('a rectangle that stands askew is its own smallest rectangle', () => {
  const askew = [3, 0, 7, 3, 4, 7, 0, 4];
  const found = smallestRectangle([...askew, 3.5, 3.5, 5, 1.5]);
  expect(pairs(found ?? []).toSorted().flat().map((value) => Math.round(value * 1e9) / 1e9 + 0)).toEqual(pairs(askew).toSorted().flat());
});

test('no rectangle at any angle is smaller, its corners are right, and every point is inside', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), { minLength: 3, maxLength: 30 }), (points) => {
    const found = smallestRectangle(points.flat());
    if (found === null) return Math.min(...Array.from({ length: 1_800 }, (_, i) => areaAt(points, (i * Math.PI) / 1_800))) < 3;
    const [a, b, c, d] = pairs(found);
    if (a === undefined || b === undefined || c === undefined || d === undefined) return false;
    expect(Math.abs((b[0] - a[0]) * (d[0] - a[0]) + (b[1] - a[1]) * (d[1] - a[1]))).toBeLessThan(1e-6);
    expect(Math.hypot(a[0] + c[0] - b[0] - d[0], a[1] + c[1] - b[1] - d[1])).toBeLessThan(1e-9);
    for (let i = 0; i < 180; i++) expect(area(found)).toBeLessThanOrEqual(areaAt(points, (i * Math.PI) / 180) + 1e-6);
    const side = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    const [ux, uy] = [(b[0] - a[0]) / side, (b[1] - a[1]) / side];
    const across = Math.hypot(d[0] - a[0], d[1] - a[1]);
    for (const [x, y] of points) {
      const [along, off] = [(x - a[0]) * ux + (y - a[1]) * uy, (y - a[1]) * ux - (x - a[0]) * uy];
      expect(Math.min(along, side - along, off, across - off)).toBeGreaterThan(-1e-6);
    }
    return true;
  }));
});

test('points on one line, and too few, have none', () => {
  for (const ring of [[], [1, 1], [1, 1, 2, 2], [0, 0, 1, 1, 2, 2, 5, 5], [3, 3, 3, 3, 3, 3]]) expect(smallestRectangle(ring)).toBeNull();
});
