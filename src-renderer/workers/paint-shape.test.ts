import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Shape } from '../../src-shared/domain/schema.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape, shapeMeasures } from '../../src-shared/geometry/shape.ts';
import type { DeviceTransform } from './mask-protocol.ts';
import { bandsFor } from './mask-style.ts';
import { bandReach, newSurface, paintShape, toRows, wholeOf, type Band } from './paint-shape.ts';
import { gridFor, placeShape, prepareShape } from './place-shape.ts';
import { SpanTable } from './span-table.ts';

const RED: Band = { width: 2, red: 255, green: 0, blue: 0, alpha: 1 };
const GREEN: Band = { width: Infinity, red: 0, green: 255, blue: 0, alpha: 0.5 };

/** Paints shapes of an image of w × h pixels, lowest first; RGBA rows, alpha not premultiplied. */
function paint(shapes: readonly Shape[], h: number, w: number, transform: DeviceTransform, width: number, height: number, bands: readonly Band[], ratio = 1): Uint8Array {
  const surface = newSurface(width, height);
  const table = new SpanTable();
  for (const shape of shapes) {
    const grid = gridFor(shape.kind, transform, width, height, ratio);
    placeShape(prepareShape(shape, shapeMeasures(shape, h, w).box), grid, bandReach(bands), table);
    paintShape(surface, grid, table, bands);
  }
  const rows = new Uint32Array(width * height);
  toRows(surface, rows, wholeOf(surface));
  return new Uint8Array(rows.buffer);
}

const fill = (red: number, green: number, alpha: number): Band => ({ width: Infinity, red, green, blue: 0, alpha });
const square = (x: number): { outer: number[]; holes: number[][] } => ({ outer: [x, 0, x + 20, 0, x + 20, 20, x, 20], holes: [] });
const bitmapOf = (w: number, h: number) => fc.uint8Array({ minLength: w * h, maxLength: w * h, max: 1 });
/** Solid stretches too, not only noise. */
const bitmaps = fc.oneof(
  bitmapOf(9, 7),
  fc.tuple(fc.nat(8), fc.nat(6), fc.nat(9), fc.nat(7)).map(([x0, y0, x1, y1]) =>
    Uint8Array.from({ length: 63 }, (_, i) => (i % 9 >= x0 && i % 9 < x1 && i / 9 >= y0 && Math.floor(i / 9) < y1 ? 1 : 0)),
  ),
);

/** All pixels of 20 × 20 from a column on. */
const rightOf = (column: number): Shape => maskShape(rleFromBitmap(Uint8Array.from({ length: 400 }, (_, i) => (i % 20 >= column ? 1 : 0)), 20, 20));

