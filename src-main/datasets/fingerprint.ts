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

/** Side of the cells in pixels; luminance and chroma are summed by these tables instead of dividing for each pixel. */
interface View {
  readonly side: number;
  /** Indices of the view's pixels among the whole image's, row-major. */
  readonly pixels: Uint16Array;
  /** The cell of each pixel of the view. */
  readonly cells: Uint8Array;
  readonly pixelsOfCell: Uint16Array;
  /** WAVES cosines of `side` samples each: row u is the u-th basis function of the DCT-II. */
  readonly waves: Float64Array;
}

const WAVES = 9;
const PIXELS = FINGERPRINT_SIDE ** 2;
const CHROMA = CHROMA_CELLS ** 2;
const VIEW_TABLES: readonly View[] = CROPS.map(viewOf);
const CHROMA_OF_PIXEL = Uint8Array.from({ length: PIXELS }, (_, i) => cellOf(i % FINGERPRINT_SIDE, Math.floor(i / FINGERPRINT_SIDE), FINGERPRINT_SIDE, CHROMA_CELLS));

function viewOf(side: number): View {
  const edge = (FINGERPRINT_SIDE - side) / 2;
  const cells = Uint8Array.from({ length: side * side }, (_, i) => cellOf(i % side, Math.floor(i / side), side, CELLS));
  const pixelsOfCell = new Uint16Array(CELLS ** 2);
  for (const cell of cells) pixelsOfCell[cell] = (pixelsOfCell[cell] ?? 0) + 1;
  return {
    side,
    pixels: Uint16Array.from({ length: side * side }, (_, i) => (edge + Math.floor(i / side)) * FINGERPRINT_SIDE + edge + (i % side)),
    cells,
    pixelsOfCell,
    waves: Float64Array.from({ length: WAVES * side }, (_, i) => Math.cos(((2 * (i % side) + 1) * Math.floor(i / side) * Math.PI) / (2 * side))),
  };
}

function cellOf(x: number, y: number, side: number, cells: number): number {
  return Math.floor((y * cells) / side) * cells + Math.floor((x * cells) / side);
}

// Scratch: hundreds of fingerprints are made a second, one after another.
const luma = new Float64Array(PIXELS);
const viewLuma = new Float64Array(PIXELS);
const chroma = new Float64Array(2 * CHROMA);
const cellSums = new Float64Array(CELLS ** 2);
const rowSums = new Float64Array(WAVES * FINGERPRINT_SIDE);

/** @param rgb FINGERPRINT_SIDE × FINGERPRINT_SIDE pixels of 8 bits, row-major */
export function fingerprintOf(rgb: Uint8Array): Uint8Array {
  if (rgb.length !== 3 * PIXELS) throw new RangeError(`a fingerprint is made of ${3 * PIXELS} bytes, not of ${rgb.length}`);
  const out = new Uint8Array(SIZE);
  chroma.fill(0);
  let sum = 0;
  for (let i = 0; i < PIXELS; i++) {
    const [r, g, b] = [rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!];
    // Rec. 601, as JPEG (JFIF 1.02).
    const level = 0.299 * r + 0.587 * g + 0.114 * b;
    luma[i] = level;
    sum += level;
    const cell = CHROMA_OF_PIXEL[i]!;
    chroma[cell]! += 0.564 * (b - level);
    chroma[cell + CHROMA]! += 0.713 * (r - level);
  }
  for (const [view, table] of VIEW_TABLES.entries()) writeView(table, out.subarray(view * VIEW_BYTES, (view + 1) * VIEW_BYTES));
  out[CHROMA_AT - 1] = Math.round(sum / PIXELS);
  const perCell = (FINGERPRINT_SIDE / CHROMA_CELLS) ** 2;
  for (let i = 0; i < chroma.length; i++) out[CHROMA_AT + i] = 128 + Math.round(chroma[i]! / perCell);
  return out;
}

/** Reads `luma`; leaves what is zero when the view is flat, so that flat images find one another. */
function writeView(table: View, out: Uint8Array): void {
  const { side, pixels, cells, pixelsOfCell } = table;
  const count = side * side;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += viewLuma[i] = luma[pixels[i]!]!;
  const average = sum / count;
  let squares = 0;
  cellSums.fill(0);
  for (let i = 0; i < count; i++) {
    const off = viewLuma[i]! - average;
    squares += off * off;
    cellSums[cells[i]!]! += off;
  }
  const deviation = Math.sqrt(squares / count);
  if (deviation < FLAT) return;
  writeHash(table, out);
  for (let i = 0; i < CELLS ** 2; i++) out[HASH_BYTES + i] = 128 + Math.max(-127, Math.min(127, Math.round((cellSums[i]! / pixelsOfCell[i]! / deviation) * CELL_SCALE)));
}

/** The signs of 64 coefficients of the DCT-II of `viewLuma`: 8 × 8 without the constant one, and the next of the first row. */
function writeHash({ side, waves }: View, out: Uint8Array): void {
  for (let u = 0; u < WAVES; u++) {
    for (let y = 0; y < side; y++) {
      let sum = 0;
      for (let x = 0, at = y * side, wave = u * side; x < side; x++) sum += viewLuma[at++]! * waves[wave++]!;
      rowSums[u * side + y] = sum;
    }
  }
  for (let bit = 0; bit < 64; bit++) {
    const [u, v] = bit < 63 ? [(bit + 1) & 7, (bit + 1) >> 3] : [8, 0];
    let sum = 0;
    for (let y = 0, row = u * side, wave = v * side; y < side; y++) sum += rowSums[row++]! * waves[wave++]!;
    if (sum > 0) out[bit >> 3]! |= 1 << (bit & 7);
  }
}

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
