/**
 * Numbers as IEEE 754 binary16, little-endian (the byte order of every platform the program runs on). Rounded to
 * nearest, ties to even: a magnitude up to 2⁻²⁵ becomes zero, one from 65,520 infinite.
 */
export function toHalf(values: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Float16Array(values).buffer);
}

/** The inverse of toHalf; the bytes may lie anywhere in their buffer. Throws RangeError for an odd number of bytes. */
export function fromHalf(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  if (bytes.byteLength % 2 !== 0) throw new RangeError(`${bytes.byteLength} bytes are no half floats: their number is odd.`);
  return new Float32Array(new Float16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2));
}
