import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { addBox, smallProject, temporaryFolder } from '../fixtures/small-project.ts';

// Windows keeps the names of open files.
const onPosix = test.skipIf(process.platform === 'win32');

/** An open project with 3 objects in its log, the warnings about it, and the paths it was reported at. */
async function open(folder: string): Promise<{ store: ProjectStore; told: string[]; places: string[] }> {
  const made = smallProject(folder, 3);
  await made.close();
  const told: string[] = [];
  const places: string[] = [];
  const store: ProjectStore = ProjectStore.open(made.path, { onWarnings: (warnings) => told.push(warnings.at(-1)?.message ?? ''), onMoved: () => places.push(store.path) });
  for (let n = 0; n < 3; n++) draw(store);
  return { store, told, places };
}

const draw = (store: ProjectStore): void => void store.edit('Draw', [addBox(1, null)]);

/** Objects in a project; it must be sound, writable, and open without a remark. */
async function objectsIn(path: string): Promise<number> {
  const store = ProjectStore.open(path);
  const { readOnly, warnings, instances } = store.info();
  expect({ readOnly, warnings }).toEqual({ readOnly: null, warnings: [] });
  draw(store);
  store.undo();
  await store.close();
  return instances;
}

describe('a project’s file that is deleted while it is open', () => {
  onPosix.each([
    ['alone', ['']], ['with its log', ['', '-wal', '-shm']], ['with all that lies beside it', ['', '-wal', '-shm', '.lock', '.count']],
  ])('(%s) is written again with all changes at the next edit, and it is said', async (_, rests) => {
    using folder = temporaryFolder();
    const { store, told, places } = await open(folder.path);
    for (const rest of rests) rmSync(store.path + rest);
    draw(store);
    expect(told).toEqual([expect.stringMatching(/small\.mwproj was moved or deleted while it was open.*written again/)]);
    expect(store.info()).toMatchObject({ path: join(folder.path, 'small.mwproj'), instances: 4, readOnly: null, savedAt: expect.any(Number), undo: { undo: 'Draw' } });
    expect(places).toEqual([store.path]);
    draw(store);
    store.undo();
    expect(told).toHaveLength(1);
    expect(existsSync(store.path)).toBe(true);
    await store.close();
    expect(readdirSync(folder.path)).toEqual(['small.mwproj']);
    expect(await objectsIn(store.path)).toBe(4);
  });

  onPosix('is not called saved by a flush before it is there again', async () => {
    using folder = temporaryFolder();
    const { store } = await open(folder.path);
    rmSync(store.path);
    store.flush();
    expect(existsSync(store.path)).toBe(true);
    await store.close();
    expect(await objectsIn(store.path)).toBe(3);
  });

  onPosix('stays deleted when nothing is changed any more, and leaves nothing that a new project of its name would be taken to have', async () => {
    using folder = temporaryFolder();
    const { store } = await open(folder.path);
    rmSync(store.path);
    await store.close();
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

describe('a project’s file that is renamed while it is open', () => {
  onPosix('goes on being the project, and holds all changes', async () => {
    using folder = temporaryFolder();
    const { store, told, places } = await open(folder.path);
    const renamed = join(folder.path, 'other.mwproj');
    renameSync(store.path, renamed);
    draw(store);
    draw(store);
    expect(store.path).toBe(renamed);
    expect(places).toEqual([renamed]);
    expect(told).toEqual([expect.stringMatching(/small\.mwproj was renamed to .*other\.mwproj/)]);
    const second = ProjectStore.open(renamed);
    expect(second.readOnly?.code).toBe('project-locked');
    await second.close();
    await store.close();
    expect(readdirSync(folder.path)).toEqual(['other.mwproj']);
    expect(await objectsIn(renamed)).toBe(5);
  });

  onPosix('holds all changes also when there are no more', async () => {
    using folder = temporaryFolder();
    const { store } = await open(folder.path);
    const renamed = join(folder.path, 'other.mwproj');
    renameSync(store.path, renamed);
    await store.close();
    expect(readdirSync(folder.path)).toEqual(['other.mwproj']);
    expect(await objectsIn(renamed)).toBe(3);
  });

  onPosix('while its state of before is being read: all changes are at its old place', async () => {
    using folder = temporaryFolder();
    const { store } = await open(folder.path);
    const reading = store.snapshot();
    const { path } = store;
    draw(store);
    renameSync(path, join(folder.path, 'other.mwproj'));
    draw(store);
    expect(store.path).toBe(path);
    expect([...reading.classesOnImages()]).toEqual([[1, null, 3]]);
    reading.close();
    await store.close();
    expect(readdirSync(folder.path).sort()).toEqual(['other.mwproj', 'small.mwproj']);
    expect(await objectsIn(path)).toBe(5);
  });

  onPosix('with its folder: work goes on in the folder', async () => {
    using outer = temporaryFolder();
    const inner = join(outer.path, 'inner');
    mkdirSync(inner);
    const { store } = await open(inner);
    renameSync(inner, join(outer.path, 'renamed'));
    draw(store);
    expect(store.path).toBe(join(outer.path, 'renamed', 'small.mwproj'));
    await store.close();
    expect(readdirSync(outer.path)).toEqual(['renamed']);
    expect(readdirSync(dirname(store.path))).toEqual(['small.mwproj']);
    expect(await objectsIn(store.path)).toBe(4);
  });
});

describe('a project’s file that is moved to another folder while it is open', () => {
  onPosix('has what was saved until then; all changes are in its old place at the next edit', async () => {
    using folder = temporaryFolder();
    using elsewhere = temporaryFolder();
    const { store, told } = await open(folder.path);
    const moved = join(elsewhere.path, 'small.mwproj');
    renameSync(store.path, moved);
    draw(store);
    expect(told).toEqual([expect.stringContaining('moved or deleted')]);
    await store.close();
    expect(readdirSync(folder.path)).toEqual(['small.mwproj']);
    expect([await objectsIn(moved), await objectsIn(store.path)]).toEqual([3, 4]);
  });

  onPosix('with its folder, out of sight: changes go on being saved in it', async () => {
    using outer = temporaryFolder();
    using elsewhere = temporaryFolder();
    const inner = join(outer.path, 'inner');
    mkdirSync(inner);
    const { store, told } = await open(inner);
    renameSync(inner, join(elsewhere.path, 'inner'));
    draw(store);
    draw(store);
    expect(told).toEqual([expect.stringContaining('The folder of small.mwproj was moved or renamed')]);
    expect(readdirSync(outer.path)).toEqual([]);
    await store.close();
    expect(await objectsIn(join(elsewhere.path, 'inner', 'small.mwproj'))).toBe(5);
    expect(readdirSync(join(elsewhere.path, 'inner'))).toEqual(['small.mwproj']);
  });
});

/** Puts a copy with one object in the place of an open project. */
async function replaced(folder: string): Promise<{ store: ProjectStore; told: string[]; newcomer: Buffer }> {
  using aside = temporaryFolder();
  const other = smallProject(aside.path, 3);
  draw(other);
  await other.close();
  const opened = await open(folder);
  renameSync(other.path, opened.store.path);
  return { ...opened, newcomer: readFileSync(opened.store.path) };
}

describe('a project’s file that is replaced while it is open', () => {
  onPosix('the newcomer stays as it is, and work goes on beside it with all changes', async () => {
    using folder = temporaryFolder();
    const { store, told, newcomer } = await replaced(folder.path);
    const old = store.path;
    draw(store);
    expect(store.path).toMatch(/small\.kept-\d{8}-\d{6}\.mwproj$/);
    expect(told).toEqual([expect.stringMatching(/replaced by another file.*small\.kept-/)]);
    expect(store.info()).toMatchObject({ path: store.path, instances: 4 });
    expect(readFileSync(old).equals(newcomer)).toBe(true);
    await store.close();
    expect(readdirSync(folder.path)).toHaveLength(2);
    expect(readFileSync(old).equals(newcomer)).toBe(true);
    expect([await objectsIn(old), await objectsIn(store.path)]).toEqual([1, 4]);
  });

  onPosix('changes that were made before are kept beside it also when there are no more', async () => {
    using folder = temporaryFolder();
    const { store, told, newcomer } = await replaced(folder.path);
    await store.close();
    expect(readFileSync(store.path).equals(newcomer)).toBe(true);
    const [kept = ''] = readdirSync(folder.path).filter((name) => name.includes('.kept-'));
    expect(told).toEqual([expect.stringContaining(kept)]);
    expect([await objectsIn(store.path), await objectsIn(join(folder.path, kept))]).toEqual([1, 3]);
  });
});

describe('a project’s file over which another is copied while it is open', () => {
  test.each([['and an edit follows', true], ['and it is closed', false]])('%s: nothing is mixed, it is said, and the log is kept', async (_, edits) => {
    using folder = temporaryFolder();
    using aside = temporaryFolder();
    const other = smallProject(aside.path, 3);
    draw(other);
    await other.close();
    const newcomer = readFileSync(other.path);
    const { store } = await open(folder.path);
    writeFileSync(store.path, newcomer);
    if (edits) {
      expect(() => draw(store)).toThrow(expect.objectContaining({ code: 'project-damaged', message: expect.stringContaining('another file was written over it') }));
      expect(store.readOnly?.code).toBe('project-damaged');
    }
    await store.close();
    expect(readFileSync(store.path).equals(newcomer)).toBe(true);

    const again = ProjectStore.open(store.path);
    expect(again.info()).toMatchObject({ instances: 1, readOnly: null, warnings: [{ message: expect.stringContaining('small.log-') }] });
    await again.close();
    expect(readdirSync(folder.path).filter((name) => name.startsWith('small.log-'))).toHaveLength(1);
    expect(await objectsIn(store.path)).toBe(1);
  });
});

onPosix('a project that was only looked at is not made again', async () => {
  using folder = temporaryFolder();
  const made = smallProject(folder.path, 3);
  await made.close();
  const store = ProjectStore.open(made.path);
  expect(store.info().images.total).toBe(3);
  rmSync(store.path);
  expect(store.info().images.total).toBe(3);
  await store.close();
  expect(readdirSync(folder.path)).toEqual([]);
});

test('a project whose file stays where it is is not copied', async () => {
  using folder = temporaryFolder();
  const { store, told } = await open(folder.path);
  const { ino } = statSync(store.path);
  for (let n = 0; n < 20; n++) draw(store);
  store.flush();
  await store.close();
  expect(told).toEqual([]);
  expect(statSync(store.path).ino).toBe(ino);
  expect(readdirSync(folder.path)).toEqual(['small.mwproj']);
});
