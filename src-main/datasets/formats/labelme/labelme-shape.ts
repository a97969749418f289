import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { PolygonPart, Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { bridgeHoles } from '../../../../src-shared/geometry/bridge-holes.ts';
import { maskToParts } from '../../../../src-shared/geometry/contours.ts';
import { rleBox, rleFromBitmap, rleToBitmap } from '../../../../src-shared/geometry/rle.ts';
import { cropRle, placeRle } from '../../../../src-shared/geometry/rle-window.ts';
import { maskShape, shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import { simplifyPart } from '../../../../src-shared/geometry/simplify-contour.ts';
import { MOST_PIXELS } from '../parts/flatten.ts';
import { decodePng, encodePng } from '../codecs/png.ts';

/** Some programs write numbers as text. */
const pixel = z.union([z.number(), z.string().trim().min(1).transform(Number)]).pipe(z.number().gte(-1e7).lte(1e7));
const Points = z.array(z.tuple([pixel, pixel], z.unknown()).transform(([x, y]): [number, number] => [x, y])).min(1).max(100_000);
export type Points = z.infer<typeof Points>;

/** A shape of LabelMe by its type. */
export interface LabelmeShape {
  readonly shape_type: string;
  readonly points: readonly (readonly [number, number])[];
  /** Of a mask: a PNG in base64 of the box that `points` span, nonzero inside. */
  readonly mask: string | null;
}

/** Types without an area: they are kept, and not shown. */
export const WITHOUT_AREA: ReadonlySet<string> = new Set(['point', 'points', 'line', 'linestrip']);

/** Corners of the polygon that stands for a circle or an ellipse. */
const ROUND_CORNERS = 72;

const invalid = (why: string): MaskwrightError => new MaskwrightError('dataset-invalid', why);

/**
 * A shape of LabelMe as one of ours. A circle (center, a point on it) and an ellipse become polygons of 72 corners, a rectangle
 * of four corners that stands askew a polygon. Throws 'dataset-invalid' with the reason.
 * @param size [height, width] of the picture, which a mask needs
 */
export function shapeFrom(type: string, points: unknown, mask: unknown, size: readonly [number, number] | null): Shape {
  const read = Points.safeParse(points);
  if (!read.success) throw invalid('its points are missing or impossible');
  const ring = read.data.flat();
  switch (type) {
    case 'rectangle':
      return rectangle(read.data);
    case 'circle':
      return { kind: 'polygon', parts: [{ outer: circle(read.data), holes: [] }] };
    case 'ellipse':
      return { kind: 'polygon', parts: [{ outer: ellipse(read.data), holes: [] }] };
    case 'mask':
      return maskAt(read.data, mask, size);
    case 'polygon':
    case 'rotation':
    case 'oriented_rectangle':
    case 'quadrilateral':
      if (read.data.length < 3) throw invalid('it has fewer than three corners');
      return { kind: 'polygon', parts: [{ outer: ring, holes: [] }] };
    default:
      throw invalid(`shapes of the type "${type.slice(0, 40)}" are unknown`);
  }
}

function rectangle(points: Points): Shape {
  if (points.length !== 2 && points.length !== 4) throw invalid(`a rectangle has two corners or four, not ${points.length}`);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  const [right, bottom] = [Math.max(...xs), Math.max(...ys)];
  // Four corners that are not the box's own are those of a rotated rectangle.
  const isCorner = ([px, py]: readonly [number, number]): boolean => Math.min(px - x, right - px) < NEAR && Math.min(py - y, bottom - py) < NEAR;
  if (points.length === 4 && !points.every(isCorner)) return { kind: 'polygon', parts: [{ outer: points.flat(), holes: [] }] };
  return { kind: 'box', box: { x, y, width: right - x, height: bottom - y } };
}

/** Pixels within which a corner is a box's: programs write rotated rectangles with the rounding of their sines. */
const NEAR = 0.01;

/** To thousandths, so that the last digits of sine and cosine do not matter. */
const onGrid = (value: number): number => Math.round(value * 1000) / 1000;

function circle(points: Points): Ring {
  const [center, edge] = points;
  if (center === undefined || edge === undefined) throw invalid('a circle has a center and a point on it');
  const radius = Math.hypot(edge[0] - center[0], edge[1] - center[1]);
  return round(center, [radius, 0], [0, radius]);
}

/**
 * LabelMe itself has no ellipse, but programs built on it do: two opposite corners of the upright box around it, its center and
 * a point on each of its axes, or the four corners of the rotated box around it.
 */
function ellipse(points: Points): Ring {
  const [a, b, c, d] = points;
  if (a !== undefined && b !== undefined && c === undefined) return round([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], [Math.abs(b[0] - a[0]) / 2, 0], [0, Math.abs(b[1] - a[1]) / 2]);
  if (a !== undefined && b !== undefined && c !== undefined && d === undefined) return round(a, [b[0] - a[0], b[1] - a[1]], [c[0] - a[0], c[1] - a[1]]);
  if (a !== undefined && b !== undefined && c !== undefined && d !== undefined && points.length === 4) return round([(a[0] + c[0]) / 2, (a[1] + c[1]) / 2], [(b[0] - a[0]) / 2, (b[1] - a[1]) / 2], [(c[0] - b[0]) / 2, (c[1] - b[1]) / 2]);
  throw invalid(`an ellipse has two, three or four points, not ${points.length}`);
}

/** The corners of a polygon for an ellipse with these half axes. */
const round = ([x, y]: readonly [number, number], [ax, ay]: readonly [number, number], [bx, by]: readonly [number, number]): Ring =>
  Array.from({ length: ROUND_CORNERS }, (_, i) => (2 * Math.PI * i) / ROUND_CORNERS).flatMap((angle) => [onGrid(x + ax * Math.cos(angle) + bx * Math.sin(angle)), onGrid(y + ay * Math.cos(angle) + by * Math.sin(angle))]);

function maskAt(points: Points, mask: unknown, size: readonly [number, number] | null): Shape {
  const [corner] = points;
  if (typeof mask !== 'string' || corner === undefined) throw invalid('it is a mask without its picture');
  if (size === null) throw invalid('it is a mask, and the size of its picture is not known');
  const [height, width] = size;
  const { samples, ...of } = decodePng(Buffer.from(mask, 'base64'), 'mask', height * width);
  const step = samples.length / (of.width * of.height);
  const [left, top] = corner.map(Math.floor) as [number, number];
  if (left < 0 || top < 0 || left + of.width > width || top + of.height > height) throw invalid(`its mask of ${of.width} × ${of.height} pixels at ${left}, ${top} reaches out of the picture of ${width} × ${height}`);
  const inside = Uint8Array.from({ length: of.width * of.height }, (_, i) => ((samples[i * step] ?? 0) === 0 ? 0 : 1));
  return maskShape(placeRle(rleFromBitmap(inside, of.height, of.width), left, top, [height, width]));
}

/**
 * A shape of ours as shapes of LabelMe, on an image of width × height: several for the parts of one object where it is
 * written in outlines. Holes are joined to the outline by a line walked there and back. None for a mask of no pixel.
 * Throws 'too-large' for a mask of which no picture can be made, and what shapeToRle throws.
 */
export function shapesOf(shape: Shape, width: number, height: number, form: 'polygons' | 'masks'): LabelmeShape[] {
  if (shape.kind === 'box') {
    const { x, y, width: w, height: h } = shape.box;
    return [{ shape_type: 'rectangle', points: [[x, y], [x + w, y + h]], mask: null }];
  }
  const [first, ...more] = shape.kind === 'polygon' ? shape.parts : [];
  if (first !== undefined && ((more.length === 0 && first.holes.length === 0) || form === 'polygons')) return [first, ...more].map(polygon);
  const rle = shapeToRle(shape, height, width);
  if (form === 'polygons') return maskToParts(rle).map((part) => polygon(simplifyPart(part, height)));
  const box = rleBox(rle);
  if (box.width === 0) return [];
  if (box.width * box.height > MOST_PIXELS) throw new MaskwrightError('too-large', `A mask of ${box.width} × ${box.height} pixels is too large for LabelMe’s files. Export shapes as polygons.`);
  const samples = rleToBitmap(cropRle(rle, box));
  const png = encodePng({ width: box.width, height: box.height, kind: 'grey', samples });
  return [{ shape_type: 'mask', points: [[box.x, box.y], [box.x + box.width - 1, box.y + box.height - 1]], mask: Buffer.from(png).toString('base64') }];
}

function polygon(part: PolygonPart): LabelmeShape {
  const ring = bridgeHoles(part);
  return { shape_type: 'polygon', points: Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i] ?? 0, ring[2 * i + 1] ?? 0] as const), mask: null };
}
