import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import type { EditResult, Job } from '../../src-shared/contract/types.ts';
import { byHand } from '../fixtures/small-project.ts';
import { connectTo, engineProcesses, startProgram } from '../helpers/program.ts';
import type { Program, TestConnection } from '../helpers/program.ts';

/** Enough that writing them takes some tenths of a second, and so many pages that SQLite puts some into the log before it commits. */
const INSTANCES = 20_000;
const IMAGES = 40;

let folder: string;
let path: string;
let dataset: string;
let program: Program;
let page: TestConnection;
let project: string;
let projects = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-once-'));
  dataset = join(folder, 'instances.json');
  const annotations = Array.from({ length: INSTANCES }, (_, i) => ({ id: i + 1, image_id: 1 + (i % IMAGES), category_id: 1, bbox: [i % 90, 2, 5, 5] }));
  writeFileSync(dataset, JSON.stringify({ images: Array.from({ length: IMAGES }, (_, i) => ({ id: i + 1, file_name: `${i}.jpg`, width: 100, height: 80 })), categories: [{ id: 1, name: 'cat' }], annotations }));
  mkdirSync(join(folder, 'home'));
  await start();
});
afterAll(async () => {
  page.close();
  await program.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  path = join(folder, `${++projects}.mwproj`);
  await ProjectStore.create(path, 'p').close();
  ({ project } = await page.call('project.open', { path }));
});

async function start(): Promise<void> {
  program = await startProgram({ home: join(folder, 'home') });
  page = await connectTo(program.address);
}

const startImport = async (): Promise<string> => (await page.call('project.import', { project, path: dataset, format: 'coco', pictures: [] })).job;
const jobs = (): Promise<Job[]> => page.call('jobs.list', {});
const instances = async (): Promise<number> => (await page.call('project.info', { project })).instances;

async function ended(id: string): Promise<Job> {
  for (;;) {
    const job = (await jobs()).find(({ job }) => job === id);
    if (job !== undefined && job.state !== 'running') return job;
    await new Promise(setImmediate);
  }
}

/** The next sentence of main's that something happened. */
const told = (event: 'project.edited'): Promise<unknown> => new Promise((resolve) => page.on(event, resolve));

/** Comes while an engine has a transaction open in which much was written already. */
async function writing(): Promise<void> {
  const before = sizeOf(`${path}-wal`);
  while (sizeOf(`${path}-wal`) < before + 200_000) await new Promise(setImmediate);
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Comes at the moment in which an engine commits what makes `sql` give a row. */
async function committed(sql: string): Promise<void> {
  const db = new Database(path, { readonly: true });
  const look = db.prepare(sql).pluck();
  while (look.get() === undefined) await new Promise(setImmediate);
  db.close();
}

/** The engines at work, known before the moment in which they are to be killed: looking for them takes longer than that lasts. */
async function engines(): Promise<readonly number[]> {
  for (;;) {
    const found = engineProcesses(program, 'datasets');
    if (found.length > 0) return found;
    await new Promise(setImmediate);
  }
}

/** One that is quicker has ended by itself, and what is claimed holds all the same. */
function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'ESRCH') throw error;
    }
  }
}

/** The project is opened by a fresh program, in which whatever was interrupted goes on to its end. */
async function startAgain(): Promise<void> {
  page.close();
  await start();
  ({ project } = await page.call('project.open', { path }));
  await expect.poll(async () => (await jobs()).filter(({ state }) => state === 'running')).toEqual([]);
}

const ONE = 'SELECT 1 FROM instances LIMIT 1';

test('an import is there once when main is killed after its commit', async () => {
  const edited = told('project.edited');
  await startImport();
  await edited;
  program.process.kill('SIGKILL');
  await startAgain();
  expect(await instances()).toBe(INSTANCES);
});

test.each(['SIGINT', 'SIGKILL'] as const)('an import is there once when the program gets %s while it is written', async (signal) => {
  const edited = told('project.edited');
  await startImport();
  await Promise.race([writing(), edited]);
  // Asked once only: a second time would end it by force.
  const gone = once(program.process, 'exit');
  program.process.kill(signal);
  await gone;
  await startAgain();
  await expect.poll(instances).toBe(INSTANCES);
  expect((await page.call('project.info', { project })).undo.undo).toBe('Import instances.json');
  await page.call('project.undo', { project });
  expect(await instances()).toBe(0);
});

test('an import that is cancelled while it is written says what became of it', async () => {
  const edited = told('project.edited');
  const job = await startImport();
  await Promise.race([writing(), edited]);
  await page.call('jobs.cancel', { job });
  expect(await ended(job)).toMatchObject({ state: 'done', message: expect.stringContaining('20,000 instances on 40 images') as string });
  expect(await instances()).toBe(INSTANCES);
});

test('an import whose engine is killed before it commits is done once', async () => {
  const edited = told('project.edited');
  const job = await startImport();
  const working = await engines();
  await Promise.race([writing(), edited]);
  kill(working);
  expect(await ended(job)).toMatchObject({ state: 'done', message: expect.stringContaining('20,000 instances on 40 images') as string });
  expect(await instances()).toBe(INSTANCES);
});

test('an import whose engine is killed after it committed is done, and the next edit sees it', async () => {
  const job = await startImport();
  const working = await engines();
  await committed(ONE);
  kill(working);
  expect(await ended(job)).toMatchObject({ state: 'done', message: expect.stringContaining('20,000 instances on 40 images') as string });
  const edit = await page.call('project.edit', { project, label: 'Add class', commands: [{ type: 'class.add', name: 'dog' }] });
  expect(edit.created.classes).toHaveLength(1);
  expect((await page.call('project.info', { project })).classes.map(({ name, instances }) => [name, instances])).toEqual([['cat', INSTANCES], ['dog', 0]]);
});

