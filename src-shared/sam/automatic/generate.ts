import { unpackCounts } from '../../geometry/packed-counts.ts';
import { rleArea, rleBox } from '../../geometry/rle.ts';
import type { Rle } from '../../geometry/rle.ts';
import { RunWriter } from '../../geometry/run-writer.ts';
import { NO_BOX, shifted } from './corners.ts';
import type { Corners } from './corners.ts';
import { cropsOf, pointGrid, pointsPerSide } from './crops.ts';
import type { Crop } from './crops.ts';
import type { FoundMask } from './judge.ts';
import { nonMaximumSuppression } from './nms.ts';
import type { AutomaticOptions } from './options.ts';
import { removeSmallRegions } from './small-regions.ts';

export interface PixelPoint {
  readonly x: number;
  readonly y: number;
}

/** A mask of everything mode. Boxes and the point are in image pixels. */
export interface AutomaticMask {
  readonly mask: Rle;
  readonly box: Corners;
  readonly predictedIou: number;
  /** NaN for an empty mask, which only a threshold of 0 lets pass. */
  readonly stability: number;
  readonly point: PixelPoint;
  /** Which of the decoder's masks for that point it is (Candidate.index). */
  readonly candidate: number;
  readonly crop: Corners;
}

export interface AutomaticWork {
  /**
   * The masks of a crop that pass its filters (judge.ts), in the order of the points and of the decoder's candidates.
   * `points` are in the crop's pixels; `advanced` is told how many more of them are done.
   */
  search(crop: Corners, points: readonly PixelPoint[], advanced: (points: number) => void): Promise<FoundMask[]>;
  /** Points of all crops. */
  progress(done: number, total: number): void;
  /** Called between pieces of arithmetic, so that other work gets its turn; what it throws ends the work. */
  pause(): Promise<void>;
}

/** A mask that survived its crop, its run lengths still those of the crop. */
export interface Survivor extends Omit<AutomaticMask, 'mask'> {
  readonly counts: Uint8Array;
  /** The crop's number, 0 for the whole image. */
  readonly cropIndex: number;
}

/**
 * Everything mode (SamAutomaticMaskGenerator.generate of facebookresearch/segment-anything): every crop is searched
 * with its grid of points; inside a crop masks compete by predicted IoU, across crops those of smaller crops win; small
 * regions are removed at the end. The model comes in through `work`. Rejects with what `work` rejects with.
 * @param width and height of the image, in pixels
 */
export async function generateMasks(width: number, height: number, options: AutomaticOptions, work: AutomaticWork): Promise<AutomaticMask[]> {
  const survivors = await searchCrops(width, height, options, work);
  const masks = (options.crop_n_layers > 0 ? acrossCrops(survivors, options) : survivors).map((survivor) => onWholeImage(survivor, width, height));
  return options.min_mask_region_area > 0 ? withoutSmallRegions(masks, options, () => work.pause()) : masks;
}

/**
 * What every crop gives by itself, crop after crop. Rejects with what `work` rejects with.
 * @param bounded chooses after each crop what of all so far is kept
 */
export async function searchCrops(width: number, height: number, options: AutomaticOptions, work: AutomaticWork, bounded = (found: Survivor[]): Survivor[] => found): Promise<Survivor[]> {
  const crops = cropsOf(width, height, options);
  const pointsIn = ({ layer }: Crop): number => pointsPerSide(options, layer) ** 2;
  const total = crops.reduce((sum, crop) => sum + pointsIn(crop), 0);
  let done = 0;
  const advanced = (points: number): void => work.progress((done += points), total);

  let survivors: Survivor[] = [];
  for (const [index, crop] of crops.entries()) {
    // One crop after another: each has an embedding of its own, and only its survivors are kept.
    for (const found of await searchCrop(crop, options, work, advanced)) survivors.push({ ...found, cropIndex: index });
    survivors = bounded(survivors);
    await work.pause();
  }
  return survivors;
}

