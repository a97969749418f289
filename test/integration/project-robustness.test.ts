import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { takeSnapshot } from '../../src-main/projects/snapshots/take-snapshot.ts';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { APPLICATION_ID, NEWEST_VERSION } from '../../src-main/projects/migrations/migrate.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { addBox, smallProject, temporaryFolder } from '../fixtures/small-project.ts';
import { mayLink } from '../helpers/links.ts';

const WRITER = fileURLToPath(new URL('../fixtures/project-writer.ts', import.meta.url));

/** A project with some labels, closed: all of it is in the one file. */
async function closedProject(folder: string, images = 8): Promise<string> {
  const store = smallProject(folder, images);
  store.edit('Draw', Array.from({ length: 200 }, (_, i) => addBox(1 + (i % images), null)));
  await store.close();
  return store.path;
}

/** Overwrites bytes of a file in place. */
function patch(file: string, at: number, bytes: Uint8Array): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, bytes, 0, bytes.length, at);
  closeSync(handle);
}

/** Where a b-tree's first page begins in the file. */
function pageOf(file: string, table: string): number {
  const db = new Database(file, { readonly: true });
  const page = db.prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table) ?? 0;
  const size = Number(db.pragma('page_size', { simple: true }));
  db.close();
  rmSync(`${file}-shm`, { force: true });
  rmSync(`${file}-wal`, { force: true });
  return (page - 1) * size;
}

