import type { Ring } from '../domain/schema.ts';

/*
 * Both common rules for filling polygons (COCO's, which is that of rasterizeParts, and pixel centers) look at a side only where it passes
 * the middle of a pixel column, and make the same of every height there that lies in one gate: with r the row at which
 * the outline changes a column, r − 0.5 < y ≤ r + 0.5 by pixel centres, r − 0.4 < y < r + 0.5 by COCO's fine grid,
 * whatever the side's slope (COCO rounds down by less than one fine row of 0.2, and up by at most half a one). A
 * staircase may therefore be replaced by any line through the gates of its columns.
 */
const BELOW = 0.39;
const ABOVE = 0.49;

/** Heights are multiples of a fifth, which COCO's rule does not round. */
const FINE = 5;

/** A stretch of an outline that goes only right, or only left: the row of its horizontal edge in each column it crosses. */
export interface Chain {
  readonly x: number;
  readonly step: 1 | -1;
  readonly rows: number[];
}

/** The chains of a ring of maskToParts, in order. Such a ring begins at its leftmost corner, so never inside a chain. */
export function chainsOf(ring: Ring): Chain[] {
  const chains: Chain[] = [];
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length;
    const x = ring[i] ?? 0;
    const y = ring[i + 1] ?? 0;
    const columns = (ring[j] ?? 0) - x;
    if (columns === 0) continue;
    const step = columns > 0 ? 1 : -1;
    let chain = chains.at(-1);
    if (chain?.step !== step) chains.push((chain = { x, step, rows: [] }));
    for (let c = 0; c < Math.abs(columns); c++) chain.rows.push(y);
  }
  return chains;
}

/** A vertex of a line along a chain: on the line before the chain's column-th column, in the order it is walked. */
export interface LineVertex {
  readonly column: number;
  readonly y: number;
}

/**
 * A line through all gates of a chain, greedy, by cone intersection (C. M. Williams 1978, "An efficient algorithm for the
 * piecewise linear approximation of planar curves"): from several heights of each vertex, each side is drawn as far as
 * one line passes all gates. `height` is the image's, which the line does not leave.
 */
export function lineThrough({ rows }: Chain, height: number): LineVertex[] {
  const row = (column: number): number => rows[column] ?? 0;
  const line: LineVertex[] = [];
  let column = 0;
  let window: Window = { lowest: Math.max(0, row(0) - 1), highest: Math.min(height, row(0) + 1) };
  for (;;) {
    const { y, reach } = bestHeight(rows, column, window, height);
    line.push({ column, y });
    if (column === rows.length) return line;
    // Where no height leads on, straight up or down to the next row, which no rule sees.
    window = reach ?? { lowest: row(column), highest: row(column) };
    column = reach?.column ?? column;
  }
}

/** The chain's own stairs. */
export function stairs({ rows }: Chain): LineVertex[] {
  const line: LineVertex[] = [];
  rows.forEach((y, column) => {
    if (rows[column - 1] !== y) line.push({ column, y });
    if (rows[column + 1] !== y) line.push({ column: column + 1, y });
  });
  return line;
}

/** Heights that a vertex may have on one line between columns; there is always a multiple of a fifth among them. */
interface Window {
  readonly lowest: number;
  readonly highest: number;
}

/** Where a side may end: on the line before `column`. */
interface Reach extends Window {
  readonly column: number;
}

/** Heights tried for a vertex. */
const TRIED = 10;

/** The height in the window from which a side reaches farthest; of equals that nearest to the middle of the step there. */
function bestHeight(rows: readonly number[], column: number, { lowest, highest }: Window, height: number): { y: number; reach: Reach | null } {
  const before = rows[column - 1] ?? rows[column] ?? 0;
  const wanted = (before + (rows[column] ?? before)) / 2;
  const first = Math.ceil(lowest * FINE);
  const last = Math.floor(highest * FINE);
  const near = Math.min(last, Math.max(first, Math.round(wanted * FINE)));
  let best = { y: near / FINE, reach: reachFrom(rows, column, near / FINE, height) };
  const stride = Math.max(1, (last - first) / (TRIED - 1));
  for (let fine = first; fine <= last; fine += stride) {
    const y = Math.round(fine) / FINE;
    const reach = reachFrom(rows, column, y, height);
    if ((reach?.column ?? column) > (best.reach?.column ?? column)) best = { y, reach };
  }
  return best;
}

/** How far one side from (column, y) can go through all gates on its way; null when not even over one column. */
function reachFrom(rows: readonly number[], from: number, y: number, height: number): Reach | null {
  let least = -Infinity, most = Infinity;
  let reach: Reach | null = null;
  for (let column = from; column < rows.length; column++) {
    const row = rows[column] ?? 0;
    const next = rows[column + 1] ?? row;
    const middle = column + 0.5 - from;
    least = Math.max(least, (Math.max(0, row - BELOW) - y) / middle);
    most = Math.min(most, (Math.min(height, row + ABOVE) - y) / middle);
    if (least > most) break;
    const along = column + 1 - from;
    // A side ends on the step between two columns, not beyond it: else steep steps would overshoot.
    const lowest = Math.max(0, y + least * along, Math.min(row, next) - BELOW);
    const highest = Math.min(height, y + most * along, Math.max(row, next) + ABOVE);
    if (Math.ceil(lowest * FINE) <= Math.floor(highest * FINE)) reach = { column: column + 1, lowest, highest };
  }
  return reach;
}
