import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../../src-main/cli/client.ts';
import type { StartCore } from '../../src-main/cli/client.ts';
import { run } from '../../src-main/cli/run.ts';
import type { CoreApi } from '../../src-main/core/core-api.ts';
import { startCore } from '../../src-main/core/core.ts';
import { resources } from '../../src-main/core/places.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { repository } from '../helpers/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-snapshot-command-'));
const project = join(folder, 'p.mwproj');
let core: CoreApi;
afterAll(async () => {
  await core.close();
  rmSync(folder, { recursive: true, force: true });
});

const start: StartCore = () => Promise.resolve({ ...core, close: () => Promise.resolve() });

/** The command line, in this process and with one core for all commands, which would each start their own. */
async function maskwright(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const console = { out: (text: string) => void (stdout += text), err: (text: string) => void (stderr += text), live: false };
  const status = await run(args, { version: '1.0.0', start, console, interrupted: new AbortController().signal }, false);
  return { status, stdout, stderr };
}

const at = (name: string): string => join(folder, name);

const square = (id: number, image: number, x: number): object => ({ id, image_id: image, category_id: 1, bbox: [x, 2, 10, 10], segmentation: [[x, 2, x + 10, 2, x + 10, 12, x, 12]], area: 100, iscrowd: 0 });
const document = (annotations: readonly object[]): string => JSON.stringify({ images: [{ id: 1, file_name: 'a.png', width: 60, height: 40 }, { id: 2, file_name: 'b.png', width: 60, height: 40 }], categories: [{ id: 1, name: 'crate' }], annotations });

const picture = (name: string, colour: string): Promise<unknown> => sharp({ create: { width: 60, height: 40, channels: 3, background: colour } }).png().toFile(join(folder, name));