test('a long undo whose engine is killed after it committed is done once, and what was asked for next comes after it', async () => {
  const commands = [{ type: 'instance.add' as const, image: 1, class: null, shape: { kind: 'box' as const, box: { x: 1, y: 1, width: 5, height: 5 } }, provenance: byHand }];
  await ended(await startImport());
  await page.call('project.edit', { project, label: 'Before', commands });
  await page.call('project.undo', { project });
  const asked = page.together(() => [page.call('project.undo', { project }), page.call('project.edit', { project, label: 'After', commands })]);
  const working = await engines();
  await committed("SELECT 1 FROM journal WHERE label = 'Import instances.json' AND undone = 1");
  kill(working);
  const [undone, edit] = await Promise.all(asked);
  expect([undone?.label, edit?.label]).toEqual(['Import instances.json', 'After']);
  expect(edit?.undo).toEqual({ undo: 'After', redo: null });
  expect(await instances()).toBe(1);
});

test('a large edit whose engine is killed after it committed is done once, and says what it made', async () => {
  await ended(await startImport());
  const commands = Array.from({ length: 3000 }, (_, i) => ({ type: 'instance.add' as const, image: 1 + (i % IMAGES), class: null, shape: { kind: 'box' as const, box: { x: i % 90, y: 1, width: 5, height: 5 } }, provenance: byHand }));
  const asked = page.call('project.edit', { project, label: 'Paste', commands });
  const working = await engines();
  await committed("SELECT 1 FROM journal WHERE label = 'Paste'");
  kill(working);
  const { created, images, undo } = await asked;
  expect(created.instances).toEqual(Array.from({ length: 3000 }, (_, i) => INSTANCES + 1 + i));
  expect([images.length, undo.undo]).toEqual([IMAGES, 'Paste']);
  expect(await instances()).toBe(INSTANCES + 3000);
  await page.call('project.undo', { project });
  expect(await instances()).toBe(INSTANCES);
});

test('while a large edit is written the program answers', async () => {
  await ended(await startImport());
  const ids = Array.from({ length: INSTANCES }, (_, i) => i + 1);
  const ring = Array.from({ length: 40_000 }, (_, i) => [50 + 40 * Math.cos(i), 40 + 30 * Math.sin(i)]).flat();
  const heavy = { type: 'instance.add' as const, image: 1, class: null, shape: { kind: 'polygon' as const, parts: [{ outer: ring, holes: [] }] }, provenance: byHand };
  for (const [label, command] of [['Class', { type: 'instance.update', ids, class: null }], ['Delete', { type: 'instance.remove', ids }], ['Polygon', heavy]] as const) {
    const answers: string[] = [];
    await Promise.all(page.together(() => [page.call('project.edit', { project, label, commands: [command] }).then((edit) => answers.push(edit.label)), page.call('project.info', { project }).then(() => answers.push('info'))]));
    expect(answers).toEqual(['info', label]);
  }
  expect(await instances()).toBe(1);
  // What was undone is deleted for good by the next edit, however small that is.
  for (let step = 0; step < 4; step++) await page.call('project.undo', { project });
  const answers: string[] = [];
  await Promise.all(page.together(() => [page.call('project.edit', { project, label: 'Small', commands: [{ type: 'class.add', name: 'dog' }] }).then((edit) => answers.push(edit.label)), page.call('project.info', { project }).then(() => answers.push('info'))]));
  expect(answers).toEqual(['info', 'Small']);
  const info = await page.call('project.info', { project });
  expect([info.instances, info.undo, info.classes.map(({ name }) => name)]).toEqual([0, { undo: 'Small', redo: null }, ['dog']]);
});

test('an edit with more corners than anybody draws is refused in words', async () => {
  const ring = Array.from({ length: 100_000 }, (_, i) => [50 + 40 * Math.cos(i), 40 + 30 * Math.sin(i)]).flat();
  const command = { type: 'instance.add' as const, image: 1, class: null, shape: { kind: 'polygon' as const, parts: [{ outer: ring, holes: [] }] }, provenance: byHand };
  await expect(page.call('project.edit', { project, label: 'Polygons', commands: Array.from({ length: 6 }, () => command) })).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('at most 500,000 corners in all') as string });
});

test('calls that arrive in one piece are carried out in their order, and told in it', async () => {
  await ended(await startImport());
  const add = (label: string, x: number): Promise<EditResult> => page.call('project.edit', { project, label, commands: [{ type: 'instance.add', image: 1, class: null, shape: { kind: 'box', box: { x, y: 1, width: 5, height: 5 } }, provenance: byHand }] });
  await add('First', 1);
  const heard: string[] = [];
  page.on('project.edited', ({ edit }) => heard.push(edit.label));
  const answered: string[] = [];
  const asked = page.together(() => [page.call('project.undo', { project }), add('Second', 50), page.call('project.undo', { project }), page.call('project.redo', { project }), add('Third', 60)].map((call) => call.then(({ label }) => answered.push(label))));
  await Promise.all(asked);
  expect(answered).toEqual(['First', 'Second', 'Second', 'Second', 'Third']);
  expect(heard).toEqual(answered);
  const open = await page.call('images.open', { project, image: 1 });
  expect(open.instances.flatMap(({ shape, class: cls }) => (cls === null && shape.kind === 'box' ? [shape.box.x] : []))).toEqual([50, 60]);
});
