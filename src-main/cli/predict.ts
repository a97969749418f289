import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Box, PromptPoint } from '../../src-shared/domain/schema.ts';
import type { Prediction } from '../../src-shared/contract/types.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { unpackCounts } from '../../src-shared/geometry/packed-counts.ts';
import { rleArea, rleBox, rleToBitmap, type Rle } from '../../src-shared/geometry/rle.ts';
import { fileImage, startHeadless, type FileImage } from '../core/headless.ts';
import { dataDir, resources } from '../core/places.ts';
import { writeWhole } from '../datasets/atomic-file.ts';
import type { Look } from '../engines/images-api.ts';
import type { InstalledModel } from '../models/catalogue.ts';
import type { Predictor } from '../sam/predictor.ts';
import { CLIENT } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { modelOf, pictureOf } from './model-argument.ts';
import { readNpy, writeNpy } from './npy.ts';
import { maskPng } from './png.ts';

export interface PredictOptions {
  readonly model?: string;
  readonly point: readonly PromptPoint[];
  readonly box?: Box;
  readonly mask?: string;
  readonly single?: true;
  readonly order: MaskOrder;
  readonly pixels: Look;
  readonly json?: true;
  readonly logits?: string;
  readonly embedding?: string;
  readonly maskPng?: string;
}

/** Best first, or as the decoder numbers them. */
export type MaskOrder = 'best' | 'decoder';

interface Candidate {
  /** The decoder's number: 0 the single mask, 1–3 the candidates of an ambiguous prompt. */
  readonly index: number;
  readonly predictedIou: number;
  readonly stability: number;
  readonly area: number;
  /** Zeros for an empty mask. */
  readonly box: Box;
  readonly rle: { readonly size: readonly [number, number]; readonly counts: readonly number[] };
}

/** `maskwright predict`: one prompt on one picture, through the window's own predictor. */
export async function predict(argument: string, options: PredictOptions, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const path = pictureOf(argument);
  const { logits: previous, side } = options.mask === undefined ? { logits: null, side: null } : await firstMask(options.mask);
  const model = await modelOf(options.model);
  const { predictor, stop } = await startHeadless(model, resources(), dataDir());
  const end = (): void => void stop();
  interrupted.addEventListener('abort', end, { once: true });
  try {
    const image = fileImage(path, options.pixels);
    const prompt = { points: [...options.point], box: options.box ?? null, previous: null, multimask: options.single !== true };
    const best = await predictor.predict(CLIENT, image, prompt, previous).catch((error: unknown) => {
      if (side !== null && error instanceof MaskwrightError && error.code === 'bad-request') throw new MaskwrightError('bad-request', `"${options.mask}" has masks of ${side} × ${side}, which the model does not take. Give logits of the same model.`, options.mask, { cause: error });
      throw error;
    });
    warnOfOutside(options, best, console);
    const prediction = options.order === 'best' ? best : { ...best, candidates: best.candidates.toSorted((a, b) => a.index - b.index) };
    const masks = await Promise.all(prediction.candidates.map(({ index }) => maskOf(predictor, prediction, index)));
    await writeMask(options.maskPng, masks[prediction.candidates.findIndex(({ index }) => index === best.candidates[0]?.index)]);
    await writeFiles(options, predictor, image, prediction, interrupted);
    report(options, model, predictor, prediction, masks, console);
    return EXIT.done;
  } catch (error) {
    if (!interrupted.aborted) throw error;
    console.err('Cancelled.\n');
    return EXIT.interrupted;
  } finally {
    interrupted.removeEventListener('abort', end);
    await stop();
  }
}

/** Such prompts are answered as the official predictor answers them, but are most often a slip. */
function warnOfOutside({ point, box }: PredictOptions, { frame: { imageWidth, imageHeight } }: Prediction, console: Console): void {
  const corners = box === undefined ? [] : [{ x: box.x, y: box.y }, { x: box.x + box.width, y: box.y + box.height }];
  const outside = [...point, ...corners].find(({ x, y }) => x < 0 || y < 0 || x > imageWidth || y > imageHeight);
  if (outside !== undefined) console.err(`${outside.x},${outside.y} lies outside the picture, which has ${imageWidth} × ${imageHeight} pixels.\n`);
}

/** The first mask of a --logits file, which is the best candidate's. */
async function firstMask(file: string): Promise<{ logits: Uint8Array; side: number }> {
  const path = resolve(file);
  const content = await readFile(path).catch((cause: unknown) => {
    throw new MaskwrightError('not-found', `The logits "${path}" cannot be read. Check the name.`, path, { cause });
  });
  const { shape, values } = readNpy(content, path);
  const [height = 0, width = 0] = shape.slice(-2);
  if (shape.length < 2 || height !== width || values.length === 0) throw new MaskwrightError('bad-request', `"${path}" has the shape ${shape.join(' × ')}; logits are 256 × 256, or several of those. Give a file as --logits writes it.`, path);
  return { logits: values.subarray(0, height * width * Float32Array.BYTES_PER_ELEMENT), side: height };
}

async function maskOf(predictor: Predictor<FileImage>, { prediction }: Prediction, index: number): Promise<Rle> {
  const { size, counts } = await predictor.mask(prediction, index);
  return { size, counts: unpackCounts(counts) };
}

const write = (file: string, bytes: Uint8Array): Promise<unknown> => writeWhole(resolve(file), true, (sink) => sink.write(bytes));

async function writeFiles(options: PredictOptions, predictor: Predictor<FileImage>, image: FileImage, prediction: Prediction, signal: AbortSignal): Promise<void> {
  if (options.logits !== undefined) {
    const all = await Promise.all(prediction.candidates.map(({ index }) => predictor.logits(prediction.prediction, index)));
    await write(options.logits, writeNpy([all.length, prediction.frame.lowRes, prediction.frame.lowRes], Buffer.concat(all)));
  }
  if (options.embedding !== undefined) {
    const { shape, values } = await predictor.embedding(image, signal);
    await write(options.embedding, writeNpy(shape, values));
  }
}

async function writeMask(file: string | undefined, mask: Rle | undefined): Promise<void> {
  if (file !== undefined && mask !== undefined) await write(file, maskPng(rleToBitmap(mask), mask.size[1], mask.size[0]));
}

function report(options: PredictOptions, { entry, hash }: InstalledModel, predictor: Predictor<FileImage>, prediction: Prediction, masks: readonly Rle[], console: Console): void {
  const { provider, reason } = predictor.status;
  const candidates = prediction.candidates.map(({ index, predictedIou, stability }, i): Candidate => {
    const rle = masks[i] ?? { size: [0, 0], counts: new Uint32Array() };
    return { index, predictedIou, stability, area: rleArea(rle), box: rleBox(rle), rle: { size: rle.size, counts: [...rle.counts] } };
  });
  if (options.json) {
    console.out(`${JSON.stringify({ candidates, model: { id: entry.id, name: entry.name, hash, provider }, timings: prediction.timings })}\n`);
    return;
  }
  if (reason !== null) console.err(`${reason}\n`);
  console.out('mask  predicted IoU  stability  area (pixels)  box (x, y, width, height)\n');
  for (const { index, predictedIou, stability, area, box } of candidates) console.out(`${String(index).padStart(4)}  ${predictedIou.toFixed(3).padStart(13)}  ${stability.toFixed(3).padStart(9)}  ${String(area).padStart(13)}  ${[box.x, box.y, box.width, box.height].join(', ')}\n`);
}