beforeAll(async () => {
  const built = spawnSync(process.execPath, [join(repository, 'scripts/build.mjs')], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  // The bundled engine starts ten times as fast, and there is one for each piece of work.
  core = await startCore({ host: 'cli', initialProject: null, dataDir: join(folder, 'home'), resources: { ...resources(), datasetsEngine: join(repository, 'dist/main/datasets.js') } });
  for (const name of ['a.png', 'b.png']) await picture(name, '#446');
  writeFileSync(join(folder, 'labels.json'), document([square(1, 1, 5), square(2, 2, 20)]));
  await ProjectStore.create(project, 'Crates').close();
  expect(await maskwright('import', at('p.mwproj'), at('labels.json'))).toMatchObject({ status: 0 });
  expect(await maskwright('snapshot', at('p.mwproj'), 'create', 'v1', '--note', 'as imported')).toMatchObject({ status: 0, stdout: expect.stringContaining('2 images with 2 instances') as unknown });
  const { project: handle } = await call(core, 'project.open', { path: project });
  await call(core, 'project.edit', { project: handle, label: 'Change', commands: [{ type: 'instance.remove', ids: [1] }, { type: 'instance.update', ids: [2], shape: { kind: 'box', box: { x: 20, y: 2, width: 10, height: 5 } } }] });
});

test('snapshots are listed, and a name is taken once', async () => {
  expect((await maskwright('snapshot', at('p.mwproj'), 'list')).stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d {2}v1 {2}\(2 images, 2 instances\) {2}as imported\n$/);
  expect(JSON.parse((await maskwright('snapshot', at('p.mwproj'), 'list', '--json')).stdout)).toMatchObject([{ name: 'v1', note: 'as imported', images: 2, done: 0, instances: 2, hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown }]);
  const again = await maskwright('snapshot', at('p.mwproj'), 'create', 'V1');
  expect(again).toMatchObject({ status: 1, stdout: '', stderr: 'maskwright: There is already a snapshot named "V1". Choose another name, or delete that one.\n' });
  expect((await maskwright('snapshot', at('p.mwproj'), 'delete', 'v2')).stderr).toContain('There is no snapshot “v2”. There are: “v1”.');
  expect((await maskwright('snapshot', at('p.mwproj'), 'burn', 'v1')).status).toBe(2);
});

test('a difference is told in words, as JSON and in pictures', async () => {
  const told = await maskwright('diff', at('p.mwproj'), 'v1', '--pictures', at('changes'));
  expect(told.stdout).toBe('Images:     0 added, 0 removed, 2 changed\nInstances:  0 added, 1 removed, 1 changed (shape of 1)\n  a.png: 1 removed\n  b.png: 1 changed, IoU from 0.500\n');
  expect(told.status).toBe(0);
  expect(readdirSync(join(folder, 'changes')).sort()).toEqual(['a.png', 'b.png']);
  const json = JSON.parse((await maskwright('diff', at('p.mwproj'), 'v1', '--json')).stdout) as { summary: object; images: { instances: object[] }[] };
  expect(json.summary).toMatchObject({ instances: { added: 0, removed: 1, changed: 1 } });
  expect(json.images.map(({ instances }) => instances)).toEqual([
    [{ change: 'removed', before: { instance: 1, class: 'crate' }, after: null, aspects: [], iou: null }],
    [{ change: 'changed', before: { instance: 2, class: 'crate' }, after: { instance: 2, class: 'crate' }, aspects: ['shape'], iou: 0.5 }],
  ]);
  expect(await maskwright('diff', at('p.mwproj'), 'v1', '--pictures', at('changes'))).toMatchObject({ status: 1, stderr: expect.stringContaining('is there already and holds files') as unknown });
});

test('the pictures show what came green and what went red', async () => {
  const { data } = await sharp(join(folder, 'changes', 'a.png')).raw().toBuffer({ resolveWithObject: true });
  const pixel = (x: number, y: number): number[] => [...data.subarray((y * 60 + x) * 3, (y * 60 + x) * 3 + 3)];
  expect(pixel(5, 2)).toEqual([225, 50, 60]);
  expect(pixel(40, 30)).toEqual([0x44, 0x44, 0x66]);
});

test('two data sets are compared without a project', async () => {
  writeFileSync(join(folder, 'other.json'), document([square(7, 2, 20), square(8, 1, 40)]));
  const told = await maskwright('diff', at('labels.json'), '--with', at('other.json'));
  expect(told.stdout).toBe('Images:     0 added, 0 removed, 1 changed\nInstances:  1 added, 1 removed, 0 changed\n  a.png: 1 added, 1 removed\n');
  expect(told.status).toBe(0);
  expect((await maskwright('diff', at('p.mwproj'), 'v1', '--with', at('other.json'))).status).toBe(1);
});

test('an export of a snapshot carries a manifest that says so, and no importer minds it', async () => {
  expect((await maskwright('export', at('p.mwproj'), '--snapshot', 'V1', '--format', 'labelme', '--out', at('lm'), '--set', 'copyImages=true')).status).toBe(0);
  const manifest = JSON.parse(readFileSync(join(folder, 'lm/maskwright.manifest'), 'utf8')) as { files: { path: string; sha256: string }[] };
  expect(manifest).toMatchObject({ project: 'Crates', snapshot: { name: 'v1' }, format: 'labelme', images: 'all', options: { copyImages: true }, counts: { images: 2, instances: 2 } });
  expect(manifest.files.map(({ path }) => path)).toEqual(['a.json', 'a.png', 'b.json', 'b.png']);
  for (const { path, sha256 } of manifest.files) expect(createHash('sha256').update(readFileSync(join(folder, 'lm', path))).digest('hex')).toBe(sha256);
  mkdirSync(join(folder, 'converted'));
  expect(await maskwright('convert', at('lm'), at('converted/again.json'), '--to', 'coco', '--no-manifest')).toMatchObject({ status: 0, stdout: `2 instances on 2 images written to ${at('converted/again.json')}.\n` });
  expect(readdirSync(join(folder, 'converted'))).toEqual(['again.json']);
});

test('a picture that is another one than when the snapshot was taken is said', async () => {
  await picture('a.png', '#844');
  // The import knows the pictures' hashes from looking at them.
  const run = await maskwright('export', at('p.mwproj'), '--snapshot', 'v1', '--format', 'overlays', '--out', at('overlays'));
  expect(run.stderr).toContain('"a.png" is another picture than when the snapshot was taken');
  expect(run.stderr).not.toContain('"b.png"');
  expect(run.status).toBe(3);
  expect(readdirSync(join(folder, 'overlays')).sort()).toEqual(['a.jpg', 'b.jpg', 'maskwright.manifest']);
});

test('going back, another name, and deleting', async () => {
  expect(await maskwright('snapshot', at('p.mwproj'), 'restore', 'v1')).toMatchObject({ status: 0, stdout: '“v1” is back; 2 instances had to be changed. Undo takes it back.\n' });
  expect((await maskwright('diff', at('p.mwproj'), 'v1')).stdout).toBe('Nothing is different.\n');
  expect((await maskwright('snapshot', at('p.mwproj'), 'rename', 'v1', '--to', 'first')).stdout).toContain('first  (2 images, 2 instances)');
  expect(await maskwright('snapshot', at('p.mwproj'), 'delete', 'first')).toMatchObject({ status: 0, stdout: 'Snapshot “first” deleted.\n' });
  expect((await maskwright('snapshot', at('p.mwproj'), 'list')).stdout).toBe('');
});
