import type { LogitsFrame } from '../../src-shared/contract/types.ts';
import { packCounts } from '../../src-shared/geometry/packed-counts.ts';
import { createUpscaler } from '../../src-shared/sam/upscale.ts';
import type { RunLengthsResult } from './images-api.ts';
import { floatsOf } from './sam-prompt.ts';

/** The mask that low-resolution logits (lowRes² f32, row-major) are at the image's resolution, as packed run lengths. */
export function runLengths(logits: Uint8Array, frame: LogitsFrame): RunLengthsResult {
  const { size, counts } = createUpscaler(frame).logitsToRle(floatsOf(logits, frame.lowRes ** 2));
  return { size, counts: packCounts(counts) };
}
