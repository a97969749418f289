import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ProviderMemory, providersToTry, isFallback, whyNot } from '../../src-main/engines/sam-providers.ts';
import { Catalogue, installedModel, modelHash, readCatalogue } from '../../src-main/models/catalogue.ts';
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

describe('execution providers', () => {
  const good = { verdict: 'good' as const, reason: null, decoderOnCpu: true };

  it('end with the CPU’s turn on a platform that has no other', () => {
    expect(providersToTry('aix')).toEqual([]);
    expect(providersToTry()).not.toContain('cpu');
  });

  it('that took the engine down twice are not tried a third time', async () => {
    const path = join(temporaryFolder(), 'state', 'providers.json');
    for (const allowed of [true, true, false, false]) expect(await new ProviderMemory(path).begin('webgpu 1 m')).toBe(allowed);
    expect(await new ProviderMemory(path).begin('webgpu 1 other')).toBe(true);
  });

  it('that came through are remembered with what was found, and those that are not there are not judged', async () => {
    const memory = new ProviderMemory(join(temporaryFolder(), 'providers.json'));
    for (let i = 0; i < 5; i++) {
      expect(await memory.begin('webgpu')).toBe(true);
      await memory.end('webgpu', good);
      expect(await memory.begin('cuda')).toBe(true);
      await memory.end('cuda', null);
    }
    expect(await memory.recall('webgpu')).toEqual({ ...good, unfinished: 0 });
    expect(await memory.recall('cuda')).toMatchObject({ verdict: null, unfinished: 0 });
  });

  it('are found out about anew when the memory is damaged, and without it where it cannot be kept', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'providers.json');
    for (const text of ['', '[1]', '{"webgpu":{"unfinished":-1}}']) {
      await writeFile(path, text);
      expect(await new ProviderMemory(path).recall('webgpu')).toMatchObject({ unfinished: 0, verdict: null });
    }
    await mkdir(join(folder, 'folder'));
    const homeless = new ProviderMemory(join(folder, 'folder'));
    expect(await homeless.begin('webgpu')).toBe(true);
    expect((await stat(join(folder, 'folder'))).isDirectory()).toBe(true);
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
    const providersFile = join(temporaryFolder(), 'providers.json');
    const { predictor, events } = await startPredictor<{ key: string }>(() => Promise.reject(new Error('unused')), { providersFile, providers: ['no-such-provider'] });
    await predictor.start();
    expect(predictor.status).toMatchObject({ state: 'ready', provider: 'cpu', fallback: true, reason: expect.stringMatching(/^Running on the CPU\. no-such-provider: .+\.$/) });
    expect(events.map((event) => event.kind).filter((kind) => kind !== 'log')).toEqual(['started']);
    await predictor.stop();
  });

  it('that take the engine down while it works are left for the CPU', async () => {
    const entry = fileURLToPath(new URL('../fixtures/crashing-provider-engine.ts', import.meta.url));
    const { predictor } = await startPredictor(() => ({ rgb: new Uint8Array(3), inputWidth: 1, inputHeight: 1, width: 1, height: 1, pixelHash: 'a' }), { entry, providers: null });
    const image = { key: 'a' };
    await expect(predictor.predict('page', image, click(0, 0))).rejects.toMatchObject({ code: 'engine-died' });
    expect((await predictor.predict('page', image, click(0, 0))).candidates).toHaveLength(1);
    expect(predictor.status).toMatchObject({ state: 'ready', provider: 'cpu', reason: 'avoiding webgpu' });
    await predictor.stop();
  });
});
