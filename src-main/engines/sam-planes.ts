import type { FramePicture } from './sam-graph.ts';

/**
 * Mean and deviation per channel of 0–255 (Sam.pixel_mean, pixel_std of facebookresearch/segment-anything). They are
 * ImageNet's of 0–1 times 255, so they serve SAM 2 as well.
 */
const MEAN = [123.675, 116.28, 103.53];
const DEVIATION = [58.395, 57.12, 57.375];

/** What each byte b of channel c becomes: (b − mean[c]) / deviation[c]. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

export const SAM_NORMALISATION: Normalisation = { mean: MEAN, deviation: DEVIATION };
/** 0–1: of graphs that normalise inside. */
export const UNIT_NORMALISATION: Normalisation = { mean: [0, 0, 0], deviation: [255, 255, 255] };

/** 0–1 over the image's own range, of all channels together (MedSAM_Inference.py of bowang-lab/MedSAM). */
export function ownRange({ rgb }: FramePicture): Normalisation {
  let [least, most] = [255, 0];
  for (const byte of rgb) {
    if (byte < least) least = byte;
    if (byte > most) most = byte;
  }
  // An image of one color is all zeros, as there.
  const range = Math.max(most - least, 1);
  return { mean: [least, least, least], deviation: [range, range, range] };
}

/**
 * The encoder's input, f32 [3, frame, frame]: the picture's bytes normalised, then zero-padded to the right and below, so
 * that padding is 0 after normalising.
 */
export function normalisedPlanes({ rgb, inputWidth, inputHeight }: FramePicture, frame: number, { mean, deviation }: Normalisation): Float32Array {
  const planes = new Float32Array(3 * frame * frame);
  for (let c = 0; c < 3; c++) {
    const table = Float32Array.from({ length: 256 }, (_, byte) => (byte - (mean[c] ?? 0)) / (deviation[c] ?? 1));
    for (let y = 0; y < inputHeight; y++) {
      let from = y * inputWidth * 3 + c;
      let to = (c * frame + y) * frame;
      for (const end = to + inputWidth; to < end; to++, from += 3) planes[to] = table[rgb[from] ?? 0] ?? 0;
    }
  }
  return planes;
}
