import type { Box, Ring, Shape } from '../domain/schema.ts';
import { canonicalRle, forEachColumnRun } from './rle.ts';
import type { Rle } from './rle.ts';
import { RunWriter } from './run-writer.ts';
import { maskRle, maskShape } from './shape.ts';
import { transposeRle } from './transpose-rle.ts';

/** Whether an EXIF orientation (1–8) exchanges width and height. */
export const swapsSides = (orientation: number): boolean => orientation >= 5;

/**
 * A shape drawn on an image as it is stored, on the image turned upright as its EXIF orientation (1–8, TIFF 6.0's tag 274)
 * says. Exact: pixels stay pixels and corners stay corners. @param w @param h size in pixels of the stored image
 */
export function orientShape(shape: Shape, orientation: number, w: number, h: number): Shape {
  switch (shape.kind) {
    case 'mask':
      return maskShape(orientRle(maskRle(shape), orientation));
    case 'box':
      return { kind: 'box', box: orientBox(shape.box, orientation, w, h) };
    case 'polygon':
      return { kind: 'polygon', parts: shape.parts.map(({ outer, holes }) => ({ outer: orientRing(outer, orientation, w, h), holes: holes.map((hole) => orientRing(hole, orientation, w, h)) })) };
  }
}

/** Where a point of the stored image is in the upright one, in pixels. */
function orientPoint(x: number, y: number, orientation: number, w: number, h: number): [number, number] {
  switch (orientation) {
    case 2:
      return [w - x, y];
    case 3:
      return [w - x, h - y];
    case 4:
      return [x, h - y];
    case 5:
      return [y, x];
    case 6:
      return [h - y, x];
    case 7:
      return [h - y, w - x];
    case 8:
      return [y, w - x];
    default:
      return [x, y];
  }
}

function orientRing(ring: Ring, orientation: number, w: number, h: number): Ring {
  const turned: number[] = [];
  for (let i = 0; i + 1 < ring.length; i += 2) turned.push(...orientPoint(ring[i] ?? 0, ring[i + 1] ?? 0, orientation, w, h));
  return turned;
}

function orientBox({ x, y, width, height }: Box, orientation: number, w: number, h: number): Box {
  const [x1, y1] = orientPoint(x, y, orientation, w, h);
  const [x2, y2] = orientPoint(x + width, y + height, orientation, w, h);
  return { x: Math.min(x1, x2), y: Math.min(y1, y2), width: swapsSides(orientation) ? height : width, height: swapsSides(orientation) ? width : height };
}

/** Every orientation is made of mirroring at the diagonal, mirroring left to right, and a half turn. */
function orientRle(rle: Rle, orientation: number): Rle {
  const straight = swapsSides(orientation) ? transposeRle(rle) : rle;
  const mirrored = [2, 4, 6, 8].includes(orientation) ? mirrorRle(straight) : straight;
  return [3, 4, 7, 8].includes(orientation) ? halfTurn(mirrored) : mirrored;
}

/** Left becomes right. */
function mirrorRle(rle: Rle): Rle {
  const [h, w] = rle.size;
  const strips: [x: number, top: number, bottom: number][] = [];
  forEachColumnRun(rle, (x, top, bottom) => strips.push([w - 1 - x, top, bottom]));
  strips.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const runs = new RunWriter();
  let at = 0;
  for (const [x, top, bottom] of strips) {
    runs.add(false, x * h + top - at);
    runs.add(true, bottom - top);
    at = x * h + bottom;
  }
  runs.add(false, w * h - at);
  return { size: [h, w], counts: runs.finish() };
}

/** The last pixel becomes the first. */
function halfTurn(rle: Rle): Rle {
  const { size, counts } = canonicalRle(rle);
  const reversed = counts.toReversed();
  return canonicalRle({ size, counts: counts.length % 2 === 0 ? Uint32Array.from([0, ...reversed]) : reversed });
}
