import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import { byHand } from '../fixtures/small-project.ts';
import { connectTo, engineProcesses, startProgram } from '../helpers/program.ts';
import type { Program, TestConnection } from '../helpers/program.ts';
import { temporaryIn } from '../helpers/processes.ts';

const KILLS = 30;
const SEED = 77;
/** Main writes a small one itself; a large one is written by an engine. */
const SMALL = 2;
const LARGE = 700;
/** Calls on their way at a time. */
const WINDOW = 4;
const SIDE = 4000;

/** What a page asks for, in the order in which it does. Adding and importing make boxes that can be told from all others. */
type Operation = { readonly kind: 'add' | 'import'; readonly id: number; readonly boxes: number } | { readonly kind: 'undo' | 'redo' };
type Made = Extract<Operation, { readonly id: number }>;

/** The project as it should be: what is done, and what was undone, the next to redo last. */
interface Expected {
  readonly done: readonly Made[];
  readonly undone: readonly Made[];
}

function after({ done, undone }: Expected, operation: Operation): Expected {
  if ('id' in operation) return { done: [...done, operation], undone: [] };
  const [from, to] = operation.kind === 'undo' ? [done, undone] : [undone, done];
  const last = from.at(-1);
  const moved = last === undefined ? [from, to] : [from.slice(0, -1), [...to, last]];
  const [fewer = [], more = []] = moved;
  return operation.kind === 'undo' ? { done: fewer, undone: more } : { done: more, undone: fewer };
}

const named = ({ kind, id }: Made): string => `${kind} ${id}`;
const shown = ({ done, undone }: Expected): unknown => ({ boxes: sorted(done.map((made) => [named(made), made.boxes])), undo: labelOf(done.at(-1)), redo: labelOf(undone.at(-1)) });
const sorted = (boxes: [string, number][]): unknown => boxes.toSorted(([a], [b]) => (a < b ? -1 : 1));
const labelOf = (made: Made | undefined): string | null => (made === undefined ? null : made.kind === 'import' ? `Import ${made.id}.json` : named(made));

/** Mulberry32 (public domain, Tommy Ettinger). */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = randoms(SEED);
const folder = mkdtempSync(join(tmpdir(), 'maskwright-kills-'));
const path = join(folder, 'p.mwproj');
let program: Program;
let page: TestConnection;
let project: string;
let image: number;
let ids = 0;

