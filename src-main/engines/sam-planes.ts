/** Mean and deviation per channel of 0–255 (Sam.pixel_mean, pixel_std of facebookresearch/segment-anything). */
const MEAN = [123.675, 116.28, 103.53];
const DEVIATION = [58.395, 57.12, 57.375];

/** Changes whenever the same pixels would give the encoder other numbers: part of the embeddings' name on disk. */
export const PREPROCESSING = 'sam-1';

/**
 * The encoder's input, f32 [3, frame, frame]: `rgb` (inputHeight × inputWidth × 3 bytes, row-major) normalised, then
 * zero-padded to the right and below, so that padding is 0 after normalising.
 */
export function normalisedPlanes(rgb: Uint8Array, inputWidth: number, inputHeight: number, frame: number): Float32Array {
  const planes = new Float32Array(3 * frame * frame);
  for (let c = 0; c < 3; c++) {
    const table = Float32Array.from({ length: 256 }, (_, byte) => (byte - (MEAN[c] ?? 0)) / (DEVIATION[c] ?? 1));
    for (let y = 0; y < inputHeight; y++) {
      let from = y * inputWidth * 3 + c;
      let to = (c * frame + y) * frame;
      for (const end = to + inputWidth; to < end; to++, from += 3) planes[to] = table[rgb[from] ?? 0] ?? 0;
    }
  }
  return planes;
}
