import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ModelInput } from '../../src-main/engines/images-api.ts';
import { EngineSupervisor } from '../../src-main/engines/supervisor.ts';
import { importCheckpoint } from '../../src-main/models/import/import-checkpoint.ts';
import type { ImageRef, Predictor } from '../../src-main/sam/predictor.ts';
import type { Prediction, SamPrompt } from '../../src-shared/contract/types.ts';
import { unpackCounts } from '../../src-shared/geometry/packed-counts.ts';
import { rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { startPredictor, temporaryFolder } from '../fixtures/sam.ts';

/** Numbers of the official code for a checkpoint of random weights, held against the program's own way from file to mask. */
const reference = join(import.meta.dirname, '../../../shared/sam-reference');
const present = existsSync(join(reference, 'sam_vit_tiny.pth'));
if (!present) console.warn(`sam-reference: skipped, the reference numbers are not there (${reference})`);

const Numbers = z.object({ index: z.array(z.int()), value: z.array(z.number()) });
const Case = z.object({
  name: z.string(),
  points: z.array(z.tuple([z.number(), z.number()])).nullable(),
  labels: z.array(z.int()).nullable(),
  box: z.tuple([z.number(), z.number(), z.number(), z.number()]).nullable(),
  mask_input: z.string().nullable(),
  multimask: z.boolean(),
  iou: z.array(z.number()),
  low_res: z.array(Numbers),
  masks: z.array(z.object({ area: z.int(), pixels: z.array(z.int()), set: z.string().regex(/^[01]+$/) })),
});
type Case = z.infer<typeof Case>;
const Picture = z.object({ image: z.string(), size: z.tuple([z.int(), z.int()]), input_size: z.tuple([z.int(), z.int()]), embedding: Numbers.extend({ mean: z.number(), std: z.number() }), prompts: z.array(Case) });
type Picture = z.infer<typeof Picture>;
const pictures: Picture[] = present ? z.array(Picture).parse(JSON.parse(readFileSync(join(reference, 'predictor.json'), 'utf8'))) : [];

interface Found {
  readonly errors: { embedding: number; logits: number; iou: number };
  readonly pixels: { right: number; all: number };
  readonly prompts: number;
}

const images = new EngineSupervisor({ name: 'images', node: process.execPath, entry: join(import.meta.dirname, '../../src-main/engines/images.ts'), onEvent: () => {} });
const pixels = async (image: ImageRef, frame: number): Promise<ModelInput> => ModelInput.parse(await images.request('modelInput', { path: image.key, frame }));
let predictor: Predictor<ImageRef>;

beforeAll(async () => {
  if (!present) return;
  const model = await importCheckpoint(join(reference, 'sam_vit_tiny.pth'), temporaryFolder(), { signal: new AbortController().signal, onProgress: () => {} });
  ({ predictor } = await startPredictor<ImageRef>(pixels, { model }));
});
afterAll(async () => {
  await Promise.all([images.stop(), predictor?.stop()]);
});

function promptOf({ points, labels, box, multimask }: Case, previous: SamPrompt['previous']): SamPrompt {
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = box ?? [];
  return {
    points: (points ?? []).map(([x, y], i) => ({ x, y, label: labels?.[i] === 1 ? 1 : 0 })),
    box: box === null ? null : { x: x0, y: y0, width: x1 - x0, height: y1 - y0 },
    previous,
    multimask,
  };
}

const floats = (bytes: Uint8Array): Float32Array => new Float32Array(new Uint8Array(bytes).buffer);
const worst = (numbers: z.infer<typeof Numbers>, ours: Float32Array): number => Math.max(...numbers.index.map((at, i) => Math.abs((ours[at] ?? NaN) - (numbers.value[i] ?? NaN))));

async function compare({ image: name, size: [width, height], input_size: [inputHeight, inputWidth], embedding, prompts }: Picture): Promise<Found> {
  const image = { key: join(reference, name) };
  const { values } = await predictor.embedding(image, new AbortController().signal);
  const errors = { embedding: worst(embedding, floats(values)), logits: 0, iou: 0 };
  const pixels = { right: 0, all: 0 };
  const before = new Map<string, Prediction>();
  for (const one of prompts) {
    const previous = one.mask_input === null ? undefined : before.get(one.mask_input);
    const prediction = await predictor.predict('test', image, promptOf(one, previous === undefined ? null : { prediction: previous.prediction, candidate: previous.candidates[0]?.index ?? -1 }));
    before.set(one.name, prediction);
    expect(prediction.frame).toMatchObject({ inputWidth, inputHeight, imageWidth: width, imageHeight: height });
    const indices = one.multimask ? [1, 2, 3] : [0];
    expect(prediction.candidates.map((c) => c.index).toSorted()).toEqual(indices);
    for (const [i, index] of indices.entries()) {
      const candidate = prediction.candidates.find((c) => c.index === index);
      errors.iou = Math.max(errors.iou, Math.abs((candidate?.predictedIou ?? NaN) - (one.iou[i] ?? NaN)));
      errors.logits = Math.max(errors.logits, worst(one.low_res[i] ?? { index: [], value: [] }, floats(await predictor.logits(prediction.prediction, index))));
      const { size, counts } = await predictor.mask(prediction.prediction, index);
      const bitmap = rleToBitmap({ size, counts: unpackCounts(counts) });
      const mask = one.masks[i];
      mask?.pixels.forEach((at, j) => {
        pixels.all++;
        if (String(bitmap[at]) === mask.set[j]) pixels.right++;
      });
    }
  }
  return { errors, pixels, prompts: prompts.length };
}

describe.skipIf(!present)('against the official code', () => {
  it.each(pictures)('$image', async (picture) => {
    const { errors, pixels, prompts } = await compare(picture);
    const right = pixels.right / pixels.all;
    console.log(`${picture.image}: largest error of embedding ${errors.embedding.toExponential(1)}, logits ${errors.logits.toExponential(1)}, predicted IoU ${errors.iou.toExponential(1)}; mask pixels equal ${(100 * right).toFixed(3)} %`);
    expect(prompts).toBe(8);
    expect(pixels.all).toBeGreaterThan(5_000);
    for (const [what, error] of Object.entries(errors)) expect(error, what).toBeLessThan(1e-4);
    expect(right).toBe(1);
  });
});
