import { MaskwrightError } from '../contract/errors.ts';

/*
 * COCO's compressed run lengths (cocoapi, maskApi: rleToString and rleFrString). From the fourth count on, the
 * difference to the count two before is written instead. Each number goes out in groups of 5 bits, lowest first, two's
 * complement, bit 5 (0x20) set when more groups follow, bit 4 of the last group being the sign; 48 is added to make text.
 */

const FIRST_CHARACTER = 48;

export function encodeCocoCounts(counts: Uint32Array): string {
  const codes: number[] = [];
  for (let i = 0; i < counts.length; i++) {
    let rest = (counts[i] ?? 0) - (i > 2 ? (counts[i - 2] ?? 0) : 0);
    for (;;) {
      // Differences reach 33 bits, so no shifts.
      const next = Math.floor(rest / 32);
      const group = rest - next * 32;
      rest = next;
      const done = group & 0x10 ? rest === -1 : rest === 0;
      codes.push(FIRST_CHARACTER + (done ? group : group | 0x20));
      if (done) break;
    }
  }
  return textOf(codes);
}

/** String.fromCharCode in pieces: its number of arguments is limited. */
function textOf(codes: readonly number[]): string {
  const pieces: string[] = [];
  for (let at = 0; at < codes.length; at += 8192) pieces.push(String.fromCharCode(...codes.slice(at, at + 8192)));
  return pieces.join('');
}

const malformed = (why: string): MaskwrightError =>
  new MaskwrightError('bad-request', `A compressed COCO run-length string is damaged: ${why}.`);

/** Throws 'bad-request' for characters outside the code, a cut string, or a count below 0 or above 32 bits. */
export function decodeCocoCounts(text: string): Uint32Array {
  const counts: number[] = [];
  let value = 0, scale = 1;
  for (let i = 0; i < text.length; i++) {
    const group = text.charCodeAt(i) - FIRST_CHARACTER;
    if (group < 0 || group > 0x3f) throw malformed(`character ${i + 1} does not belong to it`);
    if (scale > 2 ** 35) throw malformed('a number is too long');
    value += (group & 0x1f) * scale;
    scale *= 32;
    if (group & 0x20) continue;
    if (group & 0x10) value -= scale;
    if (counts.length > 2) value += counts[counts.length - 2] ?? 0;
    if (value < 0 || value > 0xffff_ffff) throw malformed(`run ${counts.length + 1} is ${value} pixels long`);
    counts.push(value);
    value = 0;
    scale = 1;
  }
  if (scale !== 1) throw malformed('it is cut off');
  return Uint32Array.from(counts);
}
