import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src-main/models/import/checkpoint/checkpoint.ts';
import { importCheckpoint } from '../../src-main/models/import/import-checkpoint.ts';
import type { ImportOptions } from '../../src-main/models/import/import-checkpoint.ts';
import { samEncoder } from '../../src-main/models/import/sam-encoder.ts';
import { readLayout } from '../../src-main/models/import/sam-layout.ts';
import { modelFile } from '../../src-main/models/import/onnx-writer.ts';
import { writeModelFile } from '../../src-main/models/import/write-model.ts';
import type { InstalledModel } from '../../src-main/models/catalogue.ts';
import { DownloadEntry } from '../../src-main/models/download/entry.ts';
import { prepareModel } from '../../src-main/models/prepare-model.ts';
import { findModel, listModels } from '../../src-main/models/user-models.ts';
import { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import { randomSam, writeTorchFile } from '../fixtures/torch-file.ts';
import type { TestTensor } from '../fixtures/torch-file.ts';
import type { Pixels } from '../../src-main/sam/predictor.ts';
import { click, modelsFolder, startPredictor, temporaryFolder } from '../fixtures/sam.ts';
import { BUILT_IN } from '../helpers/built-in.ts';

/** Numbers that half floats of both kinds can hold. */
const rounded = (tensors: Map<string, TestTensor>): Map<string, TestTensor> =>
  new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, values: Float32Array.from(new Uint32Array(new Float32Array(new Float16Array(tensor.values)).buffer), (bits) => bits & 0xffff_0000).map((_, i, all) => new Float32Array(Uint32Array.of(all[i] ?? 0).buffer)[0] ?? 0) }]));

const wave = (length: number, step: number): Float32Array => Float32Array.from({ length }, (_, i) => Math.sin(i * step));

const apart = (a: Float32Array, b: Float32Array): number => a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? NaN))), a.length === b.length ? 0 : Infinity);

const GRID = 6;
const FRAME = 16 * GRID;
const LOW = 4 * GRID;
const size = { width: 12, depth: 2, heads: 3, grid: GRID, window: 4, globals: [1] };
const folder = temporaryFolder();
const checkpoint = join(folder, 'random.pth');
const quiet: ImportOptions = { signal: new AbortController().signal, onProgress: () => {} };
const importInto = (models: string, file = checkpoint, options: Partial<ImportOptions> = {}): Promise<InstalledModel> => importCheckpoint(file, models, { ...quiet, ...options });

beforeAll(() => writeTorchFile(checkpoint, { tensors: randomSam(size) }));

