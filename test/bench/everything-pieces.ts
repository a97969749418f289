import { join } from 'node:path';
import type { LogitsFrame } from '../../src-shared/contract/types.ts';
import { packCounts } from '../../src-shared/geometry/packed-counts.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { generateMasks } from '../../src-shared/sam/automatic/generate.ts';
import type { AutomaticMask, PixelPoint } from '../../src-shared/sam/automatic/generate.ts';
import { pointGrid } from '../../src-shared/sam/automatic/crops.ts';
import type { FoundMask } from '../../src-shared/sam/automatic/judge.ts';
import { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import { orderCandidates } from '../../src-shared/sam/candidates.ts';
import { inputSize, toFrame } from '../../src-shared/sam/preprocess.ts';
import { createUpscaler } from '../../src-shared/sam/upscale.ts';
import type { PointDecoder } from '../../src-main/engines/decoder-parts.ts';
import { searchPoints } from '../../src-main/engines/sam-automatic.ts';
import { loadModel } from '../../src-main/engines/sam-load.ts';
import type { LoadedModel } from '../../src-main/engines/sam-load.ts';
import { promptTensors } from '../../src-main/engines/sam-prompt.ts';
import { runDecoder } from '../../src-main/engines/sam-run.ts';
import type { InstalledModel } from '../../src-main/models/catalogue.ts';

/** Everything mode's pieces in this process, where each can be timed; milliseconds. */
export interface Pieces {
  readonly masks: readonly AutomaticMask[];
  /** Our time over that of the naive way, on the same points. */
  readonly share: number;
  /** The decoder's parts: once a picture, once a point, and for the points of which a mask is wanted, this many. */
  readonly imagePart: number;
  readonly promptPart: number;
  readonly maskPart: number;
  readonly masksMade: number;
  /** The filters of single masks; suppression and what else is done once. */
  readonly judging: number;
  readonly rest: number;
  /** The naive way, of all points, scaled from those that were run. */
  readonly naive: number;
  readonly naiveDecoder: number;
}

/** Every so many-th point is run the naive way as well. */
export const NAIVE_EVERY = 8;
const TURN = 8;
const WARMING = 16;

/** Thresholds as loose as the window's, so that the built-in model, which is seldom sure of itself, passes them too. */
export const OPTIONS = AutomaticOptions.parse({ pred_iou_thresh: 0.5, stability_score_thresh: 0.6 });
const whole = (frame: LogitsFrame): { x0: number; y0: number; x1: number; y1: number } => ({ x0: 0, y0: 0, x1: frame.imageWidth, y1: frame.imageHeight });
const never = new AbortController().signal;

/** Throws when the naive way does not find the same masks. */
export async function measurePieces(model: InstalledModel, image: { readonly width: number; readonly height: number }, embedding: Float32Array, folder: string): Promise<Pieces> {
  const loaded = await loadModel({ ...model, providers: ['cpu'], avoid: {}, afresh: false, cacheFolder: join(folder, 'embeddings'), cacheQuota: 0, memoryQuota: 0, findingsFile: join(folder, 'findings.json') }, () => {});
  const { frame: side, lowRes } = loaded.graph;
  const frame: LogitsFrame = { lowRes, frame: side, ...inputSize(image.width, image.height, side), imageWidth: image.width, imageHeight: image.height };
  const parts = await loaded.parts(embedding);
  if (parts === null) throw new Error('the decoder is used as a whole');
  // Another array, so that it is prepared anew.
  const preparing = performance.now();
  const decode = await parts.prepare(embedding.slice());
  const imagePart = performance.now() - preparing;
  let [promptPart, maskPart, masksMade, searching] = [0, 0, 0, 0];
  const run: PointDecoder = async (prompt, isWanted) => {
    const start = performance.now();
    let decided = start;
    const result = await decode(prompt, (ious) => {
      decided = performance.now();
      return isWanted(ious);
    });
    promptPart += decided - start;
    maskPart += performance.now() - decided;
    if (result.logits !== null) masksMade++;
    return result;
  };
  const search = async (points: readonly PixelPoint[]): Promise<FoundMask[]> => {
    const params = { key: 'bench', frame, crop: whole(frame), image, points: [...points], thresholds: OPTIONS };
    const start = performance.now();
    const found = await searchPoints(params, loaded.graph.frame, run, never);
    searching += performance.now() - start;
    return found;
  };
  const points = pointGrid(OPTIONS.points_per_side, image.width, image.height);
  const subset = points.filter((_, i) => i % NAIVE_EVERY === 0);
  await search(subset.slice(0, WARMING));
  searching = 0;
  const naive = { ms: 0, decoder: 0 };
  // By turns, so that a machine that is busy now and then is so for both.
  for (let at = 0; at < subset.length; at += TURN) {
    const part = subset.slice(at, at + TURN);
    const ours = await search(part);
    const theirs = await naiveWay(part, frame, loaded, embedding);
    const same = ours.length === theirs.found.length && ours.every((mask, i) => Buffer.compare(mask.counts, theirs.found[i] ?? new Uint8Array()) === 0);
    if (!same) throw new Error(`the naive way finds ${theirs.found.length} masks, ours ${ours.length}, or others`);
    naive.ms += theirs.ms;
    naive.decoder += theirs.decoder;
  }
  const share = searching / naive.ms;

  [promptPart, maskPart, masksMade, searching] = [0, 0, 0, 0];
  const start = performance.now();
  const masks = await generateMasks(image.width, image.height, OPTIONS, { search: (_, all) => search(all), progress: () => {}, pause: async () => {} });
  const scale = points.length / subset.length;
  return { masks, share, imagePart, promptPart, maskPart, masksMade, judging: searching - promptPart - maskPart, rest: performance.now() - start - searching, naive: naive.ms * scale, naiveDecoder: naive.decoder * scale };
}

/** The decoder point by point, and each of its masks made at the image's size before it is scored. */
async function naiveWay(points: readonly PixelPoint[], frame: LogitsFrame, { graph, decoder }: LoadedModel, embedding: Float32Array): Promise<{ found: Uint8Array[]; ms: number; decoder: number }> {
  const { imageWidth: width, imageHeight: height, lowRes } = frame;
  const upscaler = createUpscaler(frame);
  const floats = new Float32Array(width * height);
  const found: Uint8Array[] = [];
  let decoding = 0;
  const start = performance.now();
  for (const point of points) {
    const { ious, logits, ms } = await runDecoder(graph, decoder, { embedding, ...promptTensors({ points: [{ ...toFrame(point, frame), label: 1 }], box: null }, graph.frame / frame.frame), mask: null });
    decoding += ms;
    for (const { place } of orderCandidates(ious, true).toSorted((a, b) => a.place - b.place)) {
      upscaler.sample(logits.subarray(place * lowRes ** 2, (place + 1) * lowRes ** 2), 0, 0, 1, 1, width, height, floats);
      const mask = scored(floats, width, height, ious[place] ?? 0);
      if (mask !== null) found.push(mask);
    }
  }
  return { found, ms: performance.now() - start, decoder: decoding };
}

/** A mask that passes the official thresholds, as packed run lengths. On the whole image no edge cuts a mask off. */
function scored(logits: Float32Array, width: number, height: number, predictedIou: number): Uint8Array | null {
  let [above, below, left, top, right, bottom] = [0, 0, width, height, -1, -1];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const logit = logits[i] ?? 0;
      if (logit > OPTIONS.stability_score_offset) above++;
      if (logit > -OPTIONS.stability_score_offset) below++;
      if (!(logit > 0)) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  const stable = above / below >= OPTIONS.stability_score_thresh;
  if (!(predictedIou > OPTIONS.pred_iou_thresh) || !stable || right < left || bottom < top) return null;
  return packCounts(rleFromBitmap(Uint8Array.from(logits, (logit) => Number(logit > 0)), height, width).counts);
}
