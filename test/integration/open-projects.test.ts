import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Events } from '../../src-main/core/events.ts';
import { exportHandlers } from '../../src-main/core/handlers/export.ts';
import { OnePerClient } from '../../src-main/core/one-per-client.ts';
import { OpenProjects } from '../../src-main/core/open-projects.ts';
import { Jobs } from '../../src-main/jobs/jobs.ts';
import { smallProject, temporaryFolder } from '../fixtures/small-project.ts';

let folder: ReturnType<typeof temporaryFolder>;
let projects: OpenProjects;
let path: string;
beforeEach(async () => {
  folder = temporaryFolder();
  await smallProject(folder.path, 2).close();
  path = join(folder.path, 'small.mwproj');
  projects = new OpenProjects(new Events(), folder.path);
});
afterEach(async () => {
  vi.useRealTimers();
  await projects.closeAll();
  folder[Symbol.dispose]();
});

/** Time goes on until a project that its last client left is being closed. */
function untilClosing(): void {
  vi.advanceTimersByTime(60_000);
}

describe('a project that its last client left', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });

  test('is the same one for who comes back soon, as a reloaded page does', async () => {
    const first = await projects.open(path, 'a');
    projects.leaveAll('a');
    expect((await projects.open(path, 'b')).handle).toBe(first.handle);
    untilClosing();
    expect(projects.get(first.handle).store.readOnly).toBeNull();
  });

  test('stays open for the others', async () => {
    const { handle } = await projects.open(path, 'a');
    await projects.open(path, 'b');
    projects.leave(handle, 'a');
    untilClosing();
    expect(projects.get(handle).handle).toBe(handle);
  });

  test('opened again while its work is still ending, is writable', async () => {
    const ending = Promise.withResolvers<void>();
    projects.onClosing = () => ending.promise;
    const first = await projects.open(path, 'a');
    projects.leave(first.handle, 'a');
    untilClosing();
    expect(() => projects.get(first.handle)).toThrow(expect.objectContaining({ code: 'project-closed' }));
    const again = projects.open(path, 'b');
    ending.resolve();
    const { store } = await again;
    expect(store.readOnly).toBeNull();
    expect(store.edit('Add class', [{ type: 'class.add', name: 'cup' }]).created.classes).toHaveLength(1);
  });

  test('is waited for when the program ends', async () => {
    const ending = Promise.withResolvers<void>();
    projects.onClosing = () => ending.promise;
    const { handle } = await projects.open(path, 'a');
    projects.leave(handle, 'a');
    untilClosing();
    const all = projects.closeAll();
    expect(existsSync(`${path}.lock`)).toBe(true);
    ending.resolve();
    await all;
    expect(existsSync(`${path}.lock`)).toBe(false);
  });
});

describe('an export', () => {
  test('never replaces a project or a picture, whatever was agreed to', async () => {
    const { handle } = await projects.open(path, 'a');
    const picture = join(folder.path, 'shot1.PNG');
    await writeFile(picture, 'a picture');
    const before = await readFile(path);
    const handlers = exportHandlers(projects, new Jobs(() => undefined), new OnePerClient(), { command: { node: process.execPath, entry: 'none' }, onEngine: () => undefined }, '1.0.0');
    for (const out of [path, `${path}-wal`, `${path}.lock`, join(folder.path, 'OTHER.MWPROJ'), picture, 'annotations.json']) {
      await expect(handlers['export.start']({ project: handle, format: 'coco', out, images: 'all', options: {}, overwrite: true, snapshot: null, manifest: true }, 'a')).rejects.toMatchObject({ code: 'bad-request', item: out });
    }
    // As a folder it would take along all that lies in it.
    for (const out of [folder.path, dirname(folder.path), parse(folder.path).root]) {
      await expect(handlers['export.start']({ project: handle, format: 'coco', out, images: 'all', options: { splits: 'file-per-split' }, overwrite: true, snapshot: null, manifest: true }, 'a')).rejects.toMatchObject({ code: 'bad-request', item: out });
    }
    expect(await readFile(path)).toEqual(before);
    expect(await readFile(picture, 'utf8')).toBe('a picture');
  });

  test('that is asked about again, or by who goes away, is no longer looked at', async () => {
    const preflights = new OnePerClient();
    const signals: AbortSignal[] = [];
    const ask = (client: string): Promise<void> =>
      preflights.run(client, (signal) => {
        signals.push(signal);
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      });
    const asked = [ask('a'), ask('b'), ask('a')];
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, false]);
    preflights.drop('a');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false, true]);
    preflights.drop('b');
    await Promise.all(asked);
  });
});
