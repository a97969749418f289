import { MaskwrightError } from '../contract/errors.ts';

const LARGEST = 0xffff_ffff;

/** Run lengths as unsigned LEB128 varints one after another: the form of MaskShape.counts. */
export function packCounts(counts: Uint32Array): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const count of counts) size += count < 0x80 ? 1 : count < 0x4000 ? 2 : count < 0x20_0000 ? 3 : count < 0x1000_0000 ? 4 : 5;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (let count of counts) {
    while (count >= 0x80) {
      bytes[at++] = (count & 0x7f) | 0x80;
      count >>>= 7;
    }
    bytes[at++] = count;
  }
  return bytes;
}

const malformed = (why: string): MaskwrightError =>
  new MaskwrightError('bad-request', `The packed run lengths of a mask are damaged: ${why}. Draw or import the mask again.`);

/** The inverse of packCounts. Throws 'bad-request' for a cut, an overlong or a too large number, so each mask has one packed form. */
export function unpackCounts(bytes: Uint8Array): Uint32Array {
  let numbers = 0;
  for (let i = 0; i < bytes.length; i++) numbers += ((bytes[i] ?? 0) >> 7) ^ 1;
  const counts = new Uint32Array(numbers);
  let n = 0;
  for (let at = 0; at < bytes.length; n++) {
    let byte = bytes[at++] ?? 0;
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      if (at === bytes.length) throw malformed('the last number is cut off');
      if (scale > 2 ** 28) throw malformed('a number has more than 32 bits');
      byte = bytes[at++] ?? 0;
      if (byte === 0) throw malformed('a number is longer than it need be');
      value += (byte & 0x7f) * scale;
    }
    if (value > LARGEST) throw malformed('a number has more than 32 bits');
    counts[n] = value;
  }
  return counts;
}
