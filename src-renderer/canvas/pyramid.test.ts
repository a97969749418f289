import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levelFor, levelSize, tileRect, tilesIn, visibleRect } from './pyramid.ts';

const pyramid = fc
  .record({ width: fc.integer({ min: 1, max: 20_000 }), height: fc.integer({ min: 1, max: 20_000 }) })
  .map(({ width, height }) => ({ width, height, tile: 512, base: Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / 2048))) }));

describe('pyramid', () => {
  test('each device pixel has a sample of its own, but for a slight magnification', () => {
    fc.assert(
      fc.property(pyramid, fc.double({ min: 0.01, max: 60, noNaN: true }), (pyramid, scale) => {
        const level = levelFor(pyramid, scale);
        expect(level).toBeGreaterThanOrEqual(0);
        expect(level).toBeLessThanOrEqual(pyramid.base);
        if (level > 0) expect(scale * 2 ** level).toBeLessThanOrEqual(1.15 + 1e-9);
        if (level < pyramid.base) expect(scale * 2 ** (level + 1)).toBeGreaterThan(1.15);
      }),
    );
    expect(levelFor({ width: 8000, height: 6000, tile: 512, base: 2 }, 1)).toBe(0);
    expect(levelFor({ width: 8000, height: 6000, tile: 512, base: 2 }, 0.5)).toBe(1);
    expect(levelFor({ width: 8000, height: 6000, tile: 512, base: 2 }, 0.1)).toBe(2);
  });

  test('the tiles of a level lie edge to edge and cover the image exactly', () => {
    fc.assert(
      fc.property(pyramid, fc.nat(3), (pyramid, wanted) => {
        const level = Math.min(wanted, pyramid.base);
        const tiles = tilesIn(pyramid, level, { left: 0, top: 0, right: pyramid.width, bottom: pyramid.height });
        const size = levelSize(pyramid, level);
        expect(tiles.length).toBe(Math.ceil(size.width / 512) * Math.ceil(size.height / 512));
        let area = 0;
        for (const tile of tiles) {
          const rect = tileRect(pyramid, tile);
          area += (rect.right - rect.left) * (rect.bottom - rect.top);
          const neighbour = tileRect(pyramid, { ...tile, column: tile.column + 1 });
          if (rect.right < pyramid.width - 1e-6) expect(neighbour.left).toBeCloseTo(rect.right, 6);
          else expect(rect.right).toBeCloseTo(pyramid.width, 6);
        }
        expect(area / (pyramid.width * pyramid.height)).toBeCloseTo(1, 9);
      }),
      { numRuns: 60 },
    );
  });

  test('a view gets all tiles it touches and no others, the middle one first', () => {
    const pyramid = { width: 8000, height: 6000, tile: 512, base: 2 };
    const rect = visibleRect({ scale: 1, x: -2000, y: -1000 }, { width: 1400, height: 900 }, pyramid);
    expect(rect).toEqual({ left: 2000, top: 1000, right: 3400, bottom: 1900 });
    const tiles = tilesIn(pyramid, 0, rect);
    expect(tiles.map(({ column, row }) => `${column},${row}`).sort()).toEqual(
      [3, 4, 5, 6].flatMap((column) => [1, 2, 3].map((row) => `${column},${row}`)).sort(),
    );
    expect(['4,2', '5,2']).toContain(`${tiles[0]?.column},${tiles[0]?.row}`);
  });

  test('a view beside the image needs nothing', () => {
    const pyramid = { width: 800, height: 600, tile: 512, base: 0 };
    expect(tilesIn(pyramid, 0, visibleRect({ scale: 1, x: 2000, y: 0 }, { width: 1000, height: 800 }, pyramid))).toEqual([]);
  });
});
