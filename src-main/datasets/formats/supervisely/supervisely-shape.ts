import { deflateSync, inflateSync } from 'node:zlib';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { rleBox, rleFromBitmap, rleToBitmap } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { cropRle, placeRle } from '../../../../src-shared/geometry/rle-window.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import { decodePng, encodePng } from '../codecs/png.ts';
import { fieldsOf, numeral } from '../parts/forgiven.ts';
import { MOST_PIXELS } from '../parts/flatten.ts';

/** A figure of an object as Supervisely's JSON has it. */
export type Figure =
  | { readonly geometryType: 'bitmap'; readonly bitmap: { readonly data: string; readonly origin: readonly [number, number] } }
  | { readonly geometryType: 'polygon' | 'rectangle'; readonly points: { readonly exterior: readonly (readonly number[])[]; readonly interior: readonly (readonly (readonly number[])[])[] } };

/** Types without an area. */
export const WITHOUT_AREA: ReadonlySet<string> = new Set(['point', 'line', 'graph', 'cuboid', 'cuboid_2d', 'multichannel_bitmap', 'alpha_mask']);

/** Zipped, a bitmap of a hundred million equal pixels is far smaller. */
const MOST_PNG = 256 * 1024 * 1024;
const FARTHEST = 1e7;
const invalid = (why: string): MaskwrightError => new MaskwrightError('dataset-invalid', why);

/**
 * A figure in pixels. Supervisely's rectangle covers the pixels from its first corner through its second one, so it is a pixel
 * larger than the corners' distance. Throws 'dataset-invalid' with the reason.
 * @param size [height, width] of the image
 */
export function shapeFrom(type: unknown, object: Readonly<Record<string, unknown>>, size: readonly [number, number]): Shape {
  switch (type) {
    case 'bitmap':
      return bitmap(fieldsOf(object['bitmap']) ?? {}, size);
    case 'rectangle':
      return rectangle(object['points']);
    case 'polygon': {
      const { exterior, interior } = fieldsOf(object['points']) ?? {};
      const outer = ringOf(exterior);
      if (outer === null) throw invalid('it has fewer than three corners');
      const holes = (Array.isArray(interior) ? interior : []).map(ringOf);
      return { kind: 'polygon', parts: [{ outer, holes: holes.filter((hole) => hole !== null) }] };
    }
    default:
      throw invalid(`figures of the type "${String(type).slice(0, 40)}" are unknown`);
  }
}

function pointsOf(value: unknown): (readonly [number, number])[] | null {
  if (!Array.isArray(value)) return null;
  const points = value.map((point) => (Array.isArray(point) ? ([numeral(point[0]), numeral(point[1])] as const) : null));
  return points.every((point) => point?.every((of) => of !== undefined && Math.abs(of) <= FARTHEST)) ? (points as [number, number][]) : null;
}

function ringOf(value: unknown): Ring | null {
  const points = pointsOf(value);
  return points === null || points.length < 3 ? null : points.flat();
}

function rectangle(points: unknown): Shape {
  const corners = pointsOf(fieldsOf(points)?.['exterior']);
  if (corners === null || corners.length < 2) throw invalid('a rectangle has two corners');
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { kind: 'box', box: { x, y, width: Math.max(...xs) + 1 - x, height: Math.max(...ys) + 1 - y } };
}

function bitmap({ data, origin }: Readonly<Record<string, unknown>>, size: readonly [number, number]): Shape {
  const [corner] = pointsOf([origin]) ?? [];
  if (typeof data !== 'string' || corner === undefined || !corner.every(Number.isInteger)) throw invalid('its bitmap or the place of it is missing');
  let bytes: Buffer;
  try {
    bytes = inflateSync(Buffer.from(data, 'base64'), { maxOutputLength: MOST_PNG });
  } catch {
    throw invalid('its bitmap is not zipped data');
  }
  const { width, height, kind, samples } = decodePng(bytes, 'bitmap', MOST_PIXELS);
  const [left, top] = corner;
  if (left < 0 || top < 0 || left + width > size[1] || top + height > size[0]) throw invalid(`its bitmap of ${width} × ${height} pixels at ${left}, ${top} reaches out of the image of ${size[1]} × ${size[0]}`);
  // With an alpha channel, that is the mask; else what is not 0.
  const step = samples.length / (width * height);
  const channel = kind === 'rgba' || kind === 'greyAlpha' ? step - 1 : 0;
  const inside = Uint8Array.from({ length: width * height }, (_, i) => ((samples[i * step + channel] ?? 0) === 0 ? 0 : 1));
  return maskShape(placeRle(rleFromBitmap(inside, height, width), left, top, [size[0], size[1]]));
}

/** A mask that is not empty, cut to its box. The same mask gives the same text. */
export function bitmapFigure(mask: Rle): Figure {
  const box = rleBox(mask);
  const samples = rleToBitmap(cropRle(mask, box)).map((inside) => (inside === 0 ? 0 : 255));
  const png = encodePng({ width: box.width, height: box.height, kind: 'rgba', samples: rgba(samples) });
  return { geometryType: 'bitmap', bitmap: { data: deflateSync(png).toString('base64'), origin: [box.x, box.y] } };
}

/** The program draws a bitmap's alpha. */
function rgba(mask: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 * mask.length);
  for (const [i, value] of mask.entries()) out.fill(value, 4 * i, 4 * i + 4);
  return out;
}

/** The figure of a shape that needs no bitmap: a box of whole pixels, or one part with its holes. Null for all others. */
export function drawnFigure(shape: Shape): Figure | null {
  if (shape.kind === 'box') {
    const { x, y, width, height } = shape.box;
    const isWhole = [x, y, width, height].every(Number.isInteger) && width > 0 && height > 0;
    return isWhole ? { geometryType: 'rectangle', points: { exterior: [[x, y], [x + width - 1, y + height - 1]], interior: [] } } : null;
  }
  const [part, ...more] = shape.kind === 'polygon' ? shape.parts : [];
  return part === undefined || more.length > 0 ? null : { geometryType: 'polygon', points: { exterior: pairs(part.outer), interior: part.holes.map(pairs) } };
}

const pairs = (ring: Ring): number[][] => Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i] ?? 0, ring[2 * i + 1] ?? 0]);
