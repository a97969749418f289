import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { call } from '../../src-main/cli/client.ts';
import type { CoreApi } from '../../src-main/core/core-api.ts';
import { startCore } from '../../src-main/core/core.ts';
import { resources } from '../../src-main/core/places.ts';
import type { EventName, Params } from '../../src-shared/contract/contract.ts';
import type { ReplayScope } from '../../src-shared/contract/replay.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import type { Instance } from '../../src-shared/domain/schema.ts';
import { shapeToRle } from '../../src-shared/geometry/shape.ts';
import { rleIou } from '../../src-shared/geometry/rle-algebra.ts';
import { bytesOf, efficientGraphs } from '../fixtures/family-graphs.ts';
import { click } from '../fixtures/sam.ts';
import { livelySam } from '../fixtures/lively-sam.ts';
import { writeTorchFile } from '../fixtures/torch-file.ts';
import { BUILT_IN } from '../helpers/built-in.ts';

const home = mkdtempSync(join(tmpdir(), 'maskwright-replay-'));
const folder = join(home, 'pictures');
let core: CoreApi;
let project: string;
let other: string;
const told: { name: EventName; data: unknown }[] = [];

const ended = (job: string): Promise<Job> =>
  vi.waitFor(async () => {
    const found = (await call(core, 'jobs.list', {})).find((one) => one.job === job);
    expect(found?.state).not.toBe('running');
    return found as Job;
  }, 60_000);
const changes = (): number => told.filter(({ name }) => name === 'replay.changed').length;

async function begin(): Promise<void> {
  core = await startCore({ dataDir: home, host: 'cli', resources: resources(), initialProject: null });
  core.subscribe((name, data) => told.push({ name, data }));
  ({ project } = await call(core, 'project.open', { path: folder }));
  await Promise.all((await call(core, 'jobs.list', {})).map(({ job }) => ended(job)));
}

/** What a person makes with a click. */
async function clicked(image: number, x: number, y: number, more: Parameters<typeof click>[2] = {}): Promise<Instance> {
  const { prediction, candidates } = await call(core, 'sam.predict', { project, image, prompt: click(x, y, more) });
  return (await call(core, 'sam.accept', { project, image, prediction, candidate: candidates[0]?.index ?? 0, class: null, label: 'Add' })).instance;
}
const edit = (commands: Params<'project.edit'>['commands']): ReturnType<typeof call<'project.edit'>> => call(core, 'project.edit', { project, label: 'Edit', commands });
const drawn = async (image: number): Promise<number> =>
  (await edit([{ type: 'instance.add', image, class: null, shape: { kind: 'box', box: { x: 10, y: 10, width: 20, height: 20 } }, provenance: { source: 'human', touched: false, sam: null } }])).created.instances[0] ?? NaN;
const stored = async (image: number, id: number): Promise<Instance | undefined> => (await call(core, 'images.open', { project, image })).instances.find((one) => one.id === id);
const list = (): ReturnType<typeof call<'replay.list'>> => call(core, 'replay.list', { project });
const waiting = async (): Promise<number[]> => (await list()).proposals.map(({ instance }) => instance).sort((a, b) => a - b);
async function replay(scope: ReplayScope): Promise<Job> {
  return ended((await call(core, 'replay.start', { project, model: other, scope })).job);
}
const decide = (accept: number[], reject: number[] = []): ReturnType<typeof call<'replay.decide'>> => call(core, 'replay.decide', { project, label: 'Accept replayed masks', accept, reject });

beforeAll(async () => {
  process.env['MASKWRIGHT_HOME'] = home;
  mkdirSync(folder);
  for (const name of ['01-fruit.jpg', '02-breakfast.jpg']) copyFileSync(join(resources().sample, name), join(folder, name));
  writeTorchFile(join(home, 'tiny.pth'), { tensors: livelySam({ width: 12, depth: 1, heads: 3, grid: 6, window: 4, globals: [0] }) });
  await begin();
  const { subject } = await ended((await call(core, 'models.import', { paths: [join(home, 'tiny.pth')], precision: 'fp32' })).job);
  other = subject ?? '';
});
afterAll(async () => {
  await core.close();
  delete process.env['MASKWRIGHT_HOME'];
  rmSync(home, { recursive: true, force: true });
});

