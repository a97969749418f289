import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { PromptLimits } from './sam-graph.ts';
import type { PredictParams } from './sam-messages.ts';

/**
 * Points and box as the decoder takes them (SamPredictor.predict_torch and PromptEncoder of
 * facebookresearch/segment-anything): points first, then the box as its two corners with labels 2 and 3.
 * @param scale from the prompt's pixels to those of the model's frame: 1 but where logits lie over the image without the frame between
 */
export function promptTensors({ points, box }: Pick<PredictParams, 'points' | 'box'>, scale: number): { coords: Float32Array; labels: Float32Array } {
  const rows = points.map(({ x, y, label }): [number, number, number] => [x, y, label]);
  if (box !== null) rows.push([box.x0, box.y0, 2], [box.x1, box.y1, 3]);
  return { coords: Float32Array.from(rows.flatMap(([x, y]) => [x * scale, y * scale])), labels: Float32Array.from(rows, ([, , label]) => label) };
}

/** Throws 'bad-request' for a prompt that this model cannot be asked, saying what to do. */
export function checkPrompt({ points, box, mask }: Pick<PredictParams, 'points' | 'box' | 'mask'>, limits: PromptLimits): void {
  if (!limits.backgroundPoints && points.some(({ label }) => label === 0)) throw new MaskwrightError('bad-request', 'This model knows no background points. Click on the object only, or choose another model.');
  if (!limits.box && box !== null) throw new MaskwrightError('bad-request', 'This model takes no boxes. Click on the object, or choose another model.');
  if (!limits.maskInput && mask !== null) throw new MaskwrightError('bad-request', 'This model cannot refine a mask. Click on the object, or choose another model.');
  if (!limits.maskInput && box === null && points.length === 0) throw new MaskwrightError('bad-request', 'This model needs a point or a box. Click on the object.');
  const count = points.length + (box === null ? 0 : 2);
  if (limits.maxPoints !== null && count > limits.maxPoints) {
    throw new MaskwrightError('bad-request', `This model takes at most ${limits.maxPoints} points, a box counting as two, and there are ${count}. Remove some, or choose another model.`);
  }
}

/** Bytes that came through a pipe (at any offset in their buffer) as f32. Throws 'bad-request' for another length. */
export function floatsOf(bytes: Uint8Array, length: number): Float32Array {
  if (bytes.byteLength !== length * Float32Array.BYTES_PER_ELEMENT) throw new MaskwrightError('bad-request', `${bytes.byteLength} bytes of logits came where ${length} numbers were expected.`);
  return new Float32Array(new Uint8Array(bytes).buffer);
}

export const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
