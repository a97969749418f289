import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readNpy } from '../../src-main/cli/npy.ts';
import type { InstalledModel } from '../../src-main/models/catalogue.ts';
import { importModel } from '../../src-main/models/import/import-model.ts';
import type { ImportModelOptions } from '../../src-main/models/import/import-model.ts';
import { listModels } from '../../src-main/models/user-models.ts';
import type { ImageRef } from '../../src-main/sam/predictor.ts';
import { bytesOf, efficientGraphs, officialGraphs, sam21Graphs, sam2Graphs, sam3Graphs } from '../fixtures/family-graphs.ts';
import { modelOf, onnx, onnxWithData } from '../fixtures/onnx.ts';
import { modelsFolder, startPredictor, temporaryFolder } from '../fixtures/sam.ts';
import type { Harness } from '../fixtures/sam.ts';
import { mayLink } from '../helpers/links.ts';
import { KILLED_ITSELF } from '../helpers/processes.ts';

const file = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const engine = { node: process.execPath, entry: file('../src-main/engines/sam.ts') };
const quiet = (): ImportModelOptions => ({ signal: new AbortController().signal, onProgress: () => {}, engine });
const importAll = (paths: readonly string[], models: string, options: Partial<ImportModelOptions> = {}): Promise<InstalledModel> => importModel(paths, models, { ...quiet(), ...options });

/** Files of these names and contents in a folder of their own. */
function written(files: Readonly<Record<string, Uint8Array | string>>): { folder: string; at: (name: string) => string } {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return { folder, at: (name) => join(folder, name) };
}

const official = bytesOf(officialGraphs());
const sam2 = bytesOf(sam2Graphs());
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const harnesses: Harness<ImageRef>[] = [];
afterEach(async () => {
  await Promise.all(harnesses.splice(0).map(({ predictor }) => predictor.stop()));
});

/** What a click on a grey picture is answered. */
async function candidatesOf(model: InstalledModel): Promise<number[]> {
  const harness = await startPredictor<ImageRef>((_, frame) => ({ rgb: new Uint8Array(frame * frame * 3).fill(128), inputWidth: frame, inputHeight: frame, width: frame, height: frame, pixelHash: 'grey' }), { model });
  harnesses.push(harness);
  const { candidates } = await harness.predictor.predict('page', { key: 'grey' }, { points: [{ x: 8, y: 8, label: 1 }], box: null, previous: null, multimask: true });
  return candidates.map(({ index }) => index);
}

describe('an encoder and a decoder', () => {
  it('become a model, in any order and whatever they are called', async () => {
    const { at } = written({ 'decoder.onnx': official.encoder, 'my_encoder.onnx': official.decoder });
    const models = temporaryFolder();
    const seen: number[] = [];
    const model = await importAll([at('my_encoder.onnx'), at('decoder.onnx')], models, { onProgress: (done, total) => seen.push(done / total) });
    expect(model.entry).toMatchObject({ name: 'decoder', family: 'SAM', inputSize: 64, precision: 'fp32', agreement: null, source: 'Imported from my_encoder.onnx, decoder.onnx' });
    expect(model.entry.files).toEqual([
      { role: 'encoder', name: 'encoder.onnx', bytes: official.encoder.length, sha256: sha256(official.encoder) },
      { role: 'decoder', name: 'decoder.onnx', bytes: official.decoder.length, sha256: sha256(official.decoder) },
    ]);
    expect(readFileSync(join(model.folder, 'encoder.onnx')).equals(official.encoder)).toBe(true);
    expect(readdirSync(models)).toEqual([model.entry.id]);
    expect([seen.at(-1), seen.toSorted((a, b) => a - b)]).toEqual([1, seen]);
    expect(await candidatesOf(model)).toEqual([2, 3, 1]);
    // The same files again are the same model.
    expect((await importAll([at('decoder.onnx'), at('my_encoder.onnx')], models)).entry.id).toBe(model.entry.id);
    expect((await listModels(modelsFolder, models)).problems).toEqual([]);
  });

  it('of other families are told by their names and shapes, from a folder too, with what is known of them', async () => {
    const models = temporaryFolder();
    const { folder } = written({ 'sam2.1_tiny_preprocess.onnx': bytesOf(sam21Graphs()).encoder, 'sam2.1_tiny.onnx': bytesOf(sam21Graphs()).decoder, 'read me.txt': 'no graph' });
    expect((await importAll([folder], models)).entry).toMatchObject({ id: expect.stringMatching(/^sam2-1-tiny-[0-9a-f]{8}$/), name: 'sam2.1_tiny', family: 'SAM 2', inputSize: 64 });
    const efficient = bytesOf(efficientGraphs());
    const { at } = written({ 'a.onnx': efficient.encoder, 'b.onnx': efficient.decoder });
    const about = { name: 'EfficientSAM Ti', licence: 'Apache-2.0', source: 'https://example.org/' };
    expect((await importAll([at('b.onnx'), at('a.onnx')], models, { about })).entry).toMatchObject({ ...about, family: 'EfficientSAM', inputSize: 1024 });
  });
});

