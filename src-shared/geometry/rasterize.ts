import { MaskwrightError } from '../contract/errors.ts';
import type { PolygonPart, Ring } from '../domain/schema.ts';
import { ColumnChanges, onFineGrid } from './column-changes.ts';
import type { Rle } from './rle.ts';
import { rleUnion } from './rle-algebra.ts';
import { RunWriter } from './run-writer.ts';

/** Crossings of sides with columns that one call may compute (a second of work and 300 MB). */
const MOST_CROSSINGS = 25_000_000;

/** One polygon at a time. */
const changes = new ColumnChanges();

/**
 * The program's one rule from polygons to pixels, which is COCO's: bit for bit what pycocotools makes of them (cocoapi's
 * maskApi, rleFrPoly; see ColumnChanges). Of a part, the outer ring and holes together, by the even-odd rule; the mask
 * is the union of the parts, clipped to the image of h × w pixels. Vertices count to a fifth of a pixel.
 * Throws 'too-large' for shapes whose outline would take seconds to fill.
 */
export function rasterizeParts(parts: readonly PolygonPart[], h: number, w: number): Rle {
  let crossings = 0;
  let masks = parts.map(({ outer, holes }): Rle => {
    changes.clear(h, w);
    for (const ring of holes.length === 0 ? [outer] : [outer, ...holes]) {
      crossings = addRing(ring, crossings);
    }
    return { size: [h, w], counts: runsOf(h, w) };
  });
  // Pairs, then pairs of pairs: thousands of small parts would otherwise each be merged with all before.
  while (masks.length > 1) {
    masks = masks.flatMap((mask, i) => (i % 2 === 1 ? [] : [i + 1 < masks.length ? rleUnion(mask, masks[i + 1] ?? mask) : mask]));
  }
  return masks[0] ?? { size: [h, w], counts: Uint32Array.of(h * w) };
}

/** Gives the crossings so far. */
function addRing(ring: Ring, before: number): number {
  let crossings = before;
  const corners = ring.length >> 1;
  let x0 = onFineGrid(ring[2 * corners - 2] ?? 0);
  let y0 = onFineGrid(ring[2 * corners - 1] ?? 0);
  for (let i = 0; i < corners; i++) {
    const x1 = onFineGrid(ring[2 * i] ?? 0);
    const y1 = onFineGrid(ring[2 * i + 1] ?? 0);
    crossings += changes.addSide(x0, y0, x1, y1);
    if (crossings > MOST_CROSSINGS) throw new MaskwrightError('too-large', 'This polygon has too many long edges to be filled. Simplify it and try again.');
    x0 = x1;
    y0 = y1;
  }
  return crossings;
}

function runsOf(h: number, w: number): Uint32Array {
  const runs = new RunWriter();
  if (changes.right < 0) {
    runs.add(false, h * w);
    return runs.finish();
  }
  runs.add(false, changes.left * h);
  changes.forEachColumn((rows, from, end) => {
    // Rings are closed, so that they cross each column an even number of times; twice, nearly always.
    if (end - from === 2) {
      runs.addColumn(rows[from] ?? 0, rows[from + 1] ?? 0, h);
      return;
    }
    let at = 0;
    for (let i = from; i < end; i++) {
      const row = rows[i] ?? 0;
      runs.add((i - from) % 2 === 1, row - at);
      at = row;
    }
    runs.add(false, h - at);
  });
  runs.add(false, (w - 1 - changes.right) * h);
  return runs.finish();
}
