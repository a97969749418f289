import type { LogitsFrame, SamPrompt } from '../../src-shared/contract/types.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { PredictPreview } from '../engines/sam-messages.ts';

export interface KeptPrediction {
  /** Key of the image. */
  readonly image: string;
  readonly frame: LogitsFrame;
  readonly prompt: SamPrompt;
  readonly candidates: PredictPreview['candidates'];
  /** f32 logits in the candidates' order. They follow the prediction itself by some milliseconds. */
  readonly logits: Promise<readonly Uint8Array[]>;
}

export interface KeptCandidate extends Pick<KeptPrediction, 'image' | 'frame' | 'prompt'> {
  readonly scores: { readonly predictedIou: number; readonly stability: number };
  /** lowRes² half floats, as the window draws them: what is accepted is what was seen. */
  readonly shown: Uint8Array;
  /** lowRes² f32, as the model said: what is fed back. */
  logits(): Promise<Uint8Array>;
}

/** Of at most 3 × 256 KiB each. */
const KEPT = 32;

/** The last predictions, with the logits as the window shows them and as the model said. */
export class Predictions {
  /** Oldest first. */
  readonly #kept = new Map<string, KeptPrediction>();

  add(id: string, prediction: KeptPrediction): void {
    this.#kept.set(id, prediction);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
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
      shown: candidate.logits,
      scores: { predictedIou: candidate.predictedIou, stability: candidate.stability },
      logits: async () => (await kept.logits)[position] ?? new Uint8Array(),
    };
  }
}
