import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCore } from '../../src-main/core/core.ts';
import type { CoreApi } from '../../src-main/core/core-api.ts';
import { resources } from '../../src-main/core/places.ts';
import { call } from '../../src-main/cli/client.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-import-command-'));
const project = join(folder, 'p.mwproj');
const dataset = join(folder, 'instances.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const annotations = (count: number): object[] => Array.from({ length: count }, (_, i) => ({ id: i + 1, image_id: 1 + (i % 50), category_id: 1, bbox: [i % 90, 2, 5, 5] }));
const document = (count: number, more: object[] = []): string =>
  JSON.stringify({ images: Array.from({ length: 50 }, (_, i) => ({ id: i + 1, file_name: `${i}.jpg`, width: 100, height: 80 })), categories: [{ id: 1, name: 'cat' }], annotations: [...annotations(count), ...more] });

beforeAll(async () => {
  await ProjectStore.create(project, 'p').close();
});

function maskwright(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(import.meta.dirname, '../../src-main/cli/cli.ts'), ...args], { encoding: 'utf8', env: { ...process.env, MASKWRIGHT_HOME: join(folder, 'home') } });
}

test('maskwright import: what came, what was left out and why, and the exit code', () => {
  writeFileSync(dataset, document(100, [{ id: 9999, image_id: 777, category_id: 1, bbox: [0, 0, 1, 1] }]));
  const run = maskwright('import', project, dataset);
  expect(run.stderr).toContain('annotation 9999 was left out: it belongs to image 777, which the file does not have.');
  expect(run.stdout).toBe('100 instances on 50 images (50 of them new) imported from instances.json as COCO.\n');
  expect(run.status).toBe(3);
  expect(maskwright('info', project, '--json').stdout).toContain('"instances": 100');
});

test('--predictions reads what a model predicted where there are no annotations', () => {
  const value = { x: 10, y: 10, width: 20, height: 20, rotation: 0, rectanglelabels: ['cat'] };
  const exported = join(folder, 'tasks.json');
  writeFileSync(exported, JSON.stringify([{ id: 1, data: { image: 'a.jpg' }, annotations: [], predictions: [{ score: 0.5, result: [{ id: 'A', type: 'rectanglelabels', from_name: 'b', to_name: 'image', original_width: 100, original_height: 80, value }] }] }]));
  const without = maskwright('import', join(folder, 'without.mwproj'), exported);
  expect(without).toMatchObject({ status: 3, stdout: expect.stringContaining('0 instances on 1 image') as string, stderr: expect.stringContaining('--predictions') as string });
  expect(maskwright('import', join(folder, 'with.mwproj'), exported, '--predictions').stdout).toContain('1 instance on 1 image');
});

test('what cannot be imported is said, and the project stays as it was', () => {
  const other = join(folder, 'notes.json');
  writeFileSync(other, '{"notes": []}');
  for (const [args, status, message] of [
    [[other], 1, 'is not a dataset that Maskwright knows'],
    [[join(folder, 'none.json')], 1, 'There is no file or folder'],
    [[dataset, '--format', 'shapefile'], 1, 'There is no format "shapefile". Choose one of: '],
  ] as const) {
    const run = maskwright('import', project, ...args);
    expect(run).toMatchObject({ status });
    expect(run.stderr).toContain(message);
  }
  expect(maskwright('info', project, '--json').stdout).toContain('"instances": 100');
});

