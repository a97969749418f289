import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rleFromBitmap } from '../../../../src-shared/geometry/rle.ts';
import { decodeBrush, encodeBrush } from './brush-rle.ts';

/** The bytes of a text of bits, written out by hand from the format's description. */
const bytes = (...groups: string[]): Uint8Array => {
  const bits = groups.join('').replaceAll(' ', '');
  return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) => Number.parseInt(bits.slice(8 * i, 8 * i + 8).padEnd(8, '0'), 2));
};
const HEAD = '00111 0010 0011 0111 1111';
const count = (n: number): string => n.toString(2).padStart(32, '0');

describe('the format as it is described', () => {
  test('a mask of three pixels: out, in, in', () => {
    const written = bytes(count(12), HEAD, '1 00 011 00000000', '1 00 111 11111111');
    expect(Uint8Array.from(encodeBrush(rleFromBitmap(Uint8Array.of(0, 1, 1), 1, 3)))).toEqual(written);
    expect(decodeBrush(written, 1, 3)).toEqual(rleFromBitmap(Uint8Array.of(0, 1, 1), 1, 3));
  });

  test('opacity alone decides, also where it is weak, in bytes as they are, and where runs end inside of a pixel', () => {
    // R G B of the first pixel and its opacity 1, then eleven bytes of 0 but for the second pixel's red, then opacity 200 of the third.
    const literal = bytes(count(12), HEAD, '0 00 100', ['11111111', '00000000', '00000000', '00000001', '11111111'].join(''), '1 00 101 00000000', '1 00 000 11001000');
    expect(decodeBrush(literal, 1, 3)).toEqual(rleFromBitmap(Uint8Array.of(1, 0, 1), 1, 3));
  });

  test('other sizes of words and run lengths', () => {
    const wide = bytes(count(8), '01111 0000 0001 0010 1111', '1 10 111 0000000100000000');
    expect(decodeBrush(wide, 2, 1)).toEqual(rleFromBitmap(Uint8Array.of(1, 1), 2, 1));
  });
});

test('what is written is read back', () => {
  const mask = fc.record({ h: fc.integer({ min: 1, max: 20 }), w: fc.integer({ min: 1, max: 20 }) }).chain(({ h, w }) => fc.array(fc.nat(1), { minLength: h * w, maxLength: h * w }).map((bits) => rleFromBitmap(Uint8Array.from(bits), h, w)));
  fc.assert(fc.property(mask, (rle) => {
    expect(decodeBrush(Uint8Array.from(encodeBrush(rle)), ...rle.size)).toEqual(rle);
  }));
  const long = { size: [300, 1000] as [number, number], counts: Uint32Array.of(100_001, 150_000, 49_999) };
  expect(decodeBrush(Uint8Array.from(encodeBrush(long)), 300, 1000)).toEqual(long);
});

test('a picture whose bytes 32 bits cannot count is refused', () => {
  expect(() => encodeBrush({ size: [32_768, 32_768], counts: Uint32Array.of(2 ** 30) })).toThrow(expect.objectContaining({ code: 'too-large' }) as Error);
});

test('bytes that are cut, of another picture, or of any sort are refused, without a picture being made of them', () => {
  const whole = encodeBrush(rleFromBitmap(Uint8Array.of(0, 1, 1, 0), 2, 2));
  const refused = expect.objectContaining({ code: 'dataset-invalid' }) as Error;
  expect(() => decodeBrush(Uint8Array.from(whole.slice(0, -2)), 2, 2)).toThrow(refused);
  expect(() => decodeBrush(Uint8Array.from(whole), 2, 3)).toThrow(refused);
  expect(() => decodeBrush(bytes(count(4), HEAD, '1 11 1111111111111111 11111111'), 1, 1)).toThrow(refused);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 40 }), (rest, side) => {
      try {
        expect(decodeBrush(Uint8Array.of(0, 0, (4 * side * side) >> 8, (4 * side * side) & 255, ...rest), side, side).size).toEqual([side, side]);
      } catch (error) {
        expect(error).toMatchObject({ code: 'dataset-invalid' });
      }
    }),
  );
});
