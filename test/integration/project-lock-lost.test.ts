import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { addBox, smallProject, temporaryFolder } from '../fixtures/small-project.ts';

// Windows keeps open files.
const onPosix = test.skipIf(process.platform === 'win32');
const DRAWER = fileURLToPath(new URL('../fixtures/project-drawer.ts', import.meta.url));

async function project(folder: string): Promise<string> {
  const store = smallProject(folder, 3);
  await store.close();
  return store.path;
}

const draw = (store: ProjectStore): void => void store.edit('Draw', [addBox(1, null)]);

/** Another program with the project open that has drawn some objects; or why it may not. */
async function drawer(path: string, objects: number): Promise<{ child: ChildProcess; refusal: string | null }> {
  const child = spawn(process.execPath, [DRAWER, path, String(objects)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let refusal = '';
  child.stderr.on('data', (text) => (refusal += String(text)));
  const drawn = await Promise.race([once(child.stdout, 'data').then(() => true), once(child, 'close').then(() => false)]);
  return { child, refusal: drawn ? null : refusal };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'close');
}

onPosix('a lock file that is deleted while a project is open is made again at the next change, and keeps others out', async () => {
  using folder = temporaryFolder();
  const path = await project(folder.path);
  const store = ProjectStore.open(path);
  draw(store);
  rmSync(`${path}.lock`);
  draw(store);
  expect(existsSync(`${path}.lock`)).toBe(true);
  expect((await drawer(path, 1)).refusal).toContain(`process ${process.pid}`);
  draw(store);
  expect(store.info()).toMatchObject({ instances: 3, readOnly: null });
  await store.close();
  expect(readdirSync(folder.path)).toEqual(['small.mwproj']);
});

onPosix('a second program may not write while the first has changes, whatever became of the lock file', async () => {
  using folder = temporaryFolder();
  const path = await project(folder.path);
  const { child } = await drawer(path, 2);
  rmSync(`${path}.lock`);
  const second = ProjectStore.open(path);
  expect(second.readOnly?.code).toBe('project-locked');
  expect(second.info().instances).toBe(2);
  await second.close();
  expect(existsSync(`${path}-wal`)).toBe(true);
  await kill(child);
  const later = ProjectStore.open(path);
  expect(later.info()).toMatchObject({ instances: 2, readOnly: null, warnings: [] });
  await later.close();
  expect(readdirSync(folder.path)).toEqual(['small.mwproj']);
});

onPosix('the first program stops when a second one has taken its place, and takes nothing from it', async () => {
  using folder = temporaryFolder();
  const path = await project(folder.path);
  const told: string[] = [];
  const store = ProjectStore.open(path, { onReadOnly: ({ code }) => told.push(code) });
  rmSync(`${path}.lock`);
  const { child, refusal } = await drawer(path, 2);
  expect(refusal).toBeNull();
  expect(() => draw(store)).toThrow(expect.objectContaining({ code: 'project-locked', message: expect.stringContaining(`process ${child.pid}`) }));
  expect(told).toEqual(['project-locked']);
  expect(store.info().instances).toBe(2);
  await store.close();
  expect(readdirSync(folder.path).sort()).toEqual(expect.arrayContaining(['small.mwproj', 'small.mwproj.count', 'small.mwproj.lock']));
  const third = ProjectStore.open(path);
  expect(third.readOnly?.code).toBe('project-locked');
  await third.close();
  await kill(child);
});
