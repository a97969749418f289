import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AutomaticCandidate } from '../../src-shared/contract/automatic.ts';
import type { CallName, Events, Params, Result } from '../../src-shared/contract/contract.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import { acceptedCandidates } from '../../src-shared/sam/automatic/accepted.ts';
import { OFFICIAL_FILTER, survivors } from '../../src-shared/sam/automatic/refilter.ts';
import { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import { unpackCounts } from '../../src-shared/geometry/packed-counts.ts';
import type { CoreApi } from '../../src-main/core/core-api.ts';
import { startCore } from '../../src-main/core/core.ts';
import { resources } from '../../src-main/core/places.ts';
import { startHeadless, fileImage } from '../../src-main/core/headless.ts';
import { builtin, temporaryFolder } from '../fixtures/sam.ts';
import { randomSam, writeTorchFile } from '../fixtures/torch-file.ts';
import { BUILT_IN } from '../helpers/built-in.ts';

const root = join(import.meta.dirname, '../..');
const homeBefore = process.env['MASKWRIGHT_HOME'];
let home: string;
let pictures: string;
let core: CoreApi;
let project: string;
let images: number[];
let heard: { name: keyof Events; data: unknown }[];

const call = <N extends CallName>(name: N, params: Params<N>): Promise<Result<N>> => core.call(name, params, 'test') as Promise<Result<N>>;
const jobs = (): Job[] => [...new Map(heard.filter(({ name }) => name === 'job').map(({ data }) => [(data as Job).job, data as Job])).values()];
const ended = async (id: string): Promise<Job> => {
  await expect.poll(() => jobs().find(({ job }) => job === id)?.state ?? 'running', { timeout: 60_000, interval: 20 }).not.toBe('running');
  return jobs().find(({ job }) => job === id) as Job;
};
const changes = (): unknown[] => heard.filter(({ name }) => name === 'automatic.changed').map(({ data }) => data);

const running = (): number[] => jobs().filter(({ kind, state, total }) => kind === 'automatic' && state === 'running' && total !== null).map(({ subject }) => Number(subject));
/** Without what holds for one run of the program. */
const bare = (list: AutomaticCandidate[]): unknown => list.map(({ id: _id, ...rest }) => rest);

async function open(): Promise<void> {
  heard = [];
  core = await startCore({ host: 'cli', dataDir: home, resources: resources(root), initialProject: null });
  core.subscribe((name, data) => heard.push({ name, data }));
  ({ project } = await call('project.open', { path: pictures }));
  await Promise.all((await call('jobs.list', {})).map(({ job }) => ended(job)));
  const { ids } = await call('images.ids', { project, filter: {} });
  images = [...new Uint32Array(ids.slice().buffer)];
}

const search = { points_per_side: 4 };
async function find(image: number, options: Params<'automatic.start'>['options'] = search): Promise<AutomaticCandidate[]> {
  const { job } = await call('automatic.start', { project, image, options });
  expect(await ended(job)).toMatchObject({ state: 'done', subject: String(image), kind: 'automatic' });
  return (await call('automatic.candidates', { project, image })).candidates ?? [];
}

beforeEach(async () => {
  home = temporaryFolder();
  process.env['MASKWRIGHT_HOME'] = home;
  pictures = temporaryFolder();
  for (const [i, name] of ['01-fruit.jpg', '02-workshop.jpg'].entries()) {
    const source = readdirSync(join(root, 'sample')).find((file) => file.startsWith(name.slice(0, 2)) && file.endsWith('.jpg')) ?? name;
    await sharp(join(root, 'sample', source)).resize(300, 200, { fit: 'fill' }).png().toFile(join(pictures, `${i}.png`));
  }
  await open();
});
afterEach(async () => {
  await core.close();
  if (homeBefore === undefined) delete process.env['MASKWRIGHT_HOME'];
  else process.env['MASKWRIGHT_HOME'] = homeBefore;
});

describe('candidates of everything mode', () => {
  it('hold what the generator gives with any stricter thresholds, and are found again without a search, the next day too', async () => {
    const image = images[0] ?? NaN;
    expect(await call('automatic.candidates', { project, image })).toEqual({ candidates: null, model: null });
    const candidates = await find(image);
    expect(candidates.length).toBeGreaterThan(5);
    expect(changes()).toEqual([{ project, image }]);

    const { predictor, stop } = await startHeadless(await builtin(), resources(root), home);
    const thresholds = { pred_iou_thresh: 0.7, stability_score_thresh: 0.8 };
    const masks = await predictor.automatic(fileImage(join(pictures, '0.png')), AutomaticOptions.parse({ ...search, ...thresholds }), { signal: new AbortController().signal, onProgress: () => {} });
    await stop();
    expect(masks.length).toBeGreaterThan(0);
    const kept = survivors(candidates, { ...OFFICIAL_FILTER, predIou: 0.7, stability: 0.8 }).map((i) => candidates[i]);
    expect(kept.map((c) => [...unpackCounts(c?.counts ?? new Uint8Array())])).toEqual(masks.map(({ mask }) => [...mask.counts]));

    await core.close();
    await open();
    const again = (await call('automatic.candidates', { project, image })).candidates ?? [];
    expect(bare(again)).toEqual(bare(candidates));
    // The engine was never asked: the search is known.
    const { job } = await call('automatic.start', { project, image, options: search });
    expect((await ended(job)).total).toBeNull();
  });

  it('become instances in one step that is undone as one, and are not accepted twice', async () => {
    const image = images[0] ?? NaN;
    const candidates = await find(image);
    const ids = candidates.slice(0, 4).map(({ id }) => id);
    const accept = (which: number[]): Promise<Result<'automatic.accept'>> => call('automatic.accept', { project, image, candidates: which, class: null, label: 'Accept' });
    const { instances, edit } = await accept(ids);
    expect(instances).toHaveLength(4);
    expect(edit.label).toBe('Accept');
    // Small ones lie over large ones.
    expect(instances.map(({ area }) => area)).toEqual(candidates.slice(0, 4).map(({ area }) => area).toSorted((a, b) => b - a));
    for (const { provenance, shape } of instances) {
      const from = candidates.find(({ predictedIou, counts }) => predictedIou === provenance.sam?.predictedIou && shape.kind === 'mask' && Buffer.compare(counts, shape.counts) === 0);
      expect(provenance).toMatchObject({ source: 'model', touched: false, sam: { model: BUILT_IN, points: [{ ...from?.point, label: 1 }], box: null, candidate: from?.candidate, stability: from?.stability } });
    }
    const now = async (): Promise<number[]> => [...acceptedCandidates(candidates, (await call('images.open', { project, image })).instances, BUILT_IN)].toSorted((a, b) => a - b);
    expect(await now()).toEqual(ids);
    await expect(accept(ids.slice(0, 2))).rejects.toMatchObject({ code: 'conflict' });
    const fifth = candidates[4]?.id ?? NaN;
    expect((await accept([...ids, fifth])).instances).toHaveLength(1);
    await call('project.undo', { project });
    await call('project.undo', { project });
    expect(await now()).toEqual([]);
    expect((await call('images.open', { project, image })).instances).toEqual([]);
    expect((await accept(ids)).instances).toHaveLength(4);
  });

  it('of an earlier search, or of another image, are not taken for others', async () => {
    const [image = NaN, other = NaN] = images;
    const [first] = await find(image);
    const accept = (on: number): Promise<unknown> => call('automatic.accept', { project, image: on, candidates: [first?.id ?? NaN], class: null, label: 'Accept' });
    await expect(accept(other)).rejects.toMatchObject({ code: 'no-prediction' });
    await find(image, { points_per_side: 3 });
    await expect(accept(image)).rejects.toMatchObject({ code: 'no-prediction' });
    // Found again, they are what they were.
    expect((await find(image))[0]).toEqual(first);
    await accept(image);
    await call('automatic.discard', { project, image });
    expect(await call('automatic.candidates', { project, image })).toEqual({ candidates: null, model: null });
  });

  it('are gone when the picture is another one, and when what is kept on the disk is damaged', async () => {
    const [image = NaN, other = NaN] = images;
    await find(image);
    await find(other);
    await core.close();
    const kept = readdirSync(join(home, 'cache/candidates'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { parentPath, name } of kept) writeFileSync(join(parentPath, name), 'damaged');
    await open();
    expect((await call('automatic.candidates', { project, image })).candidates).toBeNull();
    expect((await find(image)).length).toBeGreaterThan(0);

    await sharp({ create: { width: 300, height: 200, channels: 3, background: '#808080' } }).png().toFile(join(pictures, '0.png'));
    await call('images.open', { project, image });
    expect((await call('automatic.candidates', { project, image })).candidates).toBeNull();
  });
});

describe('searches', () => {
  const long = { points_per_side: 64 };

  it('of several images go one after another; one of the same image takes the place of the one before', async () => {
    const [image = NaN, other = NaN] = images;
    const first = await call('automatic.start', { project, image, options: long });
    const second = await call('automatic.start', { project, image: other, options: search });
    expect(await call('automatic.start', { project, image, options: long })).toEqual(first);
    await expect.poll(running, { timeout: 60_000, interval: 20 }).toEqual([image]);
    const instead = await call('automatic.start', { project, image, options: search });
    expect((await ended(first.job)).state).toBe('cancelled');
    const ends = await Promise.all([second, instead].map(({ job }) => ended(job)));
    expect(ends.map(({ state }) => state)).toEqual(['done', 'done']);
    expect(changes()).toEqual([{ project, image: other }, { project, image }]);
  });

  it('that are cancelled, waiting or under way, keep nothing and let the next go', async () => {
    const [image = NaN, other = NaN] = images;
    const first = await call('automatic.start', { project, image, options: long });
    const waiting = await call('automatic.start', { project, image: other, options: long });
    await expect.poll(running, { timeout: 60_000, interval: 20 }).toEqual([image]);
    await call('jobs.cancel', { job: waiting.job });
    expect((await ended(waiting.job)).state).toBe('cancelled');
    expect(running()).toEqual([image]);
    await call('jobs.cancel', { job: first.job });
    expect((await ended(first.job)).state).toBe('cancelled');
    expect((await call('automatic.candidates', { project, image })).candidates).toBeNull();
    expect((await find(other)).length).toBeGreaterThan(0);
  });

  it('end with the model that they use, whose candidates are no longer those of the project', async () => {
    const checkpoint = join(home, 'tiny.pth');
    writeTorchFile(checkpoint, { tensors: randomSam({ width: 12, depth: 1, heads: 3, grid: 6, window: 4, globals: [0] }) });
    const imported = await ended((await call('models.import', { paths: [checkpoint], precision: 'fp32' })).job);
    const [image = NaN, other = NaN] = images;
    const candidates = await find(image);
    const { job } = await call('automatic.start', { project, image: other, options: long });
    await expect.poll(running, { timeout: 60_000, interval: 20 }).toEqual([other]);
    await call('models.choose', { project, model: imported.subject ?? '' });
    expect((await ended(job)).state).toBe('cancelled');
    expect((await call('automatic.candidates', { project, image })).candidates).toBeNull();
    await expect(call('automatic.accept', { project, image, candidates: [candidates[0]?.id ?? NaN], class: null, label: 'Accept' })).rejects.toMatchObject({ code: 'no-prediction' });
    await call('models.choose', { project, model: BUILT_IN });
    expect((await call('automatic.candidates', { project, image })).candidates).toEqual(candidates);
  });

  it('of too many points, or crops without points, are refused', async () => {
    const image = images[0] ?? NaN;
    await expect(call('automatic.start', { project, image, options: { points_per_side: 65 } })).rejects.toMatchObject({ code: 'bad-request' });
    await expect(call('automatic.start', { project, image, options: { points_per_side: 2, crop_n_layers: 2, crop_n_points_downscale_factor: 2 } })).rejects.toMatchObject({ code: 'bad-request' });
    await expect(call('automatic.start', { project, image: 999, options: {} })).rejects.toMatchObject({ code: 'no-such-image' });
  });
});
