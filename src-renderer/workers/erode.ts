import type { SpanTable } from './span-table.ts';

/** The spans of one column of an eroded shape: `count` pairs in `bounds`. */
export interface ErodedColumn {
  bounds: Float64Array<ArrayBuffer>;
  count: number;
}

export function newErodedColumn(): ErodedColumn {
  return { bounds: new Float64Array(64), count: 0 };
}

let spare = new Float64Array(64);

/**
 * One column of the shape eroded by `radius` device pixels: what remains farther than that from the outside.
 * Erosion is the intersection of the shape shifted over the structuring element (Serra, Image Analysis and Mathematical
 * Morphology, 1982), so on spans: the column's neighbours shrunk by the element's height at their distance, intersected.
 * The element is a square when `square`, so that outlines of pixel squares stay square; else a disc.
 * `perPixel` is columns per device pixel. The result is in `out`.
 */
export function erodeColumn(table: SpanTable, column: number, radius: number, perPixel: number, square: boolean, out: ErodedColumn): void {
  takeShrunk(table, column, radius, out);
  const reach = Math.floor(radius * perPixel);
  for (let d = 1; d <= reach && out.count > 0; d++) {
    const height = square ? radius : Math.sqrt(radius * radius - (d / perPixel) ** 2);
    intersectShrunk(table, column - d, height, out);
    if (out.count > 0) intersectShrunk(table, column + d, height, out);
  }
}

function takeShrunk(table: SpanTable, column: number, by: number, out: ErodedColumn): void {
  const start = table.start(column);
  const end = table.end(column);
  if ((end - start) * 2 > out.bounds.length) out.bounds = new Float64Array((end - start) * 4);
  let n = 0;
  for (let i = start; i < end; i++) {
    const top = table.top(i) + by;
    const bottom = table.bottom(i) - by;
    if (bottom <= top) continue;
    out.bounds[n++] = top;
    out.bounds[n++] = bottom;
  }
  out.count = n / 2;
}

function intersectShrunk(table: SpanTable, column: number, by: number, out: ErodedColumn): void {
  const end = table.end(column);
  let span = table.start(column);
  const size = out.count * 2;
  const most = size + (end - span) * 2;
  if (spare.length < most) spare = new Float64Array(most * 2);
  let n = 0;
  let i = 0;
  while (i < size && span < end) {
    const mineBottom = out.bounds[i + 1] ?? 0;
    const otherBottom = table.bottom(span) - by;
    const top = Math.max(out.bounds[i] ?? 0, table.top(span) + by);
    const bottom = Math.min(mineBottom, otherBottom);
    if (top < bottom) {
      spare[n++] = top;
      spare[n++] = bottom;
    }
    if (mineBottom < otherBottom) i += 2;
    else span++;
  }
  const free = out.bounds;
  out.bounds = spare;
  out.count = n / 2;
  spare = free;
}