describe('importing a checkpoint', () => {
  it('makes the files that its description tells of, and tells how far it is', async () => {
    const models = join(temporaryFolder(), 'not', 'there', 'yet');
    const steps: [number, number][] = [];
    const { entry, folder: at } = await importInto(models, checkpoint, { onProgress: (...step) => steps.push(step) });
    expect(readdirSync(models)).toEqual([entry.id]);
    expect(readdirSync(at).toSorted()).toEqual(['decoder.onnx', 'encoder.onnx', 'model.json']);
    for (const file of entry.files) {
      const bytes = readFileSync(join(at, file.name));
      expect({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }).toEqual({ bytes: file.bytes, sha256: file.sha256 });
    }
    const total = entry.files.reduce((sum, file) => sum + file.bytes, 0);
    expect(steps.at(-1)).toEqual([total, total]);
    expect(steps.every(([done, of], i) => of === total && done >= (steps[i - 1]?.[0] ?? 0))).toBe(true);
    expect((await listModels(modelsFolder, models)).models.map((model) => model.entry.id)).toEqual([BUILT_IN, entry.id]);
  });

  it('gives the same model for the same weights, however they are saved', async () => {
    const models = temporaryFolder();
    const tensors = rounded(randomSam(size));
    const file = join(folder, 'saved.pth');
    const hashes: string[] = [];
    for (const saved of [{}, { element: 'Half' }, { element: 'BFloat16', zip64: true, wrappers: ['model'], prefix: 'module.' }] as const) {
      writeTorchFile(file, { tensors, ...saved });
      hashes.push((await importInto(models, file)).hash);
    }
    expect(new Set(hashes).size).toBe(1);
    expect(readdirSync(models)).toHaveLength(1);
    tensors.set('mask_decoder.iou_token.weight', { shape: [1, 256], values: new Float32Array(256) });
    writeTorchFile(file, { tensors });
    expect((await importInto(models, file)).hash).not.toBe(hashes[0]);
    expect(readdirSync(models)).toHaveLength(2);
  });

  it('of a file that the catalogue lists gives the name, licence and source that it has there, whatever the file is called', async () => {
    const bytes = readFileSync(checkpoint);
    const listed = (sha256: string): DownloadEntry => DownloadEntry.parse({
      id: 'listed', name: 'Listed SAM', summary: 'For this test.', family: 'SAM', kind: 'checkpoint', licence: { name: 'Apache-2.0', url: 'https://example.org/licence' }, source: 'https://example.org/sam', inputSize: FRAME, bytes: bytes.length,
      files: [{ role: 'checkpoint', name: 'sam.pth', bytes: bytes.length, sha256, urls: ['https://example.org/sam.pth'] }],
    });
    const [right, wrong] = [listed(createHash('sha256').update(bytes).digest('hex')), listed('0'.repeat(64))];
    const known = await importInto(temporaryFolder(), checkpoint, { known: [wrong, right] });
    expect(known.entry).toMatchObject({ name: 'Listed SAM', licence: 'Apache-2.0', source: 'https://example.org/sam.pth' });
    expect(known.entry.id).toMatch(/^listed-sam-/);
    const other = await importInto(temporaryFolder(), checkpoint, { known: [wrong] });
    expect(other.entry).toMatchObject({ name: 'random', licence: 'Licence of the checkpoint' });
    expect(other.hash).toBe(known.hash);
  });

  it('cancelled or failed leaves what was there before and nothing else', async () => {
    const models = temporaryFolder();
    const { entry } = await importInto(models);
    const cancel = new AbortController();
    let steps = 0;
    await expect(importInto(models, checkpoint, { signal: cancel.signal, onProgress: () => { if (++steps === 20) cancel.abort(); } })).rejects.toMatchObject({ code: 'cancelled' });
    expect(steps).toBe(20);
    const cut = join(folder, 'cut.pth');
    const tensors = randomSam(size);
    tensors.set('mask_decoder.mask_tokens.weight', { shape: [4, 256], values: new Float32Array(7) });
    writeTorchFile(cut, { tensors });
    await expect(importInto(models, cut)).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringContaining('mask_decoder.mask_tokens.weight') });
    expect(readdirSync(models)).toEqual([entry.id]);
  });

  it('removes what a program left that died long ago, and not what another is writing now', async () => {
    const models = temporaryFolder();
    const [dead, alive] = ['.importing-dead', '.importing-alive'];
    for (const name of [dead, alive]) mkdirSync(join(models, name));
    writeFileSync(join(models, dead, 'encoder.onnx'), 'half');
    utimesSync(join(models, dead), 1e9, 1e9);
    const { entry } = await importInto(models);
    expect(readdirSync(models).toSorted()).toEqual([alive, entry.id]);
    expect((await listModels(modelsFolder, models)).problems).toEqual([]);
  });

  it('is not listed twice when its folder is copied', async () => {
    const models = temporaryFolder();
    const { entry, folder: at } = await importInto(models);
    cpSync(at, join(models, 'copy'), { recursive: true });
    const { models: listed, problems } = await listModels(modelsFolder, models);
    expect(listed.map((model) => model.entry.id)).toEqual([BUILT_IN, entry.id]);
    expect(problems).toEqual([expect.objectContaining({ code: 'model-invalid', item: join(models, 'copy') })]);
    await expect(findModel(modelsFolder, models, 'copy')).rejects.toMatchObject({ item: join(models, 'copy') });
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('into a folder without rights says so', async () => {
    const models = temporaryFolder();
    chmodSync(models, 0o500);
    await expect(importInto(models)).rejects.toMatchObject({ code: 'no-access', message: expect.stringContaining(models) });
  });
});

const pixels = (_: { key: string }, frame: number): Pixels => ({ rgb: Uint8Array.from({ length: frame * frame * 3 }, (_, i) => i % 251), inputWidth: frame, inputHeight: frame, width: frame, height: frame, pixelHash: 'waves' });

describe('HQ-SAM', () => {
  it('is imported as what it is, and asked like any other, one point at a time and on a grid', async () => {
    const file = join(folder, 'sam_hq_vit_small.pth');
    writeTorchFile(file, { tensors: randomSam({ ...size, hq: true }) });
    const model = await importInto(temporaryFolder(), file);
    expect(model).toMatchObject({ unused: [], entry: { family: 'hq-sam' } });
    const { predictor, events } = await startPredictor(pixels, { model });
    const { candidates } = await predictor.predict('test', { key: 'waves' }, click(40, 50));
    expect(candidates.map((c) => c.index).toSorted()).toEqual([1, 2, 3]);
    expect((await predictor.embedding({ key: 'waves' }, quiet.signal)).shape).toEqual([256, GRID, GRID]);
    // With all filters off, every point has its three masks, made by the decoder's parts.
    const options = AutomaticOptions.parse({ points_per_side: 2, pred_iou_thresh: 0, stability_score_thresh: 0, box_nms_thresh: 1 });
    expect((await predictor.automatic({ key: 'waves' }, options, { signal: quiet.signal, onProgress: () => {} })).length).toBeGreaterThan(0);
    expect(events.filter((event) => event.kind === 'log' && event.message.includes('used as a whole'))).toEqual([]);
    await predictor.stop();
  });
});

