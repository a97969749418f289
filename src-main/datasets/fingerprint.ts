/**
 * What a picture looks like, in a few bytes: for finding pictures that are resized, compressed, brighter or slightly cropped
 * copies of one another. Made of the upright picture squeezed to FINGERPRINT_SIDE squared.
 *
 * Of the whole picture and of its middle (CROPS) it holds
 * - a hash of 64 bits: the signs of the lowest coefficients of the discrete cosine transform of its luminance, without the
 *   constant one. After the DCT hash of C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010),
 *   which compares them with their median; signs need no sorting and told as many copies from other photographs here.
 * - its luminance in 8 × 8 cells without mean and contrast, to look closer at what the hashes bring together;
 * and of the whole picture its mean luminance and the chroma of 4 × 4 cells. Bytes: SIZE.
 */

/** Changes when fingerprints are made differently, so that old ones are made again. */
export const FINGERPRINT_VERSION = 2;
export const FINGERPRINT_SIDE = 40;

/** Sides of the middle squares that are hashed too, in pixels: 90 % and 80 % of the picture. */
const CROPS = [FINGERPRINT_SIDE, 36, 32] as const;
export const VIEWS = CROPS.length;
const CELLS = 8;
const CHROMA_CELLS = 4;
const HASH_BYTES = 8;
const VIEW_BYTES = HASH_BYTES + CELLS * CELLS;
const CHROMA_AT = VIEWS * VIEW_BYTES + 1;
const SIZE = CHROMA_AT + 2 * CHROMA_CELLS * CHROMA_CELLS;

/** Luminance that varies less, in levels of 8 bits, is noise: such pictures are told by mean and chroma alone. */
const FLAT = 2;
/** Levels of the cells' luminance for one standard deviation. */
const CELL_SCALE = 40;

/** @param rgb FINGERPRINT_SIDE × FINGERPRINT_SIDE pixels of 8 bits, row-major */
export function fingerprintOf(rgb: Uint8Array): Uint8Array {
  const out = new Uint8Array(SIZE);
  const luma = new Float64Array(FINGERPRINT_SIDE ** 2);
  const chroma = new Float64Array(2 * CHROMA_CELLS ** 2);
  for (let y = 0, i = 0; y < FINGERPRINT_SIDE; y++) {
    for (let x = 0; x < FINGERPRINT_SIDE; x++, i++) {
      const [r, g, b] = [rgb[3 * i] ?? 0, rgb[3 * i + 1] ?? 0, rgb[3 * i + 2] ?? 0];
      // Rec. 601, as JPEG (JFIF 1.02).
      const level = 0.299 * r + 0.587 * g + 0.114 * b;
      luma[i] = level;
      const cell = cellOf(x, y, FINGERPRINT_SIDE, CHROMA_CELLS);
      chroma[cell] = (chroma[cell] ?? 0) + 0.564 * (b - level);
      chroma[cell + CHROMA_CELLS ** 2] = (chroma[cell + CHROMA_CELLS ** 2] ?? 0) + 0.713 * (r - level);
    }
  }
  for (const [view, side] of CROPS.entries()) writeView(middle(luma, side), side, out.subarray(view * VIEW_BYTES, (view + 1) * VIEW_BYTES));
  out[CHROMA_AT - 1] = Math.round(mean(luma));
  const perCell = (FINGERPRINT_SIDE / CHROMA_CELLS) ** 2;
  chroma.forEach((sum, i) => (out[CHROMA_AT + i] = 128 + Math.round(sum / perCell)));
  return out;
}

function writeView(luma: Float64Array, side: number, out: Uint8Array): void {
  const average = mean(luma);
  const deviation = Math.sqrt(luma.reduce((sum, level) => sum + (level - average) ** 2, 0) / luma.length);
  // All zeros, so that flat pictures find one another.
  if (deviation < FLAT) return;
  lowestCoefficients(luma, side).forEach((coefficient, bit) => {
    if (coefficient > 0) out[bit >> 3] = (out[bit >> 3] ?? 0) | (1 << (bit & 7));
  });
  const cells = new Float64Array(CELLS ** 2);
  const counts = new Float64Array(CELLS ** 2);
  luma.forEach((level, i) => {
    const cell = cellOf(i % side, Math.floor(i / side), side, CELLS);
    cells[cell] = (cells[cell] ?? 0) + level - average;
    counts[cell] = (counts[cell] ?? 0) + 1;
  });
  cells.forEach((sum, i) => (out[HASH_BYTES + i] = 128 + Math.max(-127, Math.min(127, Math.round((sum / (counts[i] ?? 1) / deviation) * CELL_SCALE)))));
}

