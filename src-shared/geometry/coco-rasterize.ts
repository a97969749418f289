import type { Rle } from './rle.ts';
import { rleUnion } from './rle-algebra.ts';
import { RunWriter } from './run-writer.ts';

const SCALE = 5;

/**
 * What COCO's tools make of a `segmentation` of polygons (flat [x0, y0, x1, y1, …]): the union of each polygon's pixels
 * by the rule of cocoapi's maskApi (rleFrPoly). Vertices are rounded to a grid five times finer than the pixels, each
 * side is walked along its longer axis in whole steps of that grid, and where the walk passes from fine column 5c + 2 to
 * 5c + 3 (a pixel column's middle) the smaller of the two fine rows is where column c changes between outside and inside.
 */
export function rasterizeCocoPolygon(polygons: readonly (readonly number[])[], h: number, w: number): Rle {
  if (polygons.length === 0) return { size: [h, w], counts: Uint32Array.of(h * w) };
  let masks = polygons.map((polygon) => onePolygon(polygon, h, w));
  // Pairs, then pairs of pairs: thousands of small polygons would otherwise each be merged with all before.
  while (masks.length > 1) {
    masks = masks.flatMap((mask, i) => (i % 2 === 1 ? [] : [i + 1 < masks.length ? rleUnion(mask, masks[i + 1] ?? mask) : mask]));
  }
  return masks[0] ?? { size: [h, w], counts: Uint32Array.of(h * w) };
}

function onePolygon(flat: readonly number[], h: number, w: number): Rle {
  const changes: number[] = [];
  const xs: number[] = [];
  const ys: number[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    xs.push(Math.trunc(SCALE * (flat[i] ?? 0) + 0.5));
    ys.push(Math.trunc(SCALE * (flat[i + 1] ?? 0) + 0.5));
  }
  for (let i = 0; i < xs.length; i++) {
    const j = (i + 1) % xs.length;
    walk(xs[i] ?? 0, ys[i] ?? 0, xs[j] ?? 0, ys[j] ?? 0, h, w, changes);
  }
  const runs = new RunWriter();
  let at = 0;
  let inside = false;
  for (const position of Float64Array.from(changes).sort()) {
    runs.add(inside, position - at);
    at = position;
    inside = !inside;
  }
  runs.add(inside, h * w - at);
  return { size: [h, w], counts: runs.finish() };
}

/** Adds the column-major positions at which one side (in fine units) switches between outside and inside. */
function walk(x0: number, y0: number, x1: number, y1: number, h: number, w: number, changes: number[]): void {
  const dx = Math.abs(x1 - x0);
  const dy = Math.abs(y1 - y0);
  if (dx === 0) return;
  // Walked from the lower end of the longer axis whichever way it is drawn, so a side and its reverse agree.
  const steep = dx < dy;
  const flip = steep ? y0 > y1 : x0 > x1;
  const [xs, ys, xe, ye] = flip ? [x1, y1, x0, y0] : [x0, y0, x1, y1];
  if (!steep) {
    const slope = (ye - ys) / dx;
    const fineRow = (u: number): number => Math.trunc(ys + slope * (u - xs) + 0.5);
    const firstColumn = Math.max(0, Math.ceil((xs - 2) / SCALE));
    for (let column = firstColumn; column < w && column * SCALE + 3 <= xe; column++) {
      const u = column * SCALE + 2;
      changes.push(changeAt(column, Math.min(fineRow(u), fineRow(u + 1)), h));
    }
    return;
  }
  const slope = (xe - xs) / dy;
  let before = xs;
  for (let t = 1; t <= dy; t++) {
    const u = Math.trunc(xs + slope * t + 0.5);
    if (u === before) continue;
    const lower = Math.min(u, before);
    const column = (lower - 2) / SCALE;
    if (Number.isInteger(column) && column >= 0 && column < w) changes.push(changeAt(column, ys + t - 1, h));
    before = u;
  }
}

function changeAt(column: number, fineRow: number, h: number): number {
  const row = Math.ceil(Math.min(h, Math.max(0, (fineRow + 0.5) / SCALE - 0.5)));
  return column * h + row;
}
