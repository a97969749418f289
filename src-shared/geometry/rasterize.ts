import { MaskwrightError } from '../contract/errors.ts';
import type { PolygonPart, Ring } from '../domain/schema.ts';
import type { Rle } from './rle.ts';
import { RunWriter } from './run-writer.ts';

/** One side of a ring, stored from its left end to its right end so that a shared side is cut alike from both sides. */
interface Edge {
  readonly part: number;
  readonly x: number;
  readonly y: number;
  readonly slope: number;
  /** Columns whose centre the edge crosses: first ≤ column < end. */
  readonly first: number;
  readonly end: number;
}

/** Crossings of edges with columns that one call may compute (some seconds of work). */
const MOST_CROSSINGS = 200_000_000;

/**
 * The program's one rule from polygons to pixels. A pixel belongs to a part when its centre (x + ½, y + ½) is inside by
 * the even-odd rule over the part's outer ring and holes together; a centre exactly on an edge belongs to the side to
 * the right of, or below, that edge. The mask is the union of the parts, clipped to the image of h × w pixels.
 * Throws 'too-large' for shapes whose outline would take seconds to fill.
 */
export function rasterizeParts(parts: readonly PolygonPart[], h: number, w: number): Rle {
  const edges = parts.flatMap((part, index) => [part.outer, ...part.holes].flatMap((ring) => edgesOf(ring, index, w)));
  let crossings = 0;
  for (const edge of edges) crossings += edge.end - edge.first;
  if (crossings > MOST_CROSSINGS) {
    throw new MaskwrightError('too-large', 'This polygon has too many long edges to be filled. Simplify it and try again.');
  }
  edges.sort((a, b) => a.first - b.first);

  const runs = new RunWriter();
  let active: Edge[] = [];
  let nextEdge = 0;
  // The first column that an active edge no longer crosses.
  let nextEnd = Infinity;
  for (let x = 0; x < w; x++) {
    if (nextEnd <= x) {
      active = active.filter((edge) => edge.end > x);
      nextEnd = active.reduce((end, edge) => Math.min(end, edge.end), Infinity);
    }
    for (let edge = edges[nextEdge]; edge && edge.first <= x; edge = edges[++nextEdge]) {
      active.push(edge);
      nextEnd = Math.min(nextEnd, edge.end);
    }
    if (active.length === 0) {
      // Nothing until the next edge begins: the gap is one run.
      const until = Math.min(edges[nextEdge]?.first ?? w, w);
      runs.add(false, (until - x) * h);
      x = until - 1;
      continue;
    }
    addColumn(runs, active, x, h);
  }
  return { size: [h, w], counts: runs.finish() };
}

function edgesOf(ring: Ring, part: number, w: number): Edge[] {
  const edges: Edge[] = [];
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length;
    let [x0, y0, x1, y1] = [ring[i] ?? 0, ring[i + 1] ?? 0, ring[j] ?? 0, ring[j + 1] ?? 0];
    if (x0 > x1) [x0, y0, x1, y1] = [x1, y1, x0, y0];
    const first = Math.max(0, Math.ceil(x0 - 0.5));
    const end = Math.min(w, Math.ceil(x1 - 0.5));
    if (first < end) edges.push({ part, x: x0, y: y0, slope: (y1 - y0) / (x1 - x0), first, end });
  }
  return edges;
}

/** The row from which on the edge's column lies below it. */
const cut = (edge: Edge, x: number, h: number): number => Math.min(h, Math.max(0, Math.ceil(edge.y + (x + 0.5 - edge.x) * edge.slope - 0.5)));

function addColumn(runs: RunWriter, active: readonly Edge[], x: number, h: number): void {
  const [one, other] = active;
  // Most columns of most shapes have two edges, which are of one part: rings are closed.
  if (one !== undefined && other !== undefined && active.length === 2) {
    const [a, b] = [cut(one, x, h), cut(other, x, h)];
    runs.add(false, Math.min(a, b));
    runs.add(true, Math.abs(a - b));
    runs.add(false, h - Math.max(a, b));
    return;
  }
  const cuts = active.map((edge) => ({ part: edge.part, row: cut(edge, x, h) }));
  cuts.sort((a, b) => a.part - b.part || a.row - b.row);
  const strips: [number, number][] = [];
  for (let i = 0; i + 1 < cuts.length; i += 2) {
    const top = cuts[i]?.row ?? 0;
    const bottom = cuts[i + 1]?.row ?? 0;
    if (top < bottom) strips.push([top, bottom]);
  }
  strips.sort((a, b) => a[0] - b[0]);
  let y = 0;
  for (const [top, bottom] of strips) {
    if (bottom <= y) continue;
    runs.add(false, top - y);
    y = Math.max(y, top);
    runs.add(true, bottom - y);
    y = bottom;
  }
  runs.add(false, h - y);
}
