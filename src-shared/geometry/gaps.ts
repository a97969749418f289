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

/** A mask of a box of whole pixels, and where in the image that box is. */
export interface PlacedMask {
  readonly mask: Rle;
  readonly box: Box;
}

/**
 * The gaps between masks of one image of `size` [height, width]: a pixel is in a gap when no mask has it, and the stretch of such
 * pixels around it, down its column or along its row, is at most `width` long with different masks at its two ends.
 * Where masks lie over one another, the last of the list counts. Pixels that share a side or a corner are one gap.
 * Works on the runs; the picture is never made.
 */
export function gapsBetween(masks: readonly PlacedMask[], [h, w]: readonly [number, number], width: number): Gap[] {
  if (masks.length < 2) return [];
  /** The masks at the ends of a stretch, by its first pixel (row-major). */
  const ends = new Map<number, readonly [number, number]>();
  const down = stretches(columnsOf(masks, w), h, width, (x, top, between) => ends.set(top * w + x, between));
  const turned = masks.map(({ mask, box }) => ({ mask: transposeRle(mask), box: { x: box.y, y: box.x, width: box.height, height: box.width } }));
  const along = stretches(columnsOf(turned, h), w, width, (y, left, between) => ends.set(y * w + left, between));
  if (ends.size === 0) return [];
  const gaps = rleUnion({ size: [h, w], counts: down }, transposeRle({ size: [w, h], counts: along }));
  // The first pixel of a region in reading order begins a stretch: none goes on above it or to its left.
  return regionsOf(gaps, true, 8).map(({ area, box, start }) => ({ area, box, between: ends.get(start) ?? [0, 0] }));
}

/** The strips of all masks, column by column, from the top: those of column x are from starts[x] on. */
interface Columns {
  readonly starts: Uint32Array;
  readonly tops: Uint16Array;
  readonly bottoms: Uint16Array;
  /** The masks they are of, by their place in the list. */
  readonly owners: Uint32Array;
}

/** The run lengths of the stretches down columns of `h` pixels. */
function stretches({ starts, tops, bottoms, owners }: Columns, h: number, width: number, found: (x: number, top: number, between: readonly [number, number]) => void): Uint32Array {
  const runs = new RunWriter();
  const columns = starts.length - 1;
  let written = 0;
  for (let x = 0; x < columns; x++) {
    const last = starts[x + 1] ?? 0;
    let end = -1, endOwner = -1;
    for (let i = starts[x] ?? 0; i < last; ) {
      const top = tops[i] ?? 0;
      // All strips that begin here: the last of the list lies on top.
      let owner = -1, reach = 0, reachOwner = -1;
      for (; i < last && tops[i] === top; i++) {
        const mask = owners[i] ?? 0;
        const bottom = bottoms[i] ?? 0;
        owner = Math.max(owner, mask);
        if (bottom > reach) [reach, reachOwner] = [bottom, mask];
        else if (bottom === reach) reachOwner = Math.max(reachOwner, mask);
      }
      if (end >= 0 && top > end && top - end <= width && owner !== endOwner) {
        runs.add(false, x * h + end - written);
        runs.add(true, top - end);
        written = x * h + top;
        found(x, end, [Math.min(owner, endOwner), Math.max(owner, endOwner)]);
      }
      if (reach > end) [end, endOwner] = [reach, reachOwner];
      else if (reach === end) endOwner = Math.max(endOwner, reachOwner);
    }
  }
  runs.add(false, h * columns - written);
  return runs.finish();
}

/** Counted into columns, and put in order within each, where there are few. */
function columnsOf(masks: readonly PlacedMask[], columns: number): Columns {
  const starts = new Uint32Array(columns + 1);
  for (const { mask, box } of masks) forEachColumnRun(mask, (x) => (starts[box.x + x + 1] = (starts[box.x + x + 1] ?? 0) + 1));
  for (let x = 0; x < columns; x++) starts[x + 1] = (starts[x + 1] ?? 0) + (starts[x] ?? 0);
  const count = starts[columns] ?? 0;
  const [tops, bottoms, owners] = [new Uint16Array(count), new Uint16Array(count), new Uint32Array(count)];
  const next = starts.slice();
  for (const [owner, { mask, box }] of masks.entries()) {
    forEachColumnRun(mask, (x, first, last) => {
      const column = box.x + x;
      const top = box.y + first;
      let at = next[column] ?? 0;
      next[column] = at + 1;
      for (; at > (starts[column] ?? 0) && (tops[at - 1] ?? 0) > top; at--) {
        tops[at] = tops[at - 1] ?? 0;
        bottoms[at] = bottoms[at - 1] ?? 0;
        owners[at] = owners[at - 1] ?? 0;
      }
      tops[at] = top;
      bottoms[at] = box.y + last;
      owners[at] = owner;
    });
  }
  return { starts, tops, bottoms, owners };
}
