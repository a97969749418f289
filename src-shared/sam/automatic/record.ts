import { rleArea } from '../../geometry/rle.ts';
import { toXywh } from './corners.ts';
import type { AutomaticMask } from './generate.ts';

/** As SamAutomaticMaskGenerator returns it with output_mode "uncompressed_rle": its names, boxes XYWH in image pixels. */
export interface AutomaticRecord {
  /** size [height, width]; column-major run lengths, the first of zeros. */
  readonly segmentation: { readonly size: readonly [number, number]; readonly counts: readonly number[] };
  readonly area: number;
  /** Width and height from the first to the last pixel's index: one less than their number. */
  readonly bbox: readonly [number, number, number, number];
  readonly predicted_iou: number;
  readonly point_coords: readonly [readonly [number, number]];
  /** NaN for an empty mask (null in JSON). */
  readonly stability_score: number;
  readonly crop_box: readonly [number, number, number, number];
}

export function toRecord({ mask, box, predictedIou, stability, point, crop }: AutomaticMask): AutomaticRecord {
  return {
    segmentation: { size: mask.size, counts: [...mask.counts] },
    area: rleArea(mask),
    bbox: toXywh(box),
    predicted_iou: predictedIou,
    point_coords: [[point.x, point.y]],
    stability_score: stability,
    crop_box: toXywh(crop),
  };
}
