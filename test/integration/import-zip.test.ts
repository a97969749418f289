import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { call } from '../../src-main/cli/client.ts';
import { startCore } from '../../src-main/core/core.ts';
import type { CoreApi } from '../../src-main/core/core-api.ts';
import { resources } from '../../src-main/core/places.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import { zipOf } from '../fixtures/zip-writer.ts';
import { KILLED_ITSELF, temporaryIn } from '../helpers/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-import-zip-'));
const temporary = join(folder, 'tmp');
mkdirSync(temporary);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const python = spawnSync('python3', ['-c', 'import zipfile']).status === 0;
const sample = join(import.meta.dirname, '../../sample');
const photograph = readFileSync(join(sample, readdirSync(sample, { recursive: true, encoding: 'utf8' }).toSorted().find((name) => /\.jpe?g$/.test(name)) ?? ''));

function maskwright(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(import.meta.dirname, '../../src-main/cli/cli.ts'), ...args], { encoding: 'utf8', env: { ...process.env, MASKWRIGHT_HOME: join(folder, 'home'), ...temporaryIn(temporary) } });
}

const NAME = 'höhe 猫.jpg';
const yolo = [['data.yaml', 'names: [cat]\ntrain: train/images\n'], [`train/images/${NAME}`, photograph], [`train/labels/${NAME.replace('jpg', 'txt')}`, '0 0.1 0.1 0.9 0.1 0.9 0.9\n']] as const;

/** As a download of a service has it: everything in one folder, written by Python's zipfile to a pipe, which makes data descriptors. */
function byPython(zip: string, files: readonly (readonly [string, string | Buffer])[]): void {
  const from = mkdtempSync(join(folder, 'made-'));
  for (const [name, data] of files) {
    mkdirSync(join(from, name, '..'), { recursive: true });
    writeFileSync(join(from, name), data);
  }
  const script = 'import sys, os, zipfile\nz = zipfile.ZipFile(sys.stdout.buffer, "w", zipfile.ZIP_DEFLATED)\nfor n in sys.argv[2:]: z.write(os.path.join(sys.argv[1], n), n)\nz.close()';
  const { stdout, status, stderr } = spawnSync('python3', ['-c', script, from, ...files.map(([name]) => name)], { maxBuffer: 64 * 1024 ** 2 });
  expect(status, stderr.toString()).toBe(0);
  // Bit 3 of the first entry's flags.
  expect(stdout.readUInt16LE(6) & 8).toBe(8);
  writeFileSync(zip, stdout);
}

async function project(name: string): Promise<string> {
  const path = join(folder, `${name}.mwproj`);
  await ProjectStore.create(path, name).close();
  return path;
}

test('import: a ZIP of a real program comes in with its pictures, which stay beside it', async ({ skip }) => {
  skip(!python, 'there is no python3 to write one');
  const where = join(folder, 'downloads');
  mkdirSync(where);
  const zip = join(where, 'cats.v1.zip');
  byPython(zip, yolo.map(([name, data]) => [`cats/${name}`, data]));
  const into = join(folder, 'fresh.mwproj');
  const run = maskwright('import', into, zip);
  expect(run.stdout).toContain(`1 instance on 1 image (1 of them new) imported from cats.v1.zip as YOLO (Ultralytics). Its pictures are in ${join(where, 'cats.v1')}.`);
  expect(run.status, run.stderr).toBe(0);
  expect(readdirSync(where).toSorted()).toEqual(['cats.v1', 'cats.v1.zip']);
  expect(readFileSync(join(where, 'cats.v1/cats/train/images', NAME))).toEqual(photograph);
  const core = await startCore({ host: 'cli', initialProject: null, dataDir: join(folder, 'home'), resources: resources() });
  try {
    const take = async (path: string): Promise<Job> => {
      const { project: handle } = await call(core, 'project.open', { path });
      return finished(core, () => call(core, 'project.import', { project: handle, path: zip, format: null, pictures: [], unpackTo: null }), false);
    };
    // Once more: all is there by content, and nothing is unpacked to stay.
    expect(await take(into)).toMatchObject({ state: 'done', message: '1 instance on 1 image imported from cats.v1.zip as YOLO (Ultralytics).' });
    expect(readdirSync(where).toSorted()).toEqual(['cats.v1', 'cats.v1.zip']);
    // Another project: never over what is there.
    expect(await take(await project('other'))).toMatchObject({ state: 'done' });
    expect(readdirSync(where).toSorted()).toEqual(['cats.v1', 'cats.v1-2', 'cats.v1.zip']);
    const { project: handle } = await call(core, 'project.open', { path: into });
    expect((await call(core, 'project.info', { project: handle })).roots).toMatchObject([{ path: join(where, 'cats.v1/cats/train/images'), missing: false }]);
  } finally {
    await core.close();
  }
});

