import { MaskwrightError } from '../contract/errors.ts';
import type { Box } from '../domain/schema.ts';
import { forEachColumnRun } from './rle.ts';
import type { Rle } from './rle.ts';
import { RunWriter } from './run-writer.ts';

/*
 * Connected regions on the run lengths themselves: strips of neighbouring columns are joined in disjoint sets, so cost
 * follows the number of runs, not of pixels.
 */

/** Which pixels are neighbours: those that share a side (4), or a side or a corner (8). */
export type Connectivity = 4 | 8;

export interface Region {
  readonly area: number;
  /** Row-major index of its first pixel in reading order. */
  readonly start: number;
  /** Whether it reaches the image's edge. */
  readonly atEdge: boolean;
  /** Whole pixels. */
  readonly box: Box;
}

/**
 * The connected parts of a mask, each a mask of its own, in the order of their first pixel, column by column. Throws
 * 'too-large' when there are more than `most`, which only noise has: each takes a kilobyte.
 */
export function components(mask: Rle, connectivity: Connectivity, most = 100_000): Rle[] {
  const h = mask.size[0];
  const strips = stripsOf(mask);
  const regionOf = connect(strips, connectivity);
  const found: { readonly runs: RunWriter; end: number }[] = [];
  for (const [i, region] of regionOf.entries()) {
    if (region >= most) throw new MaskwrightError('too-large', `This mask has more than ${most.toLocaleString('en')} separate parts: it is noise rather than an object. Draw it again, or delete it.`);
    const part = (found[region] ??= { runs: new RunWriter(), end: 0 });
    const start = (strips.x[i] ?? 0) * h + (strips.top[i] ?? 0);
    const length = (strips.bottom[i] ?? 0) - (strips.top[i] ?? 0);
    part.runs.add(false, start - part.end);
    part.runs.add(true, length);
    part.end = start + length;
  }
  return found.map(({ runs, end }) => {
    runs.add(false, h * mask.size[1] - end);
    return { size: [h, mask.size[1]], counts: runs.finish() };
  });
}

/** Fills holes of at most `mostArea` pixels: what is outside and cut off from the image's edge by pixels connected in this way. Returns the mask itself when there are none. */
export function fillHoles(mask: Rle, connectivity: Connectivity, mostArea = Infinity): Rle {
  // Where corners connect the inside they part the outside, and the other way round.
  return flipRegions(mask, false, connectivity === 4 ? 8 : 4, (holes) => holes.map(({ area, atEdge }) => !atEdge && area <= mostArea));
}

/** Removes connected parts of fewer than `leastArea` pixels, all of them if need be. Returns the mask itself when there are none. */
export function removeIslands(mask: Rle, connectivity: Connectivity, leastArea: number): Rle {
  return flipRegions(mask, true, connectivity, (islands) => islands.map(({ area }) => area < leastArea));
}

/**
 * Whether a mask is plainly one part, corners connecting, and has no holes: it has a single strip in each of its columns, each
 * beside the one before. Most outlines of objects are so, and one walk tells it; false says nothing.
 */
export function isPlain(mask: Rle): boolean {
  let column = -1, above = 0, below = 0;
  let plain = true;
  forEachColumnRun(mask, (x, top, bottom) => {
    if (column !== -1 && (x !== column + 1 || top > below || bottom < above)) plain = false;
    column = x;
    above = top;
    below = bottom;
  });
  return plain;
}

/** The connected regions of pixels inside (or outside) a mask, in the order of their first pixel, column by column. Memory follows the number of runs: some 50 bytes each. */
export function regionsOf(mask: Rle, inside: boolean, connectivity: Connectivity): Region[] {
  const [h, w] = mask.size;
  const strips = sideStrips(mask, inside);
  return measure(strips, connect(strips, connectivity), h, w);
}

