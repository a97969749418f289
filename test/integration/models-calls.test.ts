import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { call, CLIENT } from '../../src-main/cli/client.ts';
import type { CoreApi } from '../../src-main/core/core-api.ts';
import { startCore } from '../../src-main/core/core.ts';
import { resources } from '../../src-main/core/places.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import type { EventData, EventName } from '../../src-shared/contract/contract.ts';
import type { Job, ProjectInfo, SamStatus } from '../../src-shared/contract/types.ts';
import type { ModelRow } from '../../src-shared/contract/models.ts';
import { click } from '../fixtures/sam.ts';
import { randomSam, writeTorchFile } from '../fixtures/torch-file.ts';
import { BUILT_IN, BUILT_IN_NAME } from '../helpers/built-in.ts';
import { childrenOf } from '../helpers/processes.ts';

const TINY = { width: 12, depth: 1, heads: 3, grid: 6, window: 4, globals: [0] };

const home = mkdtempSync(join(tmpdir(), 'maskwright-models-'));
const models = join(home, 'models');
const checkpoint = join(home, 'tiny.pth');
let core: CoreApi;
const told: { name: EventName; data: unknown }[] = [];

const all = <N extends EventName>(name: N): EventData<N>[] => told.filter((event) => event.name === name).map(({ data }) => data as EventData<N>);

async function begin(): Promise<void> {
  core = await startCore({ dataDir: home, host: 'browser', resources: resources(), initialProject: null });
  core.subscribe((name, data) => told.push({ name, data }));
}

beforeAll(async () => {
  process.env['MASKWRIGHT_HOME'] = home;
  writeTorchFile(checkpoint, { tensors: randomSam(TINY) });
  writeTorchFile(join(home, 'other.pth'), { tensors: randomSam({ ...TINY, depth: 2 }) });
  await begin();
});
afterAll(async () => {
  await core.close();
  delete process.env['MASKWRIGHT_HOME'];
  rmSync(home, { recursive: true, force: true });
});

const ended = (job: string): Promise<Job> =>
  vi.waitFor(async () => {
    const found = (await call(core, 'jobs.list', {})).find((one) => one.job === job);
    expect(found?.state).not.toBe('running');
    return found as Job;
  }, 30_000);

/** Imports a checkpoint and gives the model's id. */
async function imported(file = checkpoint): Promise<string> {
  const { job } = await call(core, 'models.import', { paths: [file], precision: 'fp32' });
  const { state, message, subject } = await ended(job);
  expect(message).toMatch(/ imported: \d+ MB, fp32\.$/);
  expect(state).toBe('done');
  return subject ?? '';
}

async function rowOf(id: string): Promise<ModelRow | undefined> {
  return (await call(core, 'models.list', {})).models.find((row) => row.id === id);
}

/** A project of one photograph in a folder of its own. */
async function photographs(name: string): Promise<ProjectInfo> {
  const folder = join(home, name);
  mkdirSync(folder, { recursive: true });
  await copyFile(join(resources().sample, '01-fruit.jpg'), join(folder, 'fruit.jpg'));
  const info = await call(core, 'project.open', { path: folder });
  await vi.waitFor(async () => expect((await call(core, 'project.info', { project: info.project })).images.total).toBe(1), 30_000);
  return info;
}

const predict = (project: string, x = 300, y = 300): ReturnType<typeof call<'sam.predict'>> => call(core, 'sam.predict', { project, image: 1, prompt: click(x, y) });
const statusOf = (project: string): Promise<SamStatus> => call(core, 'sam.status', { project });
const choose = (project: string, model: string): Promise<ProjectInfo> => call(core, 'models.choose', { project, model });

