import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { importCheckpoint } from '../../src-main/models/import/import-checkpoint.ts';
import { temporaryFolder } from '../fixtures/sam.ts';
import { pythonWithTorch, runTorch } from '../helpers/torch.ts';

/** Checkpoints of full size and random weights, imported, against PyTorch's calculation of the same network on the same numbers. */
const python = pythonWithTorch();
if (python === null) console.warn('torch-parity: skipped, there is no Python with PyTorch here');

/**
 * The weights keep embedding and logits around 1, as trained ones do, so an absolute bound means as much here as there.
 * It is a tenth of what the program promises; 4e-6 was measured.
 */
const TOLERANCE = 1e-4;

const Made = z.object({ frame: z.int(), grid: z.int(), keys: z.int(), prompts: z.array(z.array(z.tuple([z.number(), z.number(), z.number()]))) });

const floats = (path: string): Float32Array => new Float32Array(new Uint8Array(readFileSync(path)).buffer);
const apart = (a: Float32Array, b: Float32Array): number => a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? NaN))), a.length === b.length ? 0 : Infinity);
const deviation = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

describe.skipIf(python === null)('a checkpoint of full size gives the numbers that PyTorch has', { timeout: 300_000 }, () => {
  it.each([
    ['mobile-sam', 439, 'its classifier and its counts of batches'],
    ['vit-b', 314, null],
    // HQ-SAM has 25 beside those of the network that it is made of.
    ['hq-small', 314 - 8 * 14 + 25, null],
    ['hq-tiny', 439 + 25, 'its classifier and its counts of batches'],
  ] as const)('%s', async (kind, keys, unused) => {
    const folder = join(temporaryFolder(), kind);
    mkdirSync(folder);
    const made = Made.parse(JSON.parse(await runTorch(python ?? '', 'reference.py', [kind, folder], availableParallelism())));
    // As many as the official checkpoint has.
    expect(made.keys).toBe(keys);
    const { frame, grid, prompts } = made;
    const model = await importCheckpoint(join(folder, 'model.pth'), temporaryFolder(), { signal: new AbortController().signal, onProgress: () => {} });
    expect(model.unused.length > 0).toBe(unused !== null);
    const expected = (name: string): Float32Array => floats(join(folder, name));

    const encoder = await InferenceSession.create(join(model.folder, 'encoder.onnx'), { enableMemPattern: false });
    const encoded = await encoder.run({ x: new Tensor('float32', expected('x'), [1, 3, frame, frame]) });
    await encoder.release();
    const finer = encoded['hq_features'];
    const embedding = encoded['image_embeddings']?.data as Float32Array;
    expect(deviation(expected('embedding'))).toBeGreaterThan(0.5);
    const errors = { embedding: apart(embedding, expected('embedding')), features: 0, logits: 0, ious: 0 };
    expect(finer !== undefined).toBe(kind.startsWith('hq'));
    if (finer !== undefined) errors.features = apart(finer.data as Float32Array, expected('hq_features'));

    const decoder = await InferenceSession.create(join(model.folder, 'decoder.onnx'));
    for (const [i, prompt] of prompts.entries()) {
      // One after the other: the runtime runs one at a time anyway.
      const out = await decoder.run({
        image_embeddings: new Tensor('float32', embedding, [1, 256, grid, grid]),
        point_coords: new Tensor('float32', Float32Array.from(prompt.flatMap(([x, y]) => [x, y])), [1, prompt.length, 2]),
        point_labels: new Tensor('float32', Float32Array.from(prompt, ([, , label]) => label), [1, prompt.length]),
        mask_input: new Tensor('float32', expected('mask'), [1, 1, 4 * grid, 4 * grid]),
        has_mask_input: new Tensor('float32', Float32Array.of(i % 2), [1]),
        ...(finer === undefined ? {} : { hq_features: finer }),
      });
      const logits = expected(`logits-${i}`);
      expect(deviation(logits)).toBeGreaterThan(0.1);
      errors.logits = Math.max(errors.logits, apart(out['low_res_masks']?.data as Float32Array, logits));
      errors.ious = Math.max(errors.ious, apart(out['iou_predictions']?.data as Float32Array, expected(`ious-${i}`)));
    }
    await decoder.release();
    rmSync(folder, { recursive: true });
    rmSync(model.folder, { recursive: true });
    console.log(`torch-parity: ${kind}: largest errors ${Object.entries(errors).map(([name, error]) => `${name} ${error.toExponential(1)}`).join(', ')}`);
    expect(Math.max(...Object.values(errors))).toBeLessThan(TOLERANCE);
  });
});

describe.skipIf(python === null)('what PyTorch saves', () => {
  const folder = temporaryFolder();
  const models = temporaryFolder();
  const importFile = (name: string): ReturnType<typeof importCheckpoint> => importCheckpoint(join(folder, name), models, { signal: new AbortController().signal, onProgress: () => {} });
  beforeAll(() => runTorch(python ?? '', 'training_files.py', [folder], 1));

  it('is the same model whether it is weights alone, halved, of a training run, parameters, or with channels last', async () => {
    const { hash } = await importFile('plain.pth');
    for (const [name, unused] of [['half.pth', []], ['buffers.pth', ['pixel_mean', 'pixel_std']], ['training.pth', ['pixel_mean', 'pixel_std']], ['parameters.pth', []], ['channels-last.pth', ['pixel_mean', 'pixel_std']]] as const) {
      expect(await importFile(name), name).toMatchObject({ hash, unused });
    }
  });

  it.each([
    ['legacy.pth', 'before 1.6'],
    ['whole.pth', 'which could run code'],
  ])('is refused in words where it is no list of weights: %s', async (name, said) => {
    await expect(importFile(name)).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringContaining(said) });
  });
});
