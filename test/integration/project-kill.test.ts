import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { ProjectStore } from '../../src-main/projects/project-store.ts';
import { expectedAfter, OPERATED_IMAGES, operate } from '../fixtures/project-operations.ts';
import { smallProject, temporaryFolder } from '../fixtures/small-project.ts';

const WRITER = fileURLToPath(new URL('../fixtures/project-writer.ts', import.meta.url));
/** Projects edited and killed side by side, and how often each. */
const LANES = 2;
const KILLS_EACH = 50;

test(`36: after each of ${LANES * KILLS_EACH} kills under load every acknowledged edit is there and can be undone`, async () => {
  using folder = temporaryFolder();
  const compileCache = join(folder.path, 'compiled');
  await Promise.all(Array.from({ length: LANES }, async (_, lane) => {
    const laneFolder = join(folder.path, String(lane));
    mkdirSync(laneFolder);
    const empty = smallProject(laneFolder, OPERATED_IMAGES);
    await empty.close();
    let done = 0;
    for (let kill = 0; kill < KILLS_EACH; kill++) {
      // The number is fixed, the place in the code is not: the writer goes on while the signal is on its way.
      const acknowledged = await writeUntilKilled(empty.path, done, 1 + ((kill * 7 + lane) % 13), compileCache);
      done = await checkAfterKill(empty.path, acknowledged);
    }
    expect(done).toBeGreaterThan(KILLS_EACH);
  }));
}, 300_000);

/** Runs the writer from operation `first` and kills it when it has acknowledged `enough` more. Gives how many operations were acknowledged in all. */
async function writeUntilKilled(path: string, first: number, enough: number, compileCache: string): Promise<number> {
  const child = spawn(process.execPath, [WRITER, path, String(first)], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_COMPILE_CACHE: compileCache } });
  const ended = once(child, 'exit');
  let acknowledged = first;
  for await (const line of createInterface({ input: child.stdout })) {
    expect(Number(line)).toBe(acknowledged);
    acknowledged++;
    if (acknowledged - first >= enough) child.kill('SIGKILL');
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
  return acknowledged;
}

/** Checks the project that a killed writer left; gives with which operation the next writer goes on. */
async function checkAfterKill(path: string, acknowledged: number): Promise<number> {
  const raw = new Database(path, { readonly: true });
  expect(raw.pragma('integrity_check', { simple: true })).toBe('ok');
  raw.close();

  const store = ProjectStore.open(path);
  expect(store.readOnly).toBeNull();
  const seen = () => {
    const { instances, undo } = store.info();
    return { instances, undo: undo.undo };
  };
  // The operation that was on its way may be there or not, but whole.
  const found = seen();
  expect([expectedAfter(acknowledged), expectedAfter(acknowledged + 1)]).toContainEqual(found);
  let done = JSON.stringify(found) === JSON.stringify(expectedAfter(acknowledged)) ? acknowledged : acknowledged + 1;

  // Bring the sequence to where a fresh edit comes next, so that undoing here leaves nothing else to redo.
  while (done % 9 > 5) operate(store, done++);
  const before = seen();
  expect(before).toEqual(expectedAfter(done));
  const undone = store.undo();
  expect(undone.label).toBe(before.undo);
  expect(seen()).not.toEqual(before);
  store.redo();
  expect(seen()).toEqual(before);
  await store.close();
  return done;
}
