import { existsSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PointPrompt } from '../../src-main/engines/decoder-parts.ts';
import { embeddingLength } from '../../src-main/engines/sam-graph.ts';
import { loadModel } from '../../src-main/engines/sam-load.ts';
import type { LoadedModel } from '../../src-main/engines/sam-load.ts';
import { runDecoder } from '../../src-main/engines/sam-run.ts';
import type { InstalledModel } from '../../src-main/models/catalogue.ts';
import { importCheckpoint } from '../../src-main/models/import/import-checkpoint.ts';
import { modelOf, onnx } from '../fixtures/onnx.ts';
import type { GraphSpec } from '../fixtures/onnx.ts';
import { builtin, temporaryFolder } from '../fixtures/sam.ts';

const load = (model: InstalledModel): Promise<LoadedModel> =>
  loadModel({ ...model, providers: ['cpu'], avoid: {}, afresh: false, cacheFolder: temporaryFolder(), cacheQuota: 0, memoryQuota: 0, findingsFile: join(temporaryFolder(), 'findings.json') }, () => {});

/** Numbers as an encoder may give them, another picture's for each seed. */
const embeddingOf = ({ graph }: LoadedModel, seed: number): Float32Array => Float32Array.from({ length: embeddingLength(graph) }, (_, i) => Math.sin(i * 0.37 * seed) + Math.cos(i * 0.011));
const pointAt = (x: number, y: number): PointPrompt => ({ coords: Float32Array.of(x, y), labels: Float32Array.of(1) });

function expectNear(found: Float32Array | null | undefined, expected: Float32Array): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const error = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (found?.[i] ?? NaN))), 0);
  expect(found).toHaveLength(expected.length);
  expect(error).toBeLessThanOrEqual(1e-5 * largest);
}

/** At any points of several pictures, in any order. */
async function expectParity(model: LoadedModel, numRuns: number): Promise<void> {
  const embeddings = [1, 2, 3].map((seed) => embeddingOf(model, seed));
  const parts = await model.parts(embeddings[0] ?? new Float32Array());
  expect(parts).not.toBeNull();
  const { frame } = model.graph;
  const side = fc.double({ min: 0, max: frame, noNaN: true });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...embeddings), side, side, fc.boolean(), async (embedding, x, y, wanted) => {
      const decode = await parts?.prepare(embedding);
      const asked: Float32Array[] = [];
      const found = await decode?.(pointAt(x, y), (ious) => {
        asked.push(ious);
        return wanted;
      });
      const expected = await runDecoder(model.graph, model.decoder, { embedding, ...pointAt(x, y), mask: null });
      expectNear(found?.ious, expected.ious);
      expect(asked).toEqual([found?.ious]);
      if (wanted) expectNear(found?.logits, expected.logits);
      else expect(found?.logits).toBeNull();
    }),
    { numRuns },
  );
}

describe('a decoder in parts gives what the whole one gives', () => {
  it('of the built-in model, an export with shapes computed inside', async () => {
    await expectParity(await load(await builtin()), 30);
  });

  const checkpoint = join(import.meta.dirname, '../../../shared/sam-reference/sam_vit_tiny.pth');
  const present = existsSync(checkpoint);
  if (!present) console.warn(`decoder-parts: imported checkpoints are skipped, the reference checkpoint is not there (${checkpoint})`);
  it.skipIf(!present).each(['fp32', 'fp16', 'int8'] as const)('of an imported checkpoint, %s', async (precision) => {
    const model = await importCheckpoint(checkpoint, temporaryFolder(), { precision, signal: new AbortController().signal, onProgress: () => {} });
    await expectParity(await load(model), 6);
  }, 30_000);

  it('for each of two pictures by turns', async () => {
    const model = await load(await builtin());
    const embeddings = [embeddingOf(model, 1), embeddingOf(model, 2)];
    const parts = await model.parts(embeddings[0] ?? new Float32Array());
    const decoders = await Promise.all(embeddings.map((embedding) => parts?.prepare(embedding)));
    for (const i of [0, 1, 0]) {
      const embedding = embeddings[i] ?? new Float32Array();
      const found = await decoders[i]?.(pointAt(200, 100), () => true);
      expectNear(found?.logits, (await runDecoder(model.graph, model.decoder, { embedding, ...pointAt(200, 100), mask: null })).logits);
    }
  });
});

/** An official decoder of a few nodes: the scores are the sum of the coordinates times the mean of the embedding; `noise` goes into each part. */
const decoder = (noise: GraphSpec['nodes'][number]): GraphSpec => ({
  inputs: { image_embeddings: [1, 8, 64, 64], point_coords: [1, 'points', 2], point_labels: [1, 'points'], mask_input: [1, 1, 256, 256], has_mask_input: [1] },
  outputs: { iou_predictions: [1, 4], low_res_masks: [1, 4, 256, 256] },
  constants: { four: { dims: [1, 4], values: [1, 2, 3, 4] } },
  nodes: [
    noise,
    { op: 'ReduceMean', in: ['image_embeddings'], out: 'mean', ints: { keepdims: 0 } },
    { op: 'Mul', in: ['mask_input', 'has_mask_input'], out: 'previous' },
    { op: 'ReduceSum', in: ['point_coords'], out: 'sum', ints: { keepdims: 0 } },
    { op: 'Mul', in: ['sum', 'mean'], out: 'both' },
    { op: 'Add', in: ['both', 'noise'], out: 'noisy' },
    { op: 'Mul', in: ['four', 'noisy'], out: 'iou_predictions' },
    { op: 'ReduceSum', in: ['point_labels'], out: 'labels', ints: { keepdims: 0 } },
    { op: 'Add', in: ['labels', 'noisy'], out: 'mask' },
    { op: 'Add', in: ['previous', 'mask'], out: 'one' },
    { op: 'Concat', in: ['one', 'one', 'one', 'one'], out: 'low_res_masks', ints: { axis: 1 } },
  ],
});
const encoder: GraphSpec = {
  inputs: { x: [1, 3, 1024, 1024] },
  outputs: { embedding: [1, 8, 64, 64] },
  constants: { weights: { dims: [8, 3, 1, 1], values: Array.from({ length: 24 }, (_, i) => i) } },
  nodes: [
    { op: 'AveragePool', in: ['x'], out: 'pooled', ints: { kernel_shape: [16, 16], strides: [16, 16] } },
    { op: 'Conv', in: ['pooled', 'weights'], out: 'embedding', ints: { kernel_shape: [1, 1] } },
  ],
};

const QUIET: GraphSpec['nodes'][number] = { op: 'ReduceMax', in: ['four'], out: 'noise', ints: { keepdims: 0 } };
const modelWith = (noise: GraphSpec['nodes'][number]): InstalledModel => modelOf(onnx(encoder), onnx(decoder(noise)));

describe('a decoder is used as a whole', () => {
  it('where its parts give other numbers: here a random one, new in every run', async () => {
    const model = await load(modelWith({ op: 'RandomUniform', in: [], out: 'noise', ints: { shape: [1] } }));
    expect(await model.parts(embeddingOf(model, 1))).toBeNull();
    // The same without chance is taken apart.
    await expectParity(await load(modelWith(QUIET)), 5);
  });

  it('where its file is gone', async () => {
    const model = modelWith(QUIET);
    const opened = await load(model);
    unlinkSync(join(model.folder, 'decoder.onnx'));
    expect(await opened.parts(embeddingOf(opened, 1))).toBeNull();
  });
});
