import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ImageRow, OpenImage, ProjectInfo } from '../../src-shared/contract/types.ts';
import type { Params } from '../../src-shared/contract/contract.ts';
import { useImage } from './image-store.ts';
import { useList, wantRows } from './list-store.ts';
import { useNotices } from './notices-store.ts';
import { useProject } from './project-store.ts';
import { closeProject, openPath } from './session.ts';
import { info, openPage } from './test-contract.ts';
import type { Called } from './test-contract.ts';

const HANDLES: Readonly<Record<string, string>> = { '/old.mwproj': 'handle-old0', '/new.mwproj': 'handle-new0' };
const of = (path: string): ProjectInfo => ({ ...info, project: HANDLES[path] ?? path, path, name: path });
const row = (project: string, id: number): ImageRow => ({ id, path: `${project}.jpg`, name: `${project}.jpg`, status: 'todo', instances: 0, split: null, width: 10, height: 10, version: 'v', problem: null });
const bytes = (ids: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(ids).buffer);

/** Answers about the old project that are held back until the test lets them go. */
let held: (() => void)[];
let holds: ReadonlySet<string>;
let called: Called[];

beforeEach(() => {
  held = [];
  holds = new Set();
  called = openPage(async (name, params: { project?: string; path?: string }) => {
    const isOld = params.project === HANDLES['/old.mwproj'] || params.path === '/old.mwproj';
    if (isOld && holds.has(name)) await new Promise<void>((resolve) => held.push(resolve));
    const project = params.project ?? '';
    if (name === 'project.open') return of((params as Params<'project.open'>).path);
    if (name === 'images.ids') return { ids: bytes(project === HANDLES['/old.mwproj'] ? [1, 2, 3] : [1]) };
    if (name === 'images.rows') return (params as Params<'images.rows'>).ids.map((id) => row(project, id));
    if (name === 'images.open') return { row: row(project, 1), instances: [], pyramid: null } satisfies OpenImage;
    return {};
  });
  called.length = 0;
});
afterEach(closeProject);

const letAllGo = async (): Promise<void> => {
  for (const go of held.splice(0)) go();
  await new Promise((resolve) => setTimeout(resolve, 0));
};
const names = (): (string | undefined)[] => {
  wantRows([1, 2]);
  return [1, 2].map((id) => useList.getState().rows.get(id)?.name);
};
const NEW = ['handle-new0.jpg', 'handle-new0.jpg'];

test.each(['images.open', 'images.rows', 'images.ids', 'project.open'])('what %s says of the project before does not reach the one that was opened meanwhile', async (late) => {
  holds = new Set([late]);
  const first = openPath('/old.mwproj', 'old');
  await expect.poll(() => {
    wantRows([1, 2]);
    return held.length;
  }).toBeGreaterThan(0);
  expect(await openPath('/new.mwproj', 'new')).toBe(true);
  await expect.poll(names).toEqual(NEW);
  await letAllGo();
  await first;

  expect(useProject.getState().info?.path).toBe('/new.mwproj');
  expect(useProject.getState().opening).toBeNull();
  expect(names()).toEqual(NEW);
  expect([...(useList.getState().ids ?? [])]).toEqual([1]);
  expect(useImage.getState().open?.row.name).toBe('handle-new0.jpg');
  expect(useNotices.getState().notices).toEqual([]);
  // The program is told that nobody looks at the other one any more.
  await expect.poll(() => called.filter(({ name: call }) => call === 'project.close').map(({ params }) => params)).toEqual([{ project: 'handle-old0' }]);
});