describe('prompts replayed with another model', () => {
  it('wait for review beside what is there, worst agreement first, what people drew or changed left out', async () => {
    const [one, two] = [await clicked(1, 300, 300), await clicked(2, 200, 250, { multimask: false })];
    const changed = await clicked(1, 400, 200);
    await edit([{ type: 'instance.update', ids: [changed.id], shape: { kind: 'box', box: { x: 5, y: 5, width: 50, height: 50 } } }]);
    await drawn(2);
    const job = await replay('all');
    expect(job).toMatchObject({ state: 'done', kind: 'replay', subject: other, done: 2, total: 2, problemCount: 0, message: '2 proposals to review. 2 skipped: drawn, imported or changed by hand.' });

    const { proposals, total } = await list();
    expect(total).toBe(2);
    expect(proposals.map(({ iou }) => iou)).toEqual(proposals.map(({ iou }) => iou).toSorted((a, b) => a - b));
    const row = proposals.find(({ instance }) => instance === one.id);
    expect(row).toMatchObject({ image: 1, path: '01-fruit.jpg', class: null, present: { model: BUILT_IN, predictedIou: one.provenance.sam?.predictedIou }, proposed: { model: other } });

    for (const before of [one, two]) {
      const { instance, proposal } = await call(core, 'replay.compare', { project, instance: before.id });
      expect(instance).toEqual(before);
      const { points, box } = before.provenance.sam ?? { points: [], box: null };
      expect(proposal.provenance).toMatchObject({ source: 'model', touched: false, sam: { model: other, points, box } });
      const masks = [instance.shape, proposal.shape].map((shape) => shapeToRle(shape, ...proposal.shape.size));
      expect(proposal.iou).toBeCloseTo(rleIou(masks[0] as never, masks[1] as never), 12);
    }
    // A single mask was asked for where a single one was accepted.
    expect((await call(core, 'replay.compare', { project, instance: two.id })).proposal.provenance.sam?.candidate).toBe(0);
    // The project goes on with its own model.
    expect((await call(core, 'project.info', { project })).model).toEqual({ id: BUILT_IN, missing: null });
    expect((await call(core, 'models.list', {})).models.find(({ id }) => id === other)?.usedBy).toBe(0);
  });

  it('are still there after a restart', async () => {
    const before = await list();
    await core.close();
    await begin();
    expect(before.total).toBe(2);
    expect(await list()).toEqual(before);
  });

  it('become the instances’ own in one step, which undo takes back', async () => {
    const ids = await waiting();
    const befores = await Promise.all(ids.map((id) => call(core, 'replay.compare', { project, instance: id })));
    const { edit: done, left } = await decide(ids);
    expect([done?.label, left]).toEqual(['Accept replayed masks', 0]);
    for (const { instance, proposal } of befores) expect(await stored(instance.image, instance.id)).toMatchObject({ shape: proposal.shape, provenance: proposal.provenance, class: instance.class });
    await call(core, 'project.undo', { project });
    for (const { instance } of befores) expect(await stored(instance.image, instance.id)).toEqual(instance);
    expect((await list()).total).toBe(0);
  });

  it('are dropped when they are rejected, and the instance stays as it is', async () => {
    await replay({ images: [1] });
    const [id = NaN, ...more] = await waiting();
    expect(more).toEqual([]);
    const before = await stored(1, id);
    const undo = (await call(core, 'project.info', { project })).undo;
    expect(await decide([], [id])).toEqual({ edit: null, left: 0 });
    expect(await stored(1, id)).toEqual(before);
    expect((await call(core, 'project.info', { project })).undo).toEqual(undo);
    await expect(call(core, 'replay.compare', { project, instance: id })).rejects.toMatchObject({ code: 'no-such-instance' });
    expect(await decide([id])).toEqual({ edit: null, left: 0 });
  });

  it('go with what a person does to the instance, and come back with it', async () => {
    await replay('all');
    const [one = NaN, two = NaN] = await waiting();
    const heard = changes();
    await edit([{ type: 'instance.remove', ids: [one] }]);
    expect(await waiting()).toEqual([two]);
    await call(core, 'project.undo', { project });
    expect(await waiting()).toEqual([one, two]);
    expect(changes()).toBe(heard + 2);
    await edit([{ type: 'instance.update', ids: [two], shape: { kind: 'box', box: { x: 1, y: 1, width: 9, height: 9 } } }]);
    expect(await waiting()).toEqual([one]);
    // Accepting it now would throw away what the person did.
    expect((await decide([two])).edit).toBeNull();
    expect((await stored(2, two))?.shape.kind).toBe('box');
    await call(core, 'project.undo', { project });
    await decide([], [one]);
  });

  it('are of the scope that was asked for, and of no instance that the model made itself', async () => {
    const cls = (await edit([{ type: 'class.add', name: 'Pear' }])).created.classes[0] ?? NaN;
    const pear = await clicked(1, 250, 320);
    await edit([{ type: 'instance.update', ids: [pear.id], class: cls }]);
    expect((await replay({ class: cls })).total).toBe(1);
    expect(await waiting()).toEqual([pear.id]);
    await decide([pear.id]);
    expect(await replay({ instances: [pear.id] })).toMatchObject({ total: 0, message: '0 proposals to review. 1 skipped: made with this model.' });
    expect((await replay({ class: null })).total).toBe(2);
    await decide([], await waiting());
  });

  it('keep what was done when they are cancelled', async () => {
    await clicked(1, 100, 200);
    const { instances } = await call(core, 'images.open', { project, image: 1 });
    const first = instances.filter(({ provenance }) => provenance.sam?.model === BUILT_IN && !provenance.touched).map(({ id }) => id);
    const { job } = await call(core, 'replay.start', { project, model: other, scope: 'all' });
    // The first picture's are kept before the second is begun.
    const stop = core.subscribe((name) => name === 'replay.changed' && void call(core, 'jobs.cancel', { job }));
    const { state, message } = await ended(job);
    stop();
    expect({ state, message }).toEqual({ state: 'cancelled', message: expect.stringMatching(`^${first.length} proposals to review\\.`) });
    expect(await waiting()).toEqual(first);
    await decide([], await waiting());
  });

  it('of pictures that cannot be read are told, and the others done', async () => {
    const kept = await stored(2, 2);
    writeFileSync(join(folder, '01-fruit.jpg'), 'no picture');
    const job = await replay({ images: [1, 2] });
    expect(job).toMatchObject({ state: 'done', problemCount: 1, problems: [{ item: '01-fruit.jpg', problem: { code: 'image-format' } }] });
    expect(await waiting()).toEqual([kept?.id]);
    copyFileSync(join(resources().sample, '01-fruit.jpg'), join(folder, '01-fruit.jpg'));
  });

  it('that a model cannot be asked are told one by one, and the others done', async () => {
    const { encoder, decoder } = bytesOf(efficientGraphs());
    writeFileSync(join(home, 'a.onnx'), encoder);
    writeFileSync(join(home, 'b.onnx'), decoder);
    const { subject } = await ended((await call(core, 'models.import', { paths: [join(home, 'a.onnx'), join(home, 'b.onnx')], precision: 'fp32' })).job);
    const plain = await clicked(2, 300, 300);
    const { id } = await clicked(2, 200, 200, { points: [{ x: 200, y: 200, label: 1 }, { x: 900, y: 700, label: 0 }] });
    const job = await ended((await call(core, 'replay.start', { project, model: subject ?? '', scope: { instances: [plain.id, id] } })).job);
    expect(job).toMatchObject({ state: 'done', done: 2, problemCount: 1, problems: [{ item: `02-breakfast.jpg, instance ${id}`, problem: { code: 'bad-request', message: expect.stringContaining('background points') } }] });
    expect(await waiting()).toContain(plain.id);
    await decide([], await waiting());
  });

  it('are the only shapes of which somebody else than a person is the maker', async () => {
    const { id, provenance } = await clicked(2, 250, 250);
    await expect(edit([{ type: 'instance.update', ids: [id], provenance }])).rejects.toMatchObject({ code: 'bad-request' });
    await edit([{ type: 'instance.update', ids: [id], shape: { kind: 'box', box: { x: 3, y: 3, width: 9, height: 9 } } }]);
    expect((await stored(2, id))?.provenance.touched).toBe(true);
  });

  it('need a model that is installed', async () => {
    await expect(call(core, 'replay.start', { project, model: 'no-such-model', scope: 'all' })).rejects.toMatchObject({ code: 'model-missing' });
  });
});
