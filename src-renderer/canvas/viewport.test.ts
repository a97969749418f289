import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { imagePoint, screenPoint } from '../../src-shared/geometry/coordinates.ts';
import { clampView, deviceTransform, fillBoxView, fitBoxView, fitView, panBy, toImage, toScreen, zoomAt, zoomLimits } from './viewport.ts';

const side = fc.integer({ min: 1, max: 12_000 });
const image = fc.record({ width: side, height: side });
const canvas = fc.record({ width: fc.integer({ min: 120, max: 3000 }), height: fc.integer({ min: 120, max: 2000 }) });
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** A legal view of the image in the canvas. */
const situation = fc.record({ image, canvas, zoom: share, x: share, y: share }).map(({ image, canvas, zoom, x, y }) => {
  const { min, max } = zoomLimits(canvas, image);
  return { image, canvas, view: clampView({ zoom: min * (max / min) ** zoom, centre: imagePoint(x * image.width, y * image.height) }, canvas, image) };
});

describe('viewport', () => {
  test('a point of the screen, brought to the image and back, is itself', () => {
    fc.assert(
      fc.property(situation, share, share, ({ canvas, view }, x, y) => {
        const at = screenPoint(x * canvas.width, y * canvas.height);
        const back = toScreen(view, canvas, toImage(view, canvas, at));
        expect(back.x).toBeCloseTo(at.x, 4);
        expect(back.y).toBeCloseTo(at.y, 4);
      }),
    );
  });

  test('zooming in leaves what is under the pointer where it is, while the pointer is over the image', () => {
    fc.assert(
      fc.property(situation, share, share, fc.double({ min: 1, max: 8, noNaN: true }), ({ canvas, image, view }, x, y, factor) => {
        const under = imagePoint(x * image.width, y * image.height);
        const at = toScreen(view, canvas, under);
        const zoomed = zoomAt(view, canvas, image, view.zoom * factor, at);
        const moved = toScreen(zoomed, canvas, under);
        expect(moved.x).toBeCloseTo(at.x, 4);
        expect(moved.y).toBeCloseTo(at.y, 4);
      }),
    );
  });

  test('however far one pans, the middle of the canvas shows the image', () => {
    fc.assert(
      fc.property(situation, fc.integer({ min: -100_000, max: 100_000 }), fc.integer({ min: -100_000, max: 100_000 }), ({ canvas, image, view }, dx, dy) => {
        const { centre, zoom } = panBy(view, canvas, image, dx, dy);
        expect(zoom).toBe(view.zoom);
        expect(centre.x).toBeGreaterThanOrEqual(0);
        expect(centre.x).toBeLessThanOrEqual(image.width);
        expect(centre.y).toBeGreaterThanOrEqual(0);
        expect(centre.y).toBeLessThanOrEqual(image.height);
      }),
    );
  });

  test('fit shows the whole image, centred, touching the margin on one axis unless it is tiny', () => {
    fc.assert(
      fc.property(image, canvas, (image, canvas) => {
        const view = fitView(canvas, image);
        const topLeft = toScreen(view, canvas, imagePoint(0, 0));
        const bottomRight = toScreen(view, canvas, imagePoint(image.width, image.height));
        expect(topLeft.x).toBeGreaterThanOrEqual(0);
        expect(topLeft.y).toBeGreaterThanOrEqual(0);
        expect(topLeft.x + bottomRight.x).toBeCloseTo(canvas.width, 4);
        expect(topLeft.y + bottomRight.y).toBeCloseTo(canvas.height, 4);
        if (view.zoom < zoomLimits(canvas, image).max) expect(Math.min(topLeft.x, topLeft.y)).toBeLessThanOrEqual(37);
      }),
    );
  });

  test('100 % can always be reached, and the fitted view is never below the smallest zoom', () => {
    fc.assert(
      fc.property(image, canvas, (image, canvas) => {
        const { min, max } = zoomLimits(canvas, image);
        expect(min).toBeLessThanOrEqual(1);
        expect(max).toBeGreaterThanOrEqual(1);
        expect(fitView(canvas, image).zoom).toBeGreaterThanOrEqual(min);
      }),
    );
  });

  test('a box is filled exactly by the zoom tool, and shown with its surroundings by "fit the selection"', () => {
    const canvas = { width: 1000, height: 800 };
    const image = { width: 4000, height: 3000 };
    const filled = fillBoxView(canvas, image, { x: 1000, y: 1000, width: 400, height: 200 });
    const left = toScreen(filled, canvas, imagePoint(1000, 1100));
    expect(left.x).toBeCloseTo(36, 4);
    expect(left.y).toBeCloseTo(400, 4);
    expect(fitBoxView(canvas, image, { x: 1000, y: 1000, width: 400, height: 200 }).zoom).toBeCloseTo(filled.zoom / 1.3, 6);
    expect(fitBoxView(canvas, image, { x: 10, y: 10, width: 1, height: 1 }).zoom).toBe(14);
  });

  test('layers share one transform with whole offsets, at most half a device pixel from the exact place', () => {
    fc.assert(
      fc.property(situation, fc.constantFrom(1, 1.25, 1.5, 2, 3), ({ canvas, view }, ratio) => {
        const { scale, x, y } = deviceTransform(view, canvas, ratio);
        expect(Number.isInteger(x) && Number.isInteger(y)).toBe(true);
        const exact = toScreen(view, canvas, imagePoint(0, 0));
        expect(scale).toBe(view.zoom * ratio);
        expect(Math.abs(x - exact.x * ratio)).toBeLessThanOrEqual(0.51);
        expect(Math.abs(y - exact.y * ratio)).toBeLessThanOrEqual(0.51);
      }),
    );
  });
});
