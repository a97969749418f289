import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check as checkCommand } from '../../src-main/cli/check.ts';
import type { CheckWords } from '../../src-main/cli/check.ts';
import { call } from '../../src-main/cli/client.ts';
import { followJob } from '../../src-main/cli/follow-job.ts';
import type { CoreApi } from '../../src-main/core/core-api.ts';
import { startCore } from '../../src-main/core/core.ts';
import { resources } from '../../src-main/core/places.ts';
import { encodePng } from '../../src-main/datasets/formats/codecs/png.ts';
import type { CheckResults, FindingRow, RuleId } from '../../src-shared/contract/check.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { PolygonPart, Shape } from '../../src-shared/domain/schema.ts';
import { rleFromBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape } from '../../src-shared/geometry/shape.ts';
import { byHand, temporaryFolder } from '../fixtures/small-project.ts';

const W = 60;
const H = 40;
const folder = temporaryFolder();
const photos = folder.path;
const home = temporaryFolder();
let core: CoreApi;
let project = '';
let images: Record<string, number> = {};
const quiet = { out: () => undefined, err: () => undefined, live: false };
const never = new AbortController().signal;

const ended = (begin: () => Promise<{ job: string }>): Promise<Job> => followJob(core, quiet, never, begin);
const edit = (...commands: EditCommand[]): Promise<unknown> => call(core, 'project.edit', { project, label: 'Draw', commands });
const add = (name: string, cls: number | null, shape: Shape): EditCommand => ({ type: 'instance.add', image: images[name] ?? NaN, class: cls, shape, provenance: byHand });
const rectangle = (x: number, y: number, width: number, height: number): PolygonPart => ({ outer: [x, y, x + width, y, x + width, y + height, x, y + height], holes: [] });
const polygon = (...parts: PolygonPart[]): Shape => ({ kind: 'polygon', parts });
/** A square of 10 × 10 pixels with a hole of one, and a pixel beside it. */
const speckled = maskShape(rleFromBitmap(Uint8Array.from({ length: W * H }, (_, i) => {
  const [x, y] = [i % W, Math.floor(i / W)];
  return Number((x >= 5 && x < 15 && y >= 5 && y < 15 && !(x === 8 && y === 8)) || (x === 30 && y === 20));
}), H, W));

async function check(...rules: RuleId[]): Promise<CheckResults> {
  const job = await ended(() => call(core, 'check.start', { project, options: Object.fromEntries(rules.map((rule) => [rule, {}])) }));
  expect(job).toMatchObject({ kind: 'check', state: 'done' });
  const results = await call(core, 'check.results', { project });
  if (results === null) throw new Error('there are no results');
  return results;
}
const list = async (rule: RuleId, text = ''): Promise<FindingRow[]> => (await call(core, 'check.findings', { project, rule, text, offset: 0, limit: 200 })).rows;
const totals = async (): Promise<Record<string, number>> => Object.fromEntries(((await call(core, 'check.results', { project }))?.rules ?? []).map(({ rule, total }) => [rule, total]));

/** Fails with what the totals are at the end, not with a timeout that says nothing. */
const totalsBecome = (wanted: Record<string, number>): Promise<void> => expect.poll(totals, { timeout: 15_000 }).toMatchObject(wanted);

const png = (seed: number): Uint8Array => encodePng({ width: W, height: H, kind: 'grey', samples: Uint8Array.from({ length: W * H }, (_, i) => (i * seed) % 251) });

beforeAll(async () => {
  for (const [i, name] of ['a.png', 'b.png', 'c.png', 'd.png', 'gone.png', 'changed.png', 'touched.png'].entries()) writeFileSync(join(photos, name), png(i + 1));
  writeFileSync(join(photos, 'copy-of-a.png'), png(1));
  core = await startCore({ host: 'cli', initialProject: null, dataDir: home.path, resources: resources() });
});
afterAll(async () => {
  await core.close();
  folder[Symbol.dispose]();
  home[Symbol.dispose]();
});

