import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { gapsBetween } from './gaps.ts';
import type { PlacedMask } from './gaps.ts';
import { rleArea, rleBox, rleFromBitmap } from './rle.ts';
import type { Rle } from './rle.ts';
import { cropRle } from './rle-window.ts';

/** Which masks have each pixel, as bits: up to four masks. */
interface Picture {
  readonly h: number;
  readonly w: number;
  readonly bits: readonly number[];
}
const pictures = fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 })).chain(([h, w]) =>
  fc.array(fc.constantFrom(0, 0, 0, 1, 2, 4, 8, 3), { minLength: h * w, maxLength: h * w }).map((bits): Picture => ({ h, w, bits })));

const MASKS = 4;
/** Each cut to its own box, as one that has no pixel cannot be. */
function placed(mask: Rle): PlacedMask {
  const [height, width] = mask.size;
  const box = rleArea(mask) === 0 ? { x: 0, y: 0, width, height } : rleBox(mask);
  return { mask: cropRle(mask, box), box };
}
const masksOf = ({ h, w, bits }: Picture): PlacedMask[] => Array.from({ length: MASKS }, (_, m) => placed(rleFromBitmap(Uint8Array.from(bits, (b) => (b >> m) & 1), h, w)));
/** The last mask that has the pixel, -1 for none. */
const owner = (bits: number): number => (bits === 0 ? -1 : 31 - Math.clz32(bits));

/** By walking from each pixel in four directions. */
function gapPixels({ h, w, bits }: Picture, width: number): Set<number> {
  const walk = (x: number, y: number, dx: number, dy: number): { steps: number; owner: number | null } => {
    for (let steps = 1; ; steps++) {
      const [nx, ny] = [x + dx * steps, y + dy * steps];
      if (nx < 0 || ny < 0 || nx >= w || ny >= h) return { steps, owner: null };
      const found = owner(bits[ny * w + nx] ?? 0);
      if (found >= 0) return { steps, owner: found };
    }
  };
  const found = new Set<number>();
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      if (bits[y * w + x] !== 0) continue;
      for (const [dx, dy] of [[1, 0], [0, 1]] as const) {
        const [after, before] = [walk(x, y, dx, dy), walk(x, y, -dx, -dy)];
        if (after.owner !== null && before.owner !== null && after.owner !== before.owner && after.steps + before.steps - 1 <= width) found.add(y * w + x);
      }
    }
  }
  return found;
}

test('gaps are the pixels that looking from each pixel in four directions finds', () => {
  fc.assert(fc.property(pictures, fc.integer({ min: 1, max: 5 }), (picture, width) => {
    const gaps = gapsBetween(masksOf(picture), [picture.h, picture.w], width);
    const pixels = gapPixels(picture, width);
    expect(gaps.reduce((sum, { area }) => sum + area, 0)).toBe(pixels.size);
    for (const { area, box, between: [a, b] } of gaps) {
      expect(a).toBeLessThan(b);
      const inBox = [...pixels].filter((at) => at % picture.w >= box.x && at % picture.w < box.x + box.width && Math.floor(at / picture.w) >= box.y && Math.floor(at / picture.w) < box.y + box.height);
      expect(inBox.length).toBeGreaterThanOrEqual(area);
    }
  }), { numRuns: 500 });
});

/** Letters are masks, in the order of the alphabet. */
function gaps(width: number, ...rows: string[]): ReturnType<typeof gapsBetween> {
  const pixels = [...rows.join('')];
  const w = rows[0]?.length ?? 0;
  const masks = [...new Set(pixels)].filter((letter) => letter !== '.').sort().map((letter) => placed(rleFromBitmap(Uint8Array.from(pixels, (p) => Number(p === letter)), rows.length, w)));
  return gapsBetween(masks, [rows.length, w], width);
}

test('a crack between two neighbours is one gap, with its place and both sides', () => {
  expect(gaps(2, 'aaa.bbb', 'aaa.bbb', 'aaa..bb', '.......')).toEqual([{ area: 4, box: { x: 3, y: 0, width: 2, height: 3 }, between: [0, 1] }]);
});

test('the space inside one mask, or to the edge, or wider than asked, is no gap', () => {
  expect(gaps(2, 'aaaa.', 'a..a.', 'aaaa.', '.....', '.....', '.....', 'bbbbb')).toEqual([]);
});

test('the two sides are those of the gap, among several masks', () => {
  expect(gaps(1, 'aa.bb', 'aa.bb', '.....', 'ccccc').map(({ between }) => between)).toEqual([[0, 1]]);
});
