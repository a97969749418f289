import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { PredictParams } from './sam-messages.ts';

/**
 * Points and box as the decoder takes them (SamPredictor.predict_torch and PromptEncoder of
 * facebookresearch/segment-anything): points first, then the box as its two corners with labels 2 and 3, and one
 * padding point (0, 0, −1) only when there is no box. Coordinates stay in frame pixels.
 */
export function promptTensors(prompt: Pick<PredictParams, 'points' | 'box'>): { coords: Float32Array; labels: Float32Array } {
  const { points, box } = prompt;
  const rows = points.map(({ x, y, label }): [number, number, number] => [x, y, label]);
  if (box === null) rows.push([0, 0, -1]);
  else rows.push([box.x0, box.y0, 2], [box.x1, box.y1, 3]);
  return { coords: Float32Array.from(rows.flatMap(([x, y]) => [x, y])), labels: Float32Array.from(rows, ([, , label]) => label) };
}

/** Bytes that came through a pipe (at any offset in their buffer) as f32. Throws 'bad-request' for another length. */
export function floatsOf(bytes: Uint8Array, length: number): Float32Array {
  if (bytes.byteLength !== length * Float32Array.BYTES_PER_ELEMENT) throw new MaskwrightError('bad-request', `${bytes.byteLength} bytes of logits came where ${length} numbers were expected.`);
  return new Float32Array(new Uint8Array(bytes).buffer);
}

export const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
