import type { Ring } from '../../../../src-shared/domain/schema.ts';

/** In image pixels: the center and the two half-axes. */
export interface Ellipse {
  readonly cx: number;
  readonly cy: number;
  readonly rx: number;
  readonly ry: number;
}

/** How far, in pixels, the polygon's edges may lie from the ellipse. */
const TOLERANCE = 0.01;
const FEWEST = 24;
const MOST = 1_440;
/** Farther than sums of doubles go astray, nearer than a hand moves a corner. */
const NEAR = 1e-4;

/** The polygon of an ellipse turned clockwise on the screen by `degrees` about its center: corners on the ellipse, edges within a hundredth of a pixel of it up to a half-axis of 2,000 pixels. */
export function ellipseRing({ cx, cy, rx, ry }: Ellipse, degrees: number): Ring {
  const radius = Math.max(rx, ry, TOLERANCE);
  const corners = Math.min(MOST, Math.max(FEWEST, 4 * Math.ceil(Math.PI / (4 * Math.acos(1 - Math.min(1, TOLERANCE / radius))))));
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const ring: Ring = [];
  for (let i = 0; i < corners; i++) {
    const angle = (2 * Math.PI * i) / corners;
    const [dx, dy] = [rx * Math.cos(angle), ry * Math.sin(angle)];
    ring.push(cx + dx * cos - dy * sin, cy + dx * sin + dy * cos);
  }
  return ring;
}

/** Whether a ring is still the one that ellipseRing made. */
export function isEllipseRing(ring: Ring, ellipse: Ellipse, degrees: number): boolean {
  const made = ellipseRing(ellipse, degrees);
  return made.length === ring.length && made.every((value, i) => Math.abs(value - (ring[i] ?? 0)) < NEAR);
}
