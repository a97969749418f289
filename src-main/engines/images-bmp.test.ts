import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBmpHeader, readBmpPixels } from './images-bmp.ts';

interface BmpParts {
  readonly width: number;
  /** Negative: the top row first. */
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  /** Bytes after the 40-byte header: masks, or more of a longer header. */
  readonly masks?: readonly number[];
  readonly headerSize?: number;
  /** [red, green, blue] entries. */
  readonly palette?: readonly (readonly [number, number, number])[];
  /** Rows as they stand in the file, padding included. */
  readonly rows: readonly (readonly number[])[];
}

function bmp({ width, height, bits, compression = 0, masks = [], headerSize = 40, palette = [], rows }: BmpParts): Buffer {
  const colours = Buffer.from(palette.flatMap(([r, g, b]) => [b, g, r, 0]));
  const header = Buffer.alloc(14 + Math.max(headerSize, 40 + masks.length * 4));
  header.write('BM');
  header.writeUInt32LE(header.length + colours.length, 10);
  header.writeUInt32LE(headerSize, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bits, 28);
  header.writeUInt32LE(compression, 30);
  header.writeUInt32LE(palette.length, 46);
  masks.forEach((mask, i) => header.writeUInt32LE(mask, 54 + i * 4));
  return Buffer.concat([header, colours, Buffer.from(rows.flat())]);
}

const read = (file: Buffer): { width: number; height: number; rgb: number[] } => {
  const header = readBmpHeader(file, '“a.bmp”', '/a.bmp');
  return { width: header.width, height: header.height, rgb: [...readBmpPixels(file, header, '“a.bmp”', '/a.bmp')] };
};

/** A 16-bit pixel as it stands in the file. */
const pixel = (value: number): number[] => [value & 0xff, value >> 8];

describe('a bitmap', () => {
  test('of 24 bits is blue, green, red, from the bottom row up, rows padded to four bytes', () => {
    const file = bmp({ width: 1, height: 2, bits: 24, rows: [[1, 2, 3, 0], [4, 5, 6, 0]] });
    expect(read(file)).toEqual({ width: 1, height: 2, rgb: [6, 5, 4, 3, 2, 1] });
  });

  test('with a negative height has its top row first', () => {
    expect(read(bmp({ width: 1, height: -2, bits: 24, rows: [[1, 2, 3, 0], [4, 5, 6, 0]] }))).toEqual({ width: 1, height: 2, rgb: [3, 2, 1, 6, 5, 4] });
  });

  const palette = [[10, 20, 30], [40, 50, 60], [70, 80, 90]] as const;
  test.each([
    [1, [0b0100_0000, 0, 0, 0]],
    [4, [0x01, 0x00, 0, 0]],
    [8, [0, 1, 0, 0]],
  ])('of %i bits takes its colours from the palette', (bits, row) => {
    expect(read(bmp({ width: 3, height: 1, bits, palette, rows: [row] })).rgb).toEqual([10, 20, 30, 40, 50, 60, 10, 20, 30]);
  });

  test('with an index outside its palette shows black there', () => {
    expect(read(bmp({ width: 2, height: 1, bits: 8, palette, rows: [[200, 2, 0, 0]] })).rgb).toEqual([0, 0, 0, 70, 80, 90]);
  });

  test('of 16 bits has five bits a channel, scaled to the full range', () => {
    expect(read(bmp({ width: 2, height: 1, bits: 16, rows: [[...pixel(0x7fff), ...pixel(0x7c00)]] })).rgb).toEqual([255, 255, 255, 255, 0, 0]);
    const masks565 = [0xf800, 0x07e0, 0x001f];
    expect(read(bmp({ width: 2, height: 1, bits: 16, compression: 3, masks: masks565, rows: [[...pixel(0x07e0), ...pixel(0x001f)]] })).rgb).toEqual([0, 255, 0, 0, 0, 255]);
  });

  test('of 32 bits without an alpha mask ignores the fourth byte', () => {
    expect(read(bmp({ width: 1, height: 1, bits: 32, rows: [[1, 2, 3, 0]] })).rgb).toEqual([3, 2, 1]);
  });

  test('with an alpha mask lets white shine through', () => {
    const masks = [0x00ff0000, 0x0000ff00, 0x000000ff, 0xff000000];
    const file = bmp({ width: 2, height: 1, bits: 32, compression: 3, masks, headerSize: 56, rows: [[0, 0, 200, 0, 10, 20, 30, 255]] });
    expect(read(file).rgb).toEqual([255, 255, 255, 30, 20, 10]);
  });

  test('comes back as it was written, whatever its size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.infiniteStream(fc.integer({ min: 0, max: 255 })), (width, height, samples) => {
        const top = Array.from({ length: height }, () => Array.from({ length: width * 3 }, () => samples.next().value as number));
        const rows = top.toReversed().map((row) => {
          const bgr = row.map((_, i) => row[i - (i % 3) + 2 - (i % 3)] ?? 0);
          return [...bgr, ...Array<number>((4 - (bgr.length % 4)) % 4).fill(0)];
        });
        expect(read(bmp({ width, height, bits: 24, rows })).rgb).toEqual(top.flat());
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    [1, 'RLE8'],
    [2, 'RLE4'],
    [4, 'JPEG'],
    [5, 'PNG'],
  ])('with compression %i is refused by name: %s', (compression, name) => {
    const file = bmp({ width: 1, height: 1, bits: 8, palette, compression, rows: [[0, 0, 0, 0]] });
    expect(() => read(file)).toThrow(expect.objectContaining({ code: 'image-format', message: expect.stringContaining(name) as string }) as Error);
  });

  test('that ends early is truncated, wherever it is cut', () => {
    const file = bmp({ width: 4, height: 4, bits: 8, palette, rows: Array.from({ length: 4 }, () => [0, 1, 2, 0]) });
    for (let length = 0; length < file.length; length++) {
      expect(() => read(file.subarray(0, length)), `cut at ${length}`).toThrow(expect.objectContaining({ code: 'image-truncated' }) as Error);
    }
    expect(read(file).width).toBe(4);
  });
});
