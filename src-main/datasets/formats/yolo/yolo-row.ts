import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import type { Extras } from '../../extras.ts';
import { numbersOf } from './yolo-pose.ts';
import type { Pose } from './yolo-pose.ts';
import { boxOf, ringOf } from './yolo-shape.ts';

/** How far outside of the image Ultralytics lets coordinates be. */
const TOLERANCE = 0.01;
/** Far more classes than any data set has. */
const MOST_CLASS = 100_000;

/** A row of labels. */
export interface YoloRow {
  readonly class: number;
  readonly shape: Shape;
  readonly extras: Extras;
  /** What its numbers were taken for, where that is not the only thing they could be. */
  readonly kind: 'box' | 'polygon' | 'oriented box' | 'pose';
}

/**
 * Reads a row for an image of this size in pixels: a class, then 4 numbers for a box, 5 for a box and its score, 6 or more for a polygon,
 * an odd number of them with its score. With `pose` a box and its keypoints; without, so is a row that has
 * visibilities (isPose). Throws 'dataset-invalid' with the reason.
 */
export function yoloRow(values: readonly string[], { width, height }: { readonly width: number; readonly height: number }, pose: Pose | null): YoloRow {
  const numbers = values.map((value) => (value === '' ? Number.NaN : Number(value)));
  if (!numbers.every(Number.isFinite)) throw invalid(`"${values.find((_, i) => !Number.isFinite(numbers[i]))?.slice(0, 40)}" is no number`);
  const [cls = -1, ...rest] = numbers;
  if (!Number.isInteger(cls) || cls < 0 || cls > MOST_CLASS) throw invalid(`its class ${cls} is not a whole number from 0`);
  const box = (): Shape => ({ kind: 'box', box: boxOf(inside(rest.slice(0, 4)), width, height) });
  if (pose !== null && rest.length !== 4 + numbersOf(pose)) throw invalid(`it has ${values.length} numbers, and ${5 + numbersOf(pose)} are needed with these keypoints`);
  if (pose !== null || isPose(rest)) return { class: cls, shape: box(), extras: { own: { yolo: { keypoints: rest.slice(4) } } }, kind: 'pose' };
  if (rest.length < 4) throw invalid(`it has ${values.length} numbers; a box needs 5, a polygon 7 or more`);
  const score = rest.length === 5 || (rest.length > 5 && rest.length % 2 === 1) ? rest.pop() : undefined;
  if (score !== undefined && rest.length === 4 && (score < 0 || score > 1)) throw invalid(`its last number ${score} is not a score between 0 and 1; rotated boxes are read as four corners, not as an angle`);
  const extras = score === undefined ? {} : { score };
  if (rest.length === 4) return { class: cls, shape: box(), extras, kind: 'box' };
  inside(rest);
  return { class: cls, shape: { kind: 'polygon', parts: [{ outer: ringOf(rest, width, height), holes: [] }] }, extras, kind: isRectangle(rest, width, height) ? 'oriented box' : 'polygon' };
}

/** Two keypoints or more with visibilities, of which one is 2: no coordinate of a polygon is. Rows of 0 and 1 alone can be either, and are polygons unless kpt_shape says otherwise. */
function isPose(rest: readonly number[]): boolean {
  const points = (rest.length - 4) / 3;
  if (points < 2 || !Number.isInteger(points)) return false;
  const visibilities = Array.from({ length: points }, (_, i) => rest[4 + i * 3 + 2] ?? -1);
  return visibilities.every((v) => v === 0 || v === 1 || v === 2) && visibilities.includes(2);
}

/** Four corners with right angles, to within a pixel: Ultralytics' oriented boxes, which are the same as a polygon of them. */
function isRectangle(rest: readonly number[], width: number, height: number): boolean {
  if (rest.length !== 8) return false;
  const [ax = 0, ay = 0, bx = 0, by = 0, cx = 0, cy = 0, dx = 0, dy = 0] = rest.map((value, i) => value * (i % 2 === 0 ? width : height));
  return Math.hypot(ax + cx - bx - dx, ay + cy - by - dy) < 2 && Math.abs(Math.hypot(cx - ax, cy - ay) - Math.hypot(dx - bx, dy - by)) < 2;
}

const invalid = (why: string): MaskwrightError => new MaskwrightError('dataset-invalid', why);

function inside(values: number[]): number[] {
  const outside = values.find((value) => value < -TOLERANCE || value > 1 + TOLERANCE);
  if (outside !== undefined) throw invalid(`${outside} is not between 0 and 1: coordinates are fractions of the image's width and height, not pixels`);
  return values;
}
