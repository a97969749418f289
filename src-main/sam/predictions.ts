import type { LogitsFrame, SamPrompt } from '../../src-shared/contract/types.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { ByteLru } from '../core/byte-lru.ts';
import type { PredictPreview } from '../engines/sam-messages.ts';

export interface KeptPrediction {
  /** Key of the image. */
  readonly image: string;
  readonly frame: LogitsFrame;
  readonly prompt: SamPrompt;
  readonly candidates: readonly Omit<PredictPreview['candidates'][number], 'logits'>[];
  /** f32 logits in the candidates' order. They follow the prediction itself by some milliseconds. */
  readonly logits: Promise<readonly Uint8Array[]>;
}

export interface KeptCandidate extends Pick<KeptPrediction, 'image' | 'frame' | 'prompt'> {
  readonly scores: { readonly predictedIou: number; readonly stability: number };
  /** lowRes² f32, as the model computed them: what an accepted mask is made of, and what is fed back. */
  logits(): Promise<Uint8Array>;
}

/** Bytes of logits: 32 predictions of three candidates of 256². */
const KEPT = 32 * 3 * 256 ** 2 * Float32Array.BYTES_PER_ELEMENT;

/** The last predictions, with their logits unrounded. */
export class Predictions {
  readonly #kept = new ByteLru<KeptPrediction>(KEPT);

  add(id: string, prediction: KeptPrediction): void {
    const { candidates, frame } = prediction;
    this.#kept.set(id, prediction, candidates.length * frame.lowRes ** 2 * Float32Array.BYTES_PER_ELEMENT);
  }

  /** Throws 'no-prediction'. @param index as in Candidate.index. */
  get(id: string, index: number): KeptCandidate {
    const kept = this.#kept.get(id);
    const position = kept?.candidates.findIndex((candidate) => candidate.index === index) ?? -1;
    const candidate = kept?.candidates[position];
    if (kept === undefined || candidate === undefined) throw new MaskwrightError('no-prediction', 'This prediction is no longer kept. Click on the object again.', id);
    const { image, frame, prompt } = kept;
    return {
      image,
      frame,
      prompt,
      scores: { predictedIou: candidate.predictedIou, stability: candidate.stability },
      logits: async () => (await kept.logits)[position] ?? new Uint8Array(),
    };
  }
}
