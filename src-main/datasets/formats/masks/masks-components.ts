import type { LabelMap } from '../../../../src-shared/geometry/label-map.ts';

/** How many pieces of equal numbers but 0 a map of width × height pixels has; pixels that touch at a side or corner are of one piece. */
export function componentsOf(map: LabelMap, width: number, height: number): number {
  // Union-find over pixels, by the smallest index of a piece.
  const parent = new Int32Array(width * height);
  const find = (i: number): number => {
    let root = i;
    while (parent[root] !== root) root = parent[root] ?? root;
    for (let at = i; parent[at] !== root; ) {
      const next = parent[at] ?? root;
      parent[at] = root;
      at = next;
    }
    return root;
  };
  let pieces = 0;
  const join = (i: number, other: number): void => {
    if (map[other] !== map[i]) return;
    const [a, b] = [find(i), find(other)];
    if (a === b) return;
    parent[Math.max(a, b)] = Math.min(a, b);
    pieces--;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      parent[i] = i;
      if (map[i] === 0) continue;
      pieces++;
      if (x > 0) join(i, i - 1);
      if (y === 0) continue;
      join(i, i - width);
      if (x > 0) join(i, i - width - 1);
      if (x < width - 1) join(i, i - width + 1);
    }
  }
  return pieces;
}
