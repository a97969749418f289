import { describe, expect, test } from 'vitest';
import { resampleColumns, resampleRows, resampleWeights } from './resample.ts';

function resize(source: Uint8Array, width: number, height: number, outWidth: number, outHeight: number): Uint8Array {
  const narrow = new Uint8Array(outWidth * height * 3);
  resampleColumns(source, resampleWeights(width, outWidth), narrow, 0, height);
  const out = new Uint8Array(outWidth * outHeight * 3);
  resampleRows(narrow, outWidth * 3, resampleWeights(height, outHeight), out, 0, outHeight);
  return out;
}

/** Bytes of a linear congruential generator, the same ones that Pillow 12.3 was given for the values below. */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
}

describe('bilinear resizing', () => {
  test('reduces to the bytes that Pillow gives: Image.resize((3, 2), BILINEAR) of 7 × 5', () => {
    expect([...resize(noise(7 * 5 * 3), 7, 5, 3, 2)]).toEqual([134, 132, 103, 140, 134, 165, 126, 170, 145, 140, 132, 101, 121, 145, 110, 116, 141, 96]);
  });

  test('enlarges to the bytes that Pillow gives: Image.resize((8, 6), BILINEAR) of 5 × 4', () => {
    expect([...resize(noise(5 * 4 * 3), 5, 4, 8, 6)]).toEqual([
      65, 150, 39, 122, 193, 87, 197, 243, 152, 210, 185, 178, 154, 110, 147, 28, 19, 58, 26, 103, 92, 35, 175, 125, 131, 188, 125, 166, 210, 154, 209, 231, 187, 191, 156, 139,
      135, 101, 98, 39, 67, 61, 73, 99, 125, 107, 126, 177, 205, 228, 215, 204, 227, 220, 198, 219, 217, 153, 137, 111, 107, 106, 61, 59, 126, 64, 119, 94, 138, 170, 67, 194,
      238, 237, 233, 182, 232, 222, 107, 221, 203, 80, 178, 157, 75, 162, 111, 93, 170, 65, 117, 89, 60, 134, 26, 61, 185, 231, 209, 173, 200, 189, 153, 158, 164, 111, 124, 180,
      104, 114, 160, 130, 127, 102, 163, 72, 88, 188, 28, 81, 122, 222, 180, 168, 167, 155, 221, 93, 128, 161, 58, 192, 140, 51, 196, 157, 73, 139, 210, 55, 134, 250, 40, 135,
    ]);
  });

  test.each([1, 2, 3, 7, 64])('white stays white at any size: %i', (side) => {
    expect(resize(new Uint8Array(5 * 9 * 3).fill(255), 5, 9, side, side).every((byte) => byte === 255)).toBe(true);
  });
});
