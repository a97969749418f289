import type { Box, Shape } from '../domain/schema.ts';
import { shapeMeasures } from './shape.ts';

export interface FittedShape {
  readonly shape: Shape;
  /** Pixels inside the image; 0 when nothing of the shape lies there. */
  readonly area: number;
  readonly box: Box;
}

/**
 * A shape as it is kept on an image of width × height pixels, with area and box recomputed. A box that was drawn past the
 * image's edge is cut there. Throws 'bad-request' for a mask that is damaged or of another size.
 */
export function fitShape(shape: Shape, width: number, height: number): FittedShape {
  const kept: Shape = shape.kind === 'box' ? { kind: 'box', box: clip(shape.box, width, height) } : shape;
  return { shape: kept, ...shapeMeasures(kept, height, width) };
}

function clip(box: Box, width: number, height: number): Box {
  const left = Math.max(0, box.x);
  const top = Math.max(0, box.y);
  return { x: left, y: top, width: Math.max(0, Math.min(width, box.x + box.width) - left), height: Math.max(0, Math.min(height, box.y + box.height) - top) };
}