describe('painting masks', () => {
  test('from one device pixel per image pixel on, every device pixel is what the image pixel under its centre says, with an outline of whole pixels inside', () => {
    fc.assert(
      fc.property(bitmaps, fc.double({ min: 1, max: 9, noNaN: true }), fc.integer({ min: -40, max: 30 }), fc.integer({ min: -40, max: 30 }), (bitmap, scale, x, y) => {
        // An instance smaller than a few device pixels is drawn as a mark instead: see below.
        fc.pre(bitmap.reduce((sum, bit) => sum + bit, 0) > 12);
        const [width, height] = [40, 32];
        const pixels = paint([maskShape(rleFromBitmap(bitmap, 7, 9))], 7, 9, { scale, x, y }, width, height, [RED, GREEN]);
        const inside = (dx: number, dy: number): boolean => {
          const column = Math.floor((dx + 0.5 - x) / scale);
          const row = Math.floor((dy + 0.5 - y) / scale);
          return column >= 0 && column < 9 && row >= 0 && row < 7 && bitmap[row * 9 + column] === 1;
        };
        for (let dy = 0; dy < height; dy++) {
          for (let dx = 0; dx < width; dx++) {
            const pixel = [...pixels.subarray((dy * width + dx) * 4, (dy * width + dx) * 4 + 4)];
            if (!inside(dx, dy)) {
              expect(pixel).toEqual([0, 0, 0, 0]);
              continue;
            }
            let deep = true;
            for (let j = -2; j <= 2; j++) for (let i = -2; i <= 2; i++) deep &&= inside(dx + i, dy + j);
            expect(pixel).toEqual(deep ? [0, 255, 0, 128] : [255, 0, 0, 255]);
          }
        }
      }),
      { numRuns: 80 },
    );
  });

  test('shapes blend over one another in their order, as alpha compositing has it', () => {
    const left: Shape = { kind: 'box', box: { x: 0, y: 0, width: 20, height: 20 } };
    const right: Shape = { kind: 'box', box: { x: 10, y: 0, width: 20, height: 20 } };
    const surface = newSurface(30, 20);
    const table = new SpanTable();
    for (const [shape, bands] of [[left, [fill(255, 0, 0.4)]], [right, [fill(0, 255, 0.6)]]] as const) {
      const grid = gridFor('box', { scale: 1, x: 0, y: 0 }, 30, 20, 1);
      placeShape(prepareShape(shape, shape.box), grid, 2, table);
      paintShape(surface, grid, table, bands);
    }
    const rows = new Uint32Array(600);
    toRows(surface, rows, wholeOf(surface));
    const at = (x: number): number[] => [...new Uint8Array(rows.buffer).subarray((10 * 30 + x) * 4, (10 * 30 + x) * 4 + 4)];
    expect(at(5)).toEqual([255, 0, 0, 102]);
    expect(at(25)).toEqual([0, 255, 0, 153]);
    // Source over: alpha 0.6 + 0.4 · 0.4 = 0.76; red 0.16 / 0.76, green 0.6 / 0.76.
    const [red = 0, green = 0, blue, alpha = 0] = at(15);
    expect(Math.abs(alpha - 0.76 * 255)).toBeLessThanOrEqual(2);
    expect(Math.abs(red - (0.16 / 0.76) * 255)).toBeLessThanOrEqual(3);
    expect(Math.abs(green - (0.6 / 0.76) * 255)).toBeLessThanOrEqual(3);
    expect(blue).toBe(0);
  });

  test('many layers of any colours never overflow a channel into its neighbour', () => {
    const colour = fc.nat(255);
    const band = fc.record({ width: fc.constant(Infinity), red: colour, green: fc.constant(0), blue: colour, alpha: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(band, { minLength: 1, maxLength: 12 }), (layers) => {
        const surface = newSurface(4, 4);
        const table = new SpanTable();
        const grid = gridFor('box', { scale: 1, x: 0, y: 0 }, 4, 4, 1);
        const shape: Shape = { kind: 'box', box: { x: 0, y: 0, width: 4, height: 4 } };
        let alpha = 0;
        for (const layer of layers) {
          placeShape(prepareShape(shape, shape.box), grid, 2, table);
          paintShape(surface, grid, table, [layer]);
          alpha = layer.alpha + alpha * (1 - layer.alpha);
        }
        const pixel = surface.columns[5] ?? 0;
        expect((pixel >>> 8) & 255).toBe(0);
        expect(Math.abs((pixel >>> 24) - alpha * 255)).toBeLessThanOrEqual(layers.length + 1);
        expect(pixel & 255).toBeLessThanOrEqual(pixel >>> 24);
      }),
    );
  });

  test('zoomed out, the opacity laid down adds up to the area', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 180 }), fc.integer({ min: 60, max: 140 }), fc.double({ min: 0.08, max: 0.9, noNaN: true }), (rx, ry, scale) => {
        const [w, h] = [400, 300];
        const ellipse = Uint8Array.from({ length: w * h }, (_, i) => (Math.hypot(((i % w) - 199.5) / rx, (Math.floor(i / w) - 149.5) / ry) < 1 ? 1 : 0));
        const shape = maskShape(rleFromBitmap(ellipse, h, w));
        const pixels = paint([shape], h, w, { scale, x: 3, y: 5 }, 380, 300, [{ ...GREEN, alpha: 1 }]);
        let sum = 0;
        for (let i = 3; i < pixels.length; i += 4) sum += (pixels[i] ?? 0) / 255;
        const area = shapeMeasures(shape, h, w).area * scale * scale;
        expect(Math.abs(sum - area)).toBeLessThan(area * 0.02 + 6);
      }),
      { numRuns: 15 },
    );
  });

  test('zoomed out, the outline keeps its width on the screen, inside the shape', () => {
    const [w, h] = [400, 300];
    const square = Uint8Array.from({ length: w * h }, (_, i) => (i % w >= 50 && i % w < 250 && i >= 40 * w && i < 240 * w ? 1 : 0));
    const pixels = paint([maskShape(rleFromBitmap(square, h, w))], h, w, { scale: 0.5, x: 0, y: 0 }, 200, 150, [{ ...RED, width: 3 }, GREEN]);
    // On the screen 100 pixels wide from (25, 20): a row across its middle, and a column.
    const kind = (x: number, y: number): string => ((pixels[(y * 200 + x) * 4 + 3] ?? 0) === 0 ? '.' : (pixels[(y * 200 + x) * 4] ?? 0) > 127 ? 'r' : 'g');
    const across = Array.from({ length: 104 }, (_, i) => kind(23 + i, 70)).join('');
    const down = Array.from({ length: 104 }, (_, i) => kind(75, 18 + i)).join('');
    expect(across).toBe(`..rrr${'g'.repeat(94)}rrr..`);
    expect(down).toBe(across);
  });

  test.each([['at 40 %', 0.4, 1], ['at 80 %', 0.8, 1], ['at 60 % on a dense screen', 1.2, 2]])('zoomed out, a slanted edge is a slope, not a staircase: %s', (_, scale, ratio) => {
    // Rises by one row in four: each image pixel column is a step of a quarter of a pixel on average.
    const [w, h] = [200, 120];
    const slanted = Uint8Array.from({ length: w * h }, (_, i) => (Math.floor(i / w) + 0.5 > 90 - ((i % w) + 0.5) / 4 ? 1 : 0));
    const [width, height] = [Math.floor(w * scale), Math.floor(h * scale)];
    const pixels = paint([maskShape(rleFromBitmap(slanted, h, w))], h, w, { scale, x: 0, y: 0 }, width, height, [{ ...GREEN, alpha: 1 }], ratio);
    // Where the edge crosses each column: what is covered from there to the bottom.
    for (let x = 10; x < width - 10; x++) {
      let covered = 0;
      for (let y = 0; y < height; y++) covered += (pixels[(y * width + x) * 4 + 3] ?? 0) / 255;
      expect(Math.abs(height - covered - (90 * scale - (x + 0.5) / 4))).toBeLessThan(0.55 * scale);
    }
    const soft = Array.from({ length: width * height }, (_, i) => pixels[i * 4 + 3] ?? 0).filter((alpha) => alpha > 20 && alpha < 235).length;
    expect(soft).toBeGreaterThan(width / 2);
  });

  test('an object too small to see is marked where it lies', () => {
    const dot = Uint8Array.from({ length: 10_000 }, (_, i) => (i === 50 * 100 + 70 ? 1 : 0));
    const pixels = paint([maskShape(rleFromBitmap(dot, 100, 100))], 100, 100, { scale: 0.1, x: 4, y: 8 }, 20, 20, [RED, GREEN]);
    const seen = [];
    for (let i = 0; i < 400; i++) if ((pixels[i * 4 + 3] ?? 0) > 0) seen.push([i % 20, Math.floor(i / 20)]);
    expect(seen).toHaveLength(9);
    expect(seen[4]).toEqual([11, 13]);
  });

  test('a polygon keeps its holes and parts, with soft edges', () => {
    const shape: Shape = {
      kind: 'polygon',
      parts: [
        { outer: [2, 2, 22, 2, 22, 22, 2, 22], holes: [[8, 8, 16, 8, 16, 16, 8, 16]] },
        { outer: [26, 4, 36.5, 4, 36.5, 14, 26, 14], holes: [] },
      ],
    };
    const pixels = paint([shape], 40, 40, { scale: 1, x: 0, y: 0 }, 40, 40, [{ ...GREEN, alpha: 1 }]);
    const alpha = (x: number, y: number): number => pixels[(y * 40 + x) * 4 + 3] ?? -1;
    expect([alpha(4, 4), alpha(12, 12), alpha(24, 10), alpha(30, 10), alpha(38, 10)]).toEqual([255, 0, 0, 255, 0]);
    expect(alpha(36, 10)).toBe(128);
  });

  test('overlapping parts are one, without double opacity', () => {
    const pixels = paint([{ kind: 'polygon', parts: [square(0), square(10)] }], 20, 40, { scale: 1, x: 0, y: 0 }, 40, 20, [GREEN]);
    expect([5, 15, 25].map((x) => pixels[(10 * 40 + x) * 4 + 3])).toEqual([128, 128, 128]);
  });

  test('what goes on beyond the view has no outline along the view’s edge', () => {
    const all = new Uint8Array(10_000).fill(1);
    const pixels = paint([maskShape(rleFromBitmap(all, 100, 100))], 100, 100, { scale: 1, x: -30, y: -30 }, 20, 20, [RED, GREEN]);
    for (let i = 0; i < 400; i++) expect(pixels[i * 4 + 1]).toBe(255);
  });

  test('selection is told from rest by a white edge, not by colour alone', () => {
    const [edge] = bandsFor('selected', 'mask', '#ff0000', 1, true);
    expect(edge).toMatchObject({ red: 255, green: 255, blue: 255, alpha: 1 });
    expect(bandsFor('rest', 'mask', '#ff8000', 2, true)[0]).toMatchObject({ red: 255, green: 128, blue: 0, width: 4 });
  });

  test('what replaces hides what was painted before it, and blends with it only along soft edges', () => {
    const grid = gridFor('mask', { scale: 1, x: 0, y: 0 }, 20, 20, 1);
    const surface = newSurface(20, 20);
    const table = new SpanTable();
    for (const [shape, band] of [[rightOf(0), fill(255, 0, 0.5)], [rightOf(10), fill(0, 255, 0.35)]] as const) {
      placeShape(prepareShape(shape, shapeMeasures(shape, 20, 20).box), grid, bandReach([band]), table);
      paintShape(surface, grid, table, [band], true);
    }
    const rows = new Uint32Array(400);
    toRows(surface, rows, wholeOf(surface));
    const pixels = new Uint8Array(rows.buffer);
    const at = (x: number): number[] => [...pixels.subarray((200 + x) * 4, (200 + x) * 4 + 4)];
    expect(at(5)).toEqual([255, 0, 0, 128]);
    expect(at(15)).toEqual([0, 255, 0, 89]);
  });
});
