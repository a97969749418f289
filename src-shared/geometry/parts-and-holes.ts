import { forEachColumnRun } from './rle.ts';
import type { Rle } from './rle.ts';

/**
 * How many parts and holes a mask in canonical form has: parts connected over sides, holes not cut through at corners, as its
 * outline (maskToParts) has them. By Euler's formula on the strips of its columns: strips less touching pairs is parts less
 * holes, and each pair that joins two parts makes one of them.
 */
export function countPartsAndHoles(rle: Rle): { parts: number; holes: number } {
  let strips = 0, joined = 0, pairs = 0;
  let column = -1;
  // The strips of this column and of the one before: rows, and their place in `parent`.
  let here: number[] = [], before: number[] = [];
  let hereFirst = 0, beforeFirst = 0;
  let next = 0;
  const parent: number[] = [];
  const root = (i: number): number => {
    let at = i;
    while ((parent[at] ?? at) !== at) {
      parent[at] = parent[parent[at] ?? at] ?? at;
      at = parent[at] ?? at;
    }
    return at;
  };
  forEachColumnRun(rle, (x, top, bottom) => {
    if (x !== column) {
      [before, here] = x === column + 1 ? [here, before] : [[], []];
      here.length = 0;
      beforeFirst = hereFirst;
      hereFirst = strips;
      column = x;
      next = 0;
    }
    parent.push(strips);
    here.push(top, bottom);
    while (next < before.length && (before[next + 1] ?? 0) <= top) next += 2;
    for (let k = next; k < before.length && (before[k] ?? 0) < bottom; k += 2) {
      pairs++;
      const [a, b] = [root(strips), root(beforeFirst + (k >> 1))];
      if (a === b) continue;
      parent[Math.max(a, b)] = Math.min(a, b);
      joined++;
    }
    strips++;
  });
  return { parts: strips - joined, holes: pairs - joined };
}
