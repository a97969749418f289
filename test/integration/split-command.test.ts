import { spawnSync } from 'node:child_process';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startCore } from '../../src-main/core/core.ts';
import type { CoreApi } from '../../src-main/core/core-api.ts';
import { resources } from '../../src-main/core/places.ts';
import { call } from '../../src-main/cli/client.ts';
import { Connection } from '../../src-main/projects/connection.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { SplitReport } from '../../src-shared/contract/splits.ts';
import type { SplitPlan } from '../../src-shared/contract/splits.ts';
import type { ProjectHandle } from '../../src-shared/contract/types.ts';
import { addBox, smallProject, temporaryFolder } from '../fixtures/small-project.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

function maskwright(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(import.meta.dirname, '../../src-main/cli/cli.ts'), ...args], { encoding: 'utf8', env: { ...process.env, MASKWRIGHT_HOME: join(folder.path, 'home') } });
}

const splitOf = async (file: string): Promise<Record<string, string | null>> => {
  const store = ProjectStore.open(file);
  try {
    return Object.fromEntries([...store.imageIds({ name: '', status: 'all' })].map((id) => [store.imageRecord(id).path, store.imageRecord(id).split]));
  } finally {
    await store.close();
  }
};

/** A project of `n` images of which every fifth has a dog and all others a cat. */
async function labeled(n: number): Promise<string> {
  const store = smallProject(folder.path, n);
  const [cat = 0, dog = 0] = store.edit('Classes', [{ type: 'class.add', name: 'cat' }, { type: 'class.add', name: 'dog' }]).created.classes;
  store.edit('Draw', Array.from({ length: n }, (_, i) => addBox(i + 1, i % 5 === 0 ? dog : cat)));
  await store.close();
  return join(folder.path, 'small.mwproj');
}

describe('maskwright split', () => {
  test('divides by ratio and class, says before and after what comes of it, and takes splits away', async () => {
    const project = await labeled(50);
    const dry = maskwright('split', project, '--ratio', 'train=6,val=2,test=2', '--seed', '1', '--stratify', '--dry-run', '--json');
    expect(dry).toMatchObject({ status: 0, stderr: '' });
    expect(new Set(Object.values(await splitOf(project)))).toEqual(new Set([null]));

    const run = maskwright('split', project, '--ratio', 'train=6,val=2,test=2', '--seed', '1', '--stratify', '--json');
    expect(run.stdout).toBe(dry.stdout);
    const { changed, parts, classes } = SplitReport.parse(JSON.parse(run.stdout));
    expect([changed, ...parts.map(({ name, images }) => `${name} ${images}`)]).toEqual([50, 'train 30', 'val 10', 'test 10']);
    expect(classes.map(({ name, images }) => [name, images])).toEqual([['cat', [24, 8, 8]], ['dog', [6, 2, 2]]]);
    expect(Object.values(await splitOf(project)).filter((split) => split === 'val')).toHaveLength(10);

    expect(maskwright('split', project, '--clear').stdout).toBe('50 images have no split any more.\n');
    expect(new Set(Object.values(await splitOf(project)))).toEqual(new Set([null]));
  });

  test('keeps near-duplicates together; pictures that cannot be read are named, and looked at again only when they change', async () => {
    const photos = join(folder.path, 'photos');
    mkdirSync(photos);
    for (let n = 0; n < 6; n++) {
      const picture = sharp(texture(n), { raw: { width: 12, height: 9, channels: 3 } }).resize(240, 180, { kernel: 'cubic' });
      await picture.clone().png().toFile(join(photos, `scene${n}.png`));
      await picture.clone().resize(120, 90).jpeg({ quality: 40 }).toFile(join(photos, `copy${n}.jpg`));
    }
    writeFileSync(join(photos, 'broken.jpg'), 'no picture');
    const project = join(folder.path, 'p.mwproj');
    const store = ProjectStore.create(project, 'p');
    store.addImages(store.addRoot(photos), ['broken.jpg', ...Array.from({ length: 6 }, (_, n) => [`scene${n}.png`, `copy${n}.jpg`]).flat()]);
    await store.close();

    const run = maskwright('split', project, '--ratio', 'train=1,val=1', '--group', 'duplicates', '--json');
    expect(run.stderr).toContain('broken.jpg: “broken.jpg” is');
    expect(run.status).toBe(3);
    expect(SplitReport.parse(JSON.parse(run.stdout))).toMatchObject({ unseen: 1, groups: { count: 6, images: 12, largest: 2, straddling: 0 } });
    const splits = await splitOf(project);
    for (let n = 0; n < 6; n++) expect(splits[`copy${n}.jpg`]).toBe(splits[`scene${n}.png`]);

    // Another picture under the same name has another like.
    await sharp(join(photos, 'scene1.png')).jpeg().toFile(join(photos, 'other.jpg'));
    writeFileSync(join(photos, 'copy0.jpg'), await sharp(join(photos, 'other.jpg')).toBuffer());
    utimesSync(join(photos, 'copy0.jpg'), new Date(), new Date(Date.now() + 10_000));
    const changed = maskwright('split', project, '--ratio', 'train=1,val=1', '--group', 'duplicates', '--again', '--dry-run', '--json');
    expect(SplitReport.parse(JSON.parse(changed.stdout))).toMatchObject({ groups: { count: 5, images: 11, largest: 3 } });
  });
});

