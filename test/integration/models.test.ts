import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { providersToTry, isFallback, whyNot } from '../../src-main/engines/sam-providers.ts';
import { Catalogue, installedModel, modelHash, readCatalogue } from '../../src-main/models/catalogue.ts';
import { whyNotLoaded } from '../../src-main/sam/why-not-loaded.ts';
import { click, modelsFolder, startPredictor, temporaryFolder } from '../fixtures/sam.ts';

describe('the catalogue', () => {
  it('tells the truth about every model that ships', async () => {
    const catalogue = await readCatalogue(modelsFolder);
    expect(catalogue.models.map((m) => m.id)).toContain(catalogue.builtin);
    for (const entry of catalogue.models) {
      const { folder } = installedModel(catalogue, modelsFolder, entry.id);
      for (const file of entry.files) {
        const bytes = await readFile(join(folder, file.name));
        expect({ name: file.name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }).toEqual({ name: file.name, bytes: file.bytes, sha256: file.sha256 });
      }
    }
  });

  it('that is missing or damaged is said to be so, by its path', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'catalogue.json');
    await expect(readCatalogue(folder)).rejects.toMatchObject({ code: 'model-missing', item: path });
    for (const text of ['', '{"version":1', '{"version":2,"builtin":"a","models":[]}', 'null']) {
      await writeFile(path, text);
      await expect(readCatalogue(folder)).rejects.toMatchObject({ code: 'model-invalid', item: path });
    }
  });

  it('can never lead out of the models’ folder', async () => {
    const { models } = await readCatalogue(modelsFolder);
    const [entry] = models;
    const accepts = (change: object): boolean => Catalogue.safeParse({ version: 1, builtin: 'a', models: [{ ...entry, ...change }] }).success;
    expect(accepts({})).toBe(true);
    for (const folder of ['..', '../x', 'a/../../b', '/etc', 'a//b', 'a\\b', 'C:', '', 'a/..', 'a..b/c']) expect([folder, accepts({ folder })]).toEqual([folder, false]);
    for (const name of ['../encoder.onnx', 'a/b.onnx', '..', '.hidden', 'a\\b', 'a\0b', '']) expect([name, accepts({ files: [{ ...entry?.files[0], name }] })]).toEqual([name, false]);
  });

  it('names a model’s weights by their content', async () => {
    const catalogue = await readCatalogue(modelsFolder);
    const { entry, hash } = installedModel(catalogue, modelsFolder);
    expect(modelHash({ ...entry, name: 'Renamed', folder: 'elsewhere', files: entry.files.toReversed() })).toBe(hash);
    expect(modelHash({ ...entry, files: entry.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })) })).not.toBe(hash);
    expect(() => installedModel(catalogue, modelsFolder, 'no-such-model')).toThrow(expect.objectContaining({ code: 'model-missing', item: 'no-such-model' }));
  });
});

const onePixel = { rgb: new Uint8Array(3), inputWidth: 1, inputHeight: 1, width: 1, height: 1, pixelHash: 'a' };