describe('38: a project file that is not as it should be', () => {
  test('a damaged page turns the project read-only, leaves the file untouched, and a backup can be made', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    patch(path, pageOf(path, 'instances_by_class') + 3, Buffer.alloc(40, 0xff));
    const bytes = readFileSync(path);

    const told = Promise.withResolvers<Problem>();
    const store = ProjectStore.open(path, { onReadOnly: told.resolve });
    const problem = await told.promise;
    expect(problem.code).toBe('project-damaged');
    expect(problem.message).toContain('small.mwproj');
    expect(store.readOnly).toEqual(problem);
    expect(() => store.edit('Draw', [addBox(1, null)])).toThrow(expect.objectContaining({ code: 'project-damaged' }));
    expect(store.instances(1)).toHaveLength(25);

    const copy = await store.backup();
    expect(readdirSync(folder.path)).toContain(copy.slice(folder.path.length + 1));
    expect(copy).toMatch(/small\.backup-\d{8}-\d{6}\.mwproj$/);
    await store.close();
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('damage that an edit meets is not written over: the edit is refused and nothing of it stays', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    patch(path, pageOf(path, 'instances_by_image') + 3, Buffer.alloc(40, 0xff));
    const bytes = readFileSync(path);
    const store = ProjectStore.open(path);
    expect(() => store.edit('Draw', [addBox(1, null)])).toThrow(expect.objectContaining({ code: 'project-damaged' }));
    expect(store.readOnly?.code).toBe('project-damaged');
    expect(store.info().undo).toEqual({ undo: 'Draw', redo: null });
    await store.close();
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('closing while the whole file is being checked ends both in good order', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    for (let i = 0; i < 20; i++) {
      const store = ProjectStore.open(path);
      await new Promise((resolve) => setImmediate(resolve));
      await store.close();
      expect(readdirSync(folder.path)).toEqual(['small.mwproj']);
    }
  });

  test('a shape that cannot be read is named and left as it is; all else can be worked on, and no export leaves it out in silence', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    const db = new Database(path);
    db.exec("UPDATE shapes SET shape = x'00ff' WHERE instance = 9; UPDATE journal SET edits = x'c1'");
    db.close();
    const store = ProjectStore.open(path);
    expect(store.instances(2)).toHaveLength(25);
    expect(store.readOnly).toBeNull();
    expect(store.instances(1).map(({ id }) => id)).not.toContain(9);
    expect(store.instances(1)).toHaveLength(24);
    expect(store.info().warnings).toEqual([expect.objectContaining({ code: 'project-damaged', message: expect.stringContaining('object 9 on shot1.png (its shape cannot be read)') })]);
    expect(store.readOnly).toBeNull();
    expect(() => store.instance(9)).toThrow(expect.objectContaining({ code: 'project-damaged', item: 'Instance 9' }));
    store.edit('Draw', [addBox(1, null)]);
    expect(store.instances(1)).toHaveLength(25);
    const snapshot = store.snapshot();
    expect(() => snapshot.instances(1)).toThrow(expect.objectContaining({ code: 'project-damaged', item: 'Instance 9' }));
    snapshot.close();
    store.undo();
    await store.close();
    const look = new Database(path, { readonly: true });
    expect(look.prepare('SELECT hex(shape) FROM shapes WHERE instance = 9').pluck().get()).toBe('00FF');
    look.close();
    const again = ProjectStore.open(path);
    expect(() => again.undo()).toThrow(expect.objectContaining({ code: 'project-damaged', message: expect.stringContaining('Step "Draw" of the history') }));
    expect(again.readOnly?.code).toBe('project-damaged');
    await again.close();
  });

  test('a truncated file opens read-only as far as it can be read, with the missing bytes named', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    truncateSync(path, statSync(path).size - 8192);
    const bytes = readFileSync(path);
    const store = ProjectStore.open(path);
    expect(store.readOnly).toMatchObject({ code: 'project-damaged', item: path });
    expect(store.readOnly?.message).toContain('8192 bytes are missing');
    expect(store.imageIds({ name: '', status: 'all' })).toHaveLength(8);
    await store.close();
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('a file of which nothing can be read is refused', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    truncateSync(path, 4096);
    expect(() => ProjectStore.open(path)).toThrow(expect.objectContaining({ code: 'project-damaged' }));
    patch(path, 0, Buffer.from('XXXX'));
    expect(() => ProjectStore.open(path)).toThrow(expect.objectContaining({ code: 'project-damaged' }));
    expect(statSync(path).size).toBe(4096);
  });

  test('the log of a killed program that is gone is noticed, and edits in it are not silently missing', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    await killed(path);
    rmSync(`${path}-wal`);
    const bytes = readFileSync(path);
    const store = ProjectStore.open(path);
    expect(store.readOnly?.code).toBe('project-damaged');
    expect(store.readOnly?.message).toContain('small.mwproj-wal');
    const copy = await store.backup();
    await store.close();
    expect(readFileSync(path).equals(bytes)).toBe(true);

    const again = ProjectStore.open(path);
    expect(again.readOnly?.code).toBe('project-damaged');
    await again.close();
    const fromCopy = ProjectStore.open(copy);
    expect(fromCopy.readOnly).toBeNull();
    await fromCopy.close();
  });

  test('files of other kinds are refused and left as they are', async () => {
    using folder = temporaryFolder();
    const text = join(folder.path, 'notes.mwproj');
    writeFileSync(text, 'not a database');
    const empty = join(folder.path, 'empty.mwproj');
    writeFileSync(empty, '');
    const foreign = join(folder.path, 'foreign.mwproj');
    const db = new Database(foreign);
    db.pragma('application_id = 1196444487');
    db.exec('CREATE TABLE t (a)');
    db.close();
    for (const file of [text, empty, foreign, folder.path]) {
      const bytes = file === folder.path ? null : readFileSync(file);
      expect(() => ProjectStore.open(file)).toThrow(expect.objectContaining({ code: 'not-a-project' }));
      if (bytes !== null) expect(readFileSync(file).equals(bytes)).toBe(true);
    }
    expect(() => ProjectStore.open(join(folder.path, 'gone.mwproj'))).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(readdirSync(folder.path).sort()).toEqual(['empty.mwproj', 'foreign.mwproj', 'notes.mwproj']);
  });

  test('a project of an older program is copied aside, then brought up to date', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'old.mwproj');
    const db = new Database(path);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.exec('CREATE TABLE of_the_old_format (a)');
    db.close();
    const store = ProjectStore.open(path);
    expect(store.readOnly).toBeNull();
    store.edit('Add', [{ type: 'class.add', name: 'Cat' }]);
    await store.close();
    const copies = readdirSync(folder.path).filter((name) => /^old\.backup-\d{8}-\d{6}\.mwproj$/.test(name));
    expect(copies).toHaveLength(1);
    const copy = new Database(join(folder.path, copies[0] ?? ''), { readonly: true });
    expect([copy.pragma('user_version', { simple: true }), copy.pragma('application_id', { simple: true })]).toEqual([0, APPLICATION_ID]);
    expect(copy.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['of_the_old_format']);
    copy.close();
  });

  test('a project of a newer program is refused', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    const db = new Database(path);
    db.pragma(`user_version = ${NEWEST_VERSION + 1}`);
    db.close();
    const bytes = readFileSync(path);
    expect(() => ProjectStore.open(path)).toThrow(expect.objectContaining({ code: 'project-newer', message: expect.stringContaining('Update Maskwright') }));
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });
});

