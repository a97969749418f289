import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogitsFrame } from '../contract/types.ts';
import { rleContains, rleToBitmap, validateRle } from '../geometry/rle.ts';
import { inputSize, toFrame } from './preprocess.ts';
import { createUpscaler, logitsBox } from './upscale.ts';

const frameOf = (imageWidth: number, imageHeight: number, frame: number, lowRes: number): LogitsFrame => ({
  lowRes, frame, imageWidth, imageHeight, ...inputSize(imageWidth, imageHeight, frame),
});

/** torch.nn.functional.interpolate(mode='bilinear', align_corners=False), one output at a time. */
function bilinear(source: Float64Array, sw: number, sh: number, stride: number, w: number, h: number): Float64Array {
  const out = new Float64Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const sx = Math.max(0, (x + 0.5) * (sw / w) - 0.5);
      const sy = Math.max(0, (y + 0.5) * (sh / h) - 0.5);
      const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
      const [x1, y1] = [Math.min(x0 + 1, sw - 1), Math.min(y0 + 1, sh - 1)];
      const at = (px: number, py: number): number => source[py * stride + px] ?? NaN;
      const upper = at(x0, y0) * (1 - (sx - x0)) + at(x1, y0) * (sx - x0);
      const lower = at(x0, y1) * (1 - (sx - x0)) + at(x1, y1) * (sx - x0);
      out[y * w + x] = upper * (1 - (sy - y0)) + lower * (sy - y0);
    }
  }
  return out;
}

/** SAM's postprocess_masks as published: to the frame, crop, to the image. */
function reference(logits: Float32Array, f: LogitsFrame): Float64Array {
  const whole = bilinear(Float64Array.from(logits), f.lowRes, f.lowRes, f.lowRes, f.frame, f.frame);
  return bilinear(whole, f.inputWidth, f.inputHeight, f.frame, f.imageWidth, f.imageHeight);
}

const randomLogits = (lowRes: number, seed: number, shift = 0): Float32Array => {
  let state = seed >>> 0 || 1;
  return Float32Array.from({ length: lowRes ** 2 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32 - 0.5) * 8 + shift;
  });
};

const frames: [string, LogitsFrame][] = [
  ['landscape', frameOf(211, 120, 64, 16)],
  ['portrait', frameOf(90, 157, 64, 16)],
  ['square as large as the frame', frameOf(64, 64, 64, 16)],
  ['smaller than the frame', frameOf(23, 31, 64, 16)],
  ['one row', frameOf(300, 1, 64, 16)],
  ['one pixel', frameOf(1, 1, 64, 16)],
  ['frame twice the logits', frameOf(101, 67, 32, 16)],
  ['frame as large as the logits', frameOf(50, 33, 16, 16)],
  ['frame no multiple of the logits', frameOf(75, 44, 37, 16)],
];

