import type { Box, Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { rleArea } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import type { ReadBack } from '../format.ts';

/** A shape as formats hold it that know one ring, a box and a mask for an object: CVAT, Datumaro, Label Studio. */
export type PlainShape = { readonly kind: 'ring'; readonly ring: Ring } | { readonly kind: 'box'; readonly box: Box } | { readonly kind: 'mask'; readonly rle: Rle };

/** On an image of h × w pixels. A polygon with holes or several parts becomes its mask. Throws as shapeToRle does. */
export function plainShape(shape: Shape, h: number, w: number): PlainShape {
  if (shape.kind === 'box') return { kind: 'box', box: shape.box };
  const [part, ...more] = shape.kind === 'polygon' ? shape.parts : [];
  if (part !== undefined && more.length === 0 && part.holes.length === 0) return { kind: 'ring', ring: part.outer };
  return { kind: 'mask', rle: shapeToRle(shape, h, w) };
}

/** A mask of no pixel, which those formats cannot place. */
export const isNothing = (shape: PlainShape): boolean => shape.kind === 'mask' && rleArea(shape.rle) === 0;

/** For the preflight. @param more what else is lost of the instance */
export function plainBack(shape: Shape, { width, height }: { readonly width: number; readonly height: number }, format: string, more: readonly string[]): ReadBack {
  const mask = shapeToRle(shape, height, width);
  if (rleArea(mask) === 0 && isNothing(plainShape(shape, height, width))) return { mask, reasons: ['it covers no pixel'] };
  return { mask, own: mask, reasons: [...plainLosses(shape, format), ...more], written: true };
}

/** What gets lost of a shape on the way into a PlainShape, in words for a person. */
function plainLosses(shape: Shape, format: string): string[] {
  if (shape.kind !== 'polygon') return [];
  const holes = shape.parts.reduce((sum, part) => sum + part.holes.length, 0);
  const what = [
    ...(shape.parts.length > 1 ? [`${shape.parts.length} parts`] : []),
    ...(holes > 0 ? [holes === 1 ? 'a hole' : `${holes} holes`] : []),
  ];
  return what.length === 0 ? [] : [`a polygon with ${what.join(' and ')} becomes a mask, as ${format}’s polygons are one outline: its pixels stay, its corners do not`];
}