describe('a second program', () => {
  test('gets the project for reading, sees what the first saves, and may write once the first is gone', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    const first = ProjectStore.open(path);
    const writer = await startWriter(path);
    expect(writer.refusal).toContain(`process ${process.pid}`);

    const second = ProjectStore.open(path);
    expect(second.readOnly?.code).toBe('project-locked');
    expect(second.instances(2)).toHaveLength(25);
    expect(second.info().instances).toBe(200);
    first.edit('Draw', [addBox(2, null)]);
    expect(second.instances(2)).toHaveLength(26);
    expect(second.info().instances).toBe(201);
    expect(() => second.undo()).toThrow(expect.objectContaining({ code: 'project-locked' }));
    await second.close();
    await first.close();
    const third = ProjectStore.open(path);
    expect(third.readOnly).toBeNull();
    await third.close();
    expect(readdirSync(folder.path)).toEqual(['small.mwproj']);
  });

  test('is kept out while another process holds the project, and let in when that is killed', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    const { child } = await startWriter(path);
    const store = ProjectStore.open(path);
    expect(store.readOnly).toMatchObject({ code: 'project-locked', message: expect.stringContaining(`process ${child?.pid}`) });
    await store.close();
    child?.kill('SIGKILL');
    await once(child ?? process, 'exit');
    const later = ProjectStore.open(path);
    expect(later.readOnly).toBeNull();
    await later.close();
  });

  test('of several that start at the same moment, exactly one may write', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    const writers = await Promise.all(Array.from({ length: 4 }, () => startWriter(path)));
    const writing = writers.flatMap(({ child }) => child ?? []);
    expect(writing).toHaveLength(1);
    for (const { child, refusal } of writers) if (child === null) expect(refusal).toContain('open for reading only');
    writing[0]?.kill('SIGKILL');
    await once(writing[0] ?? process, 'exit');
  });

  test.skipIf(!mayLink)('is recognised when it comes by another name of the file', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    mkdirSync(join(folder.path, 'elsewhere'));
    const link = join(folder.path, 'elsewhere', 'link.mwproj');
    symlinkSync(path, link);
    const first = ProjectStore.open(path);
    const second = ProjectStore.open(link);
    expect(second.readOnly?.code).toBe('project-locked');
    expect(ProjectStore.identity(link)).toBe(first.path);
    await second.close();
    await first.close();
  });

  test('takes over a lock file that a power failure cut short', async () => {
    using folder = temporaryFolder();
    const path = await closedProject(folder.path);
    writeFileSync(`${path}.lock`, 'half a lock file '.repeat(400));
    const store = ProjectStore.open(path);
    expect(store.readOnly).toBeNull();
    await store.close();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });
});

