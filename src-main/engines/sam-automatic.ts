import type { PixelPoint } from '../../src-shared/sam/automatic/generate.ts';
import { createJudge, judgePoints } from '../../src-shared/sam/automatic/judge.ts';
import type { FoundMask } from '../../src-shared/sam/automatic/judge.ts';
import { orderCandidates } from '../../src-shared/sam/candidates.ts';
import { toFrame } from '../../src-shared/sam/preprocess.ts';
import type { AutomaticParams } from './sam-automatic-messages.ts';
import type { DecoderPrompt } from './sam-graph.ts';
import { promptTensors } from './sam-prompt.ts';
import type { DecoderRun } from './sam-run.ts';

/**
 * The masks of some of a crop's points that pass its filters. Ends between two points when `signal` is aborted.
 * Each point is a run of its own: on a CPU, prompts in one batch take as long as one after another, and more memory.
 */
export async function searchPoints(params: AutomaticParams, run: (prompt: Pick<DecoderPrompt, 'coords' | 'labels'>) => Promise<DecoderRun>, signal: AbortSignal): Promise<FoundMask[]> {
  const { frame, crop, image, points, thresholds } = params;
  const size = frame.lowRes ** 2;
  const decode = async (point: PixelPoint): Promise<DecoderRun> => {
    signal.throwIfAborted();
    const at = toFrame(point, frame);
    const { ious, logits, ms } = await run(promptTensors({ points: [{ ...at, label: 1 }], box: null }));
    // The candidates in the decoder's own order: they lie side by side.
    const indices = orderCandidates(ious, true);
    const [first, end] = [Math.min(...indices), Math.max(...indices) + 1];
    return { ious: ious.subarray(first, end), logits: logits.subarray(first * size, end * size), ms };
  };
  return judgePoints(points, decode, createJudge(frame, crop, image, thresholds));
}
