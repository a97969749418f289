import { afterEach, describe, expect, it } from 'vitest';
import type { Prediction, SamPrompt } from '../../src-shared/contract/types.ts';
import { packCounts } from '../../src-shared/geometry/packed-counts.ts';
import { fromHalf } from '../../src-shared/sam/half.ts';
import { modelOf, onnx } from '../fixtures/onnx.ts';
import type { GraphSpec } from '../fixtures/onnx.ts';
import { startPredictor } from '../fixtures/sam.ts';
import type { Harness } from '../fixtures/sam.ts';
import type { ImageRef } from '../../src-main/sam/predictor.ts';

/**
 * Graphs with the inputs and outputs of the official export whose "masks" tell what they were fed: mask 0 is the sum of
 * the coordinates, mask 1 the sum of the labels, mask 2 the mean of the embedding, mask 3 nothing; each plus the mask prompt.
 */
const encoder = (input: string, side: number | string): GraphSpec => ({
  inputs: { [input]: [1, 3, side, side] },
  outputs: { embedding: [1, 256, 64, 64] },
  constants: { weights: { dims: [256, 3, 1, 1], values: Array.from({ length: 768 }, (_, i) => [1, 10, 100][i % 3] ?? 0) } },
  nodes: [
    { op: 'AveragePool', in: [input], out: 'pooled', ints: { kernel_shape: [16, 16], strides: [16, 16] } },
    { op: 'Conv', in: ['pooled', 'weights'], out: 'embedding', ints: { kernel_shape: [1, 1] } },
  ],
});

const PROMPT_INPUTS = { point_coords: [1, 'num_points', 2], point_labels: [1, 'num_points'], mask_input: [1, 1, 256, 256], has_mask_input: [1] };

const decoder = ({ orig = true, masks = 4 } = {}): GraphSpec => ({
  inputs: { image_embeddings: [1, 256, 64, 64], ...PROMPT_INPUTS, ...(orig ? { orig_im_size: [2] } : {}) },
  outputs: { ...(orig ? { masks: [1, masks, 256, 256] } : {}), iou_predictions: [1, masks], low_res_masks: [1, masks, 256, 256] },
  constants: { ious: { dims: [1, masks], values: [0.1, 0.5, 0.9, 0.7].slice(0, masks) }, zero: { dims: [1], values: [0] } },
  nodes: [
    { op: 'ReduceSum', in: ['point_coords'], out: 'coords', ints: { keepdims: 0 } },
    { op: 'ReduceSum', in: ['point_labels'], out: 'labels', ints: { keepdims: 0 } },
    { op: 'ReduceMean', in: ['image_embeddings'], out: 'mean', ints: { keepdims: 0 } },
    { op: 'Mul', in: ['mask_input', 'has_mask_input'], out: 'previous' },
    { op: 'Add', in: ['previous', 'coords'], out: 'm0' },
    { op: 'Add', in: ['previous', 'labels'], out: 'm1' },
    { op: 'Add', in: ['previous', 'mean'], out: 'm2' },
    { op: 'Add', in: ['previous', 'zero'], out: 'm3' },
    { op: 'Concat', in: ['m0', 'm1', 'm2', 'm3'].slice(0, masks), out: 'low_res_masks', ints: { axis: 1 } },
    { op: 'Identity', in: ['ious'], out: 'iou_predictions' },
    ...(orig ? [{ op: 'ReduceSum', in: ['orig_im_size'], out: 'area', ints: { keepdims: 0 } }, { op: 'Add', in: ['low_res_masks', 'area'], out: 'masks' }] : []),
  ],
});

/** A picture of one colour, 2000 × 1000, which the encoder sees as 1024 × 512. */
const image: ImageRef = { key: 'flat' };
const [width, height] = [2000, 1000];
const rgb = [124, 117, 105] as const;

const harnesses: Harness<ImageRef>[] = [];
async function start(encoderSpec: GraphSpec, decoderSpec: GraphSpec): Promise<Harness<ImageRef>> {
  const harness = await startPredictor<ImageRef>((_, frame) => {
    const [inputWidth, inputHeight] = [frame, frame / 2];
    return { rgb: Uint8Array.from({ length: inputWidth * inputHeight * 3 }, (_, i) => rgb[i % 3] ?? 0), inputWidth, inputHeight, width, height, pixelHash: 'flat' };
  }, { model: modelOf(onnx(encoderSpec), onnx(decoderSpec)) });
  harnesses.push(harness);
  return harness;
}
afterEach(async () => {
  await Promise.all(harnesses.splice(0).map(({ predictor }) => predictor.stop()));
});

const point: SamPrompt = { points: [{ x: 500, y: 250, label: 1 }], box: null, previous: null, multimask: true };
/** A click whose x lies there in the model's frame. */
const at = (x: number): SamPrompt => ({ points: [{ x: (x * width) / 1024, y: 0, label: 1 }], box: null, previous: null, multimask: false });
const said = (prediction: Prediction): Record<number, number> => Object.fromEntries(prediction.candidates.map((c) => [c.index, fromHalf(c.logits)[0] ?? NaN]));

