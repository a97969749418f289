import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { MAX_SIDE } from '../../../../src-shared/domain/schema.ts';
import type { Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { decodeCocoCounts } from '../../../../src-shared/geometry/coco-counts.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import { ellipseRing } from '../parts/ellipse.ts';
import type { Ellipse } from '../parts/ellipse.ts';
import { numeral } from '../parts/forgiven.ts';

const pixel = z.preprocess(numeral, z.number().gte(-1e7).lte(1e7));
const length = z.preprocess(numeral, z.number().nonnegative().lte(1e7));
const side = z.int().min(1).max(MAX_SIDE);
const Polygon = z.object({ points: z.array(pixel).min(6).refine((points) => points.length % 2 === 0, 'it has an odd number of coordinates') });
const Bbox = z.object({ bbox: z.tuple([pixel, pixel, length, length]) });
const Oval = z.object({ points: z.tuple([pixel, pixel, pixel, pixel]) });
const Mask = z.object({ rle: z.object({ size: z.tuple([side, side]), counts: z.union([z.string(), z.array(z.int().min(0).max(0xffff_ffff))]) }) });

/** The shape of an annotation in pixels; null for what is no region. Throws 'dataset-invalid' for what cannot be one. @param size [height, width] of the image, where the file says it */
export function datumaroShape(type: string, fields: unknown, size: readonly [number, number] | null): Shape | null {
  switch (type) {
    case 'polygon':
      return polygon(checked(Polygon, fields).points);
    case 'ellipse': {
      const ellipse = ellipseIn(checked(Oval, fields).points);
      if (ellipse.rx <= 0 || ellipse.ry <= 0) throw new MaskwrightError('dataset-invalid', 'it has no width or no height');
      return polygon(ellipseRing(ellipse, 0));
    }
    case 'bbox': {
      const [x, y, w, h] = checked(Bbox, fields).bbox;
      return { kind: 'box', box: { x, y, width: w, height: h } };
    }
    case 'mask':
      return mask(checked(Mask, fields).rle, size);
    default:
      return null;
  }
}

/** @param corners left, top, right and bottom of the box around it */
export const ellipseIn = ([left, top, right, bottom]: readonly [number, number, number, number]): Ellipse => ({ cx: (left + right) / 2, cy: (top + bottom) / 2, rx: Math.abs(right - left) / 2, ry: Math.abs(bottom - top) / 2 });

const polygon = (outer: Ring): Shape => ({ kind: 'polygon', parts: [{ outer, holes: [] }] });

function mask({ size, counts }: z.infer<typeof Mask>['rle'], of: readonly [number, number] | null): Shape {
  if (of !== null && (size[0] !== of[0] || size[1] !== of[1])) throw new MaskwrightError('dataset-invalid', `its mask has ${size[1]} × ${size[0]} pixels, the image ${of[1]} × ${of[0]}`);
  const lengths = typeof counts === 'string' ? decodeCocoCounts(counts) : Uint32Array.from(counts);
  const sum = lengths.reduce((total, count) => total + count, 0);
  if (sum !== size[0] * size[1]) throw new MaskwrightError('dataset-invalid', `its run lengths add up to ${sum} pixels, its mask has ${size[0] * size[1]}`);
  return maskShape({ size, counts: lengths });
}

function checked<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new MaskwrightError('dataset-invalid', issue === undefined ? 'it is impossible' : `${issue.path.join('.') || 'it'}: ${issue.message}`);
}
