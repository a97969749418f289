import type { Box, Ring } from '../../../../src-shared/domain/schema.ts';

/** Coordinates in files: a millionth of a pixel is far below anything drawn, and sums of such numbers stay what they are. Never -0. */
export const millionths = (value: number): number => Math.round(value * 1e6) / 1e6 + 0;

/** Farther than sums and turns of doubles go astray, nearer than a hand moves a corner. */
const NEAR = 1e-4;

/**
 * The corners of a box (image pixels) turned clockwise on the screen by `degrees`: top left, top right, bottom right and
 * bottom left as they were before. `about` is the point of the box that stays: its centre, or its top-left corner.
 */
export function turnedBoxRing({ x, y, width, height }: Box, degrees: number, about: 'centre' | 'corner'): Ring {
  const [px, py] = about === 'centre' ? [x + width / 2, y + height / 2] : [x, y];
  return turned([x, y, x + width, y, x + width, y + height, x, y + height], px, py, degrees);
}

/** The box that turnedBoxRing made the ring of, or null when it is no such ring (any more). */
export function turnedRingBox(ring: Ring, degrees: number, about: 'centre' | 'corner'): Box | null {
  if (ring.length !== 8) return null;
  const [x0 = 0, y0 = 0, , , x2 = 0, y2 = 0] = ring;
  const [px, py] = about === 'centre' ? [(x0 + x2) / 2, (y0 + y2) / 2] : [x0, y0];
  const [left = 0, top = 0, right = 0, , , bottom = 0] = turned(ring, px, py, -degrees);
  const box = { x: left, y: top, width: right - left, height: bottom - top };
  const same = box.width >= 0 && box.height >= 0 && turnedBoxRing(box, degrees, about).every((value, i) => Math.abs(value - (ring[i] ?? 0)) < NEAR);
  return same ? box : null;
}

function turned(ring: Ring, px: number, py: number, degrees: number): Ring {
  const sin = Math.sin((degrees * Math.PI) / 180);
  const cos = Math.cos((degrees * Math.PI) / 180);
  const out: Ring = [];
  for (let i = 0; i < ring.length; i += 2) {
    const [dx, dy] = [(ring[i] ?? 0) - px, (ring[i + 1] ?? 0) - py];
    out.push(px + dx * cos - dy * sin, py + dx * sin + dy * cos);
  }
  return out;
}
