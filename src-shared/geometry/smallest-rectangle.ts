import type { Ring } from '../domain/schema.ts';

type Point = readonly [number, number];

/**
 * The rectangle of least area around points, turned as it must be: its four corners, clockwise on the screen. One of its sides lies on a
 * side of the points' convex hull (H. Freeman and R. Shapira, "Determining the minimum-area encasing rectangle for an arbitrary
 * closed curve", CACM 18, 1975). Of equal areas the one whose side comes first on the hull. Null for fewer than three points
 * that are not on one line.
 * @param ring x and y in turn, in any unit
 */
export function smallestRectangle(ring: Ring): Ring | null {
  const hull = convexHull(ring);
  if (hull.length < 3) return null;
  let best: { readonly area: number; readonly corners: Ring } | null = null;
  for (const [i, [x0, y0]] of hull.entries()) {
    const [x1, y1] = hull[(i + 1) % hull.length] ?? [x0, y0];
    const length = Math.hypot(x1 - x0, y1 - y0);
    const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [x, y] of hull) {
      const [along, across] = [(x - x0) * ux + (y - y0) * uy, (y - y0) * ux - (x - x0) * uy];
      left = Math.min(left, along);
      right = Math.max(right, along);
      top = Math.min(top, across);
      bottom = Math.max(bottom, across);
    }
    const area = (right - left) * (bottom - top);
    if (best !== null && area >= best.area) continue;
    const at = (along: number, across: number): number[] => [x0 + along * ux - across * uy, y0 + along * uy + across * ux];
    best = { area, corners: [...at(left, top), ...at(right, top), ...at(right, bottom), ...at(left, bottom)] };
  }
  return best?.corners ?? null;
}

/** Andrew's monotone chain, "Another efficient algorithm for convex hulls in two dimensions", 1979: no three corners on one line. */
function convexHull(ring: Ring): Point[] {
  const points: Point[] = Array.from({ length: ring.length >> 1 }, (_, i): Point => [ring[2 * i] ?? 0, ring[2 * i + 1] ?? 0]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const lower = chain(points);
  const upper = chain(points.toReversed());
  return [...lower.slice(0, -1), ...upper.slice(0, -1)];
}

function chain(points: readonly Point[]): Point[] {
  const out: Point[] = [];
  for (const point of points) {
    while (out.length >= 2 && turn(out.at(-2) ?? point, out.at(-1) ?? point, point) <= 0) out.pop();
    out.push(point);
  }
  return out;
}

const turn = (a: Point, b: Point, c: Point): number => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
