import type { PolygonPart, Ring } from '../domain/schema.ts';

interface Vertex {
  readonly ring: number;
  readonly x: number;
  readonly y: number;
}

/**
 * A part as one ring: each hole joined to the ring on its left by a bridge walked there and back, the usual way to put
 * a hole into a format that has none. A bridge encloses nothing, so even-odd and non-zero filling by pixel centres see
 * the hole, as does COCO's polygon rule (a side and its reverse cancel); a program that also paints outlines shows the
 * bridge as a thin line. Vertices are only repeated, never moved. A part without holes is its outer ring.
 */
export function bridgeHoles(part: PolygonPart): Ring {
  if (part.holes.length === 0) return part.outer;
  const rings = [part.outer, ...part.holes];
  const vertices: Vertex[] = rings.flatMap((ring, r) =>
    Array.from({ length: ring.length / 2 }, (_, index) => ({ ring: r, x: ring[index * 2] ?? 0, y: ring[index * 2 + 1] ?? 0 })),
  );
  const xs = vertices.map((vertex) => vertex.x);
  const ys = vertices.map((vertex) => vertex.y);
  const next = circles(rings);
  const repeat = (vertex: number, before: number): number => {
    xs.push(xs[vertex] ?? 0);
    ys.push(ys[vertex] ?? 0);
    return next.push(before) - 1;
  };
  for (const { from, to } of findBridges(vertices)) {
    // …→ to → from → round the hole → from → to →…: one of each pair is a repetition.
    const entered = repeat(from, next[from] ?? 0);
    next[from] = repeat(to, next[to] ?? 0);
    next[to] = entered;
  }
  const out: Ring = [];
  let at = 0;
  do {
    out.push(xs[at] ?? 0, ys[at] ?? 0);
    at = next[at] ?? 0;
  } while (at !== 0);
  return out;
}

/** For each vertex of all rings, numbered through, the one after it on its ring. */
function circles(rings: readonly Ring[]): number[] {
  const next: number[] = [];
  for (const ring of rings) {
    const first = next.length;
    const count = ring.length / 2;
    for (let i = 0; i < count; i++) next.push(first + ((i + 1) % count));
  }
  return next;
}

/** For each hole its leftmost vertex, and the nearest vertex to the left of it on a ring that begins further left. */
function findBridges(vertices: readonly Vertex[]): { from: number; to: number }[] {
  const order = vertices.map((_, i) => i).sort((a, b) => {
    const [p, q] = [vertices[a], vertices[b]];
    return (p?.x ?? 0) - (q?.x ?? 0) || (p?.y ?? 0) - (q?.y ?? 0) || a - b;
  });
  // Rings hang only on rings that begin before them in this order, so no circle can arise; the outer ring is the root.
  const begun = new Set([0]);
  const bridges: { from: number; to: number }[] = [];
  order.forEach((from, position) => {
    const start = vertices[from];
    if (!start || begun.has(start.ring)) return;
    bridges.push({ from, to: nearestBefore(vertices, order, position, start) });
    begun.add(start.ring);
  });
  return bridges;
}

/** All vertices before `position` are of rings that have begun. Vertex 0, on the outer ring, when there is none. */
function nearestBefore(vertices: readonly Vertex[], order: readonly number[], position: number, start: Vertex): number {
  let nearest = 0;
  let best = Infinity;
  for (let i = position - 1; i >= 0; i--) {
    const candidate = order[i] ?? 0;
    const vertex = vertices[candidate];
    if (!vertex || (start.x - vertex.x) ** 2 >= best) break;
    const distance = (start.x - vertex.x) ** 2 + (start.y - vertex.y) ** 2;
    if (distance >= best) continue;
    best = distance;
    nearest = candidate;
  }
  return nearest;
}
