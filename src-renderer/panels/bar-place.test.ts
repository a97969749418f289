import { describe, expect, it } from 'vitest';
import { barPlace } from './bar-place.ts';
import type { Shown } from './bar-place.ts';

const canvas = { width: 1000, height: 800 };
const sizes = { flat: { width: 600, height: 120 }, upright: { width: 120, height: 340 } };
/** A landscape image that fills the canvas. */
const landscape = { x: 0, y: 0, width: 1000, height: 800 };
/** A portrait one, with room beside it. */
const portrait = { x: 230, y: 0, width: 540, height: 800 };
const object = (x: number, y: number, width: number, height: number, image = landscape): Shown => ({ points: [], boxes: [{ x, y, width, height }], image });

describe('The candidate bar', () => {
  it('leaves the bottom for an object that lies there, and stays where it hides nothing', () => {
    expect(barPlace('bottom', object(400, 650, 100, 100), canvas, sizes)).toBe('top');
    expect(barPlace('top', object(400, 650, 100, 100), canvas, sizes)).toBe('top');
    expect(barPlace('bottom', object(400, 300, 100, 100), canvas, sizes)).toBe('bottom');
    expect(barPlace('top', object(400, 300, 100, 100), canvas, sizes)).toBe('top');
  });

  it('does not move for an object beside it', () => {
    expect(barPlace('bottom', object(0, 650, 150, 100), canvas, sizes)).toBe('bottom');
  });

  it('lies beside a portrait image, whatever is labeled on it', () => {
    for (const [x, y, width, height] of [[300, 650, 300, 140], [300, 20, 300, 100], [230, 0, 540, 800]] as const) {
      expect(barPlace('bottom', object(x, y, width, height, portrait), canvas, sizes)).toBe('right');
      expect(barPlace('left', object(x, y, width, height, portrait), canvas, sizes)).toBe('left');
    }
  });

  it('lies above or below a wide one', () => {
    const wide = { x: 0, y: 200, width: 1000, height: 400 };
    expect(barPlace('right', object(0, 200, 1000, 400, wide), canvas, sizes)).toBe('bottom');
  });

  it('does not lie at a side that is too low for it', () => {
    const low = { width: 1000, height: 330 };
    expect(['bottom', 'top']).toContain(barPlace('bottom', object(300, 10, 300, 300, { ...portrait, height: 330 }), low, sizes));
  });

  it('takes a side rather than lying on a tall object that fills the height, and never lies on a click', () => {
    expect(barPlace('bottom', object(300, 0, 400, 800), canvas, sizes)).toBe('right');
    const everything = object(-100, -100, 1200, 1000);
    const place = barPlace('bottom', { ...everything, points: [{ x: 500, y: 700 }, { x: 60, y: 400 }, { x: 940, y: 400 }] }, canvas, sizes);
    expect(place).toBe('top');
  });
});
