import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { decodeCocoCounts } from '../../../../src-shared/geometry/coco-counts.ts';
import { canonicalRle } from '../../../../src-shared/geometry/rle.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import type { Forgiven } from '../parts/forgiven.ts';
import { numeral } from '../parts/forgiven.ts';

/** Pixels; far beyond any picture, so that sums stay exact. */
const MOST_PIXELS = 1e7;
const side = z.int().min(1).max(65_535);
const RunLengths = z.object({ size: z.tuple([side, side]), counts: z.union([z.string(), z.array(z.int().min(0).max(0xffff_ffff))]) });
const ROWS = 'annotation';

/**
 * The shape of an annotation in pixels: polygons, a part for each that has three corners; a mask for run lengths in either
 * form; the box where there is no polygon that can be drawn. Polygons that cannot be drawn are counted in `forgiven`.
 * Throws 'dataset-invalid' when there is neither, and for run lengths that are not of the image.
 * @param size [height, width] of the image, where the file says it
 */
export function segmentationShape(segmentation: unknown, bbox: unknown, size: readonly [number, number] | null, forgiven: Forgiven): Shape {
  if (segmentation !== null && typeof segmentation === 'object' && !Array.isArray(segmentation)) return runLengthShape(segmentation, size);
  const parts = Array.isArray(segmentation) ? polygonsOf(segmentation, forgiven) : [];
  if (parts.length > 0) return { kind: 'polygon', parts };
  const box = boxOf(bbox);
  if (box !== null) {
    if (Array.isArray(segmentation) && segmentation.length > 0) forgiven.add(ROWS, 'no usable polygon, so the bounding box was used');
    return { kind: 'box', box };
  }
  throw new MaskwrightError('dataset-invalid', Array.isArray(segmentation) && segmentation.length > 0 ? 'it has no usable polygon and no usable bounding box' : 'it has no segmentation and no usable bounding box');
}

function polygonsOf(segmentation: readonly unknown[], forgiven: Forgiven): { outer: Ring; holes: never[] }[] {
  // Some programs write a single polygon without the list around it, some points as pairs.
  const polygons = segmentation.length > 0 && !Array.isArray(segmentation[0]) ? [segmentation] : segmentation;
  const rings = polygons.map(ringOf);
  const parts = rings.flatMap((outer) => (outer === null ? [] : [{ outer, holes: [] }]));
  if (parts.length > 0 && parts.length < rings.length) forgiven.add(ROWS, 'polygons with fewer than three corners, or with corners that are not numbers, were ignored');
  return parts;
}

/** Null for what is no polygon of three corners or more. By hand: a schema for each coordinate takes as long as all the rest of reading. */
function ringOf(points: unknown): Ring | null {
  if (!Array.isArray(points)) return null;
  const flat: unknown[] = Array.isArray(points[0]) ? points.flat() : points;
  if (flat.length < 6 || flat.length % 2 !== 0) return null;
  const ring = flat.every(isPixel) ? flat : flat.map(numeral);
  return ring.every(isPixel) ? ring : null;
}

const isPixel = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) <= MOST_PIXELS;

/** [x, y, width, height], also as text. */
function boxOf(bbox: unknown): { x: number; y: number; width: number; height: number } | null {
  if (!Array.isArray(bbox) || bbox.length !== 4) return null;
  const [x, y, width, height] = bbox.map(numeral);
  return isPixel(x) && isPixel(y) && isPixel(width) && isPixel(height) && width >= 0 && height >= 0 ? { x, y, width, height } : null;
}

function runLengthShape(segmentation: object, size: readonly [number, number] | null): Shape {
  const read = RunLengths.safeParse(segmentation);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new MaskwrightError('dataset-invalid', `its run lengths cannot be read (${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown'})`);
  }
  const { counts } = read.data;
  const [height, width] = read.data.size;
  if (size !== null && (size[0] !== height || size[1] !== width)) throw new MaskwrightError('dataset-invalid', `its run lengths are for ${width} × ${height} pixels, the image has ${size[1]} × ${size[0]}`);
  const lengths = typeof counts === 'string' ? decodeCocoCounts(counts) : Uint32Array.from(counts);
  const sum = lengths.reduce((total, count) => total + count, 0);
  if (sum !== height * width) throw new MaskwrightError('dataset-invalid', `its run lengths add up to ${sum} pixels, the image has ${height * width}`);
  return maskShape(canonicalRle({ size: [height, width], counts: lengths }));
}
