import type { Shape } from '../../src-shared/domain/schema.ts';
import { rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';

/** A mask as one draws it: a row a line, # inside. */
export const mask = (...rows: string[]): Shape => maskShape(rleFromBitmap(Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0)), rows.length, rows[0]?.length ?? 0));

/** The inverse of mask, of any shape: # inside, . outside. */
export function drawn(shape: Shape, height: number, width: number): string[] {
  const bitmap = rleToBitmap(shapeToRle(shape, height, width));
  return Array.from({ length: height }, (_, y) => [...bitmap.subarray(y * width, (y + 1) * width)].map((inside) => (inside ? '#' : '.')).join(''));
}
