import type { PixelPoint } from '../../src-shared/sam/automatic/generate.ts';
import { createJudge, judgePoints } from '../../src-shared/sam/automatic/judge.ts';
import type { FoundMask, PointCandidates } from '../../src-shared/sam/automatic/judge.ts';
import { orderCandidates } from '../../src-shared/sam/candidates.ts';
import { toFrame } from '../../src-shared/sam/preprocess.ts';
import type { PointDecoder } from './decoder-parts.ts';
import type { AutomaticParams } from './sam-automatic-messages.ts';
import { promptTensors } from './sam-prompt.ts';

/**
 * The masks of some of a crop's points that pass its filters. Ends between two points when `signal` is aborted.
 * `modelFrame`: side of the model's frame, in whose pixels the decoder takes points.
 * Each point is a run of its own: on a CPU, prompts in one batch take longer than one after another, and more memory.
 */
export async function searchPoints(params: AutomaticParams, modelFrame: number, run: PointDecoder, signal: AbortSignal): Promise<FoundMask[]> {
  const { frame, crop, image, points, thresholds } = params;
  const size = frame.lowRes ** 2;
  const decode = async (point: PixelPoint, isWanted: (iou: number) => boolean): Promise<PointCandidates> => {
    signal.throwIfAborted();
    const prompt = promptTensors({ points: [{ ...toFrame(point, frame), label: 1 }], box: null }, modelFrame / frame.frame);
    const { ious, logits } = await run(prompt, (scores) => {
      const { from, end } = candidatesOf(scores);
      return scores.subarray(from, end).some(isWanted);
    });
    const { first, from, end } = candidatesOf(ious);
    return { first, ious: ious.subarray(from, end), logits: logits?.subarray(from * size, end * size) ?? null };
  };
  return judgePoints(points, decode, createJudge(frame, crop, image, thresholds));
}

/** The candidates of a click, which lie side by side among the decoder's masks; `first` is the number of the first one. */
function candidatesOf(ious: Float32Array): { first: number; from: number; end: number } {
  const masks = orderCandidates(ious, true).toSorted((a, b) => a.place - b.place);
  const from = masks[0]?.place ?? 0;
  return { first: masks[0]?.index ?? 0, from, end: from + masks.length };
}
