import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import type { Instance, Shape } from '../../src-shared/domain/schema.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape, shapeMeasures } from '../../src-shared/geometry/shape.ts';
import { hitTest } from './hit-test.ts';

const H = 40;
const W = 60;
const none = new Set<number>();

function instance(id: number, shape: Shape, z = id): Instance {
  return { id, image: 1, class: null, shape, z, provenance: { source: 'human', touched: false, sam: null }, ...shapeMeasures(shape, H, W) };
}

function maskOf(inside: (x: number, y: number) => boolean): Shape {
  return maskShape(rleFromBitmap(Uint8Array.from({ length: W * H }, (_, i) => (inside(i % W, Math.floor(i / W)) ? 1 : 0)), H, W));
}

const boxShape = (x: number, y: number, width: number, height: number): Shape => ({ kind: 'box', box: { x, y, width, height } });

describe('hit test', () => {
  test('a mask is hit on its own pixels and nowhere else in its box', () => {
    const corner = instance(1, maskOf((x, y) => x < 30 && y < 30 && (x < 5 || y < 5)));
    expect(hitTest([corner], none, imagePoint(2, 25))).toBe(1);
    expect(hitTest([corner], none, imagePoint(20, 20))).toBeNull();
    expect(hitTest([corner], none, imagePoint(4.99, 4.99))).toBe(1);
    expect(hitTest([corner], none, imagePoint(29.5, 5))).toBeNull();
  });

  test('through a hole one hits what lies below', () => {
    const frame: Shape = {
      kind: 'polygon',
      parts: [{ outer: [0, 0, 40, 0, 40, 40, 0, 40], holes: [[10, 10, 30, 10, 30, 30, 10, 30]] }],
    };
    const below = instance(1, boxShape(0, 0, 40, 40), 0);
    expect(hitTest([below, instance(2, frame, 1)], none, imagePoint(20, 20))).toBe(1);
    expect(hitTest([below, instance(2, frame, 1)], none, imagePoint(5, 5))).toBe(2);
  });

  test('the nearer of two alike wins, whatever their order in the list', () => {
    const far = instance(7, boxShape(0, 0, 20, 20), 1);
    const near = instance(3, boxShape(5, 5, 20, 20), 2);
    expect(hitTest([far, near], none, imagePoint(10, 10))).toBe(3);
    expect(hitTest([near, far], none, imagePoint(10, 10))).toBe(3);
    expect(hitTest([far, near], new Set([3]), imagePoint(10, 10))).toBe(7);
  });

  test('a small object under a large one can be reached; one of like size cannot', () => {
    const small = instance(1, boxShape(10, 10, 6, 6), 0);
    const medium = instance(2, boxShape(8, 8, 30, 20), 1);
    const large = instance(3, boxShape(0, 0, 40, 30), 2);
    expect(hitTest([small, medium, large], none, imagePoint(12, 12))).toBe(1);
    expect(hitTest([medium, large], none, imagePoint(12, 12))).toBe(3);
  });

  test('a mask with damaged run lengths is hit by its box', () => {
    const damaged: Instance = { ...instance(1, boxShape(10, 10, 10, 10)), shape: { kind: 'mask', size: [H, W], counts: Uint8Array.of(0x80) } };
    expect(hitTest([damaged], none, imagePoint(12, 12))).toBe(1);
    expect(hitTest([damaged], none, imagePoint(22, 12))).toBeNull();
  });

  test('for any mask, a point hits exactly when its pixel is inside', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 35, maxLength: 35, max: 1 }), fc.double({ min: -1, max: 8, noNaN: true }), fc.double({ min: -1, max: 6, noNaN: true }), (bitmap, x, y) => {
        const shape = maskShape(rleFromBitmap(bitmap, 5, 7));
        const only: Instance = { ...instance(1, boxShape(0, 0, 1, 1)), shape, ...shapeMeasures(shape, 5, 7) };
        const inside = x >= 0 && x < 7 && y >= 0 && y < 5 && bitmap[Math.floor(y) * 7 + Math.floor(x)] === 1;
        expect(hitTest([only], none, imagePoint(x, y))).toBe(inside ? 1 : null);
      }),
    );
  });
});
