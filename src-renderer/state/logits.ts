import type { LogitsFrame } from '../../src-shared/contract/types.ts';
import type { Box } from '../../src-shared/domain/schema.ts';

/**
 * Low-resolution logits as the contract carries them (half floats, little-endian, row-major) as numbers.
 * The bytes may lie at any offset of a larger buffer, so they are copied to an aligned one first.
 */
export function decodeLogits(bytes: Uint8Array): Float32Array {
  return Float32Array.from(new Float16Array(bytes.slice().buffer));
}

/** The part of the lowRes² square that the image covers, in logits pixels; the rest is padding. */
export function coveredPart(frame: LogitsFrame): { width: number; height: number } {
  return { width: (frame.inputWidth / frame.frame) * frame.lowRes, height: (frame.inputHeight / frame.frame) * frame.lowRes };
}

/** The box around all logits above 0 inside the image, in logits pixels; null for an empty mask. */
export function insideBox(logits: Float32Array, frame: LogitsFrame): Box | null {
  const side = frame.lowRes;
  const covered = coveredPart(frame);
  const width = Math.ceil(covered.width);
  const height = Math.ceil(covered.height);
  let left = width;
  let top = height;
  let right = -1;
  let bottom = -1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if ((logits[y * side + x] ?? 0) <= 0) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
  }
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}