describe('a project with something wrong on its images', () => {
  beforeAll(async () => {
    const { project: handle } = await call(core, 'project.open', { path: photos });
    project = handle;
    // Opening a folder reads its pictures.
    for (const { job } of await call(core, 'jobs.list', {})) await ended(async () => ({ job }));
    const { ids } = await call(core, 'images.ids', { project, filter: { name: '', status: 'all' } });
    const rows = await call(core, 'images.rows', { project, ids: [...new Uint32Array(ids.slice().buffer)] });
    images = Object.fromEntries(rows.map(({ name, id }) => [name, id]));
    await edit({ type: 'class.add', name: 'cat' }, { type: 'class.add', name: 'never used' });
    await edit(add('a.png', 1, speckled), add('b.png', 1, speckled), add('c.png', null, polygon(rectangle(-6, 4, 20, 10))), add('changed.png', 1, polygon(rectangle(4, 4, 9, 9))), add('gone.png', 1, polygon(rectangle(4, 4, 9, 9))), add('touched.png', 1, polygon(rectangle(4, 4, 9, 9))));
    rmSync(join(photos, 'gone.png'));
    writeFileSync(join(photos, 'changed.png'), encodePng({ width: W, height: H, kind: 'grey', samples: new Uint8Array(W * H).fill(7) }));
    // The same content, written again.
    utimesSync(join(photos, 'touched.png'), 1, 1);
    await check('island', 'pinhole', 'outside', 'no-class', 'file-missing', 'file-changed', 'unlabelled', 'unused-class', 'copies-differ');
  });
  test('each finding tells its image, its instance and its place', async () => {
    expect(await call(core, 'check.results', { project })).toMatchObject({ images: 8, instances: 6, notLookedAtCount: 0, stale: false });
    expect(await totals()).toEqual({ island: 2, pinhole: 2, outside: 1, 'no-class': 1, 'file-missing': 1, 'file-changed': 1, unlabelled: 2, 'unused-class': 1, 'copies-differ': 1 });
    expect(await list('island')).toEqual([
      expect.objectContaining({ path: 'a.png', image: images['a.png'], classes: [1], box: { x: 30, y: 20, width: 1, height: 1 }, measures: { count: 1, pixels: 1 }, width: W, height: H }),
      expect.objectContaining({ path: 'b.png' }),
    ]);
    expect(await list('file-missing')).toMatchObject([{ path: 'gone.png' }]);
    expect(await list('file-changed')).toMatchObject([{ path: 'changed.png' }]);
    expect(await list('unused-class')).toMatchObject([{ image: null, classes: [2] }]);
    expect((await list('copies-differ')).map(({ path, other }) => [path, other?.path].sort())).toEqual([['a.png', 'copy-of-a.png']]);
  });

  test('lists are searched by the image’s path and the class’s name', async () => {
    expect((await list('island', 'B.PNG')).map(({ path }) => path)).toEqual(['b.png']);
    expect(await list('island', 'CAT')).toHaveLength(2);
    expect(await list('island', 'dog')).toEqual([]);
  });

  test('one finding is repaired in one step, leaves the list by itself, and comes back with undo', async () => {
    const [first] = await list('island');
    const job = await ended(() => call(core, 'check.repair', { project, rule: 'island', findings: [first?.n ?? 0] }));
    expect(job).toMatchObject({ state: 'done', message: 'Remove small islands: 1 instance on 1 image.' });
    const { instances } = await call(core, 'images.open', { project, image: images['a.png'] ?? 0 });
    expect(instances).toMatchObject([{ area: 99, box: { x: 5, y: 5, width: 10, height: 10 } }]);
    await totalsBecome({ island: 1, pinhole: 2 });
    expect((await call(core, 'project.info', { project })).undo.undo).toBe('Remove small islands');
    await call(core, 'project.undo', { project });
    await totalsBecome({ island: 2, pinhole: 2 });
    expect((await call(core, 'images.open', { project, image: images['a.png'] ?? 0 })).instances).toMatchObject([{ area: 100, provenance: byHand }]);
  });

  test('all of a rule are repaired in one step of undo', async () => {
    expect(await ended(() => call(core, 'check.repair', { project, rule: 'pinhole', findings: null }))).toMatchObject({ message: 'Fill pinholes: 2 instances on 2 images.' });
    expect(await ended(() => call(core, 'check.repair', { project, rule: 'outside', findings: null }))).toMatchObject({ message: 'Clip to the image: 1 instance on 1 image.' });
    await totalsBecome({ pinhole: 0, outside: 0 });
    expect((await call(core, 'images.open', { project, image: images['c.png'] ?? 0 })).instances[0]?.shape).toEqual(polygon({ outer: [0, 4, 14, 4, 14, 14, 0, 14], holes: [] }));
    await call(core, 'project.undo', { project });
    await call(core, 'project.undo', { project });
    await totalsBecome({ pinhole: 2, outside: 1 });
  });

  test('what was changed meanwhile is not repaired over', async () => {
    const [first] = await list('island');
    const id = first?.instances[0] ?? 0;
    await edit({ type: 'instance.update', ids: [id], shape: polygon(rectangle(5, 5, 10, 10)) });
    const job = await ended(() => call(core, 'check.repair', { project, rule: 'island', findings: [first?.n ?? 0] }));
    expect(job).toMatchObject({ state: 'done', message: 'There was nothing left to repair.' });
    await call(core, 'project.undo', { project });
    await totalsBecome({ island: 2 });
  });

  test('an edit on an image that nothing was found on makes the lists old, and says so', async () => {
    await edit(add('d.png', 1, speckled));
    await totalsBecome({ unlabelled: 1, island: 3 });
    expect((await call(core, 'check.results', { project }))?.stale).toBe(false);
    await call(core, 'project.undo', { project });
    await edit(add('touched.png', 1, polygon(rectangle(40, 4, 9, 9))));
    await expect.poll(async () => (await call(core, 'check.results', { project }))?.stale).toBe(true);
    await call(core, 'project.undo', { project });
  });

  test('what cannot be repaired, or was not checked, is refused', async () => {
    await expect(call(core, 'check.repair', { project, rule: 'no-class', findings: null })).rejects.toMatchObject({ code: 'bad-request' });
    await expect(call(core, 'check.start', { project, options: { overlap: { iou: 7 } } })).rejects.toMatchObject({ code: 'bad-request' });
    const other = await call(core, 'project.openSample', {});
    await expect(call(core, 'check.findings', { project: other.project, rule: 'gap', text: '', offset: 0, limit: 1 })).rejects.toMatchObject({ code: 'not-found' });
    expect(await call(core, 'check.results', { project: other.project })).toBeNull();
  });

  test('pictures that look alike are found when that is asked for', async () => {
    await check('near-duplicate');
    expect((await list('near-duplicate')).map(({ path, other }) => [path, other?.path].sort())).toContainEqual(['a.png', 'copy-of-a.png']);
  });
});