describe('the preparation of images', () => {
  it('is part of the model: MedSAM’s stretches them and takes their own range', async () => {
    const models = temporaryFolder();
    const [sam, medsam] = [await importInto(models), await importInto(models, checkpoint, { preparation: 'medsam' })];
    expect([sam.entry.preparation, medsam.entry.preparation]).toEqual(['sam', 'medsam']);
    expect(medsam.hash).not.toBe(sam.hash);
    expect(medsam.entry.id).not.toBe(sam.entry.id);
    const asked: string[] = [];
    // Twice as wide as high, and of a narrow range.
    const wide = ({ key }: { key: string }, frame: number, fit: string): Pixels => {
      asked.push(fit);
      const [inputWidth, inputHeight] = fit === 'stretch' ? [frame, frame] : [frame, frame / 2];
      return { rgb: Uint8Array.from({ length: inputWidth * inputHeight * 3 }, (_, i) => 100 + (i % 51)), inputWidth, inputHeight, width: 200, height: 100, pixelHash: key };
    };
    const { predictor } = await startPredictor(wide, { model: medsam });
    const { values } = await predictor.embedding({ key: 'wide' }, quiet.signal);
    expect((await predictor.predict('test', { key: 'wide' }, click(40, 50))).frame).toMatchObject({ imageWidth: 200, imageHeight: 100, inputWidth: LOW, inputHeight: LOW });
    await predictor.stop();
    expect(asked).toEqual(['stretch']);
    // What MedSAM's code feeds the encoder: (value − min) / (max − min), without mean and deviation.
    const encoder = await InferenceSession.create(join(medsam.folder, 'encoder.onnx'));
    const planes = Float32Array.from({ length: 3 * FRAME * FRAME }, (_, at) => (((at % (FRAME * FRAME)) * 3 + Math.floor(at / (FRAME * FRAME))) % 51) / 50);
    const expected = (await encoder.run({ x: new Tensor('float32', planes, [1, 3, FRAME, FRAME]) }))['image_embeddings']?.data as Float32Array;
    expect(apart(new Float32Array(new Uint8Array(values).buffer), expected)).toBeLessThan(1e-4);
  });

  it('can be changed later, which changes what the model is known by', async () => {
    const models = temporaryFolder();
    const before = await importInto(models);
    const changed = await prepareModel(models, before.entry.id, 'medsam');
    expect(changed.hash).toBe((await importInto(temporaryFolder(), checkpoint, { preparation: 'medsam' })).hash);
    expect((await findModel(modelsFolder, models, before.entry.id)).entry).toEqual({ ...before.entry, preparation: 'medsam' });
    expect((await prepareModel(models, changed.entry.id, 'sam')).hash).toBe(before.hash);
    await expect(prepareModel(models, BUILT_IN, 'medsam')).rejects.toMatchObject({ code: 'model-missing' });
  });

  it('has to be said where the file’s name speaks of MedSAM and nothing else does', async () => {
    const file = join(folder, 'medsam_finetuned.pth');
    cpSync(checkpoint, file);
    await expect(importInto(temporaryFolder(), file)).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('--preparation') });
    expect((await importInto(temporaryFolder(), file, { preparation: 'sam' })).entry.preparation).toBe('sam');
  });
});

describe('weights too large for one file', () => {
  it('lie beside the graph, are verified like it, and give the same masks', async () => {
    const models = temporaryFolder();
    const whole = await importInto(models);
    const divided = await importInto(models, checkpoint, { wholeUpTo: 1e5 });
    expect(divided.entry.files.map(({ role, name }) => [role, name])).toEqual([['encoder', 'encoder.onnx'], ['encoder-data', 'encoder.onnx.data'], ['decoder', 'decoder.onnx'], ['decoder-data', 'decoder.onnx.data']]);
    expect(divided.entry.files[0]?.bytes).toBeLessThan(1e5);
    expect(divided.entry.id).not.toBe(whole.entry.id);
    const said: unknown[] = [];
    for (const model of [whole, divided]) {
      const { predictor } = await startPredictor(pixels, { model });
      said.push((await predictor.predict('test', { key: 'waves' }, click(40, 50))).candidates);
      await predictor.stop();
    }
    expect(said[1]).toEqual(said[0]);

    const data = join(divided.folder, 'encoder.onnx.data');
    const bytes = readFileSync(data);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    writeFileSync(data, bytes);
    const { predictor } = await startPredictor(pixels, { model: divided });
    await expect(predictor.predict('test', { key: 'waves' }, click(40, 50))).rejects.toMatchObject({ code: 'model-hash', item: data });
    await predictor.stop();
  });
});

