import { MAX_SIDE } from '../domain/schema.ts';
import type { Box } from '../domain/schema.ts';
import { MaskwrightError } from '../contract/errors.ts';
import { RunWriter } from './run-writer.ts';

/**
 * A binary mask as COCO run lengths: `size` is [height, width]; `counts` are lengths of alternating runs of zeros and
 * ones down the columns, left to right, the first of zeros (so 0 when the top-left pixel is inside).
 * Runs of length 0 after the first are legal in COCO; functions here accept them and never make them.
 */
export type Rle = { size: [number, number]; counts: Uint32Array };

const isSide = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= MAX_SIDE;

/** Throws 'bad-request' unless the sides are whole numbers from 1 to MAX_SIDE and the counts add up to height × width. */
export function validateRle(rle: Rle): void {
  const [h, w] = rle.size;
  if (!isSide(h) || !isSide(w)) {
    throw new MaskwrightError('bad-request', `A mask of ${w} × ${h} pixels cannot be used: both sides must be whole numbers from 1 to ${MAX_SIDE}.`);
  }
  let sum = 0;
  for (const count of rle.counts) sum += count;
  if (sum !== h * w) {
    throw new MaskwrightError('bad-request', `The run lengths of a mask add up to ${sum} pixels, but the image has ${w} × ${h} = ${h * w}. The mask is damaged or belongs to another image.`);
  }
}

/** The same mask without runs of length 0 after the first; two masks are equal exactly when these forms are. */
export function canonicalRle(rle: Rle): Rle {
  const runs = new RunWriter();
  rle.counts.forEach((count, i) => runs.add(i % 2 === 1, count));
  return { size: rle.size, counts: runs.finish() };
}

/** `bitmap` is row-major, h × w bytes, nonzero = inside. */
export function rleFromBitmap(bitmap: Uint8Array, h: number, w: number): Rle {
  if (bitmap.length !== h * w) {
    throw new MaskwrightError('bad-request', `A bitmap of ${bitmap.length} bytes is no mask of ${w} × ${h} pixels.`);
  }
  const runs = new RunWriter();
  for (let x = 0; x < w; x++) {
    let inside = bitmap[x] !== 0;
    let from = 0;
    for (let y = 1, i = x + w; y < h; y++, i += w) {
      const now = bitmap[i] !== 0;
      if (now === inside) continue;
      runs.add(inside, y - from);
      inside = now;
      from = y;
    }
    runs.add(inside, h - from);
  }
  return { size: [h, w], counts: runs.finish() };
}

/** Row-major, height × width bytes, 1 = inside. */
export function rleToBitmap(rle: Rle): Uint8Array {
  const [h, w] = rle.size;
  const bitmap = new Uint8Array(h * w);
  forEachColumnRun(rle, (x, top, bottom) => {
    for (let y = top, i = top * w + x; y < bottom; y++, i += w) bitmap[i] = 1;
  });
  return bitmap;
}

/** Visits the inside as vertical strips of one column each, rows top ≤ y < bottom, in column-major order. */
export function forEachColumnRun(rle: Rle, visit: (x: number, top: number, bottom: number) => void): void {
  const h = rle.size[0];
  let at = 0;
  for (let i = 0; i < rle.counts.length; i++) {
    const count = rle.counts[i] ?? 0;
    if (i % 2 === 1 && count > 0) {
      const end = at + count;
      let x = Math.floor(at / h);
      for (let left = x * h; left < end; left += h, x++) visit(x, Math.max(at - left, 0), Math.min(end - left, h));
    }
    at += count;
  }
}

/** Pixels inside. */
export function rleArea(rle: Rle): number {
  let area = 0;
  for (let i = 1; i < rle.counts.length; i += 2) area += rle.counts[i] ?? 0;
  return area;
}

/** The tight box of the pixels inside, as COCO's bbox; all zeros for an empty mask. */
export function rleBox(rle: Rle): Box {
  const h = rle.size[0];
  let left = Infinity, top = Infinity, right = -1, bottom = -1;
  let at = 0;
  for (let i = 0; i < rle.counts.length; i++) {
    const count = rle.counts[i] ?? 0;
    if (i % 2 === 1 && count > 0) {
      const last = at + count - 1;
      const firstColumn = Math.floor(at / h);
      const lastColumn = Math.floor(last / h);
      left = Math.min(left, firstColumn);
      right = Math.max(right, lastColumn);
      const wraps = firstColumn !== lastColumn;
      top = Math.min(top, wraps ? 0 : at - firstColumn * h);
      bottom = Math.max(bottom, wraps ? h - 1 : last - lastColumn * h);
    }
    at += count;
  }
  if (right < 0) return { x: 0, y: 0, width: 0, height: 0 };
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** Whether the pixel under image point (x, y) is inside; false outside the image. Fractions are floored. */
export function rleContains(rle: Rle, x: number, y: number): boolean {
  const [h, w] = rle.size;
  const column = Math.floor(x);
  const row = Math.floor(y);
  if (!(column >= 0 && column < w && row >= 0 && row < h)) return false;
  const wanted = column * h + row;
  let at = 0;
  for (let i = 0; i < rle.counts.length; i++) {
    at += rle.counts[i] ?? 0;
    if (wanted < at) return i % 2 === 1;
  }
  return false;
}
