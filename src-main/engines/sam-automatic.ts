import type { PixelPoint } from '../../src-shared/sam/automatic/generate.ts';
import { createJudge, judgePoints } from '../../src-shared/sam/automatic/judge.ts';
import type { FoundMask, PointCandidates } from '../../src-shared/sam/automatic/judge.ts';
import { orderCandidates } from '../../src-shared/sam/candidates.ts';
import { toFrame } from '../../src-shared/sam/preprocess.ts';
import type { AutomaticParams } from './sam-automatic-messages.ts';
import type { DecoderPrompt } from './sam-graph.ts';
import { promptTensors } from './sam-prompt.ts';
import type { DecoderRun } from './sam-run.ts';

/**
 * The masks of some of a crop's points that pass its filters. Ends between two points when `signal` is aborted.
 * `modelFrame`: side of the model's frame, in whose pixels the decoder takes points.
 * Each point is a run of its own: on a CPU, prompts in one batch take as long as one after another, and more memory.
 */
export async function searchPoints(params: AutomaticParams, modelFrame: number, run: (prompt: Pick<DecoderPrompt, 'coords' | 'labels'>) => Promise<DecoderRun>, signal: AbortSignal): Promise<FoundMask[]> {
  const { frame, crop, image, points, thresholds } = params;
  const size = frame.lowRes ** 2;
  const decode = async (point: PixelPoint): Promise<PointCandidates> => {
    signal.throwIfAborted();
    const at = toFrame(point, frame);
    const { ious, logits } = await run(promptTensors({ points: [{ ...at, label: 1 }], box: null }, modelFrame / frame.frame));
    // The candidates in the decoder's own order: they lie side by side.
    const masks = orderCandidates(ious, true).toSorted((a, b) => a.place - b.place);
    const from = masks[0]?.place ?? 0;
    const end = from + masks.length;
    return { first: masks[0]?.index ?? 0, ious: ious.subarray(from, end), logits: logits.subarray(from * size, end * size) };
  };
  return judgePoints(points, decode, createJudge(frame, crop, image, thresholds));
}