/** Process ids of the SAM engines that this core runs. */
const engines = (): number[] => childrenOf(process.pid).flatMap(({ pid, command }) => (/[/\\]sam\.ts"?$/.test(command) ? [pid] : []));

describe('the list of models', () => {
  it('has what ships and what can be downloaded, and says what was measured once it is', async () => {
    const { project } = await photographs('measured');
    const row = await rowOf(BUILT_IN);
    expect(row).toMatchObject({ state: 'installed', builtIn: true, name: BUILT_IN_NAME, licence: 'Apache-2.0', precision: 'fp16', agreement: null, mirrors: [], usedBy: 1 });
    await predict(project);
    const { providers } = await statusOf(project);
    expect(providers[0]).toMatchObject({ verdict: 'used', reason: null, encoderMs: expect.any(Number), decoderMs: expect.any(Number) });
    const { provider, encoderMs, decoderMs } = providers[0] as SamStatus['providers'][number];
    expect(await rowOf(BUILT_IN)).toMatchObject({ limits: { multimask: true, backgroundPoints: true, box: true, maskInput: true, maxPoints: null }, speed: { provider, encoderMs, decoderMs } });
    const available = (await call(core, 'models.list', {})).models.filter(({ state }) => state === 'available');
    expect(available.map(({ id }) => id)).toContain('sam-vit-b');
    for (const { mirrors, licence, bytes, limits } of available) expect({ mirrors: mirrors.length > 0, licence: licence !== '', bytes: bytes > 1e6, limits }).toEqual({ mirrors: true, licence: true, bytes: true, limits: null });
  });

  it('says what has arrived of a download that was not finished, which can be discarded', async () => {
    const left = join(models, '.downloading-sam-vit-b');
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, 'sam_vit_b_01ec64.pth.part'), new Uint8Array(12_345));
    const row = await rowOf('sam-vit-b');
    expect([row?.state, row?.arrived, row?.summary]).toEqual(['available', 12_345, expect.stringContaining('Segment Anything')]);
    const told = all('models.changed').length;
    await call(core, 'models.remove', { model: 'sam-vit-b' });
    expect(existsSync(left)).toBe(false);
    expect(all('models.changed').length).toBeGreaterThan(told);
    expect(await rowOf('sam-vit-b')).toMatchObject({ state: 'available', arrived: 0 });
    await expect(call(core, 'models.remove', { model: 'sam-vit-b' })).rejects.toMatchObject({ code: 'model-missing' });
  });

  it('tells of a folder that holds no readable model, and goes on', async () => {
    const damaged = join(models, 'damaged');
    mkdirSync(damaged, { recursive: true });
    writeFileSync(join(damaged, 'model.json'), '{"id": "damaged"');
    const { models: rows, problems } = await call(core, 'models.list', {});
    expect(rows.map(({ id }) => id)).toContain(BUILT_IN);
    expect(problems).toEqual([{ code: 'model-invalid', item: join(damaged, 'model.json'), message: expect.stringContaining(damaged) }]);
    rmSync(damaged, { recursive: true });
    expect((await call(core, 'models.list', {})).problems).toEqual([]);
  });
});

describe('an import', () => {
  it('makes a model that the list has and every page is told of', async () => {
    const before = all('models.changed').length;
    const id = await imported();
    expect(await rowOf(id)).toMatchObject({ id, name: 'tiny', state: 'installed', builtIn: false, source: 'Imported from tiny.pth', usedBy: 0, limits: null, speed: null });
    expect(all('models.changed').length).toBeGreaterThan(before);
    await call(core, 'models.remove', { model: id });
    expect(await rowOf(id)).toBeUndefined();
    expect(readdirSync(models)).toEqual([]);
  });

  it('that is cancelled leaves nothing, whether it works or waits for its turn', async () => {
    const first = await call(core, 'models.import', { paths: [checkpoint], precision: 'fp32' });
    const second = await call(core, 'models.import', { paths: [join(home, 'other.pth')], precision: 'fp32' });
    await call(core, 'jobs.cancel', { job: second.job });
    await call(core, 'jobs.cancel', { job: first.job });
    expect([await ended(first.job), await ended(second.job)]).toMatchObject([{ state: 'cancelled', subject: null }, { state: 'cancelled', subject: null }]);
    expect(readdirSync(models)).toEqual([]);
    expect((await call(core, 'models.list', {})).models.filter(({ state }) => state === 'installed').map(({ id }) => id)).toEqual([BUILT_IN]);
  });

  it('tells before what has to be chosen, and its preparation can be changed after', async () => {
    expect(await call(core, 'models.look', { path: checkpoint })).toEqual({ weights: ['top level'], known: null, suggested: 'sam' });
    const both = join(home, 'medsam-training.pth');
    const weights = randomSam({ width: 12, depth: 1, heads: 3, grid: 6, window: 4, globals: [0] });
    writeTorchFile(both, { tensors: new Map([...weights].flatMap(([name, tensor]) => ['model', 'ema'].map((set) => [`${set}.${name}`, tensor] as const))) });
    expect(await call(core, 'models.look', { path: both })).toEqual({ weights: ['model', 'ema'], known: null, suggested: null });
    const refused = await ended((await call(core, 'models.import', { paths: [both], precision: 'fp32', weights: null, preparation: 'sam' })).job);
    expect(refused).toMatchObject({ state: 'failed', message: expect.stringContaining('several sets of weights: "model", "ema"') });
    const { subject } = await ended((await call(core, 'models.import', { paths: [both], precision: 'fp32', weights: 'ema', preparation: 'medsam' })).job);
    expect(await rowOf(subject ?? '')).toMatchObject({ preparation: 'medsam' });
    await call(core, 'models.prepare', { model: subject ?? '', preparation: 'sam' });
    expect(await rowOf(subject ?? '')).toMatchObject({ preparation: 'sam' });
    expect(await rowOf(BUILT_IN)).toMatchObject({ preparation: null });
    await call(core, 'models.remove', { model: subject ?? '' });
  });

  it('of less precision says how well it agrees with full precision', async () => {
    const { job } = await call(core, 'models.import', { paths: [checkpoint], precision: 'fp16' });
    const { state, subject, message } = await ended(job);
    expect({ state, message }).toEqual({ state: 'done', message: expect.stringMatching(/^tiny.* imported: \d+ MB, fp16, masks agree (0\.9\d\d|1\.000) with full precision on \d+ pictures\.$/) });
    const row = await rowOf(subject ?? '');
    expect(row).toMatchObject({ precision: 'fp16', agreement: { iou: expect.any(Number), pictures: expect.any(Number) } });
    await call(core, 'models.remove', { model: subject ?? '' });
  });

  it('of the two graphs of a model makes it of them', async () => {
    const paths = ['decoder.onnx', 'encoder.onnx'].map((name) => join(resources().models, 'builtin', BUILT_IN, name));
    const { job } = await call(core, 'models.import', { paths, precision: 'fp32' });
    const { state, subject } = await ended(job);
    expect(state).toBe('done');
    const bytes = (await rowOf(BUILT_IN))?.bytes;
    expect(await rowOf(subject ?? '')).toMatchObject({ state: 'installed', builtIn: false, bytes });
    await call(core, 'models.remove', { model: subject ?? '' });
  });

  it('under way when the program ends leaves nothing', async () => {
    const { job } = await call(core, 'models.import', { paths: [checkpoint], precision: 'fp32' });
    await core.close();
    expect(all('job').findLast((one) => one.job === job)).toMatchObject({ state: 'cancelled', subject: null });
    expect(readdirSync(models)).toEqual([]);
    await begin();
  });

  it('of a file that is none fails in words, and lets the next go on', async () => {
    const text = join(home, 'letter.pth');
    writeFileSync(text, 'Dear all');
    const bad = await call(core, 'models.import', { paths: [text], precision: 'fp32' });
    const good = await call(core, 'models.import', { paths: [checkpoint], precision: 'fp32' });
    expect(await ended(bad.job)).toMatchObject({ state: 'failed', message: expect.stringContaining('letter.pth') });
    const { state, subject } = await ended(good.job);
    expect(state).toBe('done');
    await call(core, 'models.remove', { model: subject ?? '' });
  });
});

