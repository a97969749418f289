import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogitsFrame } from '../../src-shared/contract/types.ts';
import { rasterizeParts } from '../../src-shared/geometry/rasterize.ts';
import { rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { inputSize } from '../../src-shared/sam/preprocess.ts';
import { createUpscaler } from '../../src-shared/sam/upscale.ts';
import { pixelContours, smoothContours, wholePixels } from './draft-contours.ts';
import { sampleSigns } from './draft-samples.ts';

const LOW = 16;

function frameOf(width: number, height: number): LogitsFrame {
  return { lowRes: LOW, frame: LOW * 4, imageWidth: width, imageHeight: height, ...inputSize(width, height, LOW * 4) };
}

/** Blobs in noise: large even stretches, holes and specks. */
const logits = fc
  .record({ x: fc.double({ min: 0, max: LOW, noNaN: true }), y: fc.double({ min: 0, max: LOW, noNaN: true }), r: fc.double({ min: 1, max: 12, noNaN: true }), noise: fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })), amount: fc.constantFrom(0, 1, 6) })
  .map(({ x, y, r, noise, amount }) => {
    const values = new Float32Array(LOW * LOW);
    for (let i = 0; i < values.length; i++) values[i] = 4 * (r - Math.hypot((i % LOW) - x, Math.floor(i / LOW) - y)) + amount * (noise.next().value as number);
    return values;
  });
const imageSide = fc.integer({ min: 20, max: 160 });

/** Even-odd over all rings at pixel centres of a window, row-major. */
function fill(rings: number[][], width: number, height: number): Uint8Array {
  if (rings.length === 0) return new Uint8Array(width * height);
  const [outer, ...holes] = rings as [number[], ...number[][]];
  return rleToBitmap(rasterizeParts([{ outer, holes }], height, width));
}

describe('draft contours', () => {
  test('at pixel scale the outline encloses exactly the pixels that accepting will give', () => {
    fc.assert(
      fc.property(logits, imageSide, imageSide, (logits, width, height) => {
        const upscaler = createUpscaler(frameOf(width, height));
        const rings = pixelContours(upscaler, logits, { left: 0, top: 0, right: width, bottom: height });
        expect(fill(rings, width, height)).toEqual(rleToBitmap(upscaler.logitsToRle(logits)));
      }),
      { numRuns: 40 },
    );
  });

  test('a window shows its part of the same outline', () => {
    const upscaler = createUpscaler(frameOf(120, 90));
    const values = Float32Array.from({ length: LOW * LOW }, (_, i) => 5 - Math.hypot((i % LOW) - 7, Math.floor(i / LOW) - 5));
    const whole = rleToBitmap(upscaler.logitsToRle(values));
    const rings = pixelContours(upscaler, values, { left: 31, top: 17, right: 80, bottom: 60 });
    const part = fill(rings, 120, 90);
    const expected = whole.map((inside, i) => {
      const [x, y] = [i % 120, Math.floor(i / 120)];
      return x >= 31 && x < 80 && y >= 17 && y < 60 ? inside : 0;
    });
    expect(part).toEqual(expected);
  });

  test('leaving out even stretches changes no sign', () => {
    fc.assert(
      fc.property(logits, imageSide, imageSide, fc.double({ min: 0.3, max: 3, noNaN: true }), (logits, width, height, step) => {
        const upscaler = createUpscaler(frameOf(width, height));
        const columns = Math.ceil(width / step);
        const rows = Math.ceil(height / step);
        const all = new Float32Array(columns * rows);
        upscaler.sample(logits, 0, 0, step, step, columns, rows, all);
        const quick = sampleSigns(upscaler, logits, { x: 0, y: 0, stepX: step, stepY: step, columns, rows });
        expect(all.findIndex((value, i) => value > 0 !== (quick[i] as number) > 0)).toBe(-1);
      }),
      { numRuns: 40 },
    );
  });

  test('the smooth outline is the exact one to within a pixel', () => {
    fc.assert(
      fc.property(logits, imageSide, imageSide, (logits, width, height) => {
        const upscaler = createUpscaler(frameOf(width, height));
        const exact = rleToBitmap(upscaler.logitsToRle(logits));
        const values = new Float32Array(width * height);
        upscaler.sample(logits, 0, 0, 1, 1, width, height, values);
        const smooth = fill(smoothContours(upscaler, logits, { left: 0, top: 0, right: width, bottom: height }, 1), width, height);
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const i = y * width + x;
            // So near to 0 that rounding decides, and the mask rounds in another order.
            if (smooth[i] === exact[i] || Math.abs(values[i] ?? 0) < 1e-6) continue;
            const neighbours = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => exact[Math.min(height - 1, Math.max(0, y + dy)) * width + Math.min(width - 1, Math.max(0, x + dx))]));
            expect(new Set(neighbours).size).toBe(2);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('nothing inside, nothing drawn; everything inside, the edge of the window', () => {
    const upscaler = createUpscaler(frameOf(64, 64));
    const rect = { left: 0, top: 0, right: 64, bottom: 64 };
    expect(smoothContours(upscaler, new Float32Array(LOW * LOW).fill(-3), rect, 2)).toEqual([]);
    expect(pixelContours(upscaler, new Float32Array(LOW * LOW).fill(0), rect)).toEqual([]);
    expect(pixelContours(upscaler, new Float32Array(LOW * LOW).fill(3), rect).map((ring) => ring.length)).toEqual([8]);
  });

  test('only the part of the view that can hold the mask is looked at', () => {
    const view = { left: 10.4, top: 5, right: 90, bottom: 70 };
    expect(wholePixels(view, null)).toBeNull();
    expect(wholePixels(view, { x: 95, y: 0, width: 10, height: 10 })).toBeNull();
    expect(wholePixels(view, { x: 0, y: 20, width: 30, height: 200 })).toEqual({ left: 10, top: 20, right: 30, bottom: 70 });
  });
});
