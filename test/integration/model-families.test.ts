import { afterEach, describe, expect, it } from 'vitest';
import type { Prediction, SamPrompt } from '../../src-shared/contract/types.ts';
import { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import { inputSize } from '../../src-shared/sam/preprocess.ts';
import type { Fit } from '../../src-shared/sam/preprocess.ts';
import type { ImageRef, Pixels, PredictorOptions } from '../../src-main/sam/predictor.ts';
import { LOW_RES, bytesOf, efficientGraphs, insideGraphs, officialGraphs, sam21Graphs, sam2Graphs } from '../fixtures/family-graphs.ts';
import type { FamilyGraphs } from '../fixtures/family-graphs.ts';
import { modelOf } from '../fixtures/onnx.ts';
import { startPredictor } from '../fixtures/sam.ts';
import type { Harness } from '../fixtures/sam.ts';

/** 200 × 100 pixels, of one colour in the left half and of another in the right. */
const image: ImageRef = { key: 'halves' };
const [width, height] = [200, 100];
const LEFT = [250, 20, 130];
const RIGHT = [10, 240, 60];

function halves(_: ImageRef, frame: number, fit: Fit): Pixels {
  const { inputWidth, inputHeight } = fit === 'pad' ? inputSize(width, height, frame) : { inputWidth: frame, inputHeight: frame };
  const rgb = Uint8Array.from({ length: inputWidth * inputHeight * 3 }, (__, i) => (Math.floor(i / 3) % inputWidth < inputWidth / 2 ? LEFT : RIGHT)[i % 3] ?? 0);
  return { rgb, inputWidth, inputHeight, width, height, pixelHash: 'halves' };
}

const harnesses: Harness<ImageRef>[] = [];
async function start(graphs: FamilyGraphs, options: Partial<PredictorOptions<ImageRef>> = {}): Promise<Harness<ImageRef>> {
  const { encoder, decoder } = bytesOf(graphs);
  const harness = await startPredictor<ImageRef>(halves, { model: modelOf(encoder, decoder), ...options });
  harnesses.push(harness);
  return harness;
}
afterEach(async () => {
  await Promise.all(harnesses.splice(0).map(({ predictor }) => predictor.stop()));
});

const prompt = (more: Partial<SamPrompt>): SamPrompt => ({ points: [], box: null, previous: null, multimask: false, ...more });
const point = { x: 50, y: 25, label: 1 as const };
const background = { x: 150, y: 75, label: 0 as const };
const box = { x: 20, y: 10, width: 100, height: 80 };

/** What the decoder was fed, from its first mask on. */
async function fed({ predictor }: Harness<ImageRef>, asked: SamPrompt): Promise<{ prediction: Prediction; numbers: number[] }> {
  const prediction = await predictor.predict('page', image, { ...asked, multimask: false });
  const logits = await predictor.logits(prediction.prediction, prediction.candidates[0]?.index ?? -1);
  return { prediction, numbers: [...new Float32Array(new Uint8Array(logits).buffer)] };
}

/** Embeddings are kept as half floats. */
function expectNear(found: readonly number[], expected: readonly number[], tolerance = 1e-3): void {
  const far = expected.findIndex((value, i) => !(Math.abs((found[i] ?? NaN) - value) <= tolerance * Math.max(1, Math.abs(value))));
  expect(far, `${found.slice(far, far + 8).join(' ')}… where ${expected.slice(far, far + 8).join(' ')}… was expected`).toBe(-1);
}

const SAM = { mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] };
const normalised = (channel: number, byte: number): number => (byte - (SAM.mean[channel] ?? 0)) / (SAM.deviation[channel] ?? 1);
/** [3, side, side] means of the halves, the lower `empty` rows without a picture. */
const cells = (side: number, value: (channel: number, byte: number) => number, empty = 0): number[] =>
  [0, 1, 2].flatMap((c) => Array.from({ length: side * side }, (_, i) => (Math.floor(i / side) >= side - empty ? 0 : value(c, (i % side < side / 2 ? LEFT : RIGHT)[c] ?? 0))));

const NONE = [0, 0, 0, 0];