beforeAll(async () => {
  for (const name of ['home', 'tmp']) mkdirSync(join(folder, name));
  await sharp({ create: { width: SIDE, height: 40, channels: 3, background: '#456' } }).png().toFile(join(folder, 'a.png'));
  const store = ProjectStore.create(path, 'p');
  store.addImages(store.addRoot(folder), ['a.png']);
  await store.close();
});
afterAll(async () => {
  page.close();
  await program.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  program = await startProgram({ home: join(folder, 'home'), open: path, env: temporaryIn(join(folder, 'tmp')) });
  page = await connectTo(program.address);
  const info = await page.call('project.open', { path });
  expect(info.readOnly).toBeNull();
  ({ project } = info);
  await expect.poll(async () => (await page.call('jobs.list', {})).filter(({ state }) => state === 'running')).toEqual([]);
  [image = 0] = new Uint32Array((await page.call('images.ids', { project, filter: {} })).ids.slice().buffer);
}

/** The project as it is, in the terms of shown(). */
async function seen(): Promise<unknown> {
  const { classes, undo, instances: total } = await page.call('project.info', { project });
  const { instances } = await page.call('images.open', { project, image });
  expect(instances.length).toBe(total);
  const names = new Map(classes.map(({ id, name }) => [id, name]));
  const boxes = new Map<string, number>();
  for (const { class: cls, box } of instances) {
    const name = cls === null ? `add ${box.x}` : (names.get(cls) ?? '?');
    boxes.set(name, (boxes.get(name) ?? 0) + 1);
  }
  return { boxes: sorted([...boxes]), undo: undo.undo, redo: undo.redo };
}

function next(): Operation {
  const dice = random();
  if (dice < 0.2) return { kind: 'undo' };
  if (dice < 0.3) return { kind: 'redo' };
  if (dice < 0.34) return { kind: 'import', id: ++ids, boxes: 20 };
  return { kind: 'add', id: ++ids, boxes: dice < 0.4 ? LARGE : SMALL };
}

/** Resolves once it is answered, an import once its job has ended. Rejects when the program is gone. */
async function ask(operation: Operation, answered: () => void): Promise<void> {
  if (operation.kind === 'add') {
    const command: EditCommand = { type: 'instance.add', image, class: null, shape: { kind: 'box', box: { x: operation.id, y: 1, width: 1, height: 1 } }, provenance: byHand };
    await page.call('project.edit', { project, label: named(operation), commands: Array.from({ length: operation.boxes }, () => command) });
  } else if (operation.kind === 'import') {
    const dataset = join(folder, `${operation.id}.json`);
    const annotations = Array.from({ length: operation.boxes }, (_, i) => ({ id: i + 1, image_id: 1, category_id: 1, bbox: [i, 2, 3, 3] }));
    writeFileSync(dataset, JSON.stringify({ images: [{ id: 1, file_name: 'a.png', width: SIDE, height: 40 }], categories: [{ id: 1, name: named(operation) }], annotations }));
    const { job } = await page.call('project.import', { project, path: dataset, format: 'coco', pictures: [folder] });
    // From now on it comes to its end, whatever happens.
    answered();
    for (;;) {
      const found = (await page.call('jobs.list', {})).find((one) => one.job === job);
      if (found?.state !== 'running') return expect(found).toMatchObject({ state: 'done' });
      await wait(5);
    }
  } else {
    await page.call(`project.${operation.kind}`, { project }).catch((error: unknown) => {
      // There was nothing to take back.
      if (!(error instanceof MaskwrightError) || error.code !== 'nothing-to-undo') throw error;
    });
  }
  answered();
}

/** Works at full speed until the program is gone; gives what was acknowledged, and what was on its way. */
async function work(expected: Expected, gone: () => boolean): Promise<{ acknowledged: Expected; underWay: Operation[] }> {
  let acknowledged = expected;
  const underWay: Operation[] = [];
  const asked = new Set<Promise<void>>();
  while (!gone()) {
    const operation = next();
    // An import takes its place among the edits when it is written: nobody edits meanwhile.
    if (operation.kind === 'import') await Promise.all(asked);
    if (gone()) break;
    underWay.push(operation);
    const done = ask(operation, () => {
      if (underWay[0] !== operation) return;
      underWay.shift();
      acknowledged = after(acknowledged, operation);
    }).catch((error: unknown) => {
      if (!gone()) throw error;
    });
    const settled = done.finally(() => asked.delete(settled));
    asked.add(settled);
    if (operation.kind === 'import' || asked.size >= WINDOW) await (operation.kind === 'import' ? settled : Promise.race(asked));
  }
  await Promise.all(asked);
  return { acknowledged, underWay };
}

function checkFile(): void {
  const copy = join(folder, 'copy.db');
  copyFileSync(path, copy);
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
  const db = new Database(copy);
  expect([db.pragma('integrity_check', { simple: true }), db.pragma('foreign_key_check')]).toEqual(['ok', []]);
  db.close();
  for (const rest of ['', '-wal', '-shm']) rmSync(copy + rest, { force: true });
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test(`after each of ${KILLS} kills at full speed everything acknowledged is there once, in order, and can be undone`, async () => {
  let expected: Expected = { done: [], undone: [] };
  await start();
  for (let kill = 0; kill < KILLS; kill++) {
    let isGone = false;
    const ending = once(program.process, 'exit');
    void ending.then(() => (isGone = true));
    const working = work(expected, () => isGone || program.process.killed);
    await wait(20 + random() ** 2 * 1_500);
    const engines = (['sam', 'images', 'datasets'] as const).flatMap((engine) => engineProcesses(program, engine));
    program.process.kill('SIGKILL');
    page.close();
    await ending;
    const { acknowledged, underWay } = await working;
    await expect.poll(() => engines.filter(isAlive)).toEqual([]);
    checkFile();

    await start();
    // The first so many of those on their way are there.
    const possible = [acknowledged];
    for (const operation of underWay) possible.push(after(possible.at(-1) ?? acknowledged, operation));
    const found = await seen();
    const match = possible.find((state) => JSON.stringify(shown(state)) === JSON.stringify(found)) ?? acknowledged;
    expect(found, `kill ${kill}, on their way: ${JSON.stringify(underWay)}`).toEqual(shown(match));

    expected = match;
    for (let back = 0; back < 2 && expected.done.length > 0; back++) {
      await page.call('project.undo', { project });
      expected = after(expected, { kind: 'undo' });
      expect(await seen()).toEqual(shown(expected));
    }
  }
  expect(expected.done.length + expected.undone.length).toBeGreaterThan(0);
}, 900_000);
