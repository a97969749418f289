import { readFileSync } from 'node:fs';
import { copyFile, link, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { EngineSupervisor } from '../../src-main/engines/supervisor.ts';
import { addFolder, indexImages } from '../../src-main/images/add-folder-job.ts';
import { checkUnchanged } from '../../src-main/images/check-unchanged.ts';
import type { CheckedImage } from '../../src-main/images/check-unchanged.ts';
import { probeFiles } from '../../src-main/images/engine-requests.ts';
import type { ImageFile } from '../../src-main/images/image-file.ts';
import { ImageService } from '../../src-main/images/image-service.ts';
import { Jobs } from '../../src-main/jobs/jobs.ts';
import type { JobRun } from '../../src-main/jobs/jobs.ts';
import { DiskCache } from '../../src-main/sam/disk-cache.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import { MemoryImageStore } from '../fixtures/image-store.ts';
import { killEngine } from '../fixtures/kill-engine.ts';
import { flatPng, gradient, photograph, pngOf, sharpOf } from '../fixtures/pictures.ts';
import { mayLink } from '../helpers/links.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const signal = new AbortController().signal;
let scratch = '';
let small: Buffer;
const engines: EngineSupervisor[] = [];

function start(entry = path('../../src-main/engines/images.ts')): EngineSupervisor {
  const engine = new EngineSupervisor({ name: 'images', node: process.execPath, entry, policy: { firstMs: 1 }, onEvent: () => undefined });
  engines.push(engine);
  return engine;
}
const startPoisoned = (): EngineSupervisor => start(path('../fixtures/poisoned-images-engine.ts'));

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'maskwright-engine-'));
  small = await photograph(160, 120);
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function folderOf(name: string, contents: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const folder = join(scratch, name);
  await mkdir(folder, { recursive: true });
  await Promise.all(Object.entries(contents).map(([file, content]) => writeFile(join(folder, file), content)));
  return folder;
}

async function runJob(run: JobRun): Promise<Job> {
  const jobs = new Jobs(() => undefined);
  const job = await jobs.finished(jobs.start({ kind: 'add-folder', title: 'Adding', project: null, run }));
  if (job === null) throw new Error('the job is gone');
  return job;
}
const options = (store: MemoryImageStore, engine: EngineSupervisor) => ({ store, engine, move: () => Promise.resolve(), onAdded: () => undefined, onProbed: () => undefined });

describe('pictures too large', () => {
  test.skipIf(process.platform !== 'linux')('are refused by their headers, and the engine takes no memory for them', async () => {
    const folder = await folderOf('large', { 'flat.png': flatPng(20_000), 'lie.png': pngOf(65_535, 65_535, Buffer.alloc(20)), 'fine.jpg': small });
    const engine = start();
    const peak = (): number => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1]) * 1024;
    await engine.request('thumbnail', { path: join(folder, 'fine.jpg') });
    const before = peak();
    const files = ['flat.png', 'lie.png', 'fine.jpg'].map((name) => join(folder, name));
    const [flat, lie, fine] = await probeFiles(engine, files, signal);
    expect(flat?.problem).toMatchObject({ code: 'image-too-large', message: expect.stringMatching(/“flat\.png”.*20000 × 20000/) as string });
    expect(lie?.problem).toMatchObject({ code: 'image-too-large', message: expect.stringMatching(/65535 × 65535/) as string });
    expect(fine?.problem).toBeNull();
    for (const method of ['thumbnail', 'base', 'modelInput']) {
      for (const file of files.slice(0, 2)) await expect(engine.request(method, { path: file, ...(method === 'modelInput' ? { frame: 512 } : {}) })).rejects.toMatchObject({ code: 'image-too-large' });
    }
    // Decoded, the flat one alone would take 400 MB, or 1.2 GB as RGB.
    expect(peak() - before).toBeLessThan(50e6);
  });
});

