import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { addBox, smallProject, temporaryFolder } from '../fixtures/small-project.ts';

const DRAWER = fileURLToPath(new URL('../fixtures/project-drawer.ts', import.meta.url));
const SECOND = fileURLToPath(new URL('../fixtures/second-connection.ts', import.meta.url));

/** A closed project with one object. */
async function project(folder: string): Promise<string> {
  const store = smallProject(folder, 3);
  store.edit('Draw', [addBox(1, null)]);
  await store.close();
  return store.path;
}

/** A program that adds objects one by one and is killed with SIGKILL, leaving its edits in the log. */
async function killedAfter(path: string, objects: number, beforeKill: (drawMore: () => Promise<void>) => Promise<void> | void = () => undefined): Promise<void> {
  const child = spawn(process.execPath, [DRAWER, path, String(objects)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(String(said)).toBe('drawn\n');
  await beforeKill(async () => {
    child.stdin.write('more\n');
    await once(child.stdout, 'data');
  });
  child.kill('SIGKILL');
  await once(child, 'close');
}

async function opened(path: string): Promise<{ objects: number; problem: string | null; warnings: string[] }> {
  const store = ProjectStore.open(path);
  const { instances, readOnly, warnings } = store.info();
  await store.close();
  return { objects: instances, problem: readOnly?.message ?? null, warnings: warnings.map(({ message }) => message) };
}

/** Bytes of a frame of the log: 24 before each page (https://www.sqlite.org/fileformat2.html#the_write_ahead_log). */
const FRAME = 4096 + 24;

/** Bytes of the project and its log; a missing log is as good as an empty one. */
const bytesOf = (path: string): Buffer => Buffer.concat([path, `${path}-wal`].map((file) => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0))));