/** The official decoder, its constants in a file that the graph calls this. */
const divided = (location: string): Promise<{ graph: Buffer; data: Buffer }> => onnxWithData(officialGraphs().decoder, location);

describe('weights beside a graph', () => {
  it('come along, from a folder below too', async () => {
    const { graph, data } = await divided('weights of it/decoder, part 1.bin');
    const { at } = written({ 'e.onnx': official.encoder, 'd.onnx': graph, 'weights of it/decoder, part 1.bin': data });
    const model = await importAll([at('e.onnx'), at('d.onnx')], temporaryFolder());
    expect(model.entry.files[2]).toEqual({ role: 'decoder-data', name: 'decoder.onnx.data', location: 'weights of it/decoder, part 1.bin', bytes: data.length, sha256: sha256(data) });
    expect(await candidatesOf(model)).toEqual([2, 3, 1]);
  });

  it.each([
    ['../secret.bin', 'leads out of its folder'],
    ['below/../../secret.bin', 'leads out of its folder'],
    ['/etc/hostname', 'no relative path'],
    ['C:\\secret.bin', 'no relative path'],
    ['..\\secret.bin', 'no relative path'],
    ['https://example.org/secret.bin', 'no relative path'],
    [mayLink ? 'link.bin' : 'linked/link.bin', 'a link that leads out of its folder'],
    ['linked/secret.bin', 'a link that leads out of its folder'],
    ['below', 'which is no file'],
    ['*/_ORT_MEM_ADDR_/*', 'missing'],
    ['gone.bin', 'missing'],
    ['short.bin', 'the file is not whole'],
  ])('at "%s" are refused', async (location, words) => {
    const { graph, data } = await divided(location);
    const { folder, at } = written({ 'model/e.onnx': official.encoder, 'model/d.onnx': graph, 'model/below/x': '', 'model/short.bin': data.subarray(1), 'secret.bin': data });
    if (mayLink) symlinkSync(at('secret.bin'), at('model/link.bin'));
    symlinkSync(folder, at('model/linked'), 'junction');
    const models = temporaryFolder();
    await expect(importAll([at('model/e.onnx'), at('model/d.onnx')], models)).rejects.toMatchObject({ code: words === 'missing' ? 'model-missing' : 'model-invalid', message: expect.stringMatching(new RegExp(`d\\.onnx.*${words}`)) });
    expect(readdirSync(models)).toEqual([]);
  });

  it('that a model’s description does not list are not loaded', async () => {
    const { graph } = await divided('/etc/hostname');
    await expect(candidatesOf(modelOf(official.encoder, graph))).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringContaining('"/etc/hostname", which is not part of the model') });
  });
});

