import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openCheckpoint } from '../../src-main/models/import/checkpoint/checkpoint.ts';
import { importCheckpoint } from '../../src-main/models/import/import-checkpoint.ts';
import type { ImportedModel } from '../../src-main/models/import/import-checkpoint.ts';
import { modelFile } from '../../src-main/models/import/onnx-writer.ts';
import { samEncoder } from '../../src-main/models/import/sam-encoder.ts';
import { readLayout } from '../../src-main/models/import/sam-layout.ts';
import { writeModelFile } from '../../src-main/models/import/write-model.ts';
import { temporaryFolder } from '../fixtures/sam.ts';
import { randomMobileSam } from '../fixtures/tiny-vit-file.ts';
import { writeTorchFile } from '../fixtures/torch-file.ts';
import type { TestTensor } from '../fixtures/torch-file.ts';

/** What PyTorch computes of the same checkpoint: test/torch/golden_tiny_vit.py. */
const golden = z.object({ deviation: z.number(), index: z.array(z.int()), value: z.array(z.number()) }).parse(JSON.parse(readFileSync(join(import.meta.dirname, '../golden/tiny-vit.json'), 'utf8')));

const FRAME = 1024;
const picture = new Tensor('float32', Float32Array.from({ length: 3 * FRAME * FRAME }, (_, i) => Math.sin(i * 0.0137)), [1, 3, FRAME, FRAME]);
const folder = temporaryFolder();
const quiet = { signal: new AbortController().signal, onProgress: () => {} };

const importTensors = (tensors: Map<string, TestTensor>): Promise<ImportedModel> => {
  const path = join(folder, 'mobile.pt');
  writeTorchFile(path, { tensors });
  return importCheckpoint(path, join(folder, 'models'), quiet);
};
async function encode(path: string): Promise<Float32Array> {
  const session = await InferenceSession.create(path);
  const embedding = (await session.run({ x: picture }))['image_embeddings']?.data as Float32Array;
  await session.release();
  return embedding;
}

describe('a checkpoint of MobileSAM', () => {
  let model: ImportedModel;
  let embedding: Float32Array;
  beforeAll(async () => {
    model = await importTensors(randomMobileSam());
    embedding = await encode(join(model.folder, 'encoder.onnx'));
  });

  it('gives the embedding that PyTorch has, batch norms folded', () => {
    expect(golden.deviation).toBeGreaterThan(0.1);
    for (const [i, at] of golden.index.entries()) expect(Math.abs((embedding[at] ?? NaN) - (golden.value[i] ?? NaN)), `number ${at}`).toBeLessThan(1e-4 * golden.deviation);
  });

  it('encodes the same when attention is computed some windows at a time', async () => {
    await using weights = await openCheckpoint(join(folder, 'mobile.pt'));
    const path = join(folder, 'parts.onnx');
    await writeModelFile(path, modelFile(samEncoder(weights, readLayout(weights).layout, 100_000)), quiet.signal, () => {});
    const parts = await encode(path);
    expect(parts.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (embedding[i] ?? NaN))), 0)).toBeLessThan(1e-5);
  });

  it('tells which of its tensors nothing depends on', () => {
    const counts = [...randomMobileSam().keys()].filter((name) => name.endsWith('num_batches_tracked'));
    expect(model.unused.toSorted()).toEqual([...counts, 'image_encoder.head.weight', 'image_encoder.head.bias', 'image_encoder.norm_head.weight', 'image_encoder.norm_head.bias'].toSorted());
  });

  it('without them is the same model', async () => {
    const tensors = new Map([...randomMobileSam()].filter(([name]) => !model.unused.includes(name)));
    const { hash, unused } = await importTensors(tensors);
    expect({ hash, unused }).toEqual({ hash: model.hash, unused: [] });
  });

  it.each<[string, (tensors: Map<string, TestTensor>) => unknown]>([
    ['missing: image_encoder.layers.1.blocks.0.local_conv.bn.running_var', (t) => t.delete('image_encoder.layers.1.blocks.0.local_conv.bn.running_var')],
    ['missing: image_encoder.layers.2.blocks.0.attn.attention_biases', (t) => t.delete('image_encoder.layers.2.blocks.0.attn.attention_biases')],
    ['not part of Segment Anything: image_encoder.layers.1.blocks.0.gate.weight', (t) => t.set('image_encoder.layers.1.blocks.0.gate.weight', { shape: [1], values: new Float32Array(1) })],
    ['image_encoder.layers.3.blocks.0.attn.qkv.weight (3 × 16 instead of 48 × 16)', (t) => t.set('image_encoder.layers.3.blocks.0.attn.qkv.weight', { shape: [3, 16], values: new Float32Array(48) })],
    ['attention heads', (t) => t.set('image_encoder.layers.3.blocks.0.attn.attention_biases', { shape: [5, 49], values: new Float32Array(5 * 49) })],
  ])('that does not fit is refused in words: %s', async (said, change) => {
    const tensors = randomMobileSam();
    change(tensors);
    await expect(importTensors(tensors)).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringContaining(said) });
  });
});
