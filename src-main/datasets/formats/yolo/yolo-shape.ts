import type { Box, PolygonPart, Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { bridgeHoles } from '../../../../src-shared/geometry/bridge-holes.ts';
import { maskToParts } from '../../../../src-shared/geometry/contours.ts';
import { rasterizeParts } from '../../../../src-shared/geometry/rasterize.ts';
import { rleArea, rleBox } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { rleIou } from '../../../../src-shared/geometry/rle-algebra.ts';
import { boxPart, shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import { simplifyPart } from '../../../../src-shared/geometry/simplify-contour.ts';
import { rotatedBox } from '../parts/rotated-box.ts';

/** An object as one ring, which is all that a row of YOLO segmentation labels has. */
export interface YoloRing {
  /** The ring as it is written: fractions of the picture's width and height. */
  readonly text: readonly string[];
  /** The mask of the ring once written and read back. */
  readonly read: Rle;
  /** How many parts and holes were joined into the ring. */
  readonly parts: number;
  readonly holes: number;
  /** Whether it has the corners that were drawn. */
  readonly drawn: boolean;
}

/**
 * A shape as one ring: parts and holes are joined by lines walked there and back, which enclose nothing. Drawn vertices
 * are kept where the ring gives the shape's pixels back; else (parts that overlap, vertices outside of the picture) it is
 * the outline of those pixels. Null for a shape that covers no pixel.
 */
export function yoloRing(shape: Shape, width: number, height: number): YoloRing | null {
  const mask = shapeToRle(shape, height, width);
  if (rleArea(mask) === 0) return null;
  let best: (YoloRing & { readonly iou: number }) | null = null;
  for (const { parts, drawn } of outlines(shape, mask)) {
    const ring = joined(parts);
    const text = ring.map((value, i) => written(onGrid(value) / (i % 2 === 0 ? width : height)));
    const read = rasterizeParts([{ outer: ringOf(text, width, height), holes: [] }], height, width);
    const iou = rleIou(mask, read);
    if (best === null || iou > best.iou) best = { text, read, iou, parts: parts.length, holes: parts.reduce((sum, part) => sum + part.holes.length, 0), drawn };
    if (iou === 1) break;
  }
  return best;
}

/** From the most welcome to the most exact. */
function* outlines(shape: Shape, mask: Rle): Generator<{ readonly parts: readonly PolygonPart[]; readonly drawn: boolean }> {
  const [height, width] = mask.size;
  const drawn = shape.kind === 'polygon' ? shape.parts : shape.kind === 'box' ? [boxPart(shape.box)] : null;
  if (drawn?.every((part) => [part.outer, ...part.holes].every((ring) => ring.every((value, i) => value >= 0 && value <= (i % 2 === 0 ? width : height))))) yield { parts: drawn, drawn: true };
  const stairs = maskToParts(mask);
  yield { parts: stairs.map((part) => simplifyPart(part, height)), drawn: false };
  yield { parts: stairs, drawn: false };
}

/** Rings hang on what lies to their left (bridgeHoles), so the leftmost part comes first. */
function joined(parts: readonly PolygonPart[]): Ring {
  const leftmost = parts.reduce((best, part) => (left(part.outer) < left(best.outer) ? part : best), parts[0] ?? { outer: [], holes: [] });
  const others = parts.filter((part) => part !== leftmost).flatMap((part) => [part.outer, ...part.holes]);
  return bridgeHoles({ outer: leftmost.outer, holes: [...leftmost.holes, ...others] });
}

const left = (ring: Ring): number => ring.reduce((least, value, i) => (i % 2 === 0 ? Math.min(least, value) : least), Infinity);

/** Digits behind the point: a ten-thousandth of a pixel of the largest picture. */
const DIGITS = 9;
const written = (fraction: number): string => Math.min(1, Math.max(0, fraction)).toFixed(DIGITS).replace(/\.?0+$/, '');
/** A ten-thousandth of a pixel is the grid on which numbers come back as they were written. */
const onGrid = (pixel: number): number => Math.round(pixel * 1e4) / 1e4;
const pixels = (fraction: number, side: number): number => onGrid(fraction * side);

/** A ring of fractions in pixels, to a ten-thousandth, so that the numbers that were written come back. */
export const ringOf = (values: readonly (string | number)[], width: number, height: number): Ring => values.map((value, i) => pixels(Number(value), i % 2 === 0 ? width : height));

/** The box of a shape as YOLO's detection labels have it: centre and size as fractions. Null when nothing of it is in the picture. */
export function yoloBox(shape: Shape, width: number, height: number): { readonly text: readonly string[]; readonly read: Box } | null {
  const whole = shape.kind === 'box' ? shape.box : rleBox(shapeToRle(shape, height, width));
  const [x, y] = [onGrid(Math.max(0, whole.x)), onGrid(Math.max(0, whole.y))];
  const box = { x, y, width: onGrid(Math.min(width, whole.x + whole.width) - x), height: onGrid(Math.min(height, whole.y + whole.height) - y) };
  if (box.width <= 0 || box.height <= 0) return null;
  const text = [(box.x + box.width / 2) / width, (box.y + box.height / 2) / height, box.width / width, box.height / height].map(written);
  const read = boxOf(text.map(Number), width, height);
  return read.width > 0 && read.height > 0 ? { text, read } : null;
}

/** The corners of a shape's smallest rotated box as Ultralytics' OBB labels have them: fractions, inside of the image. Null when it covers no pixel. */
export function yoloRotatedBox(shape: Shape, width: number, height: number): { readonly text: readonly string[]; readonly read: Ring } | null {
  const text = rotatedBox(shape, height, width)?.map((value, i) => written(onGrid(value) / (i % 2 === 0 ? width : height)));
  return text === undefined ? null : { text, read: ringOf(text, width, height) };
}

/** The inverse: centre and size as fractions in pixels. */
export function boxOf([x = 0, y = 0, w = 0, h = 0]: readonly number[], width: number, height: number): Box {
  return { x: pixels(x - w / 2, width), y: pixels(y - h / 2, height), width: pixels(w, width), height: pixels(h, height) };
}
