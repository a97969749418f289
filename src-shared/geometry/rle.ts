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
  for (let i = 0; i < rle.counts.length; i++) sum += rle.counts[i] ?? 0;
  if (sum !== h * w) {
    throw new MaskwrightError('bad-request', `The run lengths of a mask add up to ${sum} pixels, but the image has ${w} × ${h} = ${h * w}. The mask is damaged or belongs to another image.`);
  }
}

/** The same mask without runs of length 0 after the first; two masks are equal exactly when these forms are. */
export function canonicalRle(rle: Rle): Rle {
  // Nearly all are so already.
  if (rle.counts.indexOf(0, 1) === -1) return rle;
  const runs = new RunWriter();
  rle.counts.forEach((count, i) => runs.add(i % 2 === 1, count));
  return { size: rle.size, counts: runs.finish() };
}

/** `bitmap` is row-major, h × w bytes, nonzero = inside. */
export function rleFromBitmap(bitmap: Uint8Array, h: number, w: number): Rle {
  if (bitmap.length !== h * w) {
    throw new MaskwrightError('bad-request', `A bitmap of ${bitmap.length} bytes is no mask of ${w} × ${h} pixels.`);
  }
  const { rows, ends } = turnsByColumn(bitmap, h, w);
  // At most one change at each turn and one where a column begins.
  const counts = new Uint32Array(rows.length + w + 1);
  let n = 0;
  let since = 0;
  let inside = false;
  for (let x = 0, k = 0; x < w; x++) {
    const start = x * h;
    if ((bitmap[x] !== 0) !== inside) {
      counts[n++] = start - since;
      since = start;
      inside = !inside;
    }
    const end = ends[x] ?? 0;
    if ((end - k) % 2 === 1) inside = !inside;
    for (; k < end; k++) {
      const at = start + (rows[k] ?? 0);
      counts[n++] = at - since;
      since = at;
    }
  }
  counts[n++] = h * w - since;
  return { size: [h, w], counts: counts.slice(0, n) };
}

/**
 * The rows at which each column changes between outside and inside, ascending, one column after the other; `ends` says
 * where each column's end. Rows are compared with the row above four pixels at a time, as memory has them: reading down
 * the columns of a large bitmap would fetch a cache line for each pixel.
 */
function turnsByColumn(bitmap: Uint8Array, h: number, w: number): { rows: Uint32Array; ends: Uint32Array } {
  const { words, perRow } = asWords(bitmap, h, w);
  let turns = new Uint32Array(4096);
  let count = 0;
  const ends = new Uint32Array(w);
  for (let y = 1; y < h; y++) {
    if (count + w > turns.length) {
      const larger = new Uint32Array(2 * turns.length + w);
      larger.set(turns);
      turns = larger;
    }
    const row = y * perRow;
    for (let i = 0; i < perRow; i++) {
      if (words[row + i] === words[row - perRow + i]) continue;
      for (let x = 4 * i, end = Math.min(w, x + 4), at = y * w + x; x < end; x++, at++) {
        if ((bitmap[at] !== 0) === (bitmap[at - w] !== 0)) continue;
        turns[count++] = at;
        ends[x] = (ends[x] ?? 0) + 1;
      }
    }
  }
  // Counts become places, which filling moves to the ends.
  for (let x = 0, sum = 0; x < w; x++) {
    const own = ends[x] ?? 0;
    ends[x] = sum;
    sum += own;
  }
  const rows = new Uint32Array(count);
  for (let k = 0; k < count; k++) {
    const at = turns[k] ?? 0;
    const y = Math.floor(at / w);
    const x = at - y * w;
    const place = ends[x] ?? 0;
    rows[place] = y;
    ends[x] = place + 1;
  }
  return { rows, ends };
}

/** The bitmap as words of four pixels, `perRow` a row; copied where rows do not begin at words. */
function asWords(bitmap: Uint8Array, h: number, w: number): { words: Uint32Array; perRow: number } {
  const perRow = Math.ceil(w / 4);
  if (w % 4 === 0 && bitmap.byteOffset % 4 === 0) return { words: new Uint32Array(bitmap.buffer, bitmap.byteOffset, perRow * h), perRow };
  const padded = new Uint8Array(perRow * 4 * h);
  for (let y = 0; y < h; y++) padded.set(bitmap.subarray(y * w, (y + 1) * w), y * perRow * 4);
  return { words: new Uint32Array(padded.buffer), perRow };
}

/** Pixels a strip from which on copying rows is faster than writing down the columns. */
const LONG_STRIP = 12;

/** Row-major, height × width bytes, 1 = inside. */
export function rleToBitmap(rle: Rle): Uint8Array {
  const [h, w] = rle.size;
  const bitmap = new Uint8Array(h * w);
  if (rle.counts.length * LONG_STRIP < h * w) drawByRows(bitmap, rle);
  else {
    forEachColumnRun(rle, (x, top, bottom) => {
      for (let y = top, i = top * w + x; y < bottom; y++, i += w) bitmap[i] = 1;
    });
  }
  return bitmap;
}

/** Each row is the one above with the pixels turned at which a strip begins or ends. */
function drawByRows(bitmap: Uint8Array, rle: Rle): void {
  const [h, w] = rle.size;
  const ends = new Uint32Array(h);
  forEachColumnRun(rle, (_x, top, bottom) => {
    ends[top] = (ends[top] ?? 0) + 1;
    if (bottom < h) ends[bottom] = (ends[bottom] ?? 0) + 1;
  });
  let sum = 0;
  for (let y = 0; y < h; y++) {
    const own = ends[y] ?? 0;
    ends[y] = sum;
    sum += own;
  }
  const columns = new Uint32Array(sum);
  const put = (y: number, x: number): void => {
    const place = ends[y] ?? 0;
    columns[place] = x;
    ends[y] = place + 1;
  };
  forEachColumnRun(rle, (x, top, bottom) => {
    put(top, x);
    if (bottom < h) put(bottom, x);
  });
  for (let y = 0, k = 0; y < h; y++) {
    const row = y * w;
    if (y > 0) bitmap.copyWithin(row, row - w, row);
    for (const end = ends[y] ?? 0; k < end; k++) {
      const at = row + (columns[k] ?? 0);
      bitmap[at] = 1 - (bitmap[at] ?? 0);
    }
  }
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
  // The column in which `at` lies, and where that begins.
  let column = 0;
  let start = 0;
  for (let i = 0; i + 1 < rle.counts.length; i += 2) {
    at += rle.counts[i] ?? 0;
    const count = rle.counts[i + 1] ?? 0;
    if (count === 0) continue;
    if (at - start >= 2 * h) {
      column = Math.floor(at / h);
      start = column * h;
    } else if (at - start >= h) {
      // The next column, nearly always.
      column++;
      start += h;
    }
    if (column < left) left = column;
    right = column;
    const end = at + count - start;
    if (end <= h) {
      if (at - start < top) top = at - start;
      if (end > bottom) bottom = end;
    } else {
      top = 0;
      bottom = h;
      right = Math.floor((at + count - 1) / h);
    }
    at += count;
  }
  if (right < 0) return { x: 0, y: 0, width: 0, height: 0 };
  return { x: left, y: top, width: right - left + 1, height: bottom - top };
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
