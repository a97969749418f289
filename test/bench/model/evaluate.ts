import { fileImage } from '../../../src-main/core/headless.ts';
import type { FileImage } from '../../../src-main/core/headless.ts';
import type { Predictor } from '../../../src-main/sam/predictor.ts';
import { addPoint, currentStep, promptOf, receiveAnswer, startWithBox } from '../../../src-renderer/state/prompt-session.ts';
import type { PromptSession } from '../../../src-renderer/state/prompt-session.ts';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Candidate } from '../../../src-shared/contract/types.ts';
import type { ImageId, PromptPoint } from '../../../src-shared/domain/schema.ts';
import { unpackCounts } from '../../../src-shared/geometry/packed-counts.ts';
import { rleArea, rleBox } from '../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../src-shared/geometry/rle.ts';
import { rleIou } from '../../../src-shared/geometry/rle-algebra.ts';
import { boundaryMeasure } from './boundary.ts';
import type { Scored } from './calibration.ts';
import { correctiveClick, deepestPoint } from './clicks.ts';

/** Corrective clicks that are made one after the other. */
export const CORRECTIONS = 5;

/** What a box or a click gave, and what corrective clicks made of it. */
export interface Attempts {
  /** Of the first answer, best first as the window has them: IoU at the picture's full size. */
  readonly candidates: readonly (Scored & Pick<Candidate, 'stability'>)[];
  /** Boundary F-measure of the candidate that the window selects. */
  readonly boundary: number;
  /** After 1 to CORRECTIONS corrective clicks. */
  readonly corrected: readonly Scored[];
  /** Boundary F-measure after the last of them. */
  readonly correctedBoundary: number;
}

export interface SegmentFigures {
  /** Pixels. */
  readonly area: number;
  /** Of the picture. */
  readonly share: number;
  /** Null where the model takes no boxes. */
  readonly box: Attempts | null;
  readonly click: Attempts;
}

/** What one evaluation learns beside the figures of its segments. */
export interface EvaluationLog {
  /** Milliseconds of a bare run of the decoder. */
  decoded(ms: number): void;
  /** The model cannot be asked something that the protocol has; the sentence says what. */
  refused(message: string): void;
}

interface Answer {
  readonly session: PromptSession;
  readonly candidates: readonly Candidate[];
  readonly masks: readonly Rle[];
}

const CLIENT = 'evaluation';
/** Sessions are of one image each; which one does not matter here. */
const IMAGE: ImageId = 1;

/**
 * One picture's segments, asked for as a person would in the window: the window's own sessions make the prompts, and its
 * predictor answers them. Rejects as Predictor.predict, and with 'conflict' where the masks have another size than the picture.
 */
export class Evaluation {
  readonly #predictor: Predictor<FileImage>;
  readonly #log: EvaluationLog;

  constructor(predictor: Predictor<FileImage>, log: EvaluationLog) {
    this.#predictor = predictor;
    this.#log = log;
  }

  async segment(file: string, truth: Rle): Promise<SegmentFigures> {
    const image = fileImage(file);
    const point = deepestPoint(truth);
    if (point === null) throw new MaskwrightError('bad-request', 'An empty mask cannot be looked for.', file);
    const area = rleArea(truth);
    const boundary = boundaryMeasure(truth);
    const click = await this.#attempts(image, addPoint(null, IMAGE, { x: point.x, y: point.y, label: 1 }), truth, boundary);
    if (click === null) throw new MaskwrightError('bad-request', 'The model refuses a click on the object.', file);
    const box = await this.#attempts(image, startWithBox(null, IMAGE, rleBox(truth)), truth, boundary);
    return { area, share: area / (truth.size[0] * truth.size[1]), click, box };
  }

  async #attempts(image: FileImage, start: PromptSession, truth: Rle, boundary: (mask: Rle) => number): Promise<Attempts | null> {
    const first = await this.#ask(image, start);
    if (first === null) return null;
    sameSize(truth, first, image);
    const candidates = first.candidates.map(({ predictedIou, stability }, i) => ({ predicted: predictedIou, stability, iou: iouOf(truth, first.masks[i]) }));
    const corrected: Scored[] = [];
    let [scored = { predicted: 0, iou: 0 }]: readonly Scored[] = candidates;
    let mask = first.masks[0] ?? truth;
    let session: PromptSession | null = first.session;
    const shown = mask;
    while (corrected.length < CORRECTIONS) {
      const click: PromptPoint | null = session === null ? null : correctiveClick(truth, mask);
      const answer: Answer | null = click === null || session === null ? null : await this.#ask(image, addPoint(session, IMAGE, click));
      // Nothing is left to correct, or the model cannot be asked: the person keeps what there is.
      if (answer === null) session = null;
      else {
        session = answer.session;
        mask = answer.masks[0] ?? mask;
        scored = { predicted: answer.candidates[0]?.predictedIou ?? 0, iou: iouOf(truth, mask) };
      }
      corrected.push({ predicted: scored.predicted, iou: scored.iou });
    }
    return { candidates, boundary: boundary(shown), corrected, correctedBoundary: boundary(mask) };
  }

  /** The session's newest prompt and its answer; null for one that the model cannot be asked. */
  async #ask(image: FileImage, session: PromptSession): Promise<Answer | null> {
    const prompt = promptOf(session);
    if (prompt === null) return null;
    try {
      const { prediction, frame, candidates, timings } = await this.#predictor.predict(CLIENT, image, prompt);
      this.#log.decoded(timings.decoder);
      const masks = await Promise.all(candidates.map(async ({ index }) => {
        const { size, counts } = await this.#predictor.mask(prediction, index);
        return { size, counts: unpackCounts(counts) };
      }));
      // The window's session keeps logits to draw them, which nobody does here.
      const answer = { prediction, frame, candidates: candidates.map((candidate) => ({ ...candidate, logits: new Float32Array() })) };
      return { session: receiveAnswer(session, currentStep(session), answer), candidates, masks };
    } catch (error) {
      if (!(error instanceof MaskwrightError) || error.code !== 'bad-request') throw error;
      this.#log.refused(error.message);
      return null;
    }
  }
}

const iouOf = (truth: Rle, mask: Rle | undefined): number => (mask === undefined ? 0 : rleIou(truth, mask));

function sameSize({ size: [height, width] }: Rle, { session }: Answer, { path }: FileImage): void {
  const frame = currentStep(session).answer?.frame;
  if (frame === undefined || (frame.imageWidth === width && frame.imageHeight === height)) return;
  throw new MaskwrightError('conflict', `Its masks are for ${width} × ${height} pixels, but the picture has ${frame.imageWidth} × ${frame.imageHeight}.`, path);
}
