import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unpackCounts } from '../../src-shared/geometry/packed-counts.ts';
import { rleIou } from '../../src-shared/geometry/rle-algebra.ts';
import type { Rle } from '../../src-shared/geometry/rle.ts';
import type { Look } from '../../src-main/engines/images-api.ts';
import { modelInput } from '../../src-main/engines/images-model-input.ts';
import { base, thumbnail } from '../../src-main/engines/images-pictures.ts';
import { decode } from '../../src-main/engines/images-pixels.ts';
import { probe } from '../../src-main/engines/images-probe.ts';
import { startPredictor } from '../fixtures/sam.ts';
import { tiffOf } from '../fixtures/pictures.ts';

/** What the samples of a file mean: a fourth band that is no alpha, and 16 bits of which few are used. */

let folder = '';
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwright-samples-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(content: Uint8Array): Promise<string> {
  const path = join(folder, `${files++}.img`);
  await writeFile(path, content);
  return path;
}

const SIDE = 8;
/** SIDE² pixels whose samples `sampleOf` gives. */
function samples(bits: 8 | 16, channels: number, sampleOf: (pixel: number, channel: number) => number): Buffer {
  const values = Array.from({ length: SIDE * SIDE * channels }, (_, i) => sampleOf(Math.floor(i / channels), i % channels));
  return bits === 8 ? Buffer.from(values) : Buffer.from(Uint16Array.from(values).buffer);
}
const pixelsOf = async (path: string, look: Look = 'shown'): Promise<number[][]> => {
  const { rgb } = await decode(path, look);
  return Array.from({ length: SIDE * SIDE }, (_, i) => [...rgb.subarray(i * 3, i * 3 + 3)]);
};

/** Red, green and blue that differ everywhere, and a fourth band that is low in half of the pixels. */
const band = (pixel: number, channel: number): number => [40 + pixel, 90, 200 - pixel, pixel < 32 ? 3 : 250][channel] ?? 0;
const colors = Array.from({ length: SIDE * SIDE }, (_, pixel) => [0, 1, 2].map((channel) => band(pixel, channel)));

describe('a band beyond the colors', () => {
  test.each([
    ['8 bits, unspecified', 8, {}],
    ['16 bits, unspecified', 16, {}],
    ['8 bits, where black is zero', 8, { gray: true }],
    ['16 bits, where black is zero', 16, { gray: true }],
  ] as const)('is left out: %s', async (_, bits, more) => {
    const path = await fileOf(tiffOf({ width: SIDE, height: SIDE, samples: 4, bits, pixels: samples(bits, 4, (pixel, channel) => band(pixel, channel) * (bits === 8 ? 1 : 257)), ...more }));
    expect(await probe(path, new AbortController().signal)).toMatchObject({ image: { width: SIDE, height: SIDE }, problem: null });
    expect(await pixelsOf(path)).toEqual(colors);
    expect(await pixelsOf(path, 'stored')).toEqual(colors);
    const served = await sharp((await base(path)).bytes).raw().toBuffer();
    expect([...served]).toEqual(colors.flat());
    // A corner whose fourth band is low, which as alpha would be white.
    expect((await sharp((await thumbnail(path)).bytes).raw().toBuffer())[0]).toBeLessThan(80);
  });

  test('of three samples where black is zero, all are colors', async () => {
    const path = await fileOf(tiffOf({ width: SIDE, height: SIDE, samples: 3, bits: 8, gray: true, pixels: samples(8, 3, band) }));
    expect(await pixelsOf(path)).toEqual(colors);
  });

  test('beside one of gray is left out, too', async () => {
    const path = await fileOf(tiffOf({ width: SIDE, height: SIDE, samples: 2, bits: 8, pixels: samples(8, 2, (pixel, channel) => (channel === 0 ? pixel : 3)) }));
    expect(await pixelsOf(path)).toEqual(colors.map((_, pixel) => [pixel, pixel, pixel]));
  });

  test.each([8, 16] as const)('is alpha where the file says so, and shown on white; of %i bits', async (bits) => {
    const scale = bits === 8 ? 1 : 257;
    const path = await fileOf(tiffOf({ width: SIDE, height: SIDE, samples: 4, bits, extra: 2, pixels: samples(bits, 4, (pixel, channel) => (channel === 3 ? (pixel < 32 ? 0 : 255) : band(pixel, channel)) * scale) }));
    expect(await pixelsOf(path)).toEqual(colors.map((color, pixel) => (pixel < 32 ? [255, 255, 255] : color)));
    expect(await pixelsOf(path, 'stored')).toEqual(colors);
  });
});