describe('files that are no model are refused in words, and nothing is left', () => {
  const sam3 = sam3Graphs();
  const whole = { inputs: { image: [1, 3, 4, 4], point_coords: [1, 1, 2] }, outputs: { image_out: [1, 3, 4, 4] }, nodes: [{ op: 'Identity', in: ['image'], out: 'image_out' }] };
  const classifier = { inputs: { data: [1, 8] }, outputs: { score: [1, 8] }, nodes: [{ op: 'Identity', in: ['data'], out: 'score' }] };
  const efficient = efficientGraphs().decoder;
  const officialDecoder = officialGraphs().decoder;
  const { point_labels: _, ...lessInputs } = officialDecoder.inputs;
  it.each<[string, Record<string, Uint8Array>, string, RegExp]>([
    ['an encoder alone', { 'a.onnx': official.encoder }, 'bad-request', /"a\.onnx" is an encoder\. Choose the two/],
    ['two decoders', { 'a.onnx': official.decoder, 'b.onnx': sam2.decoder }, 'bad-request', /"a\.onnx" is a decoder, "b\.onnx" is a decoder/],
    ['halves of different models', { 'a.onnx': official.encoder, 'b.onnx': sam2.decoder }, 'model-invalid', /nearest to a SAM 2 export.*no output "image_embed".*takes x float32 \[1, 3, 64, 64\] and gives embedding/],
    ['halves of different sizes', { 'a.onnx': onnx({ ...officialGraphs().encoder, outputs: { embedding: [1, 3, 2, 2] }, nodes: [{ op: 'AveragePool', in: ['x'], out: 'embedding', ints: { kernel_shape: [32, 32], strides: [32, 32] } }] }), 'b.onnx': official.decoder }, 'model-invalid', /embeddings of 1 × 3 × 2 × 2, the decoder takes 1 × 3 × 4 × 4; they belong to different models/],
    ['a decoder without an input', { 'a.onnx': official.encoder, 'b.onnx': onnx({ ...officialDecoder, inputs: lessInputs, constants: { ...officialDecoder.constants, point_labels: { dims: [1, 1], values: [1] } } }) }, 'model-invalid', /no input "point_labels".*the decoder takes image_embeddings float32/],
    ['a size of another type', { 'a.onnx': official.encoder, 'b.onnx': onnx({ ...officialDecoder, types: { orig_im_size: 'uint8' } }) }, 'model-invalid', /"orig_im_size" is uint8, not float32 or int32 or int64/],
    ['picture and prompt in one', { 'a.onnx': onnx(whole), 'b.onnx': official.decoder }, 'model-invalid', /"a\.onnx" takes the picture and the prompt in one graph/],
    ['something else', { 'a.onnx': onnx(classifier), 'b.onnx': official.decoder }, 'model-invalid', /"a\.onnx" is no part of a Segment Anything model.*data float32 \[1, 8\]/],
    ['SAM 3', { 'a.onnx': onnx(sam3.image), 'b.onnx': onnx(sam3.language), 'c.onnx': onnx(sam3.decoder) }, 'model-invalid', /text prompts are not supported yet/],
    ['SAM 3’s halves', { 'a.onnx': onnx(sam3.image), 'b.onnx': onnx(sam3.decoder) }, 'model-invalid', /text prompts are not supported yet/],
    ['three graphs', { 'a.onnx': official.encoder, 'b.onnx': official.decoder, 'c.onnx': official.decoder }, 'bad-request', /one encoder and one decoder/],
    ['four graphs', { 'a.onnx': official.encoder, 'b.onnx': official.decoder, 'c.onnx': official.decoder, 'd.onnx': official.encoder }, 'bad-request', /There are 4 ONNX files: a\.onnx, b\.onnx/],
    ['a graph and a checkpoint', { 'a.onnx': official.encoder, 'b.pth': official.decoder }, 'bad-request', /"b\.pth" cannot be part of one model/],
    ['no graph', { 'a.onnx': new TextEncoder().encode('<html>not found</html>'), 'b.onnx': official.decoder }, 'model-invalid', /"a\.onnx" is no ONNX model/],
    ['a graph cut short', { 'a.onnx': official.encoder, 'b.onnx': official.decoder.subarray(0, 900) }, 'model-invalid', /"b\.onnx" is no ONNX model, or damaged/],
    ['an unknown operator', { 'a.onnx': official.encoder, 'b.onnx': onnx({ ...officialDecoder, nodes: officialDecoder.nodes.map((node) => ({ ...node, op: node.op === 'Concat' ? 'Conkat' : node.op })) }) }, 'model-invalid', /"b\.onnx" cannot be opened: .*Conkat/],
    ['an impossible dimension', { 'a.onnx': official.encoder, 'b.onnx': onnx({ ...officialDecoder, constants: { ...officialDecoder.constants, impossible: { dims: [2 ** 40, 2 ** 40], values: [1] } } }) }, 'model-invalid', /"b\.onnx" (cannot be opened|is no ONNX model)/],
    ['a graph that cannot be run', { 'a.onnx': bytesOf(efficientGraphs()).encoder, 'b.onnx': onnx({ ...efficient, constants: { ...efficient.constants, length: { dims: [1], values: [100], type: 'int64' } } }) }, 'model-invalid', /look like those of EfficientSAM, but cannot be run: .*Reshape/],
  ])('%s', async (__, files, code, words) => {
    const { at } = written(files);
    const models = temporaryFolder();
    await expect(importAll(Object.keys(files).map(at), models)).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
    expect(readdirSync(models)).toEqual([]);
  });

  it('a folder without graphs, a file that is not there, another precision', async () => {
    const { folder, at } = written({ 'a.onnx': official.encoder, 'b.onnx': official.decoder, 'empty/x.txt': '' });
    const models = temporaryFolder();
    await expect(importAll([at('empty')], models)).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('holds no ONNX files') });
    await expect(importAll([join(folder, 'gone.onnx')], models)).rejects.toMatchObject({ code: 'not-found' });
    await expect(importAll([], models)).rejects.toMatchObject({ code: 'bad-request' });
    await expect(importAll([at('a.onnx'), at('b.onnx')], models, { precision: 'int8' })).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('weights stay as they are') });
  });

  it('graphs that end the engine', async () => {
    const { at } = written({ 'a.onnx': official.encoder, 'b.onnx': official.decoder });
    const models = temporaryFolder();
    await expect(importAll([at('a.onnx'), at('b.onnx')], models, { engine: { node: process.execPath, entry: file('fixtures/ended-by-graphs-engine.ts') } })).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringContaining('"a.onnx" and "b.onnx" cannot be opened: the engine ended') });
    expect(readdirSync(models)).toEqual([]);
  });
});

