import { setImmediate as turn } from 'node:timers/promises';
import type { LogitsFrame } from '../../src-shared/contract/types.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Corners } from '../../src-shared/sam/automatic/corners.ts';
import { generateMasks } from '../../src-shared/sam/automatic/generate.ts';
import type { AutomaticMask, AutomaticWork, PixelPoint } from '../../src-shared/sam/automatic/generate.ts';
import type { FoundMask } from '../../src-shared/sam/automatic/judge.ts';
import { generateCandidates } from '../../src-shared/sam/automatic/loose.ts';
import type { FoundCandidate } from '../../src-shared/sam/automatic/loose.ts';
import type { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import { PRIORITY } from './engine-client.ts';
import type { SamEngine } from './engine-client.ts';

/** What everything mode needs of the predictor. A crop is null for the whole image. */
export interface AutomaticSource {
  readonly engine: Pick<SamEngine, 'automatic'>;
  /** The crop's embedding, made when it is missing: its name in the engine, and how logits lie over the crop. */
  embedded(crop: Corners | null, signal: AbortSignal): Promise<{ readonly pixelHash: string; readonly frame: LogitsFrame }>;
  /** The engine no longer has the crop's embedding. */
  forget(crop: Corners | null): void;
  /** What is thrown when it is lost again and again. */
  lost(): MaskwrightError;
}

export interface AutomaticRun {
  readonly signal: AbortSignal;
  /** Points of the grids done and to do. */
  onProgress(done: number, total: number): void;
}

/** How long a request may keep a prompt waiting, about. */
const REQUEST_MS = 100;
const FIRST_REQUEST = 4;
const ROUNDS = 3;

/** What generators of masks need, and the image's size in pixels. */
interface Prepared {
  readonly width: number;
  readonly height: number;
  readonly pixelHash: string;
  readonly work: AutomaticWork;
}

/**
 * Everything mode for main. The points go to the engine a few at a time, each few a request that any prompt goes before.
 * Rejects with 'cancelled', a model's or engine's error, or what making the embedding rejects with.
 */
export async function automaticMasks(options: AutomaticOptions, source: AutomaticSource, run: AutomaticRun): Promise<AutomaticMask[]> {
  const { width, height, work } = await prepare(options, source, run);
  return generateMasks(width, height, options, work);
}

/** The same without its last decisions (sam/automatic/loose.ts). `pixelHash` is the image's. */
export async function automaticCandidates(options: AutomaticOptions, source: AutomaticSource, run: AutomaticRun): Promise<{ pixelHash: string; candidates: FoundCandidate[] }> {
  const { width, height, pixelHash, work } = await prepare(options, source, run);
  return { pixelHash, candidates: await generateCandidates(width, height, options, work) };
}

async function prepare(options: AutomaticOptions, source: AutomaticSource, { signal, onProgress }: AutomaticRun): Promise<Prepared> {
  const { pixelHash, frame } = await source.embedded(null, signal);
  const image = { width: frame.imageWidth, height: frame.imageHeight };
  let atOnce = FIRST_REQUEST;

  const ask = async (crop: Corners, points: readonly PixelPoint[]): Promise<FoundMask[]> => {
    const part = isWhole(crop, image) ? null : crop;
    for (let round = 0; round < ROUNDS; round++) {
      // Again only when the engine has died since, or the embedding was evicted.
      const embedded = await source.embedded(part, signal);
      const { pred_iou_thresh, stability_score_thresh, stability_score_offset } = options;
      const params = { key: embedded.pixelHash, frame: embedded.frame, crop, image, points: [...points], thresholds: { pred_iou_thresh, stability_score_thresh, stability_score_offset } };
      const answer = await source.engine.automatic(params, { signal, priority: PRIORITY.prepare });
      if (answer.found) {
        atOnce = Math.max(1, Math.min(options.points_per_batch, Math.floor((points.length * REQUEST_MS) / answer.ms)));
        return answer.masks;
      }
      source.forget(part);
    }
    throw source.lost();
  };

  const work: AutomaticWork = {
    search: async (crop, points, advanced) => {
      const found: FoundMask[] = [];
      for (let at = 0; at < points.length; ) {
        const batch = points.slice(at, at + Math.min(atOnce, options.points_per_batch));
        const from = at;
        for (const mask of await ask(crop, batch)) found.push({ ...mask, point: mask.point + from });
        at += batch.length;
        advanced(batch.length);
      }
      return found;
    },
    progress: onProgress,
    pause: async () => {
      await turn();
      if (signal.aborted) throw new MaskwrightError('cancelled', 'The work was cancelled.');
    },
  };
  return { ...image, pixelHash, work };
}

const isWhole = (crop: Corners, { width, height }: { readonly width: number; readonly height: number }): boolean => crop.x0 === 0 && crop.y0 === 0 && crop.x1 === width && crop.y1 === height;