const wide = async (channels: 1 | 3, sampleOf: (pixel: number, channel: number) => number): Promise<string> =>
  fileOf(tiffOf({ width: SIDE, height: SIDE, samples: channels, bits: 16, pixels: samples(16, channels, sampleOf) }));
const worst = (a: number[][], b: number[][]): number => Math.max(...a.flat().map((value, i) => Math.abs(value - (b.flat()[i] ?? NaN))));

describe('16 bits', () => {
  test.each([10, 12, 14])('of which %i are used show what all 16 show', async (bits) => {
    const full = await wide(3, (pixel, channel) => band(pixel, channel) * 257);
    const dark = await wide(3, (pixel, channel) => Math.round((band(pixel, channel) / 255) * (2 ** bits - 1)));
    expect(await pixelsOf(full)).toEqual(colors);
    expect(worst(await pixelsOf(dark), colors)).toBeLessThanOrEqual(1);
    // What the model and the list of images see is the same.
    const input = await modelInput(dark, SIDE, new AbortController().signal);
    expect([...input.rgb]).toEqual((await pixelsOf(dark)).flat());
    expect(input.pixelHash).not.toBe((await modelInput(dark, SIDE, new AbortController().signal, { look: 'stored' })).pixelHash);
    const small = [...await sharp((await thumbnail(dark)).bytes).raw().toBuffer()];
    expect(Math.max(...small)).toBeGreaterThan(150);
    expect((await pixelsOf(dark, 'stored'))[0]).toEqual([0, 1, 2].map((channel) => Math.round((band(0, channel) / 255) * (2 ** bits - 1)) >> 8));
  });

  test('in a narrow band far from black, as of a thermal camera, fill the whole range', async () => {
    const shown = await pixelsOf(await wide(1, (pixel) => 21_000 + 10 * pixel));
    expect([shown[0], shown.at(-1)]).toEqual([[0, 0, 0], [255, 255, 255]]);
    expect(shown.map(([value]) => value)).toEqual(shown.map(([value]) => value).toSorted((a = 0, b = 0) => a - b));
  });

  test('of which some pixels are saturated do not turn dark for it', async () => {
    const [width, height] = [100, 100];
    const values = Uint16Array.from({ length: width * height }, (_, i) => (i === 5 ? 65_535 : 100 + (i % 3900)));
    const path = await fileOf(tiffOf({ width, height, samples: 1, bits: 16, pixels: Buffer.from(values.buffer) }));
    const { rgb } = await decode(path);
    expect([rgb[15], rgb[3 * 3000]]).toEqual([255, Math.round((3100 * 255) / 4095)]);
  });

  test('that are all the same are shown as they are', async () => {
    expect((await pixelsOf(await wide(1, () => 90 * 257)))[0]).toEqual([90, 90, 90]);
  });

  test('do not count where they are transparent', async () => {
    const path = await fileOf(tiffOf({ width: SIDE, height: SIDE, samples: 4, bits: 16, extra: 2, pixels: samples(16, 4, (pixel, channel) => (pixel < 32 ? (channel === 3 ? 0 : 65_535) : channel === 3 ? 65_535 : band(pixel, channel) * 16)) }));
    const shown = await pixelsOf(path);
    expect(shown[0]).toEqual([255, 255, 255]);
    expect(worst(shown.slice(32), colors.slice(32))).toBeLessThanOrEqual(1);
  });
});

test('a picture of 12 bits gives the masks that it gives with 16', async () => {
  const photo = join(import.meta.dirname, '../../sample/01-fruit.jpg');
  const { data, info } = await sharp(await readFile(photo)).raw().toBuffer({ resolveWithObject: true });
  const saved = (scale: number): Promise<string> => fileOf(tiffOf({ width: info.width, height: info.height, samples: 3, bits: 16, pixels: Buffer.from(Uint16Array.from(data, (byte) => byte * scale).buffer) }));
  const { predictor } = await startPredictor<{ key: string }>(({ key }, frame) => modelInput(key, frame, new AbortController().signal));
  const masks: Rle[] = [];
  for (const scale of [257, 16]) {
    const { prediction, candidates } = await predictor.predict('test', { key: await saved(scale) }, { points: [{ x: 285, y: 258, label: 1 }], box: null, previous: null, multimask: true });
    const { size, counts } = await predictor.mask(prediction, candidates[0]?.index ?? 0);
    masks.push({ size, counts: unpackCounts(counts) });
  }
  await predictor.stop();
  const [full, dark] = masks;
  expect(full === undefined || dark === undefined ? 0 : rleIou(full, dark)).toBeGreaterThanOrEqual(0.98);
});