it('a download of what the catalogue does not have is refused', async () => {
  await expect(call(core, 'models.download', { model: 'no-such-model', mirror: 0, precision: 'fp32' })).rejects.toMatchObject({ code: 'model-missing', item: 'no-such-model' });
  await expect(call(core, 'models.download', { model: 'sam-vit-b', mirror: 15, precision: 'fp32' })).rejects.toMatchObject({ code: 'bad-request', item: 'sam-vit-b' });
});

describe('a project', () => {
  it('works with the model chosen for it at once and after it is opened again, beside one that works with another', async () => {
    const id = await imported();
    const [first, second] = [await photographs('first'), await photographs('second')];
    expect([first.model, second.model]).toEqual([{ id: BUILT_IN, missing: null }, { id: BUILT_IN, missing: null }]);
    await predict(first.project);
    const [builtIn] = engines();
    expect((await choose(first.project, id)).model).toEqual({ id, missing: null });
    expect(all('project.model').at(-1)).toEqual({ project: first.project, model: { id, missing: null } });
    expect((await predict(first.project)).frame.frame).toBe(16 * TINY.grid);
    expect((await predict(second.project)).frame.frame).toBe(512);
    expect([(await statusOf(first.project)).wanted.id, (await statusOf(second.project)).wanted.id]).toEqual([id, BUILT_IN]);
    expect([(await rowOf(id))?.usedBy, (await rowOf(BUILT_IN))?.usedBy]).toEqual([1, 1]);
    expect(engines()).toHaveLength(2);
    expect(engines()).toContain(builtIn);

    await core.close();
    expect(engines()).toEqual([]);
    await begin();
    const again = await photographs('first');
    expect(again.model).toEqual({ id, missing: null });
    expect((await predict(again.project)).frame.frame).toBe(16 * TINY.grid);
    // Nobody uses the built-in one, which was started for whoever comes first.
    await vi.waitFor(() => expect(engines()).toHaveLength(1), 10_000);
    const [tiny] = engines();

    expect((await choose(again.project, BUILT_IN)).model).toEqual({ id: BUILT_IN, missing: null });
    expect((await predict(again.project)).frame.frame).toBe(512);
    await vi.waitFor(() => expect(engines()).not.toContain(tiny), 10_000);
    expect(engines()).toHaveLength(1);
    await call(core, 'models.remove', { model: id });
  });

  it('goes over to the new model with what it prepared, and drops the prompt under way', async () => {
    const id = await imported();
    // A picture that was never seen: it has to be decoded and encoded first.
    const { project } = await photographs('unseen');
    const under = predict(project);
    const refused = expect(under).rejects.toMatchObject({ code: 'superseded' });
    await call(core, 'images.prepare', { project, image: 1, ahead: [] });
    told.length = 0;
    await choose(project, id);
    await refused;
    await vi.waitFor(() => expect(all('image.prepared').map(({ state }) => state)).toContain('ready'), 30_000);
    expect((await predict(project)).timings.encoded).toBe(false);
    await choose(project, BUILT_IN);
    await call(core, 'models.remove', { model: id });
  });

  it('says what was accepted with which model', async () => {
    const id = await imported();
    const { project } = await photographs('first');
    await choose(project, id);
    const { prediction, candidates } = await predict(project);
    const { instance } = await call(core, 'sam.accept', { project, image: 1, prediction, candidate: candidates[0]?.index ?? 0, class: null });
    expect(instance.provenance.sam?.model).toBe(id);
    // The engine that made it is gone with its model.
    await choose(project, BUILT_IN);
    await expect(call(core, 'sam.accept', { project, image: 1, prediction, candidate: 0, class: null })).rejects.toMatchObject({ code: 'no-prediction' });
    await call(core, 'models.remove', { model: id });
  });

  it('keeps its model from being removed', async () => {
    const id = await imported();
    const { project } = await photographs('first');
    await choose(project, id);
    await expect(call(core, 'models.remove', { model: id })).rejects.toMatchObject({ code: 'model-in-use', item: id, message: expect.stringContaining('"tiny" is used by an open project') });
    await expect(call(core, 'models.remove', { model: BUILT_IN })).rejects.toMatchObject({ code: 'bad-request', item: BUILT_IN });
    await expect(call(core, 'models.remove', { model: 'no-such-model' })).rejects.toMatchObject({ code: 'model-missing', item: 'no-such-model' });
    await choose(project, BUILT_IN);
    await call(core, 'models.remove', { model: id });
    await expect(choose(project, id)).rejects.toMatchObject({ code: 'model-missing', item: id });
    expect((await call(core, 'project.info', { project })).model).toEqual({ id: BUILT_IN, missing: null });
  });

  it('whose model is not installed works with the built-in one, says so, and has its own back once it is', async () => {
    const id = await imported();
    await call(core, 'models.remove', { model: id });
    const folder = join(home, 'elsewhere');
    mkdirSync(folder);
    const store = ProjectStore.create(join(folder, 'elsewhere.mwproj'), 'Elsewhere');
    store.setModel(id);
    const undo = store.info().undo;
    await store.close();
    const { project, model } = await call(core, 'project.open', { path: join(folder, 'elsewhere.mwproj') });
    expect(model).toEqual({ id: BUILT_IN, missing: id });
    expect(undo).toEqual({ undo: null, redo: null });
    expect((await statusOf(project)).wanted.id).toBe(BUILT_IN);
    expect(await imported()).toBe(id);
    expect(all('project.model').at(-1)).toEqual({ project, model: { id, missing: null } });
    // Gone behind the program's back.
    rmSync(join(models, id), { recursive: true });
    await call(core, 'models.list', {});
    expect((await call(core, 'project.info', { project })).model).toEqual({ id: BUILT_IN, missing: id });
    expect((await choose(project, BUILT_IN)).model).toEqual({ id: BUILT_IN, missing: null });
  });

  it('that cannot be written uses the model until it is closed', async () => {
    const id = await imported();
    const path = join(home, 'held.mwproj');
    const held = ProjectStore.create(path, 'Held');
    const info = await call(core, 'project.open', { path });
    expect(info.readOnly).not.toBeNull();
    expect((await choose(info.project, id)).model).toEqual({ id, missing: null });
    expect(held.model()).toBeNull();
    await choose(info.project, BUILT_IN);
    await held.close();
    await call(core, 'models.remove', { model: id });
  });
});

it('the command line’s core starts no engine that it does not use', async () => {
  const before = engines();
  const quiet = await startCore({ dataDir: join(home, 'quiet'), host: 'cli', resources: resources(), initialProject: null });
  await quiet.call('sam.status', { project: null }, CLIENT);
  await quiet.call('models.list', {}, CLIENT);
  expect(engines().filter((pid) => !before.includes(pid))).toEqual([]);
  await quiet.close();
});
