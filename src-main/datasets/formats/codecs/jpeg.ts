/*
 * A baseline JPEG encoder (ITU-T T.81, JFIF): no decoder is reached, and the same pixels give the same bytes. Colours are not
 * subsampled, because thin coloured outlines would bleed; one quantisation table (K.1) and one pair of Huffman tables
 * (K.3, K.5) serve all three components.
 */

const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];
const QUANTISATION = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

interface Huffman {
  /** Codes of each length from 1 to 16 bits. */
  readonly lengths: readonly number[];
  readonly symbols: Uint8Array;
}
const DC: Huffman = { lengths: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], symbols: Uint8Array.from({ length: 12 }, (_, i) => i) };
const AC: Huffman = {
  lengths: [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125],
  symbols: Buffer.from(
    '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a' +
      '535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9ca' +
      'd2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
    'hex',
  ),
};

/** Code and its number of bits, by symbol (T.81, C.2). */
function codesOf({ lengths, symbols }: Huffman): { readonly code: Uint16Array; readonly bits: Uint8Array } {
  const code = new Uint16Array(256);
  const bits = new Uint8Array(256);
  let next = 0, symbol = 0;
  for (const [i, count] of lengths.entries()) {
    for (let k = 0; k < count; k++) {
      const value = symbols[symbol++] ?? 0;
      code[value] = next++;
      bits[value] = i + 1;
    }
    next <<= 1;
  }
  return { code, bits };
}
const DC_CODES = codesOf(DC);
const AC_CODES = codesOf(AC);

/** cos((2x + 1) u π / 16) C(u) / 2, at u × 8 + x (T.81, A.3.3). */
const COSINES = Float64Array.from({ length: 64 }, (_, i) => Math.cos(((2 * (i & 7) + 1) * (i >> 3) * Math.PI) / 16) * (i < 8 ? Math.SQRT1_2 : 1) * 0.5);

export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  /** RGB, row-major, 8 bits. */
  readonly samples: Uint8Array;
}

/** @param quality 1 to 100, on the Independent JPEG Group's scale */
export function encodeJpeg({ width, height, samples }: RgbPicture, quality: number): Uint8Array {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  const steps = QUANTISATION.map((step) => Math.min(255, Math.max(1, Math.floor((step * scale + 50) / 100))));
  const bits = new Bits(samples.length >> 3);
  const before = [0, 0, 0];
  const block = new Float64Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let component = 0; component < 3; component++) {
        fill(block, samples, width, height, left, top, component);
        transform(block);
        before[component] = encodeBlock(bits, block, steps, before[component] ?? 0);
      }
    }
  }
  return Buffer.concat([header(width, height, steps), bits.end(), Buffer.of(0xff, 0xd9)]);
}

/** Weights of red, green and blue in Y, Cb and Cr, and what is added (JFIF 1.02); Y is shifted by −128 for the transform, which takes away what Cb and Cr have added. */
const WEIGHTS = [[0.299, 0.587, 0.114, -128], [-0.168_735_892, -0.331_264_108, 0.5, 0], [0.5, -0.418_687_589, -0.081_312_411, 0]] as const;

/** One component of a block; past the picture's edge its last pixels are repeated. */
function fill(block: Float64Array, samples: Uint8Array, width: number, height: number, left: number, top: number, component: number): void {
  const [red, green, blue, shift] = WEIGHTS[component] ?? WEIGHTS[0];
  for (let y = 0; y < 8; y++) {
    const row = Math.min(top + y, height - 1) * width;
    for (let x = 0; x < 8; x++) {
      const at = (row + Math.min(left + x, width - 1)) * 3;
      block[y * 8 + x] = red * (samples[at] ?? 0) + green * (samples[at + 1] ?? 0) + blue * (samples[at + 2] ?? 0) + shift;
    }
  }
}

const HALF = new Float64Array(64);

/** The forward DCT, rows then columns, in place. */
function transform(block: Float64Array): void {
  pass(block, HALF);
  pass(HALF, block);
}

/** Transforms each row of `from` and turns rows into columns. */
function pass(from: Float64Array, to: Float64Array): void {
  for (let row = 0; row < 8; row++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += (from[row * 8 + x] ?? 0) * (COSINES[u * 8 + x] ?? 0);
      to[u * 8 + row] = sum;
    }
  }
}

/** @param before the DC of the block before of this component. Returns this block's. */
function encodeBlock(bits: Bits, block: Float64Array, steps: readonly number[], before: number): number {
  const dc = Math.round((block[0] ?? 0) / (steps[0] ?? 1));
  const size = sizeOf(dc - before);
  bits.add(DC_CODES.code[size] ?? 0, DC_CODES.bits[size] ?? 0);
  bits.add(lowBits(dc - before, size), size);
  let zeros = 0;
  for (let k = 1; k < 64; k++) {
    const at = ZIGZAG[k] ?? 0;
    const value = Math.round((block[at] ?? 0) / (steps[at] ?? 1));
    if (value === 0) {
      zeros++;
      continue;
    }
    for (; zeros > 15; zeros -= 16) bits.add(AC_CODES.code[0xf0] ?? 0, AC_CODES.bits[0xf0] ?? 0);
    const length = sizeOf(value);
    const symbol = (zeros << 4) | length;
    bits.add(AC_CODES.code[symbol] ?? 0, AC_CODES.bits[symbol] ?? 0);
    bits.add(lowBits(value, length), length);
    zeros = 0;
  }
  if (zeros > 0) bits.add(AC_CODES.code[0] ?? 0, AC_CODES.bits[0] ?? 0);
  return dc;
}

/** Bits that a value's magnitude takes. */
const sizeOf = (value: number): number => 32 - Math.clz32(Math.abs(value));
/** Negative values are written as one less, of which the highest bit is 0 (T.81, F.1.2.1). */
const lowBits = (value: number, size: number): number => (value < 0 ? value + (1 << size) - 1 : value);

/** Bits, highest first; after a byte of ones comes one of zeros, so that none looks like a marker. */
class Bits {
  #bytes: Uint8Array;
  #length = 0;
  #held = 0;
  #count = 0;

  constructor(guess: number) {
    this.#bytes = new Uint8Array(Math.max(1024, guess));
  }

  add(value: number, bits: number): void {
    // At most 7 are held and 16 come.
    this.#held = (this.#held << bits) | value;
    this.#count += bits;
    for (; this.#count >= 8; this.#count -= 8) {
      const byte = (this.#held >> (this.#count - 8)) & 0xff;
      this.#push(byte);
      if (byte === 0xff) this.#push(0);
    }
    this.#held &= (1 << this.#count) - 1;
  }

  end(): Uint8Array {
    if (this.#count > 0) this.add((1 << (8 - this.#count)) - 1, 8 - this.#count);
    return this.#bytes.subarray(0, this.#length);
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte;
  }
}

const segment = (marker: number, ...content: number[]): number[] => [0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 0xff, ...content];
const table = (kind: number, { lengths, symbols }: Huffman): number[] => segment(0xc4, kind, ...lengths, ...symbols);

function header(width: number, height: number, steps: readonly number[]): Buffer {
  return Buffer.from([
    0xff, 0xd8,
    ...segment(0xe0, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0),
    ...segment(0xdb, 0, ...ZIGZAG.map((at) => steps[at] ?? 1)),
    ...segment(0xc0, 8, height >> 8, height & 0xff, width >> 8, width & 0xff, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0),
    ...table(0x00, DC), ...table(0x10, AC),
    ...segment(0xda, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0),
  ]);
}