describe('the official export', () => {
  it('gets the padded picture, points of its frame, and a padding point only without a box', async () => {
    const harness = await start(officialGraphs());
    const picture = cells(4, normalised, 2);
    const { prediction, numbers } = await fed(harness, prompt({ points: [point, background] }));
    expect(prediction.frame).toEqual({ lowRes: LOW_RES, frame: 64, inputWidth: 64, inputHeight: 32, imageWidth: width, imageHeight: height });
    expectNear(numbers, [16, 8, 48, 24, 0, 0, 1, 0, -1, 0, ...NONE, LOW_RES, LOW_RES, ...picture]);
    expectNear((await fed(harness, prompt({ points: [point], box }))).numbers, [16, 8, 6.4, 3.2, 38.4, 28.8, 1, 2, 3, 0, ...NONE, LOW_RES, LOW_RES, ...picture]);
    expectNear((await fed(harness, prompt({ points: [point], previous: { prediction: prediction.prediction, candidate: 0 } }))).numbers, [16, 8, 0, 0, 1, -1, 1, 16, 8, 48, 24, LOW_RES, LOW_RES]);
    expect(harness.predictor.status.model?.limits).toEqual({ multimask: true, backgroundPoints: true, box: true, maskInput: true, maxPoints: null });
  });

  it('may choose one mask inside', async () => {
    const harness = await start(officialGraphs(1));
    const { candidates } = await harness.predictor.predict('page', image, prompt({ points: [point], multimask: true }));
    expect(candidates.map(({ index }) => index)).toEqual([0]);
    expect(harness.predictor.status.model?.limits.multimask).toBe(false);
  });
});

describe('preprocessing inside the graph', () => {
  it('gets the bytes of the resized picture, unpadded, rows first', async () => {
    const harness = await start(insideGraphs());
    const means = LEFT.map((byte, c) => (byte + (RIGHT[c] ?? 0)) / 2);
    const { prediction, numbers } = await fed(harness, prompt({ points: [point] }));
    // The frame is left open, so that it is the 1,024 pixels that the model's description says.
    expect(prediction.frame).toMatchObject({ frame: 1024, inputWidth: 1024, inputHeight: 512 });
    // A mean of half a million numbers, which the runtime adds in half a million roundings.
    expectNear(numbers, [256, 128, 0, 0, 1, -1, 0, ...NONE, LOW_RES, LOW_RES, 512, 1024, 3, ...means, ...LEFT], 0.01);
  });

  it('is refused with a fixed size, which would shift the masks of other pictures', async () => {
    const { predictor } = await start(insideGraphs(684, 1024));
    await expect(predictor.predict('page', image, prompt({ points: [point] }))).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringMatching(/pictures of 1024 × 684 pixels only.*input_image float32 \[684, 1024, 3\]/) });
  });
});

describe.each([
  ['SAM 2 of samexporter', sam2Graphs([0.9, 0.5, 0.7]), [], 1],
  // Its single mask is unsure, so that the best candidate stands for it.
  ['SAM 2.1 of RectLabel and osam', sam21Graphs(), [LOW_RES, LOW_RES], 2],
] as const)('%s', (_, graphs, size, single) => {
  it('gets the stretched picture, its finer features, points of the stretched frame and no padding', async () => {
    const harness = await start(graphs);
    const picture = [...cells(4, normalised), ...cells(8, normalised)];
    const { prediction, numbers } = await fed(harness, prompt({ points: [point, background] }));
    // Its logits are scaled to the image at once, over a frame of their own size.
    expect(prediction.frame).toEqual({ lowRes: LOW_RES, frame: LOW_RES, inputWidth: LOW_RES, inputHeight: LOW_RES, imageWidth: width, imageHeight: height });
    expectNear(numbers, [16, 16, 48, 48, 1, 0, 0, ...NONE, ...size, ...picture].slice(0, LOW_RES ** 2));
    const boxed = await fed(harness, prompt({ box }));
    expectNear(boxed.numbers, [6.4, 6.4, 38.4, 57.6, 2, 3, 0, ...NONE, ...size]);
    expect(prediction.candidates[0]?.index).toBe(single);
    // Logits that are fed back are cut at ±32.
    const again = await fed(harness, prompt({ points: [point], previous: { prediction: boxed.prediction.prediction, candidate: single } }));
    expectNear(again.numbers, [16, 16, 1, 1, 6.4, 6.4, 32, 32, ...size]);
    expect(harness.predictor.status.model?.limits).toEqual({ multimask: true, backgroundPoints: true, box: true, maskInput: true, maxPoints: null });
  });

  it('keeps all parts of an embedding on the disk', async () => {
    const { encoder, decoder } = bytesOf(graphs);
    const model = modelOf(encoder, decoder);
    const first = await start(graphs, { model });
    const { numbers } = await fed(first, prompt({ points: [point] }));
    const { shape, values } = await first.predictor.embedding(image, new AbortController().signal);
    expect([...shape, values.length]).toEqual([3, 4, 4, 48 * 4]);
    await first.predictor.stop();
    const second = await start(graphs, { model, cacheFolder: first.cacheFolder });
    const known = { ...image, known: { pixelHash: 'halves', width, height } };
    const prediction = await second.predictor.predict('page', known, prompt({ points: [point] }));
    const logits = await second.predictor.logits(prediction.prediction, prediction.candidates[0]?.index ?? -1);
    expect([...new Float32Array(new Uint8Array(logits).buffer)]).toEqual(numbers);
    expect(second.decoded).toEqual([]);
  });
});

