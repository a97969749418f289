import type { Box } from '../domain/schema.ts';
import { regionsOf } from './regions.ts';
import { forEachColumnRun } from './rle.ts';
import type { Rle } from './rle.ts';
import { rleUnion } from './rle-algebra.ts';
import { RunWriter } from './run-writer.ts';
import { transposeRle } from './transpose-rle.ts';

/** A sliver that no mask has, between two that nearly touch. */
export interface Gap {
  readonly area: number;
  /** Whole pixels. */
  readonly box: Box;
  /** Two masks that lie on both sides of it, by their place in the list. */
  readonly between: readonly [number, number];
}

/**
 * The gaps between masks of one image (all of one size): a pixel is in a gap when no mask has it, and the stretch of such
 * pixels around it, down its column or along its row, is at most `width` long with different masks at its two ends.
 * Where masks lie over one another, the last of the list counts. Pixels that share a side or a corner are one gap.
 * Works on the runs; the picture is never made.
 */
export function gapsBetween(masks: readonly Rle[], width: number): Gap[] {
  const [first] = masks;
  if (first === undefined || masks.length < 2) return [];
  const [h, w] = first.size;
  /** The masks at the ends of a stretch, by its first pixel (row-major). */
  const ends = new Map<number, readonly [number, number]>();
  const down = stretches(masks, width, (x, top, between) => ends.set(top * w + x, between));
  const along = stretches(masks.map(transposeRle), width, (y, left, between) => ends.set(y * w + left, between));
  if (ends.size === 0) return [];
  const gaps = rleUnion({ size: [h, w], counts: down }, transposeRle({ size: [w, h], counts: along }));
  // The first pixel of a region in reading order begins a stretch: none goes on above it or to its left.
  return regionsOf(gaps, true, 8).map(({ area, box, start }) => ({ area, box, between: ends.get(start) ?? [0, 0] }));
}

/** The run lengths of the stretches down the columns. */
function stretches(masks: readonly Rle[], width: number, found: (x: number, top: number, between: readonly [number, number]) => void): Uint32Array {
  const { keys, bottoms, owners, h } = sortedStrips(masks);
  const runs = new RunWriter();
  let written = 0;
  let column = -1, end = 0, endOwner = -1;
  for (let i = 0; i < keys.length; ) {
    const key = keys[i] ?? 0;
    const x = Math.floor(key / h);
    const top = key - x * h;
    // All strips that begin here: the last of the list lies on top.
    let owner = -1, reach = 0, reachOwner = -1;
    for (; i < keys.length && keys[i] === key; i++) {
      const mask = owners[i] ?? 0;
      const bottom = bottoms[i] ?? 0;
      owner = Math.max(owner, mask);
      if (bottom > reach) [reach, reachOwner] = [bottom, mask];
      else if (bottom === reach) reachOwner = Math.max(reachOwner, mask);
    }
    if (x !== column) [column, end, endOwner] = [x, 0, -1];
    else if (top > end && top - end <= width && owner !== endOwner) {
      const start = x * h + end;
      runs.add(false, start - written);
      runs.add(true, top - end);
      written = x * h + top;
      found(x, end, [Math.min(owner, endOwner), Math.max(owner, endOwner)]);
    }
    if (reach > end) [end, endOwner] = [reach, reachOwner];
    else if (reach === end) endOwner = Math.max(endOwner, reachOwner);
  }
  runs.add(false, h * (masks[0]?.size[1] ?? 0) - written);
  return runs.finish();
}

/** The strips of all masks, by column, then top: `keys` are column-major indices of their first pixels. */
function sortedStrips(masks: readonly Rle[]): { keys: Float64Array; bottoms: Uint16Array; owners: Uint32Array; h: number } {
  const h = masks[0]?.size[0] ?? 1;
  let count = 0;
  for (const mask of masks) forEachColumnRun(mask, () => count++);
  const starts = new Float64Array(count);
  const ends = new Uint16Array(count);
  const masksOf = new Uint32Array(count);
  let n = 0;
  for (const [index, mask] of masks.entries()) {
    forEachColumnRun(mask, (x, top, bottom) => {
      starts[n] = x * h + top;
      ends[n] = bottom;
      masksOf[n++] = index;
    });
  }
  const order = new Uint32Array(count).map((_, i) => i).sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0));
  return { keys: Float64Array.from(order, (i) => starts[i] ?? 0), bottoms: Uint16Array.from(order, (i) => ends[i] ?? 0), owners: Uint32Array.from(order, (i) => masksOf[i] ?? 0), h };
}
