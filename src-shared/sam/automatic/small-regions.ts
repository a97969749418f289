import { forEachColumnRun } from '../../geometry/rle.ts';
import type { Rle } from '../../geometry/rle.ts';
import { RunWriter } from '../../geometry/run-writer.ts';

/**
 * Removes small regions (remove_small_regions of facebookresearch/segment-anything) on the run lengths themselves:
 * first holes of fewer than `minArea` pixels are filled, then islands of fewer are dropped; when every island is
 * smaller, the largest stays, of equal ones the first in reading order. Regions are 8-connected, and what lies outside
 * up to the image's edge counts as a hole too. Returns the mask itself when nothing changes.
 */
export function removeSmallRegions(mask: Rle, minArea: number): Rle {
  const filled = flip(mask, false, ({ areas }) => areas.map((area) => area < minArea));
  return flip(filled, true, ({ areas, starts }) => {
    const small = areas.map((area) => area < minArea);
    if (small.length > 0 && small.every(Boolean)) small[largest(areas, starts)] = false;
    return small;
  });
}

interface Regions {
  readonly areas: readonly number[];
  /** Row-major index of each region's first pixel. */
  readonly starts: readonly number[];
}

/** Vertical strips of one value, in column-major order, rows top ≤ y < bottom. */
interface Strips {
  readonly x: number[];
  readonly top: number[];
  readonly bottom: number[];
}

/** Turns the regions of pixels inside (or outside) that `choose` names into the opposite. */
function flip(mask: Rle, inside: boolean, choose: (regions: Regions) => boolean[]): Rle {
  const [h, w] = mask.size;
  // A run of no zeros in front makes the outside the inside.
  const runs: Rle = inside ? mask : { size: mask.size, counts: Uint32Array.of(0, ...mask.counts) };
  const strips = stripsOf(runs);
  const regionOf = connect(strips);
  const flipped = choose(measureRegions(strips, regionOf, w));
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

function stripsOf(runs: Rle): Strips {
  const strips: Strips = { x: [], top: [], bottom: [] };
  forEachColumnRun(runs, (x, top, bottom) => {
    strips.x.push(x);
    strips.top.push(top);
    strips.bottom.push(bottom);
  });
  return strips;
}

/** The region's number of each strip: strips of neighbouring columns belong together when they touch, corners included. */
function connect({ x, top, bottom }: Strips): Int32Array {
  const parent = Int32Array.from(x.keys());
  const root = (i: number): number => {
    let at = i;
    while ((parent[at] ?? at) !== at) {
      parent[at] = parent[parent[at] ?? at] ?? at;
      at = parent[at] ?? at;
    }
    return at;
  };
  // `before` runs through the strips of the column to the left.
  for (let i = 0, before = 0; i < x.length; i++) {
    const column = x[i] ?? 0;
    while (before < i && ((x[before] ?? 0) < column - 1 || ((x[before] ?? 0) === column - 1 && (bottom[before] ?? 0) < (top[i] ?? 0)))) before++;
    for (let j = before; j < i && x[j] === column - 1 && (top[j] ?? 0) <= (bottom[i] ?? 0); j++) {
      const [a, b] = [root(i), root(j)];
      parent[Math.max(a, b)] = Math.min(a, b);
    }
  }
  const numbers = new Int32Array(x.length);
  let regions = 0;
  // A root is the first of its strips.
  for (let i = 0; i < x.length; i++) numbers[i] = root(i) === i ? regions++ : (numbers[root(i)] ?? 0);
  return numbers;
}

function measureRegions({ x, top, bottom }: Strips, regionOf: Int32Array, width: number): Regions {
  const areas: number[] = [];
  const starts: number[] = [];
  for (const [i, region] of regionOf.entries()) {
    areas[region] = (areas[region] ?? 0) + (bottom[i] ?? 0) - (top[i] ?? 0);
    starts[region] = Math.min(starts[region] ?? Infinity, (top[i] ?? 0) * width + (x[i] ?? 0));
  }
  return { areas, starts };
}

function largest(areas: readonly number[], starts: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < areas.length; i++) {
    const larger = (areas[i] ?? 0) - (areas[best] ?? 0);
    if (larger > 0 || (larger === 0 && (starts[i] ?? 0) < (starts[best] ?? 0))) best = i;
  }
  return best;
}
