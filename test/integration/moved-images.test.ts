import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { call } from '../../src-main/cli/client.ts';
import { relocate } from '../../src-main/cli/relocate.ts';
import { startCore } from '../../src-main/core/core.ts';
import type { CoreApi } from '../../src-main/core/core-api.ts';
import { resources } from '../../src-main/core/places.ts';
import type { Job } from '../../src-shared/contract/types.ts';

let folder: string;
let core: CoreApi;
let jobs: Map<string, Job>;
const at = (...names: string[]): string => join(folder, ...names);

async function start(): Promise<void> {
  core = await startCore({ host: 'cli', initialProject: null, dataDir: at('home'), resources: resources() });
  jobs = new Map();
  core.subscribe((name, data) => {
    if (name === 'job') jobs.set((data as Job).job, data as Job);
  });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-moved-'));
  mkdirSync(at('photos/sub'), { recursive: true });
  for (const [i, name] of ['a.png', 'b.png', 'sub/c.png'].entries()) writeFileSync(at('photos', name), await sharp({ create: { width: 20 + i, height: 10, channels: 3, background: { r: 60 * i, g: 1, b: 1 } } }).png().toBuffer());
  await start();
});
afterEach(async () => {
  await core.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ended(job: string): Promise<Job> {
  await expect.poll(() => jobs.get(job)?.state ?? 'running', { timeout: 20_000 }).not.toBe('running');
  const found = jobs.get(job);
  if (found === undefined) throw new Error('no such job');
  return found;
}

/** Once all jobs have ended. */
async function quiet(): Promise<void> {
  await expect.poll(async () => (await call(core, 'jobs.list', {})).every(({ state }) => state !== 'running'), { timeout: 20_000 }).toBe(true);
}

/** Opens the folder's project and labels each image with a box as wide as its number. */
async function labeled(): Promise<string> {
  const { project } = await call(core, 'project.open', { path: at('photos') });
  await quiet();
  for (const { id } of await images(project)) {
    await call(core, 'project.edit', { project, label: 'Draw', commands: [{ type: 'instance.add', image: id, class: null, shape: { kind: 'box', box: { x: 0, y: 0, width: id, height: 2 } }, provenance: { source: 'human', touched: false, sam: null } }] });
  }
  return project;
}

async function images(project: string): Promise<{ id: number; path: string; instances: number; problem: string | null }[]> {
  const { ids } = await call(core, 'images.ids', { project, filter: { name: '', status: 'all' } });
  const rows = await call(core, 'images.rows', { project, ids: [...new Uint32Array(ids.slice().buffer)] });
  return rows.map(({ id, path, instances, problem }) => ({ id, path, instances, problem: problem?.code ?? null }));
}
const paths = async (project: string): Promise<[string, number][]> => (await images(project)).map(({ path, instances }) => [path, instances]);

test('images that were moved and renamed keep their labels when their new folder is added, in one step of undo', async () => {
  const project = await labeled();
  mkdirSync(at('elsewhere'));
  renameSync(at('photos/a.png'), at('elsewhere/first.png'));
  renameSync(at('photos/sub/c.png'), at('elsewhere/c.png'));
  // b.png is still where it was, so this is a copy.
  copyFileSync(at('photos/b.png'), at('elsewhere/copy.png'));
  const { job } = await call(core, 'project.addFolder', { project, path: at('elsewhere') });
  expect((await ended(job)).message).toBe('1 image added from “elsewhere”. 2 images found at their new place.');
  expect(await paths(project)).toEqual([['b.png', 1], ['c.png', 1], ['copy.png', 0], ['first.png', 1]]);
  expect((await images(project)).every(({ problem }) => problem === null)).toBe(true);
  const { undo } = await call(core, 'project.info', { project });
  expect(undo.undo).toBe('Find 2 images at their new place');
  await call(core, 'project.undo', { project });
  expect(await paths(project)).toEqual([['a.png', 1], ['b.png', 1], ['sub/c.png', 1], ['copy.png', 0]]);
  await call(core, 'project.redo', { project });
  expect(await paths(project)).toEqual([['b.png', 1], ['c.png', 1], ['copy.png', 0], ['first.png', 1]]);
});

test('opening a folder again lists new images and finds renamed ones; so does looking for new images', async () => {
  const project = await labeled();
  await call(core, 'project.close', { project });
  await core.close();
  renameSync(at('photos/a.png'), at('photos/z.png'));
  writeFileSync(at('photos/new.png'), await sharp({ create: { width: 5, height: 5, channels: 3, background: '#123456' } }).png().toBuffer());
  await start();
  const again = (await call(core, 'project.open', { path: at('photos') })).project;
  await quiet();
  expect(await paths(again)).toEqual([['b.png', 1], ['new.png', 0], ['sub/c.png', 1], ['z.png', 1]]);
  copyFileSync(at('photos/new.png'), at('photos/later.png'));
  const { job } = await call(core, 'project.findNew', { project: again });
  expect((await ended(job)).message).toBe('1 image added.');
  expect((await ended((await call(core, 'project.findNew', { project: again })).job)).message).toBe('No new images.');
});

test('a project opened by its file lists nothing unasked, and never the folders of an import', async () => {
  const project = await labeled();
  const [file = ''] = readdirSync(at('photos')).filter((name) => name.endsWith('.mwproj'));
  await call(core, 'project.close', { project });
  await core.close();
  mkdirSync(at('set/masks'), { recursive: true });
  for (const path of ['set/x.png', 'set/masks/x.png']) copyFileSync(at('photos/a.png'), at(path));
  writeFileSync(at('set/labels.json'), JSON.stringify({ images: [{ id: 1, file_name: 'y.png', width: 4, height: 4 }], categories: [{ id: 1, name: 'cat' }], annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 2, 2] }] }));
  copyFileSync(at('photos/a.png'), at('photos/new.png'));
  await start();
  const again = (await call(core, 'project.open', { path: at('photos', file) })).project;
  await quiet();
  expect((await images(again)).length).toBe(3);
  await ended((await call(core, 'project.import', { project: again, path: at('set/labels.json'), format: null, pictures: [] })).job);
  await ended((await call(core, 'project.findNew', { project: again })).job);
  expect((await images(again)).map(({ path }) => path).toSorted()).toEqual(['a.png', 'b.png', 'new.png', 'sub/c.png', 'y.png']);
});

