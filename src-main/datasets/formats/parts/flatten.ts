import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import { masksOfLabels, paintLabel } from '../../../../src-shared/geometry/label-map.ts';
import type { LabelMap } from '../../../../src-shared/geometry/label-map.ts';
import { rleArea } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import type { DatasetInstance, SizedImage } from '../../source.ts';
import type { ReadBack } from '../format.ts';
import { inPaintingOrder, itemOf } from './writing.ts';
import type { WriteTally } from './writing.ts';

/** Pixels of a label picture: what decodePng accepts. */
export const MOST_PIXELS = 1 << 28;

/** An instance and the pixels of it that no other hides. */
export interface Seen {
  readonly instance: DatasetInstance;
  readonly mask: Rle;
}

/**
 * What is seen of instances that are painted over one another (inPaintingOrder), lowest first. Those of which nothing is
 * seen are left out and told; instances that cannot be drawn too. Throws 'too-large' for a picture beyond 2²⁸ pixels.
 */
export function flatten(instances: readonly DatasetInstance[], image: SizedImage, tally: WriteTally): Seen[] {
  const drawn = inPaintingOrder(instances).flatMap((instance) => {
    const mask = tally.maskOf(instance, image);
    return mask === null ? [] : [{ instance, mask }];
  });
  const visible = visibleParts(drawn.map(({ mask }) => mask), image);
  return drawn.flatMap(({ instance }, i) => {
    const mask = visible.get(i + 1);
    if (mask !== undefined) return [{ instance, mask }];
    tally.leaveOut(itemOf(instance, image), new MaskwrightError('export-failed', `Instance ${instance.id} on "${image.path}" was left out: others hide it completely, and in this format a pixel belongs to one instance.`, itemOf(instance, image)));
    return [];
  });
}

/** Of masks that are painted in this order, what stays to be seen, by 1 + index. */
function visibleParts(masks: readonly Rle[], image: SizedImage): Map<number, Rle> {
  if (masks.length === 0) return new Map();
  const map = newMap(image, masks.length);
  masks.forEach((mask, i) => paintLabel(map, mask, i + 1));
  return masksOfLabels(map, image.height, image.width);
}

/** Throws 'too-large' for an image of which no label picture can be made. */
export function checkLabelPicture({ path, width, height }: SizedImage): void {
  if (width * height > MOST_PIXELS) throw new MaskwrightError('too-large', `"${path}" was left out with its instances: ${width} × ${height} pixels are too many for a label picture. Export it in a format of outlines or run lengths.`, path);
}

/** An empty label map of an image for labels up to `most`. Throws 'too-large'. */
export function newMap(image: SizedImage, most: number): LabelMap {
  checkLabelPicture(image);
  const pixels = image.width * image.height;
  return most < 256 ? new Uint8Array(pixels) : most < 65_536 ? new Uint16Array(pixels) : new Uint32Array(pixels);
}

/**
 * For preflights: what is read back of each instance where a pixel belongs to one only. `more` names what else the
 * format loses of an instance; `leftOut` why the format does not write it at all, or null.
 */
export function flattenedBack(instances: readonly DatasetInstance[], image: SizedImage, leftOut: (instance: DatasetInstance) => string | null, more: (instance: DatasetInstance) => readonly string[]): ReadBack[] {
  const nothing: Rle = { size: [image.height, image.width], counts: Uint32Array.of(image.height * image.width) };
  const why = new Map<number, string>();
  const masks = new Map<number, Rle>();
  for (const instance of inPaintingOrder(instances)) {
    const drawn = leftOut(instance) ?? maskOr(instance.shape, image);
    if (typeof drawn === 'string') why.set(instance.id, drawn);
    else masks.set(instance.id, drawn);
  }
  const visible = visibleParts([...masks.values()], image);
  const places = new Map([...masks.keys()].map((id, i) => [id, i + 1]));
  return instances.map((instance) => {
    const reason = why.get(instance.id);
    if (reason !== undefined) return { mask: nothing, reasons: [reason] };
    const whole = rleArea(masks.get(instance.id) ?? nothing);
    const mask = visible.get(places.get(instance.id) ?? 0) ?? nothing;
    if (whole === 0) return { mask, reasons: ['it covers no pixel'] };
    const hidden = whole - rleArea(mask);
    if (hidden === whole) return { mask, reasons: ['others hide it completely'] };
    const reasons = hidden > 0 ? [`${hidden === 1 ? '1 pixel' : `${hidden} pixels`} of ${whole} are hidden by others, and a pixel belongs to one instance`] : [];
    return { mask, reasons: [...reasons, ...shapeReasons(instance.shape), ...more(instance)] };
  });
}

/** A shape's mask, or why it has none. */
function maskOr(shape: Shape, { width, height }: SizedImage): Rle | string {
  try {
    return shapeToRle(shape, height, width);
  } catch (error) {
    if (error instanceof MaskwrightError) return error.message;
    throw error;
  }
}

/** What drawn shapes lose as pixels. */
export const shapeReasons = (shape: Shape): string[] => (shape.kind === 'mask' ? [] : [`it was drawn as a ${shape.kind === 'box' ? 'box' : 'polygon'} and becomes pixels`]);