test('an import that fails after its first rows says why, whatever the format', () => {
  const cut = join(folder, 'cut.json');
  writeFileSync(cut, document(100).slice(0, -40));
  const yolo = join(folder, 'yolo');
  for (const sub of ['labels/train', 'images/train']) mkdirSync(join(yolo, sub), { recursive: true });
  writeFileSync(join(yolo, 'data.yaml'), 'train: images/train\nval: images/train\nnames: [cat]\n');
  writeFileSync(join(yolo, 'images/train/a.jpg'), 'no picture');
  writeFileSync(join(yolo, 'labels/train/a.txt'), '0 0.1 0.1 0.4 0.1 0.4 0.4\n');
  const labelme = join(folder, 'labelme');
  mkdirSync(labelme);
  writeFileSync(join(labelme, 'a.json'), JSON.stringify({ version: '5.0.0', flags: {}, imagePath: 'a.jpg', imageData: null, shapes: [{ label: 'cat', shape_type: 'polygon', points: [[1, 1], [9, 1], [9, 9]], group_id: null, flags: {} }] }));
  for (const [path, reason] of [[cut, /cut\.json" cannot be read as JSON: it is cut off/], [yolo, /the (?:picture|image) cannot be read/], [labelme, /none of its images could be used/]] as const) {
    const run = maskwright('import', project, path);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(reason);
    expect(run.stderr).not.toMatch(/disk I\/O|SQLITE|suppressed/i);
  }
  expect(maskwright('info', project, '--json').stdout).toContain('"instances": 100');
});

test('a project that is not there is made, and taken away again when nothing came', () => {
  const fresh = join(folder, 'neu – ü.mwproj');
  writeFileSync(dataset, document(100));
  const broken = join(folder, 'broken.json');
  writeFileSync(broken, document(100).slice(0, -40));
  expect(maskwright('import', fresh, broken).status).toBe(1);
  expect(readdirSync(folder).filter((name) => name.includes('neu'))).toEqual([]);
  const run = maskwright('import', fresh, dataset);
  expect(run).toMatchObject({ status: 3, stdout: `100 instances on 50 images (50 of them new) imported from instances.json as COCO. The project is ${fresh}.\n` });
  expect(run.stderr).toContain('50 of 50 images not found: "0.jpg", "1.jpg", "2.jpg" and 47 more.');
  expect(run.stderr).toContain('--pictures FOLDER');
  expect(maskwright('import', join(folder, 'photos.txt'), dataset)).toMatchObject({ status: 1 });
  const pictures = join(folder, 'pictures');
  mkdirSync(pictures);
  writeFileSync(join(pictures, '7.bmp'), '');
  expect(maskwright('import', pictures, dataset).stdout).toContain(`The project is ${join(pictures, 'pictures.mwproj')}.`);
});

test('of two datasets in one folder it is said which was read, and how to read the other', () => {
  const both = join(folder, 'both');
  mkdirSync(join(both, 'images'), { recursive: true });
  mkdirSync(join(both, 'annotations'));
  writeFileSync(join(both, 'data.yaml'), 'train: images\nnames: [cat]\n');
  writeFileSync(join(both, 'annotations/instances_train.json'), document(3));
  const run = maskwright('import', join(folder, 'both.mwproj'), both);
  expect(run.stdout).toContain('imported from both as COCO.');
  expect(run.stderr).toContain('Read as COCO. YOLO (Ultralytics) is there too and was not read: import again with --format yolo');
  expect(maskwright('import', join(folder, 'named.mwproj'), both, '--format', 'coco').stderr).not.toContain('is there too');
});

/** A core with the project open, followed until its import job ends. */
async function withCore<T>(work: (core: CoreApi, handle: string, ended: (job: string) => Promise<Job>) => Promise<T>): Promise<T> {
  const core = await startCore({ host: 'cli', initialProject: null, dataDir: join(folder, 'home'), resources: resources() });
  try {
    const { project: handle } = await call(core, 'project.open', { path: project });
    const seen = new Map<string, Job>();
    let changed = Promise.withResolvers<void>();
    core.subscribe((name, data) => {
      if (name !== 'job') return;
      seen.set((data as Job).job, data as Job);
      changed.resolve();
      changed = Promise.withResolvers();
    });
    return await work(core, handle, async (id) => {
      for (;;) {
        const job = seen.get(id);
        if (job !== undefined && job.state !== 'running') return job;
        await changed.promise;
      }
    });
  } finally {
    await core.close();
  }
}

test('an import of the window is cancelled whole, and one that is done is one step of undo', async () => {
  mkdirSync(join(folder, 'home'), { recursive: true });
  await withCore(async (core, handle, ended) => {
    const before = (await call(core, 'project.info', { project: handle })).instances;
    writeFileSync(dataset, document(60_000));
    const first = await call(core, 'project.import', { project: handle, path: dataset, format: null, pictures: [] });
    await call(core, 'jobs.cancel', first);
    expect(await ended(first.job)).toMatchObject({ state: 'cancelled' });
    expect((await call(core, 'project.info', { project: handle })).instances).toBe(before);

    writeFileSync(dataset, document(200));
    const second = await call(core, 'project.import', { project: handle, path: dataset, format: 'coco', pictures: [] });
    expect(await ended(second.job)).toMatchObject({ state: 'done', problemCount: 0 });
    const info = await call(core, 'project.info', { project: handle });
    expect(info).toMatchObject({ instances: before + 200, images: { total: 50 }, undo: { undo: 'Import instances.json' } });
    await call(core, 'project.undo', { project: handle });
    expect((await call(core, 'project.info', { project: handle })).instances).toBe(before);
  });
});
