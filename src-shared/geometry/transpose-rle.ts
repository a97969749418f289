import { MaskwrightError } from '../contract/errors.ts';
import { canonicalRle, forEachColumnRun } from './rle.ts';
import type { Rle } from './rle.ts';
import { RunWriter } from './run-writer.ts';

/** Strips of one column each that one call may write (a second of work); far more than any outline of an object has. */
const MOST_STRIPS = 1 << 25;

/**
 * The mask mirrored at its diagonal: columns become rows. Run lengths along the rows (CVAT's, Label Studio's) are a
 * mask's run lengths with rows and columns exchanged, so this is the way from them to COCO's, and back. Works on the
 * outline alone: cost follows the runs that go in and come out, not the pixels, so a huge empty mask costs nothing.
 * Throws 'too-large' where the result would have tens of millions of runs (stripes across a huge picture).
 */
export function transposeRle(rle: Rle): Rle {
  const [h, w] = rle.size;
  const turns = turnsByRow(canonicalRle(rle));
  const runs = new RunWriter();
  // Of the row at hand: the columns at which it changes between outside and inside, ascending.
  let edges: number[] = [];
  let strips = 0;
  for (let y = 0; y < h; y++) {
    const changed = turns[y];
    if (changed !== undefined) edges = symmetricDifference(edges, changed);
    let x = 0;
    for (const edge of edges) {
      runs.add(strips % 2 === 1, edge - x);
      x = edge;
      strips++;
      if (strips > MOST_STRIPS) throw new MaskwrightError('too-large', `A mask of ${w} × ${h} pixels has too many runs to be used. Simplify it and try again.`);
    }
    runs.add(false, w - x);
  }
  return { size: [w, h], counts: runs.finish() };
}

/** For each row that differs from the one above: the columns at which exactly one of the two changes, ascending. */
function turnsByRow(rle: Rle): (number[] | undefined)[] {
  const turns: (number[] | undefined)[] = Array.from({ length: rle.size[0] });
  const turn = (y: number, x: number): void => {
    const row = turns[y];
    // A strip that ends where the next column's begins, or the other way round: the edge goes on.
    if (row === undefined) turns[y] = [x, x + 1];
    else if (row.at(-1) === x) row[row.length - 1] = x + 1;
    else row.push(x, x + 1);
  };
  forEachColumnRun(rle, (x, top, bottom) => {
    turn(top, x);
    if (bottom < rle.size[0]) turn(bottom, x);
  });
  return turns;
}

/** Of two ascending lists: the numbers that are in one of them. */
function symmetricDifference(a: readonly number[], b: readonly number[]): number[] {
  const out: number[] = [];
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i] ?? Infinity;
    const right = b[j] ?? Infinity;
    if (left !== right) out.push(Math.min(left, right));
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return out;
}