describe('execution providers', () => {
  it('end with the CPU’s turn on a platform that has no other', () => {
    expect(providersToTry('aix')).toEqual([]);
    expect(providersToTry()).not.toContain('cpu');
  });

  it('are explained in words', () => {
    expect(whyNot(new Error('OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library'))).toBe('its libraries are not installed');
    expect(whyNot(new Error('webgpu_context.cc:136 … Failed to get a WebGPU adapter: No supported adapters\n'))).toBe('no graphics processor was found');
    expect(whyNot(new Error('something\n else'))).toBe('something else');
  });

  it('are a fallback only where there is something to fall back from', () => {
    const [libraries, processor] = [whyNot(new Error('Failed to load shared library')), whyNot(new Error('no adapter'))];
    expect(isFallback([], () => true)).toBe(false);
    expect(isFallback([libraries, processor], () => false)).toBe(false);
    expect(isFallback([libraries, processor], () => true)).toBe(true);
    expect(isFallback([libraries, 'its results differ from the CPU’s'], () => false)).toBe(true);
  });

  it('that were refused leave the CPU, with the reasons of each', async () => {
    const { predictor, events } = await startPredictor<{ key: string }>(() => Promise.reject(new Error('unused')), { providers: ['no-such-provider'] });
    await predictor.start();
    expect(predictor.status).toMatchObject({ state: 'ready', provider: 'cpu', fallback: true, reason: expect.stringMatching(/^Running on the CPU\. no-such-provider: .+\.$/) });
    expect(events.map((event) => event.kind).filter((kind) => kind !== 'log')).toEqual(['started']);
    await predictor.stop();
  });

  it('that take the engine down while it works are left for the CPU', async () => {
    const entry = fileURLToPath(new URL('../fixtures/crashing-provider-engine.ts', import.meta.url));
    const { predictor, events } = await startPredictor(() => onePixel, { entry, providers: null });
    const image = { key: 'a' };
    await expect(predictor.predict('page', image, click(0, 0))).rejects.toMatchObject({ code: 'engine-died' });
    expect((await predictor.predict('page', image, click(0, 0))).candidates).toHaveLength(1);
    expect(predictor.status).toMatchObject({ state: 'ready', provider: 'cpu', reason: 'webgpu: the engine stopped while using it' });
    expect(events).toContainEqual({ kind: 'provider-failed', message: expect.stringMatching(/^WebGPU is no longer used for Segment Anything: the engine stopped while using it\./) });
    await predictor.stop();
  });

  it('that fail at work are left for the CPU at once, and the prompt is answered all the same', async () => {
    const entry = fileURLToPath(new URL('../fixtures/crashing-provider-engine.ts', import.meta.url));
    const { predictor, events, statuses } = await startPredictor(() => onePixel, { entry, providers: ['failing'] });
    expect((await predictor.predict('page', { key: 'a' }, click(0, 0))).candidates).toHaveLength(1);
    expect(predictor.status).toMatchObject({ state: 'ready', provider: 'cpu', reason: 'failing: it failed at work (device lost)' });
    expect(events.map(({ kind }) => kind).filter((kind) => kind !== 'log')).toEqual(['started', 'provider-failed', 'restarted']);
    expect(events[1]?.message).toMatch(/^failing is no longer used for Segment Anything: it failed at work \(device lost\)\. Work goes on with the next best/);
    expect(statuses.map(({ state, provider }) => `${state} ${provider}`)).toEqual(['ready failing', 'ready failing', 'starting failing', 'ready cpu']);
    await predictor.stop();
  });
});

describe('onnxruntime that cannot be loaded', () => {
  it('on a Windows without the Visual C++ runtime is said with where to get that', async () => {
    const entry = fileURLToPath(new URL('../fixtures/engine-without-runtime.ts', import.meta.url));
    const { predictor } = await startPredictor(() => onePixel, { entry });
    const expected = { code: 'engine-failed', message: expect.stringMatching(/The specified module could not be found.*Visual C\+\+ Redistributable \(https:\/\/aka\.ms\/vs\/17\/release\/vc_redist\.\w+\.exe\) and start Maskwright again\.$/) };
    await expect(predictor.predict('page', { key: 'a' }, click(0, 0))).rejects.toMatchObject(expected);
    expect(predictor.status).toMatchObject({ state: 'failed', problem: expected });
    await predictor.stop();
  });

  it('elsewhere is said with the loader’s own words', () => {
    const error = Object.assign(new Error('libonnxruntime.so.1: cannot open shared object file'), { code: 'ERR_DLOPEN_FAILED' });
    expect(whyNotLoaded(error, { platform: 'linux', arch: 'x64' })).toBe('onnxruntime, which runs the models, cannot be loaded: libonnxruntime.so.1: cannot open shared object file. Install Maskwright again; from sources, remove node_modules and start it.');
  });
});
