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
  for (let x = 0; x < w; x++) {
    active = active.filter((edge) => edge.end > x);
    for (let edge = edges[nextEdge]; edge && edge.first <= x; edge = edges[++nextEdge]) active.push(edge);
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

function addColumn(runs: RunWriter, active: readonly Edge[], x: number, h: number): void {
  const cuts = active.map((edge) => ({
    part: edge.part,
    row: Math.min(h, Math.max(0, Math.ceil(edge.y + (x + 0.5 - edge.x) * edge.slope - 0.5))),
  }));
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