describe('the official export', () => {
  it.each([
    ['as it is', encoder('x', 1024), decoder()],
    ['without orig_im_size, another image input, open sides', encoder('input_image', 'side'), decoder({ orig: false })],
  ])('%s, is fed as the reference feeds it', async (_, encoderSpec, decoderSpec) => {
    const { predictor } = await start(encoderSpec, decoderSpec);
    const first = await predictor.predict('page', image, point);
    expect(first.frame).toEqual({ lowRes: 256, frame: 1024, inputWidth: 1024, inputHeight: 512, imageWidth: width, imageHeight: height });
    expect(first.candidates.map((c) => [c.index, c.predictedIou])).toEqual([[2, Math.fround(0.9)], [3, Math.fround(0.7)], [1, 0.5]]);
    // Half of the frame is the picture, normalised; the other half is zero after normalising.
    const normalised = (rgb[0] - 123.675) / 58.395 + (10 * (rgb[1] - 116.28)) / 57.12 + (100 * (rgb[2] - 103.53)) / 57.375;
    expect(said(first)[2]).toBeCloseTo(normalised / 2, 2);
    // One point and its padding.
    expect(said(first)[1]).toBe(1 - 1);
    await expect(predictor.accept(first.prediction, 1)).rejects.toMatchObject({ code: 'no-prediction', message: expect.stringContaining('no pixel') });
    expect((await predictor.accept(first.prediction, 2)).shape).toEqual({ kind: 'mask', size: [height, width], counts: packCounts(Uint32Array.of(0, width * height)) });

    const single = await predictor.predict('page', image, { ...point, multimask: false });
    expect(said(single)).toEqual({ 0: 256 + 128 });
    const box = { x: 1000, y: 500, width: 500, height: 250 };
    const boxed = await predictor.predict('page', image, { ...point, box, multimask: false });
    expect(said(boxed)).toEqual({ 0: 256 + 128 + (512 + 256) + (768 + 384) });
    const labels = await predictor.predict('page', image, { ...point, points: [...point.points, { x: 0, y: 0, label: 0 }], box });
    expect(said(labels)[1]).toBe(1 + 0 + 2 + 3);
  });

  it('gets back the very logits of the candidate that is refined, not their half floats', async () => {
    const { predictor } = await start(encoder('x', 1024), decoder());
    // 100.15 in the frame, which as a half float is 100.125.
    const first = await predictor.predict('page', image, at(100.15));
    expect(said(first)).toEqual({ 0: 100.125 });
    const second = await predictor.predict('page', image, { ...at(-100.125), previous: { prediction: first.prediction, candidate: 0 } });
    expect(said(second)[0]).toBeCloseTo(0.025, 4);
  });

  it('has no padding point where a mask is the only prompt', async () => {
    const { predictor } = await start(encoder('x', 1024), decoder());
    const mask = new Uint8Array(new Float32Array(256 ** 2).fill(7).buffer);
    const alone = await predictor.predict('page', image, { points: [], box: null, previous: null, multimask: true }, mask);
    expect(said(alone)).toMatchObject({ 1: 7, 3: 7 });
  });

  it('that returns one mask offers that one', async () => {
    const { predictor } = await start(encoder('x', 1024), decoder({ masks: 1 }));
    expect((await predictor.predict('page', image, point)).candidates.map((c) => c.index)).toEqual([0]);
    expect(predictor.status.model?.limits.multimask).toBe(false);
  });
});

describe('graphs of another shape are refused by what does not fit', () => {
  const without = (name: string): GraphSpec => {
    const spec = decoder();
    const { [name]: _, ...inputs } = spec.inputs;
    return { ...spec, inputs, nodes: spec.nodes, constants: { ...spec.constants, [name]: { dims: [1], values: [0] } } };
  };
  it.each([
    ['has_mask_input', encoder('x', 1024), without('has_mask_input')],
    ['high_res_feats_0', encoder('x', 1024), { ...decoder(), inputs: { ...decoder().inputs, high_res_feats_0: [1, 32, 256, 256] } }],
    ['low_res_masks', encoder('x', 1024), { ...decoder(), outputs: { masks: [1, 4, 256, 256], iou_predictions: [1, 4] } }],
    ['1 × 256 × 64 × 64', encoder('x', 1024), { ...decoder(), inputs: { ...decoder().inputs, image_embeddings: [1, 128, 64, 64] } }],
    ['not square', { ...encoder('x', 1024), inputs: { x: [1, 3, 512, 1024] }, outputs: { embedding: [1, 256, 32, 64] } }, decoder()],
    ['100000 pixels', { ...encoder('x', 100_000), outputs: { embedding: [1, 256, 6250, 6250] } }, decoder()],
    ['low-resolution masks', encoder('x', 1024), { ...decoder(), inputs: { ...decoder().inputs, mask_input: [1, 1, 'h', 'w'] } }],
    ['cannot be opened', { ...encoder('x', 1024), nodes: [{ op: 'NoSuchOperator', in: ['x'], out: 'embedding' }] }, decoder()],
  ] as const)('%s', async (what, encoderSpec, decoderSpec) => {
    const { predictor } = await start(encoderSpec, decoderSpec);
    await expect(predictor.predict('page', image, point)).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringContaining(what) });
  });
});
