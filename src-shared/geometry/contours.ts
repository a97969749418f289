import type { PolygonPart, Ring } from '../domain/schema.ts';
import { forEachColumnRun } from './rle.ts';
import type { Rle } from './rle.ts';

/** Rows where a column changes between outside and inside: top, bottom, top, bottom, …; `parts[k]` labels strip k. */
interface Column {
  readonly rows: readonly number[];
  readonly strips: readonly number[];
}

const NONE = -1;

/**
 * The exact outline of a mask along pixel edges, in image pixels (whole numbers). Parts are 4-connected (pixels that
 * touch only at a corner belong to different parts), outer rings run clockwise on the screen, holes the other way, and
 * only corners are listed. Rasterising the parts gives the mask back, pixel for pixel. Parts come in the order of their
 * first pixel, column by column; each ring starts at its leftmost, then topmost corner.
 *
 * One sweep over the lines between columns: at each point where the left or right column changes, the four pixels
 * around it say whether the outline turns there. Cost follows the number of strips, not of pixels.
 */
export function maskToParts(rle: Rle): PolygonPart[] {
  const outline = new Outline();
  let left: Column = { rows: [], strips: [] };
  /** For each entry of left.rows, the corner where that horizontal edge began. */
  let open: number[] = [];
  const columns = columnsOf(rle, outline);
  for (let x = 0; x <= rle.size[1]; x++) {
    const right = columns[x] ?? { rows: [], strips: [] };
    open = sweepLine(outline, x, left, right, open);
    left = right;
  }
  return outline.parts();
}

function columnsOf(rle: Rle, outline: Outline): Column[] {
  const columns: { rows: number[]; strips: number[] }[] = [];
  forEachColumnRun(rle, (x, top, bottom) => {
    const column = (columns[x] ??= { rows: [], strips: [] });
    // A zero run inside COCO counts leaves two strips that meet: they are one.
    if (column.rows.at(-1) === top) column.rows.pop();
    else {
      column.rows.push(top);
      column.strips.push(outline.newStrip());
    }
    column.rows.push(bottom);
  });
  return columns;
}

/** Handles the line at `x` between two columns and returns the open horizontal edges of the right one. */
function sweepLine(outline: Outline, x: number, left: Column, right: Column, open: readonly number[]): number[] {
  const opened: number[] = [];
  let l = 0, r = 0;
  /** The corner above, where the vertical edge now being followed began. */
  let above = NONE;
  while (l < left.rows.length || r < right.rows.length) {
    const leftRow = left.rows[l] ?? Infinity;
    const rightRow = right.rows[r] ?? Infinity;
    const y = Math.min(leftRow, rightRow);
    const upLeft = l % 2 === 1;
    const upRight = r % 2 === 1;
    const leftStrip = left.strips[l >> 1] ?? NONE;
    const rightStrip = right.strips[r >> 1] ?? NONE;
    const hasLeft = leftRow === y;
    const hasRight = rightRow === y;
    const edge = hasLeft ? (open[l] ?? NONE) : NONE;
    if (hasLeft) l++;
    if (hasRight) r++;
    const downLeft = l % 2 === 1;
    const downRight = r % 2 === 1;
    if (downLeft && downRight) outline.join(left.strips[l >> 1] ?? NONE, right.strips[r >> 1] ?? NONE);

    if (hasLeft && hasRight && upLeft === upRight) {
      opened.push(edge);
    } else if (hasLeft && hasRight) {
      // Two pixels touch at this point only: each keeps a corner of its own.
      const upper = outline.corner(x, y, upLeft ? leftStrip : rightStrip);
      const lower = outline.corner(x, y, downLeft ? leftStrip : rightStrip);
      outline.vertical(above, upper, upLeft);
      outline.horizontal(edge, upLeft ? upper : lower, downLeft);
      opened.push(upLeft ? lower : upper);
      above = lower;
    } else {
      const corner = outline.corner(x, y, hasLeft ? leftStrip : rightStrip);
      if (upLeft !== upRight) outline.vertical(above, corner, upLeft);
      if (hasLeft) outline.horizontal(edge, corner, downLeft);
      else opened.push(corner);
      if (downLeft !== downRight) above = corner;
    }
  }
  return opened;
}

/** Corners linked into rings, and strips joined into parts, while the sweep goes on. */
class Outline {
  readonly #xs: number[] = [];
  readonly #ys: number[] = [];
  readonly #next: number[] = [];
  /** The strip that each corner bounds. */
  readonly #strip: number[] = [];
  /** Disjoint sets over strips. */
  readonly #parent: number[] = [];

  newStrip(): number {
    return this.#parent.push(this.#parent.length) - 1;
  }

  join(a: number, b: number): void {
    const rootA = this.#root(a);
    const rootB = this.#root(b);
    this.#parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
  }

  #root(strip: number): number {
    let at = strip;
    for (;;) {
      const up = this.#parent[at] ?? at;
      if (up === at) return at;
      const upper = this.#parent[up] ?? up;
      this.#parent[at] = upper;
      at = upper;
    }
  }

  corner(x: number, y: number, strip: number): number {
    this.#xs.push(x);
    this.#ys.push(y);
    this.#strip.push(strip);
    return this.#next.push(NONE) - 1;
  }

  /** Inside on the left of a vertical edge: it goes down. */
  vertical(top: number, bottom: number, insideLeft: boolean): void {
    if (insideLeft) this.#next[top] = bottom;
    else this.#next[bottom] = top;
  }

  /** Inside below a horizontal edge: it goes right. */
  horizontal(start: number, end: number, insideBelow: boolean): void {
    if (insideBelow) this.#next[start] = end;
    else this.#next[end] = start;
  }

  parts(): PolygonPart[] {
    const parts = new Map<number, { outer: Ring | null; holes: Ring[] }>();
    const seen = new Uint8Array(this.#next.length);
    for (let first = 0; first < this.#next.length; first++) {
      if (seen[first]) continue;
      const ring: Ring = [];
      let doubledArea = 0;
      let at = first;
      do {
        seen[at] = 1;
        const x = this.#xs[at] ?? 0;
        const y = this.#ys[at] ?? 0;
        ring.push(x, y);
        at = this.#next[at] ?? first;
        doubledArea += x * (this.#ys[at] ?? 0) - (this.#xs[at] ?? 0) * y;
      } while (at !== first);
      const key = this.#root(this.#strip[first] ?? NONE);
      const part = parts.get(key) ?? { outer: null, holes: [] };
      parts.set(key, part);
      if (doubledArea > 0) part.outer = ring;
      else part.holes.push(ring);
    }
    return [...parts.values()].flatMap(({ outer, holes }) => (outer ? [{ outer, holes }] : []));
  }
}