describe('upscaled logits', () => {
  test.each(frames)('equal the two published steps, %s', (_name, frame) => {
    const logits = randomLogits(frame.lowRes, 7);
    const expected = reference(logits, frame);
    const { imageWidth: w, imageHeight: h } = frame;
    const upscaler = createUpscaler(frame);

    const out = new Float32Array(w * h);
    upscaler.sample(logits, 0, 0, 1, 1, w, h, out);
    const error = out.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (expected[i] ?? NaN))), 0);
    expect(error).toBeLessThan(1e-6);

    const rle = upscaler.logitsToRle(logits);
    validateRle(rle);
    const bitmap = rleToBitmap(rle);
    const wrong = bitmap.findIndex((inside, i) => Math.abs(expected[i] ?? NaN) > 1e-9 && (inside === 1) !== (expected[i] ?? NaN) > 0);
    expect(wrong).toBe(-1);
  });

  test('stay inside the box that is given for them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }), fc.constantFrom(16, 32, 37, 64), fc.nat(), fc.nat(255), (w, h, side, seed, spot) => {
        const frame = frameOf(w, h, side, 16);
        const logits = randomLogits(16, seed, -4.1);
        logits[spot] = 40;
        const box = logitsBox(logits, frame);
        const rle = createUpscaler(frame).logitsToRle(logits);
        for (let y = 0; y < h; y++) {
          for (let x = 0; x < w; x++) {
            if (!rleContains(rle, x, y)) continue;
            expect(box && x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('box a small spot closely', () => {
    const frame = frameOf(1600, 800, 64, 16);
    const logits = new Float32Array(256).fill(-1);
    logits[3 * 16 + 5] = 9;
    // One cell is 100 image pixels: cell 5 has its centre at x = 550, cell 3 at y = 350.
    expect(logitsBox(logits, frame)).toEqual({ x: 424, y: 224, width: 252, height: 252 });
  });

  test('exactly 0 is outside', () => {
    const frame = frameOf(40, 30, 64, 16);
    expect([...createUpscaler(frame).logitsToRle(new Float32Array(256)).counts]).toEqual([1200]);
    expect(logitsBox(new Float32Array(256), frame)).toBeNull();
    expect([...createUpscaler(frame).logitsToRle(new Float32Array(256).fill(1)).counts]).toEqual([0, 1200]);
  });

  test('above 0 only in the padding leave the image empty', () => {
    const frame = frameOf(100, 20, 64, 16);
    const logits = new Float32Array(256).fill(-1).fill(5, 16 * 10);
    expect([...createUpscaler(frame).logitsToRle(logits).counts]).toEqual([2000]);
    expect(logitsBox(logits, frame)).toBeNull();
  });

  test('sample the pixel under each position', () => {
    const frame = frameOf(211, 120, 64, 16);
    const logits = randomLogits(16, 3);
    const upscaler = createUpscaler(frame);
    const whole = new Float32Array(211 * 120);
    upscaler.sample(logits, 0, 0, 1, 1, 211, 120, whole);
    const at = (x: number, y: number): number => whole[y * 211 + x] ?? NaN;

    const zoomedIn = new Float32Array(8 * 4);
    upscaler.sample(logits, 10.25, 7, 0.25, 0.5, 8, 4, zoomedIn);
    expect([...zoomedIn.subarray(0, 8)]).toEqual([10, 10, 10, 11, 11, 11, 11, 12].map((x) => at(x, 7)));
    expect([...zoomedIn.subarray(24, 32)]).toEqual([10, 10, 10, 11, 11, 11, 11, 12].map((x) => at(x, 8)));

    const zoomedOut = new Float32Array(2);
    upscaler.sample(logits, -30, -30, 200, 100, 2, 1, zoomedOut);
    expect([...zoomedOut]).toEqual([at(70, 20), at(210, 20)]);
  });

  test.each([
    ['an input larger than its frame', { ...frameOf(10, 10, 64, 16), inputWidth: 65 }],
    ['a frame smaller than the logits', { ...frameOf(10, 10, 64, 16), frame: 15, inputWidth: 15, inputHeight: 15 }],
    ['no image', { ...frameOf(10, 10, 64, 16), imageHeight: 0 }],
  ])('are refused for %s', (_name, frame) => {
    expect(() => createUpscaler(frame)).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });

  test('are refused for a wrong number of logits', () => {
    expect(() => createUpscaler(frameOf(10, 10, 64, 16)).logitsToRle(new Float32Array(255))).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });
});

describe('preprocessing arithmetic', () => {
  test.each([
    [[640, 480, 1024], [1024, 768]],
    [[480, 640, 1024], [768, 1024]],
    [[1500, 1001, 1024], [1024, 683]],
    [[333, 333, 512], [512, 512]],
    [[65_535, 1, 512], [512, 1]],
  ] as const)('%j is resized to %j', ([w, h, frame], [inputWidth, inputHeight]) => {
    expect(inputSize(w, h, frame)).toEqual({ inputWidth, inputHeight });
  });

  test('points scale per axis and are not rounded', () => {
    const frame = frameOf(1500, 1001, 1024, 256);
    expect(toFrame({ x: 750, y: 1001 }, frame)).toEqual({ x: 512, y: 683 });
    expect(toFrame({ x: 1, y: 0 }, frame).x).toBeCloseTo(1024 / 1500, 12);
  });
});
