import type { Box } from '../../src-shared/domain/schema.ts';
import { imagePoint, type ImagePoint } from '../../src-shared/geometry/coordinates.ts';
import { shapeContains } from './hit-test.ts';
import type { OverlayCandidate } from './types.ts';

/**
 * Which candidates a gesture means. `shown` is in painting order, largest first, and each hides what it lies over: so the
 * one that a person sees at a point is the last that contains it.
 */

/** The candidate seen at an image point; null where there is none. */
export function candidateAt(shown: readonly OverlayCandidate[], point: ImagePoint): OverlayCandidate | null {
  return shown.findLast((candidate) => inBox(candidate.box, point) && shapeContains(candidate.shape, point)) ?? null;
}

/** Ids of the candidates seen along the line from one image point to another, at every pixel that it passes. */
export function candidatesAlong(shown: readonly OverlayCandidate[], from: ImagePoint, to: ImagePoint): Set<number> {
  const [left, right] = [Math.floor(Math.min(from.x, to.x)), Math.floor(Math.max(from.x, to.x))];
  const [top, bottom] = [Math.floor(Math.min(from.y, to.y)), Math.floor(Math.max(from.y, to.y))];
  // Those whose box the line's own does not meet cannot be touched.
  const near = shown.filter(({ box }) => left < box.x + box.width && right >= box.x && top < box.y + box.height && bottom >= box.y);
  const touched = new Set<number>();
  if (near.length === 0) return touched;
  for (const pixel of pixelsAlong(from, to)) {
    const found = candidateAt(near, pixel);
    if (found) touched.add(found.id);
  }
  return touched;
}

/** Ids of the candidates of which every pixel lies in the box. */
export function candidatesInside(shown: readonly OverlayCandidate[], { x, y, width, height }: Box): Set<number> {
  const inside = shown.filter(({ box }) => box.x >= x && box.y >= y && box.x + box.width <= x + width && box.y + box.height <= y + height);
  return new Set(inside.map(({ id }) => id));
}

const inBox = (box: Box, { x, y }: ImagePoint): boolean => x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;

/**
 * Centres of the pixels that a line passes, in order (Amanatides and Woo, "A Fast Voxel Traversal Algorithm for Ray
 * Tracing", 1987).
 */
export function* pixelsAlong(from: ImagePoint, to: ImagePoint): Generator<ImagePoint> {
  let x = Math.floor(from.x);
  let y = Math.floor(from.y);
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  let [stepsX, stepsY] = [Math.abs(Math.floor(to.x) - x), Math.abs(Math.floor(to.y) - y)];
  // How much of the line lies between two pixel edges, and up to the first, along each axis.
  const [acrossX, acrossY] = [Math.abs(1 / dx), Math.abs(1 / dy)];
  let nextX = (dx > 0 ? x + 1 - from.x : from.x - x) * acrossX;
  let nextY = (dy > 0 ? y + 1 - from.y : from.y - y) * acrossY;
  yield imagePoint(x + 0.5, y + 0.5);
  // The steps of each axis are counted, so that the line ends where it should whatever is lost to rounding.
  while (stepsX + stepsY > 0) {
    if (stepsY === 0 || (stepsX > 0 && nextX < nextY)) {
      x += Math.sign(dx);
      nextX += acrossX;
      stepsX--;
    } else {
      y += Math.sign(dy);
      nextY += acrossY;
      stepsY--;
    }
    yield imagePoint(x + 0.5, y + 0.5);
  }
}
