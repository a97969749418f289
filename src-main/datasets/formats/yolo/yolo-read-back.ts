import { shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import { extrasLost } from '../../extras.ts';
import type { DatasetFacts, DatasetInstance, SizedImage } from '../../source.ts';
import type { ReadBack } from '../format.ts';
import { rotatedBack } from '../parts/rotated-box.ts';
import { readBackEach } from '../parts/read-back.ts';
import { inPaintingOrder } from '../parts/writing.ts';
import { pictureLosses } from './yolo-picture.ts';
import { keptPose, keypointLosses, keypointsWritten } from './yolo-pose.ts';
import { yoloBox, yoloRing, yoloRotatedBox } from './yolo-shape.ts';

/** For the preflight, also what Ultralytics makes of the rows. */
export function readBackImage(instances: readonly DatasetInstance[], image: SizedImage, { labels }: { readonly labels: 'polygons' | 'boxes' | 'rotated-boxes' | 'keypoints' }, { extras: known }: DatasetFacts): ReadBack[] {
  const rows = new Map<number, string>();
  const pose = (): ReturnType<typeof keptPose> | null => (labels === 'keypoints' ? keptPose(known) : null);
  const backs = readBackEach(instances, image, (instance) => {
    const { extras } = instance;
    const of = pose();
    const { mask, row, reasons } = labels === 'polygons' ? ring(instance, image) : labels === 'rotated-boxes' ? rotated(instance, image) : box(instance, image);
    if (row !== null && instance.class !== null) rows.set(instance.id, [instance.class, ...single(labels === 'polygons' || labels === 'rotated-boxes' ? boxAround(row) : row), ...(of === null ? [] : keypointsWritten(extras, of))].join(' '));
    return { mask, reasons: row === null ? reasons : [...reasons, ...pictureLosses(image.path), ...keypointLosses(extras, of), ...extrasLost(extras, NOTHING, 'yolo')] };
  });
  const copies = copiesAmong(instances, rows);
  return backs.map((back, i) => (copies.has(instances[i]?.id ?? 0) ? { ...back, reasons: [...back.reasons, COPY] } : back));
}

const NOTHING: ReadonlySet<never> = new Set();
const COPY = 'Ultralytics takes it for a copy of the other one with its class and box, and leaves it out';

/** `row`: numbers behind the class; null when it is left out. */
type Row = ReadBack & { readonly row: readonly string[] | null };

const leftOut = ({ width, height }: SizedImage): Row => ({ mask: { size: [height, width], counts: Uint32Array.of(width * height) }, row: null, reasons: ['it covers no pixel'] });

function box({ shape }: DatasetInstance, image: SizedImage): Row {
  const { width, height } = image;
  const written = yoloBox(shape, width, height);
  if (written === null) return leftOut(image);
  const mask = shapeToRle({ kind: 'box', box: written.read }, height, width);
  const reasons: string[] = [];
  if (shape.kind !== 'box') reasons.push('only its box is kept');
  else if (shape.box.x < 0 || shape.box.y < 0 || shape.box.x + shape.box.width > width || shape.box.y + shape.box.height > height) reasons.push('its box ends at the edge of the picture');
  return { mask, row: written.text, reasons };
}

function rotated({ shape }: DatasetInstance, image: SizedImage): Row {
  const written = yoloRotatedBox(shape, image.width, image.height);
  if (written === null) return leftOut(image);
  const { mask, reasons } = rotatedBack(shape, image, written.read);
  return { mask, reasons, row: written.text };
}

function ring({ shape }: DatasetInstance, image: SizedImage): Row {
  const written = yoloRing(shape, image.width, image.height);
  if (written === null) return leftOut(image);
  const { drawn, parts, holes } = written;
  const reasons: string[] = [];
  if (shape.kind === 'box') reasons.push(drawn ? 'the box becomes a polygon of four corners' : 'the box becomes the outline of its pixels');
  if (shape.kind === 'polygon' && !drawn) reasons.push('its corners become those of the outline of its pixels');
  if (parts > 1) reasons.push(`its ${parts} parts are joined into one outline by lines, which Ultralytics paints as thin lines`);
  if (holes > 0) reasons.push(`${holes === 1 ? '1 hole is' : `${holes} holes are`} joined to the outline by a line, which Ultralytics paints as a thin line`);
  return { mask: written.read, row: written.text, reasons };
}

/**
 * The instances of which Ultralytics keeps only the first, in painting order: rows of one class and box, also where outlines
 * differ (ultralytics/data/utils.py, verify_image_label).
 */
function copiesAmong(instances: readonly DatasetInstance[], rows: ReadonlyMap<number, string>): ReadonlySet<number> {
  const copies = new Set<number>();
  const seen = new Set<string>();
  for (const { id } of inPaintingOrder(instances)) {
    const row = rows.get(id);
    if (row === undefined) continue;
    if (seen.has(row)) copies.add(id);
    seen.add(row);
  }
  return copies;
}

/** Ultralytics compares in single precision. */
const single = (row: readonly string[]): number[] => row.map((value) => Math.fround(Number(value)));

/** Of the corners of a ring: its left, top, right and bottom. */
function boxAround(row: readonly string[]): string[] {
  const [xs, ys] = [0, 1].map((axis) => row.filter((_, i) => i % 2 === axis).map(Number).toSorted((a, b) => a - b)) as [number[], number[]];
  return [xs[0], ys[0], xs.at(-1), ys.at(-1)].map(String);
}
