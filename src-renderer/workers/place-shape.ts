import type { Box, PolygonPart, Shape } from '../../src-shared/domain/schema.ts';
import { forEachColumnRun } from '../../src-shared/geometry/rle.ts';
import { boxPart, maskRle } from '../../src-shared/geometry/shape.ts';
import type { DeviceTransform } from './mask-protocol.ts';
import type { SpanTable } from './span-table.ts';

/** A mask's runs by image column: column left + i holds rows [rows[2j], rows[2j+1]) for starts[i] ≤ j < starts[i+1]. */
export interface ColumnRuns {
  readonly left: number;
  readonly starts: Uint32Array;
  readonly rows: Uint16Array;
}

/** A shape made ready to be placed on any view. `box` and `extent` are in image pixels; a polygon reaches out of its box where it leaves the image. */
export type PreparedShape =
  | { readonly kind: 'mask'; readonly box: Box; readonly extent: Box; readonly runs: ColumnRuns }
  | { readonly kind: 'polygon' | 'box'; readonly box: Box; readonly extent: Box; readonly parts: readonly PolygonPart[] };

/** The columns on which shapes are placed: `perPixel` to a device pixel, over a surface of device pixels. */
export interface Grid {
  readonly transform: DeviceTransform;
  readonly width: number;
  readonly height: number;
  readonly perPixel: number;
  /** Every edge falls on device pixels: masks whose pixels are squares, and boxes. Else edges are soft. */
  readonly crisp: boolean;
}

/** Below this many device pixels a side, an instance is shown as a square of that size: it can be seen and found. */
export const SMALLEST_MARK = 3;

/**
 * From 100 % on masks follow image pixels exactly: they are what is there, and are looked at one by one. Below, and for
 * polygons, whose edges follow no pixels, columns are doubled to smooth the edges.
 *
 * @param ratio device pixels per CSS pixel
 */
export function gridFor(kind: PreparedShape['kind'], transform: DeviceTransform, width: number, height: number, ratio: number): Grid {
  const crisp = kind === 'box' || (kind === 'mask' && transform.scale / ratio >= 1);
  return { transform, width, height, perPixel: crisp ? 1 : 2, crisp };
}

/** Throws MaskwrightError 'bad-request' for damaged run lengths. `box` is the instance's own. */
export function prepareShape(shape: Shape, box: Box): PreparedShape {
  switch (shape.kind) {
    case 'mask':
      return { kind: 'mask', box, extent: box, runs: columnRuns(shape) };
    case 'polygon':
      return { kind: 'polygon', box, extent: extentOf(shape.parts), parts: shape.parts };
    case 'box':
      return prepareBox(shape.box);
  }
}

export function prepareBox(box: Box): PreparedShape {
  return { kind: 'box', box, extent: box, parts: [boxPart(box)] };
}

