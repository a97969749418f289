import type { Box } from '../domain/schema.ts';
import { forEachColumnRun } from './rle.ts';
import type { Rle } from './rle.ts';
import { RunWriter } from './run-writer.ts';

/** The part of a mask inside a box of whole pixels that lies within it, as a mask of the box's size (at least one pixel). */
export function cropRle(rle: Rle, { x, y, width, height }: Box): Rle {
  const runs = new RunWriter();
  let end = 0;
  forEachColumnRun(rle, (column, top, bottom) => {
    const from = Math.max(top, y) - y;
    const to = Math.min(bottom, y + height) - y;
    if (column < x || column >= x + width || from >= to) return;
    const start = (column - x) * height;
    runs.add(false, start + from - end);
    runs.add(true, to - from);
    end = start + to;
  });
  runs.add(false, width * height - end);
  return { size: [height, width], counts: runs.finish() };
}

/** A mask of `size` [height, width] that holds this one with its top-left pixel at column `left`, row `top`; it must fit. */
export function placeRle(rle: Rle, left: number, top: number, size: readonly [number, number]): Rle {
  const [h, w] = size;
  const runs = new RunWriter();
  let end = 0;
  forEachColumnRun(rle, (column, first, last) => {
    const start = (left + column) * h + top;
    runs.add(false, start + first - end);
    runs.add(true, last - first);
    end = start + last;
  });
  runs.add(false, h * w - end);
  return { size: [h, w], counts: runs.finish() };
}