describe('a decoder that dies', () => {
  test('over one file of a batch: that file is set aside, and all others are looked at', async () => {
    const names = Array.from({ length: 40 }, (_, i) => (i === 17 ? 'poison.jpg' : `photo ${i}.jpg`));
    const folder = await folderOf('batch', Object.fromEntries(names.map((name) => [name, small])));
    const store = new MemoryImageStore();
    const job = await runJob(addFolder(options(store, startPoisoned()), folder));
    expect(job).toMatchObject({ state: 'done', done: 40, total: 40, problemCount: 1, problems: [{ item: 'poison.jpg', problem: { code: 'image-unreadable', message: expect.stringContaining('“poison.jpg”') as string } }] });
    expect(store.probes.size).toBe(40);
    expect([...store.probes.values()].filter((probe) => 'contentHash' in probe).length).toBe(39);
  });

  test('over a picture being shown: a sentence about the picture, and the next one is shown', async () => {
    const folder = await folderOf('shown', { 'good.jpg': small, 'poison.jpg': small });
    const files: Record<number, string> = { 1: 'poison.jpg', 2: 'good.jpg' };
    const lookup = (_: string, image: number): ImageFile => ({ path: files[image] ?? '', absolutePath: join(folder, files[image] ?? ''), bytes: null, mtimeMs: null, contentHash: null });
    const service = new ImageService({ engine: startPoisoned(), lookup, diskCache: null });
    await expect(service.thumbnail('p', 1)).rejects.toMatchObject({ code: 'image-unreadable', message: expect.stringContaining('“poison.jpg”') as string });
    expect((await service.thumbnail('p', 2)).type).toBe('image/webp');
  });

  test('by a kill in the middle of a folder: nothing is set aside', async () => {
    const folder = await folderOf('killed', Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${i}.jpg`, small])));
    const store = new MemoryImageStore();
    const engine = start();
    let kills = 0;
    const job = await runJob(addFolder({ ...options(store, engine), onProbed: () => {
      if (kills++ === 0) killEngine(engine);
    } }, folder));
    expect(kills).toBeGreaterThan(1);
    expect(job).toMatchObject({ state: 'done', problemCount: 0 });
    expect([...store.probes.values()].every((probe) => 'contentHash' in probe)).toBe(true);
  });

  test('at every start: the job fails with the reason and no image is blamed', async () => {
    const folder = await folderOf('dead', { 'a.jpg': small });
    const store = new MemoryImageStore();
    const job = await runJob(addFolder(options(store, start(path('../fixtures/no-such-engine.ts'))), folder));
    expect(job).toMatchObject({ state: 'failed', problemCount: 0, message: expect.stringContaining('cannot be started') as string });
    expect(store.images.length).toBe(1);
    expect(store.probes.size).toBe(0);
  });
});

describe('adding a folder', () => {
  test('lists 10,000 files at once, and looks at them afterwards', async () => {
    const folder = await folderOf('many', { 'seed.bin': small });
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => link(join(folder, 'seed.bin'), join(folder, `${i}.jpg`))));
    const store = new MemoryImageStore();
    const engine = start();
    const listed: number[] = [];
    const jobs = new Jobs(() => undefined);
    const id = jobs.start({ kind: 'add-folder', title: 'Adding', project: null, run: addFolder({ ...options(store, engine), move: () => Promise.resolve(), onAdded: () => listed.push(store.images.length), onProbed: () => jobs.cancel(id) }, folder) });
    expect(await jobs.finished(id)).toMatchObject({ state: 'cancelled' });
    expect(listed).toEqual(Array.from({ length: 20 }, (_, i) => (i + 1) * 500));
    expect(store.images.map(({ path: name }) => name)).toEqual(Array.from({ length: 10_000 }, (_, i) => `${i}.jpg`));
    // Looking had begun when it was cancelled, and what was found is kept.
    expect(store.probes.size).toBeGreaterThan(0);
    expect(store.probes.size).toBeLessThan(10_000);
  });

  test('cancelled half-way, it is taken up at the next opening; added again, nothing is doubled', async () => {
    const folder = await folderOf('resumed', Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`${i}.jpg`, small])));
    const store = new MemoryImageStore();
    const jobs = new Jobs(() => undefined);
    const id = jobs.start({ kind: 'add-folder', title: 'Adding', project: null, run: addFolder({ ...options(store, start()), onProbed: () => jobs.cancel(id) }, folder) });
    await jobs.finished(id);
    const before = store.probes.size;
    expect(await runJob(indexImages(options(store, start())))).toMatchObject({ state: 'done', done: 150 - before, total: 150 - before });
    expect(store.probes.size).toBe(150);
    expect((await runJob(addFolder(options(store, start()), folder))).message).toContain('150 were there already');
    expect(store.images.length).toBe(150);
  });

  test('names what is damaged and says that only the first of several pages is used', async () => {
    const pages = await sharpOf(gradient(8, 24), 8, 24).gif().toBuffer();
    const animated = await sharp(gradient(8, 24), { raw: { width: 8, height: 24, channels: 3, pageHeight: 8 } }).gif().toBuffer();
    const folder = await folderOf('mixed', { 'cut.jpg': small.subarray(0, small.length / 2), 'drawing.png': Buffer.from('<svg/>'), 'empty.png': Buffer.alloc(0), 'ok.jpg': small, 'one.gif': pages, 'three.gif': animated });
    const store = new MemoryImageStore();
    const job = await runJob(addFolder(options(store, start()), folder));
    expect(job.problems.map(({ item, problem }) => [item, problem.code])).toEqual([['cut.jpg', 'image-truncated'], ['drawing.png', 'image-format'], ['empty.png', 'image-empty']]);
    expect(job.message).toMatch(/6 images added from “mixed”, 3 of which cannot be read\. 1 image has several pages or frames: the first is used\./);
    expect(store.images.length).toBe(6);
  });

  test('two jobs at once look at no file twice', async () => {
    const folder = await folderOf('twice', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${i}.jpg`, small])));
    const store = new MemoryImageStore();
    const engine = start();
    const probed: number[] = [];
    const both = { ...options(store, engine), onProbed: (ids: readonly number[]) => probed.push(...ids) };
    await Promise.all([runJob(addFolder(both, folder)), runJob(addFolder(both, folder)), runJob(indexImages(both))]);
    expect(probed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });
});