describe('after a program was killed', () => {
  test('the project is sound when an engine was the last to close it, and emptied the log', async () => {
    using folder = temporaryFolder();
    const path = await project(folder.path);
    const engine = spawn(process.execPath, [SECOND, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(engine.stdout, 'data');
    await killedAfter(path, 5);
    engine.stdin.end('Renamed\n');
    await once(engine, 'close');
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(existsSync(`${path}.lock`)).toBe(true);

    const store = ProjectStore.open(path);
    expect(store.info()).toMatchObject({ readOnly: null, warnings: [], name: 'Renamed', instances: 6 });
    store.edit('Draw', [addBox(1, null)]);
    await store.close();
    expect(readdirSync(folder.path)).toEqual(['small.mwproj']);
  });

  test('the project, its log and what lies beside them can be moved to another disk together', async () => {
    using folder = temporaryFolder();
    using elsewhere = temporaryFolder();
    const path = await project(folder.path);
    await killedAfter(path, 5);
    for (const name of readdirSync(folder.path)) copyFileSync(join(folder.path, name), join(elsewhere.path, name));
    expect(await opened(join(elsewhere.path, 'small.mwproj'))).toEqual({ objects: 6, problem: null, warnings: [] });
  });

  test.each([
    ['is gone', (log: string) => rmSync(log), /newest 5 changes are missing.*small\.mwproj-wal.*is gone/],
    ['is gone with its index', (log: string) => { rmSync(log); rmSync(log.replace(/wal$/, 'shm')); }, /newest 5 changes are missing.*is gone/],
    ['is empty', (log: string) => truncateSync(log), /newest 5 changes are missing.*is gone/],
    ['lacks its last frame', (log: string) => truncateSync(log, statSync(log).size - FRAME), /newest change is missing.*small\.mwproj-wal.*damaged or cut off/],
    ['is cut in the middle of a frame', (log: string) => truncateSync(log, statSync(log).size - 100), /newest change is missing.*damaged or cut off/],
    ['has a wrong byte in its last frame', (log: string) => flip(log, statSync(log).size - 1000), /newest change is missing.*damaged or cut off/],
    ['has a wrong byte in its first frames', (log: string) => flip(log, 32 + 2 * FRAME + 200), /newest [45] changes are missing.*damaged or cut off/],
    ['has a wrong byte in its header', (log: string) => flip(log, 17), /newest 5 changes are missing.*damaged or cut off/],
  ])('a log that %s is noticed each time, and nothing is written over it', async (_, harm, said) => {
    using folder = temporaryFolder();
    const path = await project(folder.path);
    await killedAfter(path, 5);
    harm(`${path}-wal`);
    const before = bytesOf(path);
    expect((await opened(path)).problem).toMatch(said);
    expect((await opened(path)).problem).toMatch(said);
    expect(bytesOf(path).equals(before)).toBe(true);
  });

  test('what is left of a project with a damaged log can be gone on with in a backup', async () => {
    using folder = temporaryFolder();
    const path = await project(folder.path);
    await killedAfter(path, 5);
    truncateSync(`${path}-wal`, statSync(`${path}-wal`).size - 100);
    const store = ProjectStore.open(path);
    const copy = await store.backup();
    await store.close();
    expect(await opened(copy)).toEqual({ objects: 5, problem: null, warnings: [] });
  });

  test('a log whose lock file was deleted is checked all the same', async () => {
    using folder = temporaryFolder();
    const path = await project(folder.path);
    await killedAfter(path, 5);
    rmSync(`${path}.lock`);
    rmSync(`${path}-wal`);
    expect((await opened(path)).problem).toMatch(/newest 5 changes are missing/);
  });
});

/** A project with two objects of which a copy was made, then changed by a program that was killed. With `resets`, SQLite has begun its log anew in between. */
async function withOlderCopy(folder: string, how: 'backup' | 'file copied while closed', resets: boolean): Promise<{ path: string; copy: string }> {
  const path = await project(folder);
  const first = ProjectStore.open(path);
  first.edit('Draw', [addBox(2, null)]);
  let copy = join(folder, 'copy.mwproj');
  if (how === 'backup') copy = await first.backup();
  else {
    await first.close();
    copyFileSync(path, copy);
  }
  if (how === 'backup') await first.close();
  await killedAfter(path, resets ? 400 : 20);
  return { path, copy };
}

describe('an older copy put in the place of a killed program’s project', () => {
  test.each([
    ['backup', false, 'renamed'], ['backup', true, 'renamed'], ['backup', true, 'copied over it'],
    ['file copied while closed', false, 'copied over it'], ['file copied while closed', true, 'renamed'],
  ] as const)('(%s, log reset: %s, %s) opens as it is; the later log is set aside, and it is said', async (how, resets, put) => {
    using folder = temporaryFolder();
    const { path, copy } = await withOlderCopy(folder.path, how, resets);
    const log = readFileSync(`${path}-wal`);
    if (put === 'renamed') renameSync(copy, path);
    else copyFileSync(copy, path);

    const store = ProjectStore.open(path);
    const { instances, readOnly, warnings } = store.info();
    expect({ instances, readOnly }).toEqual({ instances: 2, readOnly: null });
    const [aside = ''] = readdirSync(folder.path).filter((name) => /^small\.log-.*\.mwproj-wal$/.test(name));
    expect(readFileSync(join(folder.path, aside)).equals(log)).toBe(true);
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining(aside)]);
    store.edit('Draw', [addBox(3, null)]);
    await store.close();
    // Said once: the log is no longer beside the project.
    expect(await opened(path)).toEqual({ objects: 3, problem: null, warnings: [] });
  });

  test('a copy of the bare file, made while it was open, is not mixed with what the log got later', async () => {
    using folder = temporaryFolder();
    const path = await project(folder.path);
    const copy = join(folder.path, 'copy.mwproj');
    await killedAfter(path, 100, async (drawMore) => {
      copyFileSync(path, copy);
      await drawMore();
    });
    copyFileSync(copy, path);
    const { objects, problem, warnings } = await opened(path);
    expect(problem).toBeNull();
    expect(warnings).toEqual([expect.stringContaining('small.log-')]);
    expect(objects).toBeGreaterThan(1);
    expect(objects).toBeLessThan(102);
    const db = new Database(path, { readonly: true });
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
  });

  test('without the log opens as it is', async () => {
    using folder = temporaryFolder();
    const { path, copy } = await withOlderCopy(folder.path, 'backup', false);
    rmSync(`${path}-wal`);
    rmSync(`${path}-shm`);
    renameSync(copy, path);
    expect(await opened(path)).toEqual({ objects: 2, problem: null, warnings: [] });
  });
});

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.from([(bytes[at] ?? 0) ^ 0xff]), 0, 1, at);
  closeSync(handle);
}
