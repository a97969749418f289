import type { Corners } from './corners.ts';
import type { AutomaticOptions } from './options.ts';

export interface Crop {
  /** In image pixels. */
  readonly box: Corners;
  /** 0: the whole image. */
  readonly layer: number;
}

type CropOptions = Pick<AutomaticOptions, 'crop_n_layers' | 'crop_overlap_ratio'>;

/**
 * The parts of an image of width × height that are encoded and searched one by one, the whole image first
 * (generate_crop_boxes of facebookresearch/segment-anything). Crops of a tiny image that would hold no pixel, over which
 * the reference fails, are left out.
 */
export function cropsOf(width: number, height: number, { crop_n_layers, crop_overlap_ratio }: CropOptions): Crop[] {
  const crops: Crop[] = [{ box: { x0: 0, y0: 0, x1: width, y1: height }, layer: 0 }];
  for (let layer = 1; layer <= crop_n_layers; layer++) {
    const perSide = 2 ** layer;
    const overlap = Math.trunc(crop_overlap_ratio * Math.min(width, height) * (2 / perSide));
    const cropLength = (length: number): number => Math.ceil((overlap * (perSide - 1) + length) / perSide);
    const cropWidth = cropLength(width);
    const cropHeight = cropLength(height);
    for (let column = 0; column < perSide; column++) {
      for (let row = 0; row < perSide; row++) {
        const x0 = (cropWidth - overlap) * column;
        const y0 = (cropHeight - overlap) * row;
        if (x0 < width && y0 < height) crops.push({ box: { x0, y0, x1: Math.min(x0 + cropWidth, width), y1: Math.min(y0 + cropHeight, height) }, layer });
      }
    }
  }
  return crops;
}

/** Points, in pixels, of an even grid over a crop of width × height: x fastest (build_point_grid of the reference). */
export function pointGrid(perSide: number, width: number, height: number): { x: number; y: number }[] {
  const places = linspace(1 / (2 * perSide), 1 - 1 / (2 * perSide), perSide);
  return places.flatMap((v) => places.map((u) => ({ x: u * width, y: v * height })));
}

/** Points along a side of the crops of a layer. */
export const pointsPerSide = ({ points_per_side, crop_n_points_downscale_factor }: Pick<AutomaticOptions, 'points_per_side' | 'crop_n_points_downscale_factor'>, layer: number): number =>
  Math.trunc(points_per_side / crop_n_points_downscale_factor ** layer);

/** `count` numbers from `start` to `stop`, both included, rounded as numpy.linspace rounds them. */
function linspace(start: number, stop: number, count: number): number[] {
  if (count === 1) return [start];
  const step = (stop - start) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? stop : i * step + start));
}