test('images of a dataset that came without them are found by name and size when their folder is added', async () => {
  const { project } = await call(core, 'project.open', { path: at('photos') });
  await quiet();
  mkdirSync(at('set'));
  mkdirSync(at('found/deep'), { recursive: true });
  writeFileSync(at('set/labels.json'), JSON.stringify({ images: [['p.png', 8], ['q.png', 9]].map(([file_name, width], i) => ({ id: i, file_name, width, height: 8 })), categories: [{ id: 1, name: 'cat' }], annotations: [0, 1].map((id) => ({ id: id + 1, image_id: id, category_id: 1, bbox: [0, 0, 2, 2] })) }));
  const imported = await ended((await call(core, 'project.import', { project, path: at('set/labels.json'), format: null, pictures: [] })).job);
  expect(imported.problems[0]?.problem.message).toContain('2 of 2 images not found');
  // q.png is of another size, so it is another image.
  for (const name of ['p.png', 'q.png']) writeFileSync(at('found/deep', name), await sharp({ create: { width: 8, height: 8, channels: 3, background: '#654321' } }).png().toBuffer());
  const { message } = await ended((await call(core, 'project.addFolder', { project, path: at('found') })).job);
  expect(message).toBe('1 image added from “found”. 1 image found at its new place.');
  expect((await images(project)).filter(({ instances }) => instances > 0).map(({ path }) => path).toSorted()).toEqual(['deep/p.png', 'q.png']);
});

test('maskwright relocate points a folder to its new place, when its images are there', async () => {
  const project = await labeled();
  const [file = ''] = readdirSync(at('photos')).filter((name) => name.endsWith('.mwproj'));
  await call(core, 'project.close', { project });
  await core.close();
  renameSync(at('photos', file), at('labels.mwproj'));
  mkdirSync(at('disk2'));
  for (const name of ['a.png', 'b.png', 'sub']) renameSync(at('photos', name), at('disk2', name));
  rmSync(at('photos'), { recursive: true });
  // Beside the project its folder counts as the images' own.
  mkdirSync(at('empty'));
  const told: string[] = [];
  const console = { out: (text: string) => told.push(text), err: () => undefined, isTerminal: false } as unknown as Parameters<typeof relocate>[4];
  const startHere: Parameters<typeof relocate>[3] = (options) => startCore({ ...options, dataDir: at('home'), resources: resources() });
  await expect(relocate(at('labels.mwproj'), folder, at('empty'), startHere, console)).rejects.toMatchObject({ code: 'conflict' });
  await relocate(at('labels.mwproj'), folder, at('disk2'), startHere, console);
  expect(told.join('')).toContain('are in');
  await start();
  const { project: again, roots } = await call(core, 'project.open', { path: at('labels.mwproj') });
  expect(roots.map(({ path, missing }) => [path, missing])).toEqual([[at('disk2'), false]]);
  for (const { id } of await images(again)) expect((await call(core, 'images.open', { project: again, image: id })).row.problem).toBeNull();
  expect(existsSync(at('photos'))).toBe(false);
});
