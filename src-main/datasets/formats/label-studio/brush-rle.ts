import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { RunWriter } from '../../../../src-shared/geometry/run-writer.ts';
import { transposeRle } from '../../../../src-shared/geometry/transpose-rle.ts';

/**
 * Label Studio's run lengths of brush masks: the format of @thi.ng/rle-pack (version 2), over the bytes of an RGBA picture.
 * A stream of bits, high bits first: the number of bytes (32), the bits of one less one (5), the bits of four sizes of run
 * lengths less one (4 each); then runs: 1 for one byte repeated or 0 for bytes as they are (1), which size (2), how many
 * less one (that many bits), the byte or bytes. Label Studio shows the pixels whose fourth byte, opacity, is not 0.
 */

const BYTE_BITS = 8;
const SIZES = [3, 4, 8, 16] as const;
const LONGEST_RUN = 1 << 16;

/** The number of bytes has 32 bits. */
const MOST_PIXELS = 2 ** 30 - 1;

/**
 * A mask's bytes: all four channels of a pixel are 255 inside and 0 outside, as Label Studio's own converter has them. Throws
 * 'too-large' for pictures of more than 2³⁰ − 1 pixels, which the format cannot count, and as transposeRle does.
 */
export function encodeBrush(rle: Rle): number[] {
  const [h, w] = rle.size;
  if (h * w > MOST_PIXELS) throw new MaskwrightError('too-large', `A mask of ${w} × ${h} pixels is too large for Label Studio’s brushes. Choose another format.`);
  const bits = new BitWriter();
  bits.write(h * w * 4, 32);
  bits.write(BYTE_BITS - 1, 5);
  for (const size of SIZES) bits.write(size - 1, 4);
  for (const [i, pixels] of transposeRle(rle).counts.entries()) {
    for (let left = pixels * 4; left > 0; ) {
      const run = Math.min(left, LONGEST_RUN);
      const size = SIZES.findIndex((width) => run <= 1 << width);
      bits.write(1, 1);
      bits.write(size, 2);
      bits.write(run - 1, SIZES[size] ?? 16);
      bits.write(i % 2 === 1 ? 255 : 0, BYTE_BITS);
      left -= run;
    }
  }
  return bits.finish();
}

/**
 * The mask of an image of h × w pixels. Nothing of the picture's size is made. Throws 'dataset-invalid' for bytes that are cut off, or of
 * a picture of another size, and 'too-large'.
 */
export function decodeBrush(bytes: Uint8Array, h: number, w: number): Rle {
  const bits = new BitReader(bytes);
  const total = bits.read(32);
  if (total !== h * w * 4) throw new MaskwrightError('dataset-invalid', `its brush is for ${total / 4} pixels, the picture has ${h * w}`);
  const wordBits = bits.read(5) + 1;
  const sizes = [0, 0, 0, 0].map(() => bits.read(4) + 1);
  const runs = new RunWriter();
  for (let at = 0; at < total; ) {
    const repeated = bits.read(1) === 1;
    const end = at + bits.read(sizes[bits.read(2)] ?? 1) + 1;
    if (end > total) throw new MaskwrightError('dataset-invalid', 'its brush has more pixels than it says');
    if (repeated) {
      // Of the bytes from at to end, those whose place is 3, 7, 11, … are opacities.
      runs.add(bits.read(wordBits) !== 0, Math.floor(end / 4) - Math.floor(at / 4));
      at = end;
    } else {
      for (; at < end; at++) {
        const word = bits.read(wordBits);
        if (at % 4 === 3) runs.add(word !== 0, 1);
      }
    }
  }
  return transposeRle({ size: [w, h], counts: runs.finish() });
}

class BitWriter {
  readonly #bytes: number[] = [];
  #byte = 0;
  #filled = 0;

  /** @param width up to 32 */
  write(value: number, width: number): void {
    for (let left = width; left > 0; ) {
      const taken = Math.min(8 - this.#filled, left);
      this.#byte = (this.#byte << taken) | ((value >>> (left - taken)) & ((1 << taken) - 1));
      this.#filled += taken;
      left -= taken;
      if (this.#filled < 8) continue;
      this.#bytes.push(this.#byte);
      [this.#byte, this.#filled] = [0, 0];
    }
  }

  finish(): number[] {
    if (this.#filled > 0) this.#bytes.push(this.#byte << (8 - this.#filled));
    return this.#bytes;
  }
}

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(width: number): number {
    if (this.#at + width > this.#bytes.length * 8) throw new MaskwrightError('dataset-invalid', 'its brush is cut off');
    let value = 0;
    for (let left = width; left > 0; ) {
      const free = 8 - (this.#at % 8);
      const taken = Math.min(free, left);
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 ** taken + ((byte >> (free - taken)) & ((1 << taken) - 1));
      this.#at += taken;
      left -= taken;
    }
    return value;
  }
}