async function searchCrop({ box: crop, layer }: Crop, options: AutomaticOptions, work: AutomaticWork, advanced: (points: number) => void): Promise<Omit<Survivor, 'cropIndex'>[]> {
  const points = pointGrid(pointsPerSide(options, layer), crop.x1 - crop.x0, crop.y1 - crop.y0);
  const found = await work.search(crop, points, advanced);
  const kept = nonMaximumSuppression(found.map(({ box }) => box), Float32Array.from(found, (mask) => mask.predictedIou), options.box_nms_thresh);
  return pick(found, kept).map(({ point, candidate, predictedIou, stability, box, counts }) => {
    const { x, y } = points[point] ?? { x: NaN, y: NaN };
    return { predictedIou, stability, candidate, box: shifted(box, crop.x0, crop.y0), point: { x: x + crop.x0, y: y + crop.y0 }, crop, counts };
  });
}

function onWholeImage({ counts, crop, box, predictedIou, stability, point, candidate }: Survivor, width: number, height: number): AutomaticMask {
  return { mask: onImage(counts, crop, width, height), box, predictedIou, stability, point, candidate, crop };
}

function acrossCrops(survivors: readonly Survivor[], { crop_nms_thresh }: AutomaticOptions): Survivor[] {
  const scores = Float32Array.from(survivors, ({ crop }) => 1 / Math.fround((crop.x1 - crop.x0) * (crop.y1 - crop.y0)));
  return pick(survivors, nonMaximumSuppression(survivors.map(({ box }) => box), scores, crop_nms_thresh));
}

/** Masks left as they were go before changed ones; a survivor that was changed gets its new run lengths and box. */
async function withoutSmallRegions(masks: readonly AutomaticMask[], options: AutomaticOptions, pause: () => Promise<void>): Promise<AutomaticMask[]> {
  const cleaned: AutomaticMask[] = [];
  const boxes: Corners[] = [];
  for (const found of masks) {
    const mask = removeSmallRegions(found.mask, options.min_mask_region_area);
    const box = boxOf(mask);
    boxes.push(box);
    cleaned.push(mask === found.mask ? found : { ...found, mask, box });
    await pause();
  }
  const scores = Float32Array.from(cleaned, (found, i) => (found === masks[i] ? 1 : 0));
  return pick(cleaned, nonMaximumSuppression(boxes, scores, Math.max(options.box_nms_thresh, options.crop_nms_thresh)));
}

/** The crop's run lengths laid on the image. */
export function onImage(counts: Uint8Array, crop: Corners, width: number, height: number): Rle {
  const cropHeight = crop.y1 - crop.y0;
  // The usual case need not be gone through column by column, thousands of times for thousands of masks.
  if (crop.x1 - crop.x0 === width && cropHeight === height) return { size: [height, width], counts: unpackCounts(counts) };
  const runs = new RunWriter();
  runs.add(false, crop.x0 * height);
  let row = 0;
  for (const [i, count] of unpackCounts(counts).entries()) {
    for (let left = count; left > 0; ) {
      if (row === 0) runs.add(false, crop.y0);
      const part = Math.min(left, cropHeight - row);
      runs.add(i % 2 === 1, part);
      left -= part;
      row += part;
      if (row < cropHeight) continue;
      runs.add(false, height - crop.y1);
      row = 0;
    }
  }
  runs.add(false, (width - crop.x1) * height);
  return { size: [height, width], counts: runs.finish() };
}

/** XYXY, the last pixel included; NO_BOX for an empty mask. */
export function boxOf(mask: Rle): Corners {
  if (rleArea(mask) === 0) return NO_BOX;
  const { x, y, width, height } = rleBox(mask);
  return { x0: x, y0: y, x1: x + width - 1, y1: y + height - 1 };
}

const pick = <T>(items: readonly T[], indices: readonly number[]): T[] => indices.flatMap((index) => items[index] ?? []);