test('maskwright check: lists what is found, repairs, and tells by its exit code', async () => {
  const { path } = (await call(core, 'project.info', { project }));
  await core.close();
  const words = { pictures: [], set: [] };
  const run = async (argument: string, options: Partial<CheckWords>): Promise<{ code: number; stdout: string; stderr: string }> => {
    const said = { stdout: '', stderr: '' };
    const console = { out: (text: string) => void (said.stdout += text), err: (text: string) => void (said.stderr += text), live: false };
    const code = await checkCommand(argument, { ...words, ...options }, (of) => startCore({ ...of, dataDir: home.path, resources: resources() }), console, never);
    return { code, ...said };
  };

  const found = await run(path, { rules: 'island,pinhole' });
  expect(found.stdout).toMatch(/^island \(warning\): 2\n {2}a\.png {2}instance \d+ \(cat\) {2}at 30,20 {2}count 1, pixels 1\n/);
  expect(found.stdout).toContain('4 findings in 6 instances on 8 images.');
  expect(found.code).toBe(4);

  const fixed = await run(path, { rules: 'island,pinhole', fix: ['island', 'pinhole'] });
  expect(fixed.stderr).toContain('Remove small islands: 2 instances on 2 images.');
  expect(fixed.stdout).toBe('Nothing found in 6 instances on 8 images.\n');
  expect(fixed.code).toBe(0);

  await expect(run(path, { rules: 'islands' })).rejects.toThrow('There is no rule "islands".');
  await expect(run(path, { rules: 'island', set: ['overlap.iou=1'] })).rejects.toThrow('the rule "overlap" is not among those of --rules');

  const dataset = join(photos, 'coco.json');
  writeFileSync(dataset, JSON.stringify({ images: [{ id: 1, file_name: 'a.png', width: W, height: H }], categories: [{ id: 1, name: 'cat' }], annotations: [{ id: 1, image_id: 1, category_id: 1, segmentation: [[2, 2, 9, 2, 9, 9, 2, 9], [20, 20, 21, 20, 21, 21, 20, 21]] }] }));
  const ofDataset = await run(dataset, { rules: 'island' });
  expect(ofDataset.stdout).toContain('island (warning): 1\n  a.png  instance 1 (cat)  at 20,20');
  expect(ofDataset.code).toBe(4);
  await expect(run(dataset, { fix: ['island'] })).rejects.toThrow('which is never changed');

  const json = await run(path, { rules: 'island', set: ['island.area=1'], json: true });
  expect((JSON.parse(json.stdout) as { rules: unknown }).rules).toEqual([{ rule: 'island', severity: 'warning', total: 0, findings: [] }]);
  expect(json.code).toBe(0);
});
