import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Precision } from '../../src-shared/contract/models.ts';
import { run } from '../../src-main/cli/run.ts';
import { comparisonThroughEngines, samplePictures } from '../../src-main/core/model-comparison.ts';
import { resources } from '../../src-main/core/places.ts';
import type { InstalledModel } from '../../src-main/models/catalogue.ts';
import type { CompareModels } from '../../src-main/models/import/agreement.ts';
import { importCheckpoint } from '../../src-main/models/import/import-checkpoint.ts';
import type { ImportOptions } from '../../src-main/models/import/import-checkpoint.ts';
import { readModelFolder } from '../../src-main/models/user-models.ts';
import { livelySam } from '../fixtures/lively-sam.ts';
import { temporaryFolder } from '../fixtures/sam.ts';
import { writeTorchFile } from '../fixtures/torch-file.ts';

const GRID = 8;
const FRAME = 16 * GRID;
const folder = temporaryFolder();
const checkpoint = join(folder, 'lively.pth');
const home = temporaryFolder();
const importAs = (precision: Precision, models: string, options: Partial<ImportOptions> = {}): Promise<InstalledModel> =>
  importCheckpoint(checkpoint, models, { signal: new AbortController().signal, onProgress: () => {}, precision, ...options });
const bytesOf = ({ entry }: InstalledModel, role: string): number => entry.files.find((file) => file.role === role)?.bytes ?? NaN;

beforeAll(() => {
  // Embeddings and what is known of providers go there.
  process.env['MASKWRIGHT_HOME'] = home;
  writeTorchFile(checkpoint, { tensors: livelySam({ width: 96, depth: 2, heads: 3, grid: GRID, window: 3, globals: [1] }) });
});

const wave = (length: number, step: number): Float32Array => Float32Array.from({ length }, (_, i) => Math.sin(i * step));

const float = (values: Float32Array, dims: number[]): Tensor => new Tensor('float32', values, dims);

async function outputs(model: InstalledModel): Promise<{ embedding: Float32Array; logits: Float32Array }> {
  const [encoder, decoder] = await Promise.all(['encoder.onnx', 'decoder.onnx'].map((name) => InferenceSession.create(join(model.folder, name))));
  const embedded = await encoder?.run({ x: float(wave(3 * FRAME * FRAME, 0.0137), [1, 3, FRAME, FRAME]) });
  // The decoders are compared on the same embedding.
  const decoded = await decoder?.run({
    image_embeddings: float(wave(256 * GRID * GRID, 0.37), [1, 256, GRID, GRID]),
    point_coords: float(Float32Array.of(40, 50), [1, 1, 2]),
    point_labels: float(Float32Array.of(1), [1, 1]),
    mask_input: float(new Float32Array((4 * GRID) ** 2), [1, 1, 4 * GRID, 4 * GRID]),
    has_mask_input: float(Float32Array.of(0), [1]),
  });
  return { embedding: embedded?.['image_embeddings']?.data as Float32Array, logits: decoded?.['low_res_masks']?.data as Float32Array };
}

const magnitude = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** Root mean square of the difference over that of what is right. */
function error(found: Float32Array, right: Float32Array): number {
  expect(found.length).toBe(right.length);
  return magnitude(found.map((value, i) => value - (right[i] ?? NaN))) / magnitude(right);
}