describe('a disk that does not take what is written', () => {
  test('when it is full, the edit is refused by name, nothing of it stays, and work goes on once there is room', async ({ skip }) => {
    using folder = temporaryFolder();
    using disk = smallDisk(folder.path);
    if (disk === null) return skip('mounting a small disk needs root on Linux');
    const store = smallProject(folder.path, 4);
    let drawn = 0;
    const fill = (): void => {
      for (;;) {
        store.edit(`#${drawn}`, Array.from({ length: 50 }, () => addBox(1, null)));
        drawn++;
      }
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'disk-full', message: expect.stringContaining('small.mwproj is full') }));
    const { savedAt } = store.info();
    expect(drawn).toBeGreaterThan(0);
    expect(store.instances(1)).toHaveLength(50 * drawn);
    expect(fill).toThrow(expect.objectContaining({ code: 'disk-full' }));
    expect(store.info()).toMatchObject({ readOnly: null, savedAt, instances: 50 * drawn });
    disk.grow();
    store.edit('After', [addBox(1, null)]);
    await store.close();
    const again = ProjectStore.open(store.path);
    expect(again.info()).toMatchObject({ readOnly: null, instances: 50 * drawn + 1, undo: { undo: 'After', redo: null } });
    await again.close();
  });

  test('when it is full, a snapshot says so, and can be taken once there is room', async ({ skip }) => {
    using folder = temporaryFolder();
    using disk = smallDisk(folder.path);
    if (disk === null) return skip('mounting a small disk needs root on Linux');
    const store = smallProject(folder.path, 4);
    const fill = (): void => {
      for (;;) store.edit('Draw', Array.from({ length: 20 }, () => addBox(1, null)));
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'disk-full' }));
    const take = (): Promise<unknown> => takeSnapshot({ work: 'take', project: store.path, name: 'First', note: '', at: 0 }, { signal: new AbortController().signal, progress: () => undefined });
    await expect(take()).rejects.toMatchObject({ code: 'disk-full', message: expect.stringContaining('small.mwproj is full') });
    disk.grow();
    await take();
    expect(store.snapshots.list().map(({ name }) => name)).toEqual(['First']);
    await store.close();
  });

  test('when it is read-only, the project opens for reading with all that was saved', async ({ skip }) => {
    using folder = temporaryFolder();
    const inside = join(folder.path, 'disk');
    mkdirSync(inside);
    const path = await closedProject(inside);
    await killed(path);
    rmSync(`${path}-shm`);
    using disk = readOnlyDisk(inside);
    if (disk === null) return skip('mounting a read-only disk needs root on Linux');
    const store = ProjectStore.open(path);
    expect(store.readOnly).toMatchObject({ code: 'project-read-only', item: path });
    // What the killed program had drawn lies only in the log.
    expect(store.info().instances).toBeGreaterThan(200);
    expect(() => store.undo()).toThrow(expect.objectContaining({ code: 'project-read-only' }));
    await expect(store.backup()).rejects.toMatchObject({ code: 'no-access' });
    await store.close();
  });
});

/** Starts a program that edits the project without pause; resolves when its first edit is acknowledged, or with why it would not. */
async function startWriter(path: string): Promise<{ child: ChildProcess | null; refusal: string }> {
  const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let refusal = '';
  child.stderr.on('data', (text) => (refusal += String(text)));
  const [winner] = await Promise.race([once(child.stdout, 'data').then(() => ['writing']), once(child, 'close').then(() => ['ended'])]);
  return { child: winner === 'writing' ? child : null, refusal };
}

/** Leaves the project as a killed program does: edits in its log, its lock file behind. */
async function killed(path: string): Promise<void> {
  const { child } = await startWriter(path);
  if (child === null) throw new Error('The writer could not write.');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function mounted(command: string[], folder: string): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('mount', [...command, folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Lays a disk of 400 KB over a folder; null where that cannot be done. */
function smallDisk(folder: string): { grow(): void; [Symbol.dispose](): void } | null {
  if (process.platform !== 'linux' || !mounted(['-t', 'tmpfs', '-o', 'size=400k', 'none'], folder)) return null;
  return {
    grow: () => execFileSync('mount', ['-o', 'remount,size=8m', folder]),
    [Symbol.dispose]: () => execFileSync('umount', ['--lazy', folder]),
  };
}

/** Makes a folder a read-only disk; null where that cannot be done. */
function readOnlyDisk(folder: string): { [Symbol.dispose](): void } | null {
  if (process.platform !== 'linux' || !mounted(['--bind', folder], folder)) return null;
  execFileSync('mount', ['-o', 'remount,ro,bind', folder]);
  return { [Symbol.dispose]: () => execFileSync('umount', ['--lazy', folder]) };
}