/** 64 coefficients of the DCT-II: 8 × 8 without the constant one, and the next of the first row. */
function lowestCoefficients(luma: Float64Array, side: number): number[] {
  const waves = Array.from({ length: 9 }, (_, u) => Float64Array.from({ length: side }, (__, x) => Math.cos(((2 * x + 1) * u * Math.PI) / (2 * side))));
  const rows = waves.map((wave) => Float64Array.from({ length: side }, (_, y) => dot(luma, y * side, wave)));
  const coefficient = (u: number, v: number): number => dot(rows[u] ?? luma, 0, waves[v] ?? luma);
  const low = Array.from({ length: 63 }, (_, i) => coefficient((i + 1) & 7, (i + 1) >> 3));
  return [...low, coefficient(8, 0)];
}

function dot(values: Float64Array, from: number, wave: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < wave.length; i++) sum += (values[from + i] ?? 0) * (wave[i] ?? 0);
  return sum;
}

function middle(luma: Float64Array, side: number): Float64Array {
  const edge = (FINGERPRINT_SIDE - side) / 2;
  return Float64Array.from({ length: side * side }, (_, i) => luma[(edge + Math.floor(i / side)) * FINGERPRINT_SIDE + edge + (i % side)] ?? 0);
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const cellOf = (x: number, y: number, side: number, cells: number): number => Math.floor((y * cells) / side) * cells + Math.floor((x * cells) / side);

/** Many fingerprints, one after another in memory. */
export class FingerprintTable {
  readonly length: number;
  readonly #bytes: Uint8Array;

  constructor(fingerprints: readonly Uint8Array[]) {
    const whole = fingerprints.every((one) => one.length === SIZE);
    if (!whole) throw new RangeError(`a fingerprint has ${SIZE} bytes`);
    this.length = fingerprints.length;
    this.#bytes = new Uint8Array(SIZE * fingerprints.length);
    for (const [i, one] of fingerprints.entries()) this.#bytes.set(one, i * SIZE);
  }

  /** The hash of a view (0: the whole picture), as two numbers of 32 bits, one after another for each fingerprint. */
  hashes(view: number): Uint32Array {
    const bytes = this.#bytes;
    return Uint32Array.from({ length: 2 * this.length }, (_, i) => {
      const at = (i >> 1) * SIZE + view * VIEW_BYTES + 4 * (i & 1);
      return ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
    });
  }

  /** Whether a view of a looks as the whole picture b does, where their hashes are near. */
  looksLike(a: number, view: number, b: number): boolean {
    const [flatA, flatB] = [this.#isFlat(a, view), this.#isFlat(b, 0)];
    if (flatA !== flatB) return false;
    if (this.#chromaDistance(a, b) > (flatA ? MOST_CHROMA_FLAT : MOST_CHROMA)) return false;
    return flatA ? Math.abs(this.#mean(a) - this.#mean(b)) <= MOST_CHROMA_FLAT : this.#correlation(a, view, b) >= LEAST_CORRELATION;
  }

  #isFlat(i: number, view: number): boolean {
    // What is not flat has cells about 128.
    return this.#bytes[i * SIZE + view * VIEW_BYTES + HASH_BYTES] === 0;
  }

  #mean(i: number): number {
    return this.#bytes[i * SIZE + CHROMA_AT - 1] ?? 0;
  }

  #chromaDistance(a: number, b: number): number {
    const bytes = this.#bytes;
    let sum = 0;
    for (let k = CHROMA_AT; k < SIZE; k++) sum += Math.abs((bytes[a * SIZE + k] ?? 0) - (bytes[b * SIZE + k] ?? 0));
    return sum / (SIZE - CHROMA_AT);
  }

  /** Pearson's, of the cells' luminance. */
  #correlation(a: number, view: number, b: number): number {
    const bytes = this.#bytes;
    const [atA, atB] = [a * SIZE + view * VIEW_BYTES + HASH_BYTES, b * SIZE + HASH_BYTES];
    let ab = 0, aa = 0, bb = 0;
    for (let k = 0; k < CELLS * CELLS; k++) {
      const [x, y] = [(bytes[atA + k] ?? 0) - 128, (bytes[atB + k] ?? 0) - 128];
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
    return ab / Math.sqrt(aa * bb);
  }
}

/** Found on photographs and changed copies of them: docs/splits.md has the figures. */
const LEAST_CORRELATION = 0.9;
/** Mean difference of chroma, in levels: a copy without colours is near a colourful picture still. */
const MOST_CHROMA = 24;
const MOST_CHROMA_FLAT = 6;