test('convert and stats: what is unpacked for them is gone after, also what a killed run left', () => {
  const zip = join(folder, 'cvat.zip');
  const xml = '<annotations><version>1.1</version><image id="0" name="a.jpg" width="100" height="80"><polygon label="cat" points="1,1;50,1;50,50" z_order="0" occluded="0"/></image></annotations>';
  writeFileSync(zip, zipOf([{ name: 'annotations.xml', data: xml }, { name: '../evil.txt', data: 'x' }]));
  const abandoned = spawnSync(process.execPath, ['-e', `import('${new URL('../../src-main/temporary-folder.ts', import.meta.url).href}').then((m) => m.temporaryFolder(process.env.TMPDIR, 'maskwright-dataset-', '')).then(() => process.kill(process.pid, 'SIGKILL'))`], { env: { ...process.env, TMPDIR: temporary } });
  expect(abandoned.signal).toBe(KILLED_ITSELF);
  expect(readdirSync(temporary)).toHaveLength(1);
  const out = join(folder, 'coco.json');
  const run = maskwright('convert', zip, out, '--to', 'coco', '--no-manifest');
  expect(run).toMatchObject({ status: 3, stderr: expect.stringContaining('"../evil.txt" was left out: its name leads out of the folder.') });
  expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ images: [{ file_name: 'a.jpg' }], annotations: [{ category_id: 1 }] });
  expect(readdirSync(temporary)).toEqual([]);
  expect([folder, temporary, tmpdir()].filter((place) => existsSync(join(place, 'evil.txt')))).toEqual([]);
  expect(maskwright('stats', zip, '--csv').stdout).toContain('cat');
  expect(readdirSync(temporary)).toEqual([]);
});

test('in the window: where it goes is chosen; a failure and a cancellation leave nothing', async () => {
  const where = join(folder, 'window');
  mkdirSync(where);
  const [zip, broken] = [join(where, 'set.zip'), join(where, 'broken.zip')];
  writeFileSync(zip, zipOf(yolo.map(([name, data]) => ({ name, data }))));
  writeFileSync(broken, zipOf([{ name: 'notes.txt', data: 'none' }, { name: 'a.json', data: '{}' }]));
  const twice = join(where, 'twice.zip');
  const coco = '{"images":[{"id":1,"file_name":"a.jpg","width":9,"height":9}],"categories":[],"annotations":[]}';
  writeFileSync(twice, zipOf([{ name: 'first.json', data: coco }, { name: 'second.json', data: coco }]));
  const path = await project('window');
  const core = await startCore({ host: 'cli', initialProject: null, dataDir: join(folder, 'home'), resources: resources() });
  try {
    const { project: handle } = await call(core, 'project.open', { path });
    const take = (dataset: string, unpackTo: string | null, cancel = false): Promise<Job> => finished(core, () => call(core, 'project.import', { project: handle, path: dataset, format: null, pictures: [], unpackTo }), cancel);
    expect(await take(broken, null)).toMatchObject({ state: 'failed', code: 'dataset-invalid', message: expect.stringContaining('"broken.zip" holds no dataset') });
    expect(await take(twice, null)).toMatchObject({ state: 'failed', message: expect.stringContaining('several data sets: "first.json", "second.json"') });
    expect(await take(zip, where)).toMatchObject({ state: 'failed', code: 'bad-request', message: expect.stringContaining('is there already') });
    expect(await take(zip, null, true)).toMatchObject({ state: 'cancelled' });
    expect(readdirSync(where).toSorted()).toEqual(['broken.zip', 'set.zip', 'twice.zip']);
    expect((await call(core, 'project.info', { project: handle })).classes).toEqual([]);
    expect(await take(zip, join(where, 'chosen'))).toMatchObject({ state: 'done', problemCount: 0 });
    expect(readdirSync(where).toSorted()).toEqual(['broken.zip', 'chosen', 'set.zip', 'twice.zip']);
    expect(readFileSync(join(where, 'chosen/train/images', NAME))).toEqual(photograph);
  } finally {
    await core.close();
  }
});

async function finished(core: CoreApi, begin: () => Promise<{ job: string }>, cancel: boolean): Promise<Job> {
  const ended = new Map<string, Job>();
  let changed = Promise.withResolvers<void>();
  const unsubscribe = core.subscribe((event, data) => {
    if (event !== 'job' || (data as Job).state === 'running') return;
    ended.set((data as Job).job, data as Job);
    changed.resolve();
    changed = Promise.withResolvers();
  });
  try {
    const { job } = await begin();
    if (cancel) await call(core, 'jobs.cancel', { job });
    for (;;) {
      const there = ended.get(job);
      if (there !== undefined) return there;
      await changed.promise;
    }
  } finally {
    unsubscribe();
  }
}
