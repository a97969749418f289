import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { clearUnfinished } from '../../src-main/projects/snapshots/clear-unfinished.ts';
import { writingBeside } from '../../src-main/projects/snapshots/writing-beside.ts';
import { addBox, smallProject, temporaryFolder } from '../fixtures/small-project.ts';

const TAKER = fileURLToPath(new URL('../fixtures/snapshot-taker.ts', import.meta.url));
const KILLS = 8;
const IMAGES = 1500;

test('a kill while snapshots are taken leaves those that were complete, whole, and nothing of the one under way', async () => {
  using folder = temporaryFolder();
  const store = smallProject(folder.path, IMAGES);
  store.edit('Add', [{ type: 'class.add', name: 'a' }, ...Array.from({ length: IMAGES }, (_, i) => addBox(i + 1, 1))]);
  const known: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    // Each has something to store.
    store.edit('Add', Array.from({ length: 500 }, (_, i) => addBox(1 + ((kill * 131 + i) % IMAGES), 1)));
    const { instances } = store.info();
    const told = await takeUntilKilled(store.path, known.length, 1 + ((kill * 5) % 7), join(folder.path, 'compiled'));

    const raw = new Database(store.path, { readonly: true });
    expect(raw.pragma('integrity_check', { simple: true })).toBe('ok');
    raw.close();
    const listed = store.snapshots.list();
    // Those that were told of; the one under way may have been completed without being told.
    expect(listed.length - known.length - told).toBeOneOf([0, 1]);
    for (const row of listed.slice(0, listed.length - known.length)) {
      const source = store.stateAt(row.snapshot);
      expect(row).toMatchObject({ images: IMAGES, instances });
      expect([...source.images('all')].reduce((sum, image) => sum + source.instances(image.id).length, 0)).toBe(instances);
      source.close();
    }
    known.splice(0, known.length, ...listed.map(({ name }) => name));
  }

  for (const { snapshot } of store.snapshots.list()) store.snapshots.drop(snapshot);
  {
    using writer = writingBeside(store.path);
    await clearUnfinished(writer.connection);
  }
  await store.close();
  const raw = new Database(store.path, { readonly: true });
  for (const table of ['snapshots', 'snapshot_images', 'snapshot_records']) expect(raw.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0);
  raw.close();
}, 120_000);

/** Lets snapshots be taken and kills that after `lines` lines. Gives how many were told to be complete. */
async function takeUntilKilled(path: string, first: number, lines: number, compileCache: string): Promise<number> {
  const child = spawn(process.execPath, [TAKER, path, String(first)], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_COMPILE_CACHE: compileCache } });
  const ended = once(child, 'exit');
  let seen = 0;
  let complete = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== '…') complete++;
    if (++seen >= lines) child.kill('SIGKILL');
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
  return complete;
}
