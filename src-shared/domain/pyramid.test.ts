import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { levelSide, pyramidOf } from './pyramid.ts';

test.each([
  [640, 480, 0],
  [2048, 1365, 0],
  [2049, 10, 1],
  [4096, 4096, 1],
  [8000, 6000, 2],
  [16320, 12240, 3],
])('%i × %i is delivered whole at level %i', (width, height, base) => {
  expect(pyramidOf(width, height)).toEqual({ width, height, tile: 512, base });
});

test('the base fits 2,048 pixels and the level before it does not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 }), (width, height) => {
      const { base } = pyramidOf(width, height);
      const longest = Math.max(width, height);
      expect(levelSide(longest, base)).toBeLessThanOrEqual(2048);
      if (base > 0) expect(levelSide(longest, base - 1)).toBeGreaterThan(2048);
    }),
  );
});