function extentOf(parts: readonly PolygonPart[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { outer } of parts) {
    for (let i = 0; i < outer.length; i += 2) {
      const [x, y] = [outer[i] ?? 0, outer[i + 1] ?? 0];
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function columnRuns(shape: Extract<Shape, { kind: 'mask' }>): ColumnRuns {
  const rle = maskRle(shape);
  let left = -1;
  let right = -1;
  let count = 0;
  forEachColumnRun(rle, (x) => {
    if (left < 0) left = x;
    right = x;
    count++;
  });
  const starts = new Uint32Array(left < 0 ? 1 : right - left + 2);
  const rows = new Uint16Array(count * 2);
  let n = 0;
  forEachColumnRun(rle, (x, top, bottom) => {
    rows[n * 2] = top;
    rows[n * 2 + 1] = bottom;
    starts[x - left + 1] = ++n;
  });
  for (let i = 1; i < starts.length; i++) starts[i] = Math.max(starts[i] ?? 0, starts[i - 1] ?? 0);
  return { left: Math.max(left, 0), starts, rows };
}

/**
 * Fills `out` with the shape's spans on the grid's columns, in device rows, as far as they are in view; `margin` device
 * pixels beyond the view are kept too, so that an outline is not drawn along the view's edge.
 * On a crisp grid a device pixel is inside when the point under its centre is; else rows keep their fractions, which the
 * painter turns into soft edges.
 */
export function placeShape(shape: PreparedShape, grid: Grid, margin: number, out: SpanTable): void {
  const { scale, x, y } = grid.transform;
  const { box } = shape;
  const left = box.x * scale + x;
  const top = box.y * scale + y;
  const right = left + box.width * scale;
  const bottom = top + box.height * scale;
  const reach = margin + SMALLEST_MARK;
  out.clear(0);
  if (right < -reach || bottom < -reach || left > grid.width + reach || top > grid.height + reach) return;
  if (right - left < SMALLEST_MARK && bottom - top < SMALLEST_MARK) {
    placeMark((left + right) / 2, (top + bottom) / 2, grid, out);
    return;
  }
  const first = Math.floor(Math.max(left - 1, -margin) * grid.perPixel);
  const last = Math.ceil(Math.min(right + 1, grid.width + margin) * grid.perPixel);
  if (shape.kind === 'mask') placeMask(shape.runs, grid, margin, first, last, out);
  else placeParts(shape.parts, grid, margin, first, last, out);
}

function placeMark(centreX: number, centreY: number, grid: Grid, out: SpanTable): void {
  const left = Math.round(centreX - SMALLEST_MARK / 2);
  const top = Math.round(centreY - SMALLEST_MARK / 2);
  out.clear(left * grid.perPixel);
  for (let i = 0; i < SMALLEST_MARK * grid.perPixel; i++) {
    out.add(top, top + SMALLEST_MARK);
    out.endColumn();
  }
}

function placeMask(runs: ColumnRuns, grid: Grid, margin: number, first: number, last: number, out: SpanTable): void {
  const { scale, x, y } = grid.transform;
  const ceiling = -margin;
  const floor = grid.height + margin;
  const columns = runs.starts.length - 1;
  out.clear(first);
  for (let column = first; column < last; column++) {
    const at = ((column + 0.5) / grid.perPixel - x) / scale - runs.left;
    const index = Math.floor(at);
    const next = grid.crisp ? index : at - index < 0.5 ? index - 1 : index + 1;
    if (index >= 0 && index < columns) {
      const begin = runs.starts[index] ?? 0;
      const end = runs.starts[index + 1] ?? 0;
      const other = neighbour(runs, index, next);
      const weight = other === null ? 0 : Math.abs(at - index - 0.5);
      for (let i = begin; i < end; i++) {
        const mate = other === null ? i : other + i - begin;
        const top = ((runs.rows[i * 2] ?? 0) * (1 - weight) + (runs.rows[mate * 2] ?? 0) * weight) * scale + y;
        const bottom = ((runs.rows[i * 2 + 1] ?? 0) * (1 - weight) + (runs.rows[mate * 2 + 1] ?? 0) * weight) * scale + y;
        if (bottom <= ceiling) continue;
        if (top >= floor) break;
        out.add(Math.max(ceiling, grid.crisp ? Math.ceil(top - 0.5) : top), Math.min(floor, grid.crisp ? Math.ceil(bottom - 0.5) : bottom));
      }
    }
    out.endColumn();
  }
}

/**
 * The first run of the column beside, when its runs go on those of this one: as many, each meeting its own. Between the
 * two columns' middles edges are then drawn as slopes rather than as steps.
 */
function neighbour({ starts, rows }: ColumnRuns, index: number, beside: number): number | null {
  if (beside === index || beside < 0 || beside + 1 >= starts.length) return null;
  const [here, there] = [starts[index] ?? 0, starts[beside] ?? 0];
  const count = (starts[index + 1] ?? 0) - here;
  if ((starts[beside + 1] ?? 0) - there !== count) return null;
  for (let i = 0; i < count; i++) {
    const [a, b] = [(here + i) * 2, (there + i) * 2];
    if ((rows[a] ?? 0) >= (rows[b + 1] ?? 0) || (rows[b] ?? 0) >= (rows[a + 1] ?? 0)) return null;
  }
  return there;
}

/** Even-odd inside each part, union of the parts: the rule of geometry/rasterize.ts, at columns of the screen. */
function placeParts(parts: readonly PolygonPart[], grid: Grid, margin: number, first: number, last: number, out: SpanTable): void {
  const columns = Math.max(0, last - first);
  const crossings: { part: number; row: number }[][] = Array.from({ length: columns }, () => []);
  parts.forEach((part, index) => {
    for (const ring of [part.outer, ...part.holes]) crossRing(ring, index, grid, first, crossings);
  });
  const ceiling = -margin;
  const floor = grid.height + margin;
  out.clear(first);
  for (const column of crossings) {
    column.sort((a, b) => a.part - b.part || a.row - b.row);
    const strips: [top: number, bottom: number][] = [];
    for (let i = 0; i + 1 < column.length; i += 2) strips.push([column[i]?.row ?? 0, column[i + 1]?.row ?? 0]);
    strips.sort((a, b) => a[0] - b[0]);
    let top = ceiling;
    let bottom = ceiling;
    for (const [nextTop, nextBottom] of strips) {
      if (nextTop > bottom) {
        out.add(top, Math.min(bottom, floor));
        top = Math.max(ceiling, Math.min(nextTop, floor));
        bottom = top;
      }
      bottom = Math.max(bottom, nextBottom);
    }
    out.add(top, Math.min(bottom, floor));
    out.endColumn();
  }
}

function crossRing(ring: readonly number[], part: number, grid: Grid, first: number, crossings: { part: number; row: number }[][]): void {
  const { scale, x, y } = grid.transform;
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length;
    let x0 = ((ring[i] ?? 0) * scale + x) * grid.perPixel;
    let y0 = (ring[i + 1] ?? 0) * scale + y;
    let x1 = ((ring[j] ?? 0) * scale + x) * grid.perPixel;
    let y1 = (ring[j + 1] ?? 0) * scale + y;
    if (x0 > x1) [x0, y0, x1, y1] = [x1, y1, x0, y0];
    const begin = Math.max(first, Math.ceil(x0 - 0.5));
    const end = Math.min(first + crossings.length, Math.ceil(x1 - 0.5));
    const slope = (y1 - y0) / (x1 - x0);
    for (let column = begin; column < end; column++) {
      const row = y0 + (column + 0.5 - x0) * slope;
      crossings[column - first]?.push({ part, row: grid.crisp ? Math.ceil(row - 0.5) : row });
    }
  }
}
