import type { Box, PolygonPart, Ring, Shape } from '../../../src-shared/domain/schema.ts';

/** How far a polygon or box reaches beyond an image of width × height pixels, in pixels, and its whole box; null when it does not. A mask cannot. */
export function reachOutside(shape: Shape, width: number, height: number): { readonly distance: number; readonly box: Box } | null {
  const box = extentOf(shape);
  if (box === null) return null;
  const distance = Math.max(-box.x, -box.y, box.x + box.width - width, box.y + box.height - height);
  return distance > 0 ? { distance, box } : null;
}

type Reach = ReturnType<typeof reachOutside>;

/** Whether the rule 'outside' finds a shape of so many pixels in the image. */
export const isOutside = (area: number, reach: Reach, thresholds: Readonly<Record<string, number>>): boolean => reach !== null && (area === 0 || reach.distance >= (thresholds['distance'] ?? 0));
/** Whether the rule 'empty' does: what has no pixel because it lies outside is told by 'outside'. */
export const isEmpty = (area: number, reach: Reach): boolean => area === 0 && reach === null;

/** Of the vertices, not of the pixels. */
function extentOf(shape: Shape): Box | null {
  if (shape.kind === 'mask') return null;
  if (shape.kind === 'box') return shape.box;
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (const { outer } of shape.parts) {
    for (let i = 0; i < outer.length; i += 2) {
      const [x, y] = [outer[i] ?? 0, outer[i + 1] ?? 0];
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Whether a point is on the side that is kept, and how far along an edge the border lies. */
interface Border {
  readonly axis: 0 | 1;
  readonly at: number;
  readonly keepBelow: boolean;
}

/**
 * The parts cut at the image's edge; parts of which nothing is left go. Each ring by itself, one border after another
 * (I. Sutherland and G. Hodgman, Reentrant polygon clipping, 1974): a ring that leaves and comes back runs along the edge,
 * there and back, which changes no pixel by the even-odd rule.
 */
export function clipParts(parts: readonly PolygonPart[], width: number, height: number): PolygonPart[] {
  const borders: Border[] = [{ axis: 0, at: 0, keepBelow: false }, { axis: 0, at: width, keepBelow: true }, { axis: 1, at: 0, keepBelow: false }, { axis: 1, at: height, keepBelow: true }];
  return parts.flatMap(({ outer, holes }) => {
    // Rings count together: where the outer one is gone, what was a hole in it is left of it.
    const [first, ...rest] = [outer, ...holes].map((ring) => borders.reduce(clipRing, ring)).filter((ring) => ring.length >= 6);
    return first === undefined ? [] : [{ outer: first, holes: rest }];
  });
}

function clipRing(ring: Ring, { axis, at, keepBelow }: Border): Ring {
  const kept: number[] = [];
  const inside = (coordinate: number): boolean => (keepBelow ? coordinate <= at : coordinate >= at);
  for (let i = 0; i < ring.length; i += 2) {
    const from = [ring[i] ?? 0, ring[i + 1] ?? 0] as const;
    const j = (i + 2) % ring.length;
    const to = [ring[j] ?? 0, ring[j + 1] ?? 0] as const;
    if (inside(from[axis])) kept.push(...from);
    if (inside(from[axis]) === inside(to[axis])) continue;
    const other = axis === 0 ? 1 : 0;
    const crossing = from[other] + ((at - from[axis]) / (to[axis] - from[axis])) * (to[other] - from[other]);
    kept.push(...(axis === 0 ? [at, crossing] : [crossing, at]));
  }
  return kept;
}