/** An image that has been looked at, as a project keeps it. */
async function known(engine: EngineSupervisor, folder: string, name: string): Promise<CheckedImage> {
  const absolutePath = join(folder, name);
  const [result] = await probeFiles(engine, [absolutePath], signal);
  if (!result?.file) throw new Error('cannot be read');
  return { id: 1, path: name, absolutePath, ...result.file, problem: result.problem };
}

describe('at opening, an image', () => {
  test('that is as it was costs no look', async () => {
    const engine = start();
    const image = await known(engine, await folderOf('same', { 'a.jpg': small }), 'a.jpg');
    const pid = engine.pid;
    await engine.stop();
    expect(pid).not.toBeNull();
    expect(await checkUnchanged(image, engine, signal)).toBeNull();
  });

  test('that was changed is found by its hash, also with the same size; touched only, its hash is the same', async () => {
    const engine = start();
    const folder = await folderOf('changed', { 'a.jpg': small });
    const image = await known(engine, folder, 'a.jpg');
    await utimes(image.absolutePath, new Date(), new Date(Date.now() + 10_000));
    expect(await checkUnchanged(image, engine, signal)).toMatchObject({ id: 1, contentHash: image.contentHash, bytes: small.length });
    const other = Buffer.from(small);
    other[other.length - 20] = (other[other.length - 20] ?? 0) ^ 1;
    await writeFile(image.absolutePath, other);
    await utimes(image.absolutePath, new Date(), new Date(Date.now() + 20_000));
    const found = await checkUnchanged(image, engine, signal);
    expect(found).toMatchObject({ bytes: small.length, width: 160, height: 120 });
    expect(found).not.toMatchObject({ contentHash: image.contentHash });
  });

  test('that is gone is missing, and well again when it is back', async () => {
    const engine = start();
    const folder = await folderOf('gone', { 'a.jpg': small });
    const image = await known(engine, folder, 'a.jpg');
    await rename(image.absolutePath, `${image.absolutePath}.away`);
    const missing = await checkUnchanged(image, engine, signal);
    expect(missing).toEqual({ id: 1, problem: { code: 'image-missing', message: expect.stringContaining('“a.jpg”') as string, item: 'a.jpg' } });
    await rename(`${image.absolutePath}.away`, image.absolutePath);
    const marked = { ...image, problem: { code: 'image-missing', message: '', item: 'a.jpg' } as const };
    expect(await checkUnchanged(marked, engine, signal)).toMatchObject({ width: 160, contentHash: image.contentHash });
  });

  test.skipIf(!mayLink)('that has become a link out of its folder is not opened', async () => {
    const engine = start();
    const outside = join(await folderOf('data-secret', { 'secret.jpg': small }), 'secret.jpg');
    const folder = await folderOf('data', { 'a.jpg': small });
    const image = await known(engine, folder, 'a.jpg');
    await rm(image.absolutePath);
    await symlink(outside, image.absolutePath);
    expect(await checkUnchanged(image, engine, signal)).toMatchObject({ problem: { code: 'no-access' } });
    const service = new ImageService({ engine, lookup: () => image, diskCache: null });
    await expect(service.base('p', 1)).rejects.toMatchObject({ code: 'no-access' });
    await expect(service.modelInput(image, 512)).rejects.toMatchObject({ code: 'no-access' });
  });
});

