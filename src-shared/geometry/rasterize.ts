import { MaskwrightError } from '../contract/errors.ts';
import type { PolygonPart } from '../domain/schema.ts';
import { EdgeTable, sortNumbers } from './edge-table.ts';
import type { Rle } from './rle.ts';
import { RunWriter } from './run-writer.ts';

/** Crossings of edges with columns that one call may compute (some seconds of work). */
const MOST_CROSSINGS = 200_000_000;

/** The table of the last call, which has room for most polygons: making room takes longer than filling it. */
let spare: EdgeTable | null = null;
/** Edges up to which a table is kept. */
const MANY = 65_536;

/**
 * The program's one rule from polygons to pixels. A pixel belongs to a part when its centre (x + ½, y + ½) is inside by
 * the even-odd rule over the part's outer ring and holes together; a centre exactly on an edge belongs to the side to
 * the right of, or below, that edge. The mask is the union of the parts, clipped to the image of h × w pixels.
 * Throws 'too-large' for shapes whose outline would take seconds to fill.
 */
export function rasterizeParts(parts: readonly PolygonPart[], h: number, w: number): Rle {
  const edges = spare ?? new EdgeTable();
  spare = null;
  try {
    let crossings = 0;
    edges.clear();
    for (const [index, { outer, holes }] of parts.entries()) {
      crossings += edges.addRing(outer, index, w);
      for (const hole of holes) crossings += edges.addRing(hole, index, w);
    }
    if (crossings > MOST_CROSSINGS) {
      throw new MaskwrightError('too-large', 'This polygon has too many long edges to be filled. Simplify it and try again.');
    }
    return { size: [h, w], counts: fill(edges, h, w, parts.length) };
  } finally {
    if (edges.room <= MANY) spare = edges;
  }
}

function fill(edges: EdgeTable, h: number, w: number, parts: number): Uint32Array {
  const { active } = edges;
  const order = edges.byFirst();
  const runs = new RunWriter();
  let going = 0;
  let next = 0;
  for (let x = 0; x < w; ) {
    // From x to there no edge begins or ends.
    let until = w;
    const before = going;
    going = 0;
    for (let i = 0; i < before; i++) {
      const edge = active[i] ?? 0;
      const end = edges.end[edge] ?? 0;
      if (end <= x) continue;
      active[going++] = edge;
      if (end < until) until = end;
    }
    for (; next < edges.count; next++) {
      const edge = order[next] ?? 0;
      const first = edges.first[edge] ?? 0;
      if (first > x) {
        if (first < until) until = first;
        break;
      }
      active[going++] = edge;
      const end = edges.end[edge] ?? 0;
      if (end < until) until = end;
    }
    if (going === 0) runs.add(false, (until - x) * h);
    else if (going === 2) addColumnsOfTwo(runs, edges, x, until, h);
    else for (let column = x; column < until; column++) addColumn(runs, edges, going, column, h, parts);
    x = until;
  }
  return runs.finish();
}

/** The row from which on an edge's column lies below it. */
function cut(x0: number, y0: number, slope: number, x: number, h: number): number {
  const y = y0 + (x + 0.5 - x0) * slope - 0.5;
  if (y <= 0) return 0;
  return y >= h ? h : Math.ceil(y) | 0;
}

/** Most columns of most shapes have two edges, which are of one part: rings are closed. */
function addColumnsOfTwo(runs: RunWriter, { active, x: xs, y: ys, slope }: EdgeTable, from: number, until: number, h: number): void {
  const one = active[0] ?? 0, other = active[1] ?? 0;
  const x0 = xs[one] ?? 0, y0 = ys[one] ?? 0, slope0 = slope[one] ?? 0;
  const x1 = xs[other] ?? 0, y1 = ys[other] ?? 0, slope1 = slope[other] ?? 0;
  for (let x = from; x < until; x++) {
    const a = cut(x0, y0, slope0, x, h);
    const b = cut(x1, y1, slope1, x, h);
    if (a < b) runs.addColumn(a, b, h);
    else runs.addColumn(b, a, h);
  }
}

/** Above all rows, so that a part's number or another row fits before one. */
const ROWS = 65_536;

function addColumn(runs: RunWriter, edges: EdgeTable, active: number, x: number, h: number, parts: number): void {
  const { cuts } = edges;
  for (let i = 0; i < active; i++) {
    const edge = edges.active[i] ?? 0;
    const row = cut(edges.x[edge] ?? 0, edges.y[edge] ?? 0, edges.slope[edge] ?? 0, x, h);
    cuts[i] = parts === 1 ? row : (edges.part[edge] ?? 0) * ROWS + row;
  }
  sortNumbers(cuts, active);
  if (parts > 1) joinParts(cuts, active);
  let y = 0;
  for (let i = 0; i + 1 < active; i += 2) {
    const top = Math.max(y, cuts[i] ?? 0);
    const bottom = cuts[i + 1] ?? 0;
    if (bottom <= top) continue;
    runs.add(false, top - y);
    runs.add(true, bottom - top);
    y = bottom;
  }
  runs.add(false, h - y);
}

/** Two and two of the cuts, which are sorted by part and row, are a strip of a part: here all strips become sorted by their tops. */
function joinParts(cuts: Float64Array, count: number): void {
  const strips = count >> 1;
  for (let i = 0; i < strips; i++) cuts[i] = ((cuts[2 * i] ?? 0) % ROWS) * ROWS + ((cuts[2 * i + 1] ?? 0) % ROWS);
  sortNumbers(cuts, strips);
  for (let i = strips - 1; i >= 0; i--) {
    const strip = cuts[i] ?? 0;
    cuts[2 * i] = Math.floor(strip / ROWS);
    cuts[2 * i + 1] = strip % ROWS;
  }
}
