import type { LogitsFrame, SamPrompt } from '../../src-shared/contract/types.ts';
import { toFrame } from '../../src-shared/sam/preprocess.ts';
import type { PredictParams } from '../engines/sam-messages.ts';

/** A prompt in image pixels as the engine takes it: in pixels of the model's frame, the box by its corners. */
export function promptInFrame(prompt: SamPrompt, frame: LogitsFrame): Pick<PredictParams, 'points' | 'box'> {
  const { points, box } = prompt;
  if (box === null) return { points: points.map((p) => ({ ...toFrame(p, frame), label: p.label })), box: null };
  const from = toFrame({ x: box.x, y: box.y }, frame);
  const to = toFrame({ x: box.x + box.width, y: box.y + box.height }, frame);
  return { points: points.map((p) => ({ ...toFrame(p, frame), label: p.label })), box: { x0: from.x, y0: from.y, x1: to.x, y1: to.y } };
}