describe('an import that does not end', () => {
  it('leaves nothing when it is cancelled while it is copied', async () => {
    const { at } = written({ 'a.onnx': official.encoder, 'b.onnx': official.decoder });
    const models = temporaryFolder();
    const cancel = new AbortController();
    await expect(importAll([at('a.onnx'), at('b.onnx')], models, { signal: cancel.signal, onProgress: () => cancel.abort() })).rejects.toMatchObject({ code: 'cancelled', message: expect.stringContaining('Nothing of it is left') });
    expect(readdirSync(models)).toEqual([]);
  });

  it('leaves nothing when it is cancelled while the graphs are tried', async () => {
    const { at } = written({ 'a.onnx': official.encoder, 'b.onnx': official.decoder });
    const models = temporaryFolder();
    const cancel = new AbortController();
    const importing = importAll([at('a.onnx'), at('b.onnx')], models, { signal: cancel.signal, engine: { node: process.execPath, entry: file('fixtures/silent-inspection-engine.ts') } });
    const cancelled = expect(importing).rejects.toMatchObject({ code: 'cancelled' });
    await vi.waitFor(() => expect(readdirSync(models, { recursive: true })).toContainEqual(expect.stringMatching(/tried$/)), { timeout: 20_000 });
    cancel.abort();
    await cancelled;
    expect(readdirSync(models)).toEqual([]);
  });

  it('shows nothing when the program is killed', async () => {
    const { at } = written({ 'a.onnx': official.encoder, 'b.onnx': official.decoder });
    const models = temporaryFolder();
    const { signal } = spawnSync(process.execPath, [file('fixtures/doomed-import.ts'), models, engine.entry, at('a.onnx'), at('b.onnx')]);
    expect(signal).toBe(KILLED_ITSELF);
    const shipped = (await listModels(modelsFolder, temporaryFolder())).models.length;
    expect(await listModels(modelsFolder, models)).toMatchObject({ models: { length: shipped }, problems: [] });
    expect(readdirSync(models)).toEqual([expect.stringMatching(/^\.importing-/)]);
  });
});

describe('the command line', () => {
  it('imports a folder or files, prints the entry, and predicts with the model', async () => {
    const graphs = bytesOf(efficientGraphs());
    const { folder, at } = written({ 'pair/one.onnx': graphs.decoder, 'pair/two.onnx': graphs.encoder });
    const maskwright = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
      spawnSync(process.execPath, [file('../src-main/cli/cli.ts'), ...args], { cwd: folder, encoding: 'utf8', env: { ...process.env, MASKWRIGHT_HOME: at('home') } });
    const id = maskwright('models', 'import', 'pair').stdout.trim();
    expect(JSON.parse(maskwright('models', 'import', 'pair/one.onnx', 'pair/two.onnx', '--json').stdout)).toMatchObject({ id, name: 'two', family: 'EfficientSAM', precision: 'fp32', agreement: null, files: { length: 2 } });
    const photo = file('../sample/01-fruit.jpg');
    const { width: w, height: h } = await sharp(photo).metadata();
    const { status, stderr } = maskwright('predict', photo, '--point', '60,90,1', '--model', id, '--single', '--logits', 'logits.npy');
    expect(status, stderr).toBe(0);
    const { shape, values } = readNpy(readFileSync(at('logits.npy')), 'logits.npy');
    expect(shape).toEqual([1, 16, 16]);
    // The point in the stretched frame, told as one of 16 × 16 pixels; its label; that size; then the picture's brightness, 0 to 1.
    const [x = NaN, y = NaN, ...rest] = new Float32Array(new Uint8Array(values).buffer).subarray(0, 5 + 48);
    expect([x, y]).toEqual([Math.fround((60 * 16) / w), Math.fround((90 * 16) / h)]);
    expect(rest.slice(0, 3)).toEqual([1, 16, 16]);
    const { channels } = await sharp(photo).stats();
    const means = [0, 1, 2].map((c) => rest.slice(3 + c * 16, 19 + c * 16).reduce((a, b) => a + b, 0) / 16);
    for (const [c, mean] of means.entries()) expect(Math.abs(mean - (channels[c]?.mean ?? NaN) / 255)).toBeLessThan(0.01);
    const background = maskwright('predict', photo, '--point', '60,90,0', '--model', id);
    expect([background.status, background.stderr]).toEqual([1, expect.stringContaining('knows no background points')]);
    const alone = maskwright('models', 'import', 'pair/one.onnx');
    expect([alone.status, alone.stderr]).toEqual([1, expect.stringContaining('"one.onnx" is a decoder')]);
  });
});