describe('the graphs', () => {
  let model: InstalledModel;
  let decoder: InferenceSession;
  beforeAll(async () => {
    model = await importInto(temporaryFolder());
    decoder = await InferenceSession.create(join(model.folder, 'decoder.onnx'));
  });
  const picture = new Tensor('float32', wave(3 * FRAME * FRAME, 0.0137), [1, 3, FRAME, FRAME]);
  const embedding = new Tensor('float32', wave(256 * GRID * GRID, 0.37), [1, 256, GRID, GRID]);

  async function encode(path: string): Promise<Float32Array> {
    const session = await InferenceSession.create(path);
    return (await session.run({ x: picture }))['image_embeddings']?.data as Float32Array;
  }
  async function decode(points: readonly (readonly [number, number, number])[][], masks: Tensor, hasMask: 0 | 1): Promise<{ logits: Float32Array; ious: Float32Array }> {
    const [batch, n] = [points.length, points[0]?.length ?? 0];
    const out = await decoder.run({
      image_embeddings: embedding,
      point_coords: new Tensor('float32', Float32Array.from(points.flat().flatMap(([x, y]) => [x, y])), [batch, n, 2]),
      point_labels: new Tensor('float32', Float32Array.from(points.flat(), ([, , label]) => label), [batch, n]),
      mask_input: masks,
      has_mask_input: new Tensor('float32', Float32Array.of(hasMask), [1]),
    });
    expect([out['low_res_masks']?.dims, out['iou_predictions']?.dims]).toEqual([[batch, 4, LOW, LOW], [batch, 4]]);
    return { logits: out['low_res_masks']?.data as Float32Array, ious: out['iou_predictions']?.data as Float32Array };
  }
  const maskOf = (...steps: number[]): Tensor => new Tensor('float32', Float32Array.from(steps.flatMap((step) => [...wave(LOW * LOW, step)])), [steps.length, 1, LOW, LOW]);

  it('decode a batch of prompts as one after the other, with one mask prompt for all or one for each', async () => {
    const prompts = [[[10, 20, 1], [0, 0, -1]], [[50.5, 60.25, 0], [80, 3, 1]], [[5, 5, 2], [70, 90, 3]]] as const;
    for (const steps of [[0.11], [0.11, 0.23, 0.31]]) {
      for (const hasMask of [0, 1] as const) {
        const together = await decode(prompts.map((p) => [...p]), maskOf(...steps), hasMask);
        for (const [i, prompt] of prompts.entries()) {
          const alone = await decode([[...prompt]], maskOf(steps[i] ?? steps[0] ?? 0), hasMask);
          expect(apart(alone.logits, together.logits.subarray(i * 4 * LOW * LOW, (i + 1) * 4 * LOW * LOW))).toBeLessThan(1e-3);
          expect(apart(alone.ious, together.ious.subarray(i * 4, i * 4 + 4))).toBeLessThan(1e-3);
        }
      }
    }
  });

  it('heed the label, the place and the mask of a prompt, and not a mask that is said to be absent', async () => {
    const base = await decode([[[10, 20, 1]]], maskOf(0.11), 0);
    expect(apart(base.logits, (await decode([[[10, 20, 1]]], maskOf(0.77), 0)).logits)).toBe(0);
    // A padding point has no place.
    expect(apart((await decode([[[10, 20, -1]]], maskOf(0.11), 0)).logits, (await decode([[[70, 3, -1]]], maskOf(0.11), 0)).logits)).toBe(0);
    for (const other of [await decode([[[10, 20, 0]]], maskOf(0.11), 0), await decode([[[70, 3, 1]]], maskOf(0.11), 0), await decode([[[10, 20, 1]]], maskOf(0.11), 1)]) {
      expect(apart(base.logits, other.logits)).toBeGreaterThan(1e-3);
    }
  });

  it('encode the same whether attention is computed whole, by heads, or by some queries at a time', async () => {
    const whole = await encode(join(model.folder, 'encoder.onnx'));
    expect(whole.some((value) => !Number.isFinite(value))).toBe(false);
    await using weights = await openCheckpoint(checkpoint);
    const { layout } = readLayout(weights);
    const scoresOfOneHead = 4 * GRID ** 4;
    for (const [i, largest] of [scoresOfOneHead, scoresOfOneHead / 3, 1].entries()) {
      const path = join(folder, `encoder-${i}.onnx`);
      await writeModelFile(path, modelFile(samEncoder(weights, layout, largest)), quiet.signal, () => {});
      expect(apart(whole, await encode(path)), String(largest)).toBeLessThan(1e-4);
    }
  });
});