describe('precisions of an imported checkpoint', () => {
  it('are smaller and compute nearly the same, and say which they are', async () => {
    const models = temporaryFolder();
    const whole = await importAs('fp32', models);
    const [half, int8] = [await importAs('fp16', models), await importAs('int8', models)];
    const [right, halves, integers] = [await outputs(whole), await outputs(half), await outputs(int8)];
    // A half keeps 11 bits: each weight is off by 2⁻¹² of itself on average, and a dozen products in a row add that up.
    expect(error(halves.embedding, right.embedding)).toBeLessThan(2e-3);
    // Integers of 7 bits and bytes are off by about 1 % of a uniform tensor each, in eight products in a row.
    expect(error(integers.embedding, right.embedding)).toBeLessThan(0.06);
    expect(error(integers.embedding, right.embedding)).toBeGreaterThan(error(halves.embedding, right.embedding));
    for (const { logits } of [halves, integers]) expect(error(logits, right.logits)).toBeLessThan(2e-3);

    for (const smaller of [half, int8]) expect(bytesOf(smaller, 'decoder') / bytesOf(whole, 'decoder')).toBeLessThan(0.51);
    expect(bytesOf(half, 'encoder') / bytesOf(whole, 'encoder')).toBeLessThan(0.52);
    // A quarter of the products' weights, half of the neck's, which is large in so small a model.
    expect(bytesOf(int8, 'encoder') / bytesOf(half, 'encoder')).toBeLessThan(0.95);

    expect([whole, half, int8].map(({ entry }) => [entry.name, entry.precision, entry.agreement])).toEqual([['lively', 'fp32', null], ['lively fp16', 'fp16', null], ['lively int8', 'int8', null]]);
    expect(int8.entry.id).toMatch(/^lively-int8-[0-9a-f]{8}$/);
    expect(readdirSync(models)).toHaveLength(3);
  });

  it('of weights that halves cannot hold stay as they are', async () => {
    const tensors = livelySam({ width: 96, depth: 1, heads: 3, grid: GRID, window: GRID, globals: [] });
    // What a norm divides by again.
    const loud = tensors.get('image_encoder.neck.2.weight');
    if (loud === undefined) throw new Error('the neck is missing');
    tensors.set('image_encoder.neck.2.weight', { ...loud, values: loud.values.map((value) => value * 1e7) });
    const file = join(folder, 'loud.pth');
    writeTorchFile(file, { tensors });
    const models = temporaryFolder();
    const quiet = { signal: new AbortController().signal, onProgress: () => {} };
    const [whole, half] = [await importCheckpoint(file, models, quiet), await importCheckpoint(file, models, { ...quiet, precision: 'fp16' })];
    expect(error((await outputs(half)).embedding, (await outputs(whole)).embedding)).toBeLessThan(2e-3);
  });

  it('as int8 lose no more for a few channels far larger than the rest', async () => {
    const width = 96;
    const tensors = livelySam({ width, depth: 2, heads: 3, grid: GRID, window: 3, globals: [1] });
    const change = (end: RegExp, by: (channel: number) => number): void => {
      for (const [name, tensor] of tensors) if (end.test(name)) tensors.set(name, { ...tensor, values: tensor.values.map((value, at) => value * by(at % width)) });
    };
    // The same network: what the next weights meet is larger by what they are smaller by.
    change(/blocks\.\d\.norm[12]\.(weight|bias)$/, (channel) => (channel % 24 === 5 ? 30 : 1));
    change(/blocks\.\d\.(attn\.qkv|mlp\.lin1)\.weight$/, (channel) => (channel % 24 === 5 ? 1 / 30 : 1));
    const file = join(folder, 'uneven.pth');
    writeTorchFile(file, { tensors });
    const models = temporaryFolder();
    const quiet = { signal: new AbortController().signal, onProgress: () => {} };
    const [whole, int8] = [await importCheckpoint(file, models, quiet), await importCheckpoint(file, models, { ...quiet, precision: 'int8' })];
    expect(error((await outputs(int8)).embedding, (await outputs(whole)).embedding)).toBeLessThan(0.06);
  });

  it('are taken for full where a description does not tell, as those of older versions', async () => {
    const { folder: at } = await importAs('fp32', temporaryFolder());
    const description = join(at, 'model.json');
    const { precision: _, agreement: __, ...older } = JSON.parse(readFileSync(description, 'utf8')) as Record<string, unknown>;
    writeFileSync(description, JSON.stringify(older));
    expect((await readModelFolder(at)).entry).toMatchObject({ precision: 'fp32', agreement: null });
  });
});

