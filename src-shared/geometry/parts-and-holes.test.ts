import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskToParts } from './contours.ts';
import { countPartsAndHoles } from './parts-and-holes.ts';
import { rleFromBitmap } from './rle.ts';

/** Rows of `#` and `.`. */
function drawn(...rows: string[]): ReturnType<typeof countPartsAndHoles> {
  return countPartsAndHoles(rleFromBitmap(Uint8Array.from(rows.join(''), (c) => Number(c === '#')), rows.length, rows[0]?.length ?? 0));
}

test('parts that meet at a corner are two, and the pixel between four corners is no hole of one of them', () => {
  expect(drawn('#.', '.#')).toEqual({ parts: 2, holes: 0 });
  expect(drawn('.#.', '#.#', '.#.')).toEqual({ parts: 4, holes: 0 });
  expect(drawn('###', '#.#', '###')).toEqual({ parts: 1, holes: 1 });
  expect(drawn('#####', '#.#.#', '###.#', '#####')).toEqual({ parts: 1, holes: 2 });
  expect(drawn('...')).toEqual({ parts: 0, holes: 0 });
});

test('the numbers are those of the outline, on any mask', () => {
  const bitmap = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })).chain(([h, w]) =>
    fc.array(fc.nat(1), { minLength: h * w, maxLength: h * w }).map((bits) => rleFromBitmap(Uint8Array.from(bits), h, w)));
  fc.assert(fc.property(bitmap, (rle) => {
    const outline = maskToParts(rle);
    expect(countPartsAndHoles(rle)).toEqual({ parts: outline.length, holes: outline.reduce((sum, { holes }) => sum + holes.length, 0) });
  }), { numRuns: 300 });
});
