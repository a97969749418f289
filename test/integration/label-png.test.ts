import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodePng, encodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import type { PngKind, PngPicture } from '../../src-main/datasets/formats/codecs/png.ts';

const CHANNELS: Record<PngKind, number> = { grey: 1, indexed: 1, rgb: 3, greyAlpha: 2, rgba: 4 };
const picture = fc
  .record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }), kind: fc.constantFrom<PngKind>('grey', 'indexed', 'rgb', 'greyAlpha', 'rgba'), wide: fc.boolean(), seed: fc.integer() })
  .map(({ width, height, kind, wide, seed }): PngPicture => {
    const length = width * height * CHANNELS[kind];
    const value = (i: number): number => Math.imul(seed + i, 2654435761) >>> 16;
    const samples = wide && kind !== 'indexed' ? Uint16Array.from({ length }, (_, i) => value(i)) : Uint8Array.from({ length }, (_, i) => value(i));
    return { width, height, kind, samples, ...(kind === 'indexed' ? { palette: Uint8Array.from({ length: 768 }, (_, i) => value(i)) } : {}) };
  });

test('what is written is read back, sample by sample', () => {
  fc.assert(
    fc.property(picture, (before) => {
      const after = decodePng(encodePng(before), 'a.png');
      expect({ ...after, samples: [...after.samples], palette: after.palette && [...after.palette] }).toEqual({ ...before, samples: [...before.samples], palette: before.palette && [...before.palette] });
    }),
    { numRuns: 60 },
  );
});

test('libvips reads the same pixels from what is written', async () => {
  const samples = Uint8Array.from({ length: 30 * 20 * 3 }, (_, i) => (i * 37) % 256);
  const { data } = await sharp(encodePng({ width: 30, height: 20, kind: 'rgb', samples })).raw().toBuffer({ resolveWithObject: true });
  expect([...data]).toEqual([...samples]);
});

test.each([1, 2, 4, 8])('a palette picture of libvips with %i bits and all its filters is read by its indices', async (depth) => {
  const colours = 2 ** depth;
  const pixels = Buffer.from(Array.from({ length: 64 * 48 }, (_, i) => Array.from({ length: 3 }, (_channel, c) => (((i * 7) >> 3) % colours) * (c + 1) * 3 % 256)).flat());
  const png = await sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } }).png({ palette: true, colours, dither: 0, effort: 1 }).toBuffer();
  const { kind, samples, palette = new Uint8Array() } = decodePng(png, 'a.png');
  expect(kind).toBe('indexed');
  const { data } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect([...samples].flatMap((index) => [...palette.subarray(3 * index, 3 * index + 3)])).toEqual([...data]);
});

test.each(['rgb', 'rgba', 'grey'] as const)('a %s photograph with adaptive filters of libvips is read exactly', async (kind) => {
  const samples = Buffer.from(Array.from({ length: 50 * 40 * CHANNELS[kind] }, (_, i) => Math.round(128 + 100 * Math.sin(i / 11) + 20 * Math.cos(i * 1.7))));
  const channels = CHANNELS[kind] as 1 | 3 | 4;
  let image = sharp(samples, { raw: { width: 50, height: 40, channels } });
  if (kind === 'grey') image = image.toColourspace('b-w');
  const png = await image.png({ adaptiveFiltering: true }).toBuffer();
  expect([...decodePng(png, 'a.png').samples]).toEqual([...samples]);
});

describe('what is no whole PNG is refused by name', () => {
  const good = Buffer.from(encodePng({ width: 4, height: 4, kind: 'grey', samples: new Uint8Array(16) }));
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(good);
    copy[at] = value;
    return copy;
  };
  test.each([
    ['another file', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['an empty file', Buffer.alloc(0)],
    ['a flipped byte', changed(45, 0xff)],
    ['a cut file', good.subarray(0, good.length - 20)],
  ])('%s', (_, bytes) => {
    expect(() => decodePng(bytes, 'masks/a.png')).toThrowError(expect.objectContaining({ code: 'dataset-invalid', item: 'masks/a.png' }));
  });

  test('a small file that claims enormous sides, before they are made', () => {
    const bomb = encodePng({ width: 60_000, height: 1, kind: 'grey', samples: new Uint8Array(60_000) });
    expect(() => decodePng(bomb, 'a.png', 10_000)).toThrowError(expect.objectContaining({ code: 'dataset-invalid' }));
  });

  test('more pixels in the stream than the header says', () => {
    // Deflated rows of a larger picture under a small header.
    const small = Buffer.from(encodePng({ width: 2, height: 2, kind: 'grey', samples: new Uint8Array(4) }));
    const large = Buffer.from(encodePng({ width: 2, height: 200, kind: 'grey', samples: new Uint8Array(400) }));
    const mixed = Buffer.concat([small.subarray(0, 33), large.subarray(33)]);
    expect(() => decodePng(mixed, 'a.png')).toThrowError(expect.objectContaining({ code: 'dataset-invalid' }));
  });
});