const embeddings = (): number => (existsSync(join(home, 'cache', 'embeddings')) ? readdirSync(join(home, 'cache', 'embeddings')).length : 0);
const throughEngines = async (pictures: number): Promise<CompareModels> => comparisonThroughEngines((await samplePictures(resources())).slice(0, pictures), resources(), home);

describe('agreement with full precision', () => {
  it('is measured on pictures while the model is made, and kept with it', async () => {
    const models = temporaryFolder();
    const steps: [number, number][] = [];
    const before = embeddings();
    const made = await importAs('int8', models, { compare: await throughEngines(2), onProgress: (...step) => steps.push(step) });
    // What was found out about the weights that were only there for this went with them.
    expect(readdirSync(join(home, 'providers'))).toEqual([`${made.hash.slice(0, 32)}.json`]);
    expect(embeddings() - before).toBe(2);
    // Random weights: masks that follow every rounding. A model that was taken apart agrees by less than half.
    expect(made.entry.agreement).toEqual({ iou: expect.closeTo(0.95, 1), pictures: 2 });
    expect((await readModelFolder(made.folder)).entry.agreement).toEqual(made.entry.agreement);
    expect(readdirSync(models)).toEqual([made.entry.id]);
    expect(readdirSync(made.folder).toSorted()).toEqual(['decoder.onnx', 'encoder.onnx', 'model.json']);
    const [, total] = steps.at(-1) ?? [];
    expect(steps.at(-1)).toEqual([total, total]);
    expect(steps.every(([done, of], i) => of === total && done >= (steps[i - 1]?.[0] ?? 0))).toBe(true);
  });

  it('compares with the same weights at fp32, and fp32 with nothing', async () => {
    const models = temporaryFolder();
    const whole = await importAs('fp32', models, { compare: () => Promise.reject(new Error('there is nothing to compare with')) });
    const compared: string[] = [];
    const compare: CompareModels = (reference, made) => {
      compared.push(reference.hash, made.hash);
      return Promise.resolve(null);
    };
    const half = await importAs('fp16', models, { compare });
    expect(compared).toEqual([whole.hash, half.hash]);
    expect(half.entry.agreement).toBeNull();
  });

  it('cancelled leaves nothing', async () => {
    const models = temporaryFolder();
    const cancel = new AbortController();
    const engines = await throughEngines(2);
    const compare: CompareModels = (reference, made, compareRun) => engines(reference, made, { ...compareRun, onPicture: () => cancel.abort() });
    await expect(importAs('int8', models, { compare, signal: cancel.signal })).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(models)).toEqual([]);
  });
});

async function maskwright(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const console = { out: (text: string) => void (said.out += text), err: (text: string) => void (said.err += text), live: false };
  const code = await run(args, { version: '1', start: () => Promise.reject(new Error('no core is needed')), console, interrupted: new AbortController().signal }, false);
  return { code, ...said };
}

describe('models import --precision', () => {
  it('tells how well the masks agree, and lists it', async () => {
    const { code, out, err } = await maskwright('models', 'import', checkpoint, '--precision', 'fp16', '--json');
    expect(code, err).toBe(0);
    const { agreement } = z.object({ precision: z.literal('fp16'), agreement: z.object({ iou: z.number().min(0.9).max(1), pictures: z.literal(8) }) }).parse(JSON.parse(out));
    expect(err).toContain(`Masks agree ${agreement.iou.toFixed(3)}`);
    expect((await maskwright('models', 'list')).out).toContain('lively fp16');
  });

  it('refuses one that there is not', async () => {
    const { code, err } = await maskwright('models', 'import', checkpoint, '--precision', 'int4');
    expect([code, err]).toEqual([2, expect.stringContaining('fp32, fp16, int8')]);
  });
});
