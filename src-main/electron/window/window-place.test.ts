import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { placeOn } from './window-place.ts';

vi.mock('electron', () => ({ screen: null }));

const screen = { x: 0, y: 0, width: 1920, height: 1040 };
const second = { x: 1920, y: -200, width: 2560, height: 1400 };

test('a window opens as it was left', () => {
  const left = { x: 2100, y: 40, width: 1200, height: 800 };
  expect(placeOn(left, [screen, second])).toEqual(left);
});

test('a window left on a screen that was unplugged opens in the middle of the first one', () => {
  expect(placeOn({ x: 2100, y: 40, width: 1200, height: 800 }, [screen])).toEqual({ x: 360, y: 120, width: 1200, height: 800 });
});

test('a window of a larger screen is made to fit', () => {
  expect(placeOn({ x: 100, y: 100, width: 3000, height: 1300 }, [screen])).toEqual(screen);
});

test('a window of which a corner only is on a screen is brought back whole', () => {
  expect(placeOn({ x: 1800, y: 900, width: 1000, height: 700 }, [screen])).toEqual({ x: 920, y: 340, width: 1000, height: 700 });
});

test('at the first start it is in the middle', () => {
  expect(placeOn(null, [screen])).toEqual({ x: 240, y: 70, width: 1440, height: 900 });
});

test('whatever was remembered and whatever screens there are, the window lies within one of them', () => {
  const at = fc.integer({ min: -5000, max: 5000 });
  const side = fc.integer({ min: 400, max: 4000 });
  const rectangle = fc.record({ x: at, y: at, width: side, height: side });
  fc.assert(
    fc.property(fc.option(rectangle), fc.array(rectangle, { minLength: 1, maxLength: 4 }), (saved, areas) => {
      const { x, y, width, height } = placeOn(saved, areas);
      expect(areas.some((a) => x >= a.x && y >= a.y && x + width <= a.x + a.width && y + height <= a.y + a.height)).toBe(true);
    }),
  );
});
