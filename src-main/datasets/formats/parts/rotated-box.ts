import type { Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { maskToParts } from '../../../../src-shared/geometry/contours.ts';
import { rasterizeParts } from '../../../../src-shared/geometry/rasterize.ts';
import { rleArea } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { shapeToParts, shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import { smallestRectangle } from '../../../../src-shared/geometry/smallest-rectangle.ts';
import type { ReadBack } from '../format.ts';
import { millionths } from './turned-box.ts';

/** Farther than a rectangle's corners are rounded, nearer than a hand moves one. */
const NEAR = 1e-3;

/** The four corners of the smallest rotated box around a shape on an image of height × width pixels; a drawn quadrilateral stays as it is. Null when it covers no pixel. */
export function rotatedBox(shape: Shape, height: number, width: number): Ring | null {
  const mask = shapeToRle(shape, height, width);
  if (rleArea(mask) === 0) return null;
  const parts = shape.kind === 'mask' ? maskToParts(mask) : shapeToParts(shape);
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0 && only.outer.length === 8 && only.holes.length === 0) return only.outer;
  return smallestRectangle(parts.flatMap(({ outer }) => outer))?.map(millionths) ?? null;
}

/** For the preflight of a format of rotated boxes. @param read the corners as they come back, or null when it is not written */
export function rotatedBack(shape: Shape, { width, height }: { readonly width: number; readonly height: number }, read: Ring | null): ReadBack {
  if (read === null) return { mask: nothing(height, width), reasons: ['it covers no pixel'] };
  const corners = shape.kind === 'polygon' && shape.parts.length === 1 ? (shape.parts[0]?.outer ?? []) : [];
  const isKept = corners.length === 8 && shape.kind === 'polygon' && shape.parts[0]?.holes.length === 0 && corners.every((value, i) => Math.abs(value - (read[i] ?? 0)) < NEAR);
  return { mask: rasterizeParts([{ outer: read, holes: [] }], height, width), reasons: isKept ? [] : [shape.kind === 'box' ? 'its box becomes a polygon of four corners' : 'only its smallest rotated box is kept'], written: true };
}

const nothing = (height: number, width: number): Rle => ({ size: [height, width], counts: Uint32Array.of(height * width) });