/** Turns the regions of pixels inside (or outside) that `choose` names into the opposite. Returns the mask itself when it names none. */
export function flipRegions(mask: Rle, inside: boolean, connectivity: Connectivity, choose: (regions: readonly Region[]) => readonly boolean[]): Rle {
  const [h, w] = mask.size;
  const strips = sideStrips(mask, inside);
  const regionOf = connect(strips, connectivity);
  const flipped = choose(measure(strips, regionOf, h, w));
  if (!flipped.includes(true)) return mask;
  const writer = new RunWriter();
  let at = 0;
  for (const [i, region] of regionOf.entries()) {
    const start = (strips.x[i] ?? 0) * h + (strips.top[i] ?? 0);
    const length = (strips.bottom[i] ?? 0) - (strips.top[i] ?? 0);
    writer.add(!inside, start - at);
    writer.add(flipped[region] === true ? !inside : inside, length);
    at = start + length;
  }
  writer.add(!inside, h * w - at);
  return { size: [h, w], counts: writer.finish() };
}

/** A run of no zeros in front makes the outside the inside. */
const sideStrips = (mask: Rle, inside: boolean): Strips => stripsOf(inside ? mask : { size: mask.size, counts: withZeroFirst(mask.counts) });

function withZeroFirst(counts: Uint32Array): Uint32Array {
  const longer = new Uint32Array(counts.length + 1);
  longer.set(counts, 1);
  return longer;
}

/** Vertical strips of one value, in column-major order, rows top ≤ y < bottom. */
interface Strips {
  readonly x: Uint16Array;
  readonly top: Uint16Array;
  readonly bottom: Uint16Array;
}

function stripsOf(runs: Rle): Strips {
  let count = 0;
  forEachColumnRun(runs, () => count++);
  // No side is longer than 65,535 (MAX_SIDE).
  const strips: Strips = { x: new Uint16Array(count), top: new Uint16Array(count), bottom: new Uint16Array(count) };
  let i = 0;
  forEachColumnRun(runs, (x, top, bottom) => {
    strips.x[i] = x;
    strips.top[i] = top;
    strips.bottom[i++] = bottom;
  });
  return strips;
}

/** The region's number of each strip, regions in the order of their first strips. */
function connect({ x, top, bottom }: Strips, connectivity: Connectivity): Int32Array {
  const parent = new Int32Array(x.length).map((_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while ((parent[at] ?? at) !== at) {
      parent[at] = parent[parent[at] ?? at] ?? at;
      at = parent[at] ?? at;
    }
    return at;
  };
  const join = (i: number, j: number): void => {
    const [a, b] = [root(i), root(j)];
    parent[Math.max(a, b)] = Math.min(a, b);
  };
  /** Rows that two strips may lie apart and still touch: strips that only meet at a corner are 0 rows apart, others overlap. */
  const apart = connectivity === 8 ? 0 : -1;
  // `before` runs through the strips of the column to the left.
  for (let i = 0, before = 0; i < x.length; i++) {
    const column = x[i] ?? 0;
    // A mask with runs of length 0 has strips of one column that meet.
    if (i > 0 && x[i - 1] === column && bottom[i - 1] === top[i]) join(i, i - 1);
    while (before < i && ((x[before] ?? 0) < column - 1 || ((x[before] ?? 0) === column - 1 && (top[i] ?? 0) - (bottom[before] ?? 0) > apart))) before++;
    for (let j = before; j < i && x[j] === column - 1 && (top[j] ?? 0) - (bottom[i] ?? 0) <= apart; j++) join(i, j);
  }
  const numbers = new Int32Array(x.length);
  let regions = 0;
  // A root is the first of its strips.
  for (let i = 0; i < x.length; i++) numbers[i] = root(i) === i ? regions++ : (numbers[root(i)] ?? 0);
  return numbers;
}

function measure({ x, top, bottom }: Strips, regionOf: Int32Array, h: number, w: number): Region[] {
  const regions: { area: number; start: number; atEdge: boolean; box: { x: number; y: number; width: number; height: number } }[] = [];
  for (const [i, number] of regionOf.entries()) {
    const [column, first, end] = [x[i] ?? 0, top[i] ?? 0, bottom[i] ?? 0];
    const region = (regions[number] ??= { area: 0, start: Infinity, atEdge: false, box: { x: column, y: first, width: 0, height: 0 } });
    region.area += end - first;
    region.start = Math.min(region.start, first * w + column);
    if (column === 0 || column === w - 1 || first === 0 || end === h) region.atEdge = true;
    const { box } = region;
    const lowest = Math.max(box.y + box.height, end);
    box.y = Math.min(box.y, first);
    box.height = lowest - box.y;
    // Columns come from left to right.
    box.width = column - box.x + 1;
  }
  return regions;
}
