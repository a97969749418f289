import { MaskwrightError } from '../contract/errors.ts';

/*
 * COCO's compressed run lengths (cocoapi, maskApi: rleToString and rleFrString). From the fourth count on, the
 * difference to the count two before is written instead. Each number goes out in groups of 5 bits, lowest first, two's
 * complement, bit 5 (0x20) set when more groups follow, bit 4 of the last group being the sign; 48 is added to make text.
 */

const FIRST_CHARACTER = 48;

/** Whole groups that 32-bit shifts hold, in bits. */
const MOST_SHIFT = 25;
/** Characters that a number of 33 bits and its sign take. */
const MOST_GROUPS = 7;
/** Counts that become text at once. */
const PIECE = 4096;
const codes = new Uint8Array(MOST_GROUPS * PIECE);

/** Of the Encoding Standard, which Node, pages and workers have alike. */
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };
const ascii = new TextDecoder();

export function encodeCocoCounts(counts: Uint32Array): string {
  let text = '';
  for (let from = 0; from < counts.length; from += PIECE) {
    text += ascii.decode(codes.subarray(0, writeCodes(counts, from, Math.min(from + PIECE, counts.length))));
  }
  return text;
}

/** Writes those of the counts from `from` to before `to`; returns how many characters they are. */
function writeCodes(counts: Uint32Array, from: number, to: number): number {
  let n = 0;
  for (let i = from; i < to; i++) {
    const count = counts[i] ?? 0;
    const difference = i > 2 ? count - (counts[i - 2] ?? 0) : count;
    let rest = difference | 0;
    if (rest !== difference) {
      n = addLarge(n, difference);
      continue;
    }
    // Until what is left is the sign of the last group: 16 more is from 0 to 31 then.
    for (; rest + 16 >>> 0 > 31; rest >>= 5) codes[n++] = FIRST_CHARACTER + (rest & 0x1f | 0x20);
    codes[n++] = FIRST_CHARACTER + (rest & 0x1f);
  }
  return n;
}

/** A number of 33 bits, which shifts do not hold. Returns the place after it. */
function addLarge(from: number, number: number): number {
  let n = from;
  let rest = number;
  for (; rest < -16 || rest > 15; rest = Math.floor(rest / 32)) codes[n++] = FIRST_CHARACTER + (rest - Math.floor(rest / 32) * 32 + 0x20);
  codes[n++] = FIRST_CHARACTER + (rest & 0x1f);
  return n;
}

const malformed = (why: string): MaskwrightError =>
  new MaskwrightError('bad-request', `A compressed COCO run-length string is damaged: ${why}.`);

/** Throws 'bad-request' for characters outside the code, a cut string, or a count below 0 or above 32 bits. */
export function decodeCocoCounts(text: string): Uint32Array {
  const counts = new Uint32Array(text.length);
  let n = 0, before = 0, twoBefore = 0;
  for (let at = 0; at < text.length; n++) {
    let group = text.charCodeAt(at++) - FIRST_CHARACTER;
    let value = group & 0x1f;
    let shift = 5;
    // Numbers of one group leave here at once; those of up to five are whole within 32 bits.
    while ((group & ~0x1f) !== 0) {
      if ((group & ~0x3f) !== 0) throw malformed(`character ${at} does not belong to it`);
      if (at === text.length) throw malformed('it is cut off');
      if (shift > MOST_SHIFT + 10) throw malformed('a number is too long');
      group = text.charCodeAt(at++) - FIRST_CHARACTER;
      value = shift < MOST_SHIFT ? value | (group & 0x1f) << shift : value + (group & 0x1f) * 2 ** shift;
      shift += 5;
    }
    if ((group & 0x10) !== 0) value -= shift <= MOST_SHIFT ? 1 << shift : 2 ** shift;
    if (n > 2) value += twoBefore;
    if (value < 0 || value > 0xffff_ffff) throw malformed(`run ${n + 1} is ${value} pixels long`);
    counts[n] = value;
    twoBefore = before;
    before = value;
  }
  return counts.slice(0, n);
}