/** An engine that counts what it is asked. */
function counting(engine: EngineSupervisor) {
  const asked: string[] = [];
  return { asked, request: <T>(method: string, ...rest: [unknown, object?]): Promise<T> => {
    asked.push(method);
    return engine.request<T>(method, ...rest);
  } };
}

describe('the image service', () => {
  test('asks once for what is wanted twice, keeps it, and asks again when the file has changed', async () => {
    const real = start();
    const image = await known(real, await folderOf('service', { 'a.jpg': small }), 'a.jpg');
    const engine = counting(real);
    const service = new ImageService({ engine, lookup: () => image, diskCache: null });
    const [one, two] = await Promise.all([service.base('p', 1), service.base('p', 1)]);
    expect(one).toBe(two);
    expect(await service.base('p', 1)).toBe(one);
    const inputs = await Promise.all([service.modelInput(image, 512), service.modelInput(image, 512)]);
    expect(inputs[1]).toBe(inputs[0]);
    expect(inputs[0]).toMatchObject({ inputWidth: 512, inputHeight: 384, width: 160, height: 120 });
    expect(engine.asked).toEqual(['base', 'modelInput']);
    await writeFile(image.absolutePath, await photograph(200, 100));
    expect(await service.modelInput(image, 512)).toMatchObject({ width: 200, height: 100 });
    expect(await sharp((await service.base('p', 1)).bytes).metadata()).toMatchObject({ width: 200, height: 100 });
  });

  test('has no tile outside of the pyramid, however far outside', async () => {
    const engine = start();
    const image = await known(engine, await folderOf('tiles', { 'a.jpg': small }), 'a.jpg');
    const service = new ImageService({ engine, lookup: () => image, diskCache: null });
    for (const [level, column, row] of [[99, 0, 0], [17, 0, 0], [0, 99_999, 0], [0, 0, 1]] as const) await expect(service.tile('p', 1, level, column, row)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('keeps thumbnails on the disk by content: a copy elsewhere needs no decoder, a changed file does', async () => {
    const real = start();
    const folder = await folderOf('cached', { 'a.jpg': small });
    await copyFile(join(folder, 'a.jpg'), join(folder, 'copy.jpg'));
    const original = await known(real, folder, 'a.jpg');
    const copy = await known(real, folder, 'copy.jpg');
    const cacheFolder = join(scratch, 'picture-cache');
    const put = new DiskCache(cacheFolder, 1e6);
    const first = new ImageService({ engine: real, lookup: () => original, diskCache: put });
    const thumbnail = await first.thumbnail('p', 1);
    await expect.poll(() => put.size()).toBeGreaterThan(thumbnail.bytes.length);
    const engine = counting(real);
    const later = new ImageService({ engine, lookup: (_, id) => (id === 1 ? original : copy), diskCache: new DiskCache(cacheFolder, 1e6) });
    const again = await later.thumbnail('p', 2);
    expect(again.type).toBe(thumbnail.type);
    expect(Buffer.from(again.bytes).equals(thumbnail.bytes)).toBe(true);
    expect(engine.asked).toEqual([]);
    await writeFile(copy.absolutePath, await photograph(50, 100));
    await later.thumbnail('p', 2);
    expect(engine.asked).toEqual(['thumbnail']);
  });
});
