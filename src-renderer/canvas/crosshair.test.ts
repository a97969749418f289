import fc from 'fast-check';
import { expect, it } from 'vitest';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import { moveCrosshair, panIntoSight, pixelCentre, stepLength } from './crosshair.ts';
import { panBy, toScreen } from './viewport.ts';

const IMAGE = { width: 640, height: 480 };
const CANVAS = { width: 900, height: 600 };
const zooms = fc.double({ min: 0.01, max: 64, noNaN: true });
const points = fc.record({ x: fc.double({ min: -50, max: 700, noNaN: true }), y: fc.double({ min: -50, max: 500, noNaN: true }) }).map(({ x, y }) => imagePoint(x, y));

it('goes one image pixel where that can be seen, and else as few as can be', () => {
  expect(moveCrosshair(imagePoint(10.5, 20.5), IMAGE, 8, 1, 0)).toEqual({ x: 11.5, y: 20.5 });
  expect(moveCrosshair(imagePoint(10.5, 20.5), IMAGE, 8, 0, -10)).toEqual({ x: 10.5, y: 10.5 });
  fc.assert(fc.property(zooms, (zoom) => {
    const length = stepLength(zoom);
    expect(Number.isInteger(length)).toBe(true);
    expect(length * zoom).toBeGreaterThanOrEqual(1.999);
    if (length > 1) expect((length - 1) * zoom).toBeLessThan(2);
  }));
});

it('stays on the centre of a pixel of the image', () => {
  fc.assert(fc.property(points, zooms, fc.integer({ min: -10, max: 10 }), fc.integer({ min: -10, max: 10 }), (point, zoom, dx, dy) => {
    const { x, y } = moveCrosshair(pixelCentre(point, IMAGE), IMAGE, zoom, dx, dy);
    expect([x % 1, y % 1]).toEqual([0.5, 0.5]);
    expect(x > 0 && y > 0 && x < IMAGE.width && y < IMAGE.height).toBe(true);
  }));
});

it('is brought into sight by moving the image, and not when it is in sight', () => {
  const view = { zoom: 4, centre: imagePoint(320, 240) };
  expect(panIntoSight(view, CANVAS, imagePoint(330, 250))).toEqual({ x: 0, y: 0 });
  fc.assert(fc.property(points, (point) => {
    const at = pixelCentre(point, IMAGE);
    const by = panIntoSight(view, CANVAS, at);
    const seen = toScreen(panBy(view, CANVAS, IMAGE, by.x, by.y), CANVAS, at);
    expect(seen.x > 0 && seen.y > 0 && seen.x < CANVAS.width && seen.y < CANVAS.height).toBe(true);
  }));
});