/** 12 × 9 pixels of noise. */
function texture(seed: number): Buffer {
  let state = seed * 7919 + 17;
  return Buffer.from(Array.from({ length: 12 * 9 * 3 }, () => ((state = (state * 48_271) % 2_147_483_647) / 2_147_483_647) * 255));
}

/** A core with the small project open. */
async function withCore(work: (core: CoreApi, project: ProjectHandle) => Promise<void>): Promise<void> {
  const core = await startCore({ host: 'cli', initialProject: null, dataDir: join(folder.path, 'home'), resources: resources() });
  try {
    await work(core, (await call(core, 'project.open', { path: join(folder.path, 'small.mwproj') })).project);
  } finally {
    await core.close();
  }
}

describe('in the window', () => {
  const PLAN: SplitPlan = { parts: [{ name: 'train', share: 4 }, { name: 'val', share: 1 }], seed: 7, stratify: false, groups: { folder: false, duplicates: false, pattern: null }, again: false };
  const MANY = 6000;

  test('thousands of images are divided, taken back and divided again as one small step', async () => {
    const store = ProjectStore.create(join(folder.path, 'small.mwproj'), 'Many');
    store.addImages(store.addRoot(folder.path), Array.from({ length: MANY }, (_, i) => `p${i}.jpg`));
    await store.close();
    await withCore(async (core, project) => {
      const counts = async (): Promise<unknown> => (await call(core, 'splits.counts', { project })).map(({ name, images }) => `${name} ${images}`);
      const edited: string[] = [];
      core.subscribe((name, data) => name === 'project.edited' && edited.push((data as { edit: { label: string } }).edit.label));

      const { edit } = await call(core, 'splits.apply', { project, plan: PLAN, label: 'Split images' });
      expect(edit).toMatchObject({ label: 'Split images', manyImages: true, undo: { undo: 'Split images', redo: null } });
      expect(await counts()).toEqual([`train ${MANY * 0.8}`, `val ${MANY * 0.2}`]);
      const shown = await call(core, 'images.ids', { project, filter: { name: '', status: 'all', split: { name: 'val' } } });
      expect(shown.ids.length / 4).toBe(MANY * 0.2);

      expect(await call(core, 'project.undo', { project })).toMatchObject({ label: 'Split images', undo: { undo: null, redo: 'Split images' } });
      expect(await counts()).toEqual([`null ${MANY}`]);
      expect(await call(core, 'project.redo', { project })).toMatchObject({ label: 'Split images', undo: { undo: 'Split images', redo: null } });
      expect(await counts()).toEqual([`train ${MANY * 0.8}`, `val ${MANY * 0.2}`]);
      await expect(call(core, 'project.redo', { project })).rejects.toMatchObject({ code: 'nothing-to-undo' });

      // Pressed twice, before the first is through.
      await call(core, 'project.edit', { project, label: 'Add class', commands: [{ type: 'class.add', name: 'cat' }] });
      await call(core, 'project.undo', { project });
      const [long, short] = await Promise.all([call(core, 'project.undo', { project }), call(core, 'project.redo', { project }), call(core, 'project.redo', { project })]);
      expect([long.label, short.label]).toEqual(['Split images', 'Split images']);
      expect(await call(core, 'project.undo', { project })).toMatchObject({ label: 'Add class', undo: { undo: 'Split images', redo: 'Add class' } });

      const { edit: nothing, report } = await call(core, 'splits.apply', { project, plan: { ...PLAN, seed: 8 }, label: 'Again' });
      expect([nothing, report.changed, report.locked]).toEqual([null, 0, MANY]);
      expect(edited.slice(0, 3)).toEqual(['Split images', 'Split images', 'Split images']);
    });
    const connection = Connection.readOnly(join(folder.path, 'small.mwproj'));
    expect(connection.value<number>('SELECT sum(length(edits)) FROM journal')).toBeLessThan(3 * MANY);
    connection.close();
  });

  test('a split is given by hand to one image or to those that a filter lets through', async () => {
    await smallProject(folder.path, 12).close();
    await withCore(async (core, project) => {
      const rows = async (): Promise<unknown[]> => (await call(core, 'images.rows', { project, ids: [1, 2, 11, 12] })).map(({ split }) => split);
      await call(core, 'splits.set', { project, images: { ids: [2] }, split: 'hold out', label: 'Set' });
      await call(core, 'splits.set', { project, images: { filter: { name: 'shot1', status: 'all' } }, split: 'test', label: 'Set more' });
      expect(await rows()).toEqual(['test', 'hold out', 'test', 'test']);
      await call(core, 'splits.set', { project, images: { filter: { name: '', status: 'all', split: { name: 'test' } } }, split: null, label: 'Clear' });
      expect(await rows()).toEqual([null, 'hold out', null, null]);
      await call(core, 'project.undo', { project });
      await call(core, 'project.undo', { project });
      expect(await rows()).toEqual([null, 'hold out', null, null]);
      await expect(call(core, 'splits.set', { project, images: { ids: [2] }, split: ' ', label: 'Set' })).rejects.toMatchObject({ code: 'bad-request' });
      await expect(call(core, 'splits.set', { project, images: { ids: [99] }, split: 'a', label: 'Set' })).rejects.toMatchObject({ code: 'no-such-image' });
    });
  });
});
