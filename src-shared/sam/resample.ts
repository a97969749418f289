/**
 * Pillow's antialiased bilinear resizing of RGB bytes, which SAM's preprocessing uses: the same weights in the same
 * fixed-point arithmetic, columns first, so that the model sees the very bytes that it saw in training.
 * Source: Pillow, src/libImaging/Resample.c (precompute_coeffs, ImagingResampleHorizontal_8bpc, ImagingResampleVertical_8bpc).
 */

const CHANNELS = 3;
/** Bits behind the binary point of the weights: 32 less 8 of a sample and 2 to spare. */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** For each output position the first input position it takes from, and the weights of that and the following ones. */
export interface ResampleWeights {
  readonly inputSide: number;
  readonly outputSide: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `taps` weights for each output position; those beyond its count are 0. */
  readonly weights: Int32Array;
  readonly taps: number;
}

/** Weights of a triangle filter that is as wide as the step between output positions, at least one input position. */
export function resampleWeights(inputSide: number, outputSide: number): ResampleWeights {
  const scale = inputSide / outputSide;
  const support = Math.max(scale, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputSide);
  const count = new Int32Array(outputSide);
  const weights = new Int32Array(outputSide * taps);
  for (let o = 0; o < outputSide; o++) {
    const centre = (o + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const to = Math.min(inputSide, Math.trunc(centre + support + 0.5));
    const triangle = Array.from({ length: to - from }, (_, i) => Math.max(0, 1 - Math.abs((from + i - centre + 0.5) / support)));
    const sum = triangle.reduce((a, b) => a + b, 0);
    first[o] = from;
    count[o] = to - from;
    triangle.forEach((weight, i) => {
      weights[o * taps + i] = Math.trunc(0.5 + (weight / sum) * (1 << PRECISION));
    });
  }
  return { inputSide, outputSide, first, count, weights, taps };
}

/**
 * Resizes rows [fromRow, toRow) of an image in width only.
 * @param source rows × inputSide × 3 bytes
 * @param target rows × outputSide × 3 bytes, filled in the same rows
 */
export function resampleColumns(source: Uint8Array, { inputSide, outputSide, first, count, weights, taps }: ResampleWeights, target: Uint8Array, fromRow: number, toRow: number): void {
  for (let y = fromRow; y < toRow; y++) {
    const row = y * inputSide * CHANNELS;
    let at = y * outputSide * CHANNELS;
    for (let x = 0; x < outputSide; x++) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let from = row + (first[x] as number) * CHANNELS;
      const end = x * taps + (count[x] as number);
      for (let w = x * taps; w < end; w++) {
        const weight = weights[w] as number;
        red += Math.imul(source[from] as number, weight);
        green += Math.imul(source[from + 1] as number, weight);
        blue += Math.imul(source[from + 2] as number, weight);
        from += CHANNELS;
      }
      // A sum of weights may be one step of rounding over 1.
      target[at] = Math.min(255, red >> PRECISION);
      target[at + 1] = Math.min(255, green >> PRECISION);
      target[at + 2] = Math.min(255, blue >> PRECISION);
      at += CHANNELS;
    }
  }
}

/**
 * Resizes an image in height only; makes output rows [fromRow, toRow).
 * @param source inputSide rows of `stride` bytes
 * @param target outputSide rows of `stride` bytes
 */
export function resampleRows(source: Uint8Array, stride: number, { first, count, weights, taps }: ResampleWeights, target: Uint8Array, fromRow: number, toRow: number): void {
  const sums = new Int32Array(stride);
  for (let y = fromRow; y < toRow; y++) {
    sums.fill(HALF);
    for (let i = 0; i < (count[y] as number); i++) {
      const weight = weights[y * taps + i] as number;
      const row = ((first[y] as number) + i) * stride;
      for (let x = 0; x < stride; x++) sums[x] = (sums[x] as number) + Math.imul(source[row + x] as number, weight);
    }
    for (let x = 0; x < stride; x++) target[y * stride + x] = Math.min(255, (sums[x] as number) >> PRECISION);
  }
}
