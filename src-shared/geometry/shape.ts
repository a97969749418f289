import { MaskwrightError } from '../contract/errors.ts';
import type { Box, MaskShape, PolygonPart, Shape } from '../domain/schema.ts';
import { maskToParts } from './contours.ts';
import { packCounts, unpackCounts } from './packed-counts.ts';
import { rasterizeParts } from './rasterize.ts';
import { canonicalRle, rleArea, rleBox, validateRle } from './rle.ts';
import type { Rle } from './rle.ts';

export function maskShape(rle: Rle): MaskShape {
  return { kind: 'mask', size: [rle.size[0], rle.size[1]], counts: packCounts(canonicalRle(rle).counts) };
}

/** Throws 'bad-request' when the packed counts are malformed or do not add up to the mask's size. */
export function maskRle(shape: MaskShape): Rle {
  const rle: Rle = { size: [shape.size[0], shape.size[1]], counts: unpackCounts(shape.counts) };
  validateRle(rle);
  return canonicalRle(rle);
}

/** The box's four corners as a polygon, clockwise on the screen. */
export function boxPart(box: Box): PolygonPart {
  const right = box.x + box.width;
  const bottom = box.y + box.height;
  return { outer: [box.x, box.y, right, box.y, right, bottom, box.x, bottom], holes: [] };
}

/**
 * Any shape as a mask of an image of h × w pixels; polygons and boxes by the rule of rasterizeParts.
 * Throws 'bad-request' for a mask that is damaged or of another size.
 */
export function shapeToRle(shape: Shape, h: number, w: number): Rle {
  switch (shape.kind) {
    case 'mask': {
      const rle = maskRle(shape);
      if (rle.size[0] !== h || rle.size[1] !== w) {
        throw new MaskwrightError('bad-request', `A mask of ${rle.size[1]} × ${rle.size[0]} pixels does not fit its image of ${w} × ${h}.`);
      }
      return rle;
    }
    case 'polygon':
      return rasterizeParts(shape.parts, h, w);
    case 'box':
      return rasterizeParts([boxPart(shape.box)], h, w);
  }
}

/** The outline of any shape, in image pixels: of a mask along its pixels' edges. Throws 'bad-request' for a damaged mask. */
export function shapeToParts(shape: Shape): PolygonPart[] {
  switch (shape.kind) {
    case 'mask':
      return maskToParts(maskRle(shape));
    case 'polygon':
      return shape.parts;
    case 'box':
      return [boxPart(shape.box)];
  }
}

/**
 * Area in pixels and box in image pixels, recomputed from the shape: of the mask for masks and polygons (an empty one
 * has zeros); a box has itself and width × height, fractions included.
 */
export function shapeMeasures(shape: Shape, h: number, w: number): { area: number; box: Box } {
  if (shape.kind === 'box') return { area: shape.box.width * shape.box.height, box: { ...shape.box } };
  const rle = shapeToRle(shape, h, w);
  return { area: rleArea(rle), box: rleBox(rle) };
}