describe('a decoder of three candidates', () => {
  it('offers them as candidates 1 to 3, and the best as the single mask', async () => {
    const { predictor } = await start(sam2Graphs());
    const three = await predictor.predict('page', image, prompt({ points: [point], multimask: true }));
    expect(three.candidates.map(({ index, predictedIou }) => [index, predictedIou])).toEqual([[2, Math.fround(0.9)], [3, Math.fround(0.7)], [1, 0.5]]);
    expect((await predictor.predict('page', image, prompt({ points: [point] }))).candidates.map(({ index }) => index)).toEqual([2]);
  });
});

describe('EfficientSAM', () => {
  it('gets the picture 0–1 and points of the size that it is told, as whole numbers', async () => {
    const harness = await start(efficientGraphs());
    const { prediction, numbers } = await fed(harness, prompt({ points: [point], box }));
    expect(prediction.frame).toMatchObject({ frame: LOW_RES, inputWidth: LOW_RES, inputHeight: LOW_RES, imageWidth: width, imageHeight: height });
    expectNear(numbers, [4, 4, 1.6, 1.6, 9.6, 14.4, 1, 2, 3, LOW_RES, LOW_RES, ...cells(4, (__, byte) => byte / 255)]);
    expect(harness.predictor.status.model?.limits).toEqual({ multimask: true, backgroundPoints: false, box: true, maskInput: false, maxPoints: 6 });
  });

  it('refuses in words what it cannot be asked, and refines by the points alone', async () => {
    const harness = await start(efficientGraphs());
    const ask = (asked: Partial<SamPrompt>, mask: Uint8Array | null = null): Promise<Prediction> => harness.predictor.predict('page', image, prompt(asked), mask);
    await expect(ask({ points: [point, background] })).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('no background points') });
    await expect(ask({ points: Array.from({ length: 5 }, () => point), box })).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('at most 6 points, a box counting as two, and there are 7') });
    await expect(ask({ points: [point] }, new Uint8Array(LOW_RES ** 2 * 4))).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('cannot refine') });
    const { prediction } = await fed(harness, prompt({ points: [point] }));
    const { numbers } = await fed(harness, prompt({ points: [point, point], previous: { prediction: prediction.prediction, candidate: 1 } }));
    expectNear(numbers, [4, 4, 4, 4, 1, 1, LOW_RES, LOW_RES]);
  });

  it('with a fixed number of points gets the missing ones as none', async () => {
    const harness = await start(efficientGraphs(4));
    expectNear((await fed(harness, prompt({ points: [point], box }))).numbers, [4, 4, 1.6, 1.6, 9.6, 14.4, -1, -1, 1, 2, 3, -1, LOW_RES, LOW_RES]);
    expect(harness.predictor.status.model?.limits.maxPoints).toBe(4);
    const single = await start(efficientGraphs(1));
    await expect(single.predictor.predict('page', image, prompt({ box }))).rejects.toMatchObject({ message: expect.stringContaining('takes no boxes') });
  });
});

describe('everything mode', () => {
  it.each([
    ['SAM 2', sam2Graphs('coords'), 64],
    ['EfficientSAM', efficientGraphs('num_points', 'coords'), LOW_RES],
  ] as const)('asks %s at each point of the grid, in its own coordinates', async (_, graphs, side) => {
    const { predictor } = await start(graphs);
    const options = AutomaticOptions.parse({ points_per_side: 2, pred_iou_thresh: 0, stability_score_thresh: 0, box_nms_thresh: 1 });
    const masks = await predictor.automatic(image, options, { signal: new AbortController().signal, onProgress: () => {} });
    // Each mask's "predicted IoU" is its point's label, x or y as the decoder got them.
    const asked = masks.map(({ point: { x, y }, predictedIou }) => `${x},${y}: ${predictedIou}`);
    const expected = [[50, 25], [150, 25], [50, 75], [150, 75]].flatMap(([x = NaN, y = NaN]) => [1, (x / width) * side, (y / height) * side].map((value) => `${x},${y}: ${value}`));
    expect(asked.toSorted()).toEqual(expected.toSorted());
  });
});
