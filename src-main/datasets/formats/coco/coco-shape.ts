import type { Box, PolygonPart, Shape } from '../../../../src-shared/domain/schema.ts';
import { bridgeHoles } from '../../../../src-shared/geometry/bridge-holes.ts';
import { encodeCocoCounts } from '../../../../src-shared/geometry/coco-counts.ts';
import { maskToParts } from '../../../../src-shared/geometry/contours.ts';
import { rasterizeParts } from '../../../../src-shared/geometry/rasterize.ts';
import { rleArea, rleBox } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { rleIou } from '../../../../src-shared/geometry/rle-algebra.ts';
import { boxPart, shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import { simplifyPart } from '../../../../src-shared/geometry/simplify-contour.ts';

/** How shapes are written: run lengths keep every pixel; polygons are read by every program; as drawn is each in its own form. */
export type CocoForm = 'rle' | 'polygons' | 'as-drawn';

/** COCO's polygons have no holes and its boxes no shape of their own, so that only polygons without holes stay what they are. */
export const isPolygonIn = (shape: Shape, form: CocoForm): boolean =>
  form === 'polygons' || (form === 'as-drawn' && shape.kind === 'polygon' && shape.parts.every(({ holes }) => holes.length === 0));

/** COCO's two forms of `segmentation` for one object (https://cocodataset.org/#format-data). */
export type CocoSegmentation = { size: [number, number]; counts: string } | number[][];

/** A shape as COCO holds it, and what its readers make of it. */
export interface CocoShape {
  /** Encoded when it is asked for: the preflight has no need of it. */
  readonly segmentation: () => CocoSegmentation;
  /** The pixels that the shape covers here. */
  readonly own: Rle;
  /** The mask that pycocotools reads back, its pixels, and its box (x, y, width, height); a drawn box stays as it was drawn. */
  readonly mask: Rle;
  readonly area: number;
  readonly box: Box;
  /** What a reader gets otherwise than it was drawn, in words; empty when nothing is lost. */
  readonly reasons: string[];
}

/**
 * The shape of an instance on an image of width × height pixels. Run lengths carry every shape's pixels exactly.
 * Polygons of masks are outlines that COCO's rule gives back to the pixel (simplifyPart); holes, which COCO's polygons
 * do not have, are bridged to the outline. Drawn polygons and boxes keep every digit of their vertices; they are filled by
 * COCO's rule here as there, so their pixels stay the same.
 */
export function cocoShape(shape: Shape, width: number, height: number, form: CocoForm): CocoShape {
  const canonical = shapeToRle(shape, height, width);
  const written = isPolygonIn(shape, form) ? asPolygons(shape, canonical) : asRunLengths(canonical);
  return {
    segmentation: written.segmentation,
    own: canonical,
    area: rleArea(written.read),
    box: shape.kind === 'box' ? shape.box : rleBox(written.read),
    mask: written.read,
    reasons: reasons(canonical, written),
  };
}

interface Written {
  readonly segmentation: () => CocoSegmentation;
  /** The mask a reader gets. */
  readonly read: Rle;
  readonly parts: readonly PolygonPart[];
}

function asRunLengths(rle: Rle): Written {
  return { segmentation: () => ({ size: rle.size, counts: encodeCocoCounts(rle.counts) }), read: rle, parts: [] };
}

function asPolygons(shape: Shape, canonical: Rle): Written {
  const parts = partsOf(shape, canonical);
  const polygons = shape.kind === 'mask' ? parts.map((part) => bridgeHoles(part).map(hundredths)) : parts.map(bridgeHoles);
  const read = shape.kind === 'mask' ? rasterizeParts(polygons.map((outer) => ({ outer, holes: [] })), ...canonical.size) : canonical;
  return { segmentation: () => polygons, read, parts };
}

function partsOf(shape: Shape, canonical: Rle): readonly PolygonPart[] {
  switch (shape.kind) {
    case 'mask':
      return maskToParts(canonical).map((part) => simplifyPart(part, canonical.size[0]));
    case 'polygon':
      return shape.parts;
    case 'box':
      return [boxPart(shape.box)];
  }
}

/** For outlines of masks, whose heights are fifths of a pixel: drops the last bit's noise. */
const hundredths = (value: number): number => Math.round(value * 100) / 100;

function reasons(canonical: Rle, { read, parts }: Written): string[] {
  const found: string[] = [];
  const holes = parts.reduce((sum, part) => sum + part.holes.length, 0);
  if (rleArea(canonical) === 0) found.push('it covers no pixel');
  else if (read !== canonical && rleIou(canonical, read) < 1) found.push('its outline does not give all of its pixels back');
  if (holes > 0) found.push(`${holes === 1 ? '1 hole' : `${holes} holes`} joined to the outline by a bridge, which programs that paint outlines show as a thin line`);
  if (found.length > 0 && parts.length > 1) found.push(`its ${parts.length} parts become several polygons of one annotation`);
  return found;
}
