import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type * as Now from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { disk } from '../../test/fixtures/failing-disk.ts';
import { findFolderProject, openFolderProject } from '../projects/open-folder-project.ts';
import { mayWrite } from './may-write.ts';

// A folder of Windows without the right to write: its attribute says nothing of that, so that asking (access) is no help.
vi.mock('node:fs', async (original) => (await import('../../test/fixtures/failing-disk.ts')).failingNow(await original<typeof Now>()));

const root = mkdtempSync(join(tmpdir(), 'maskwright-rights-'));
const folder = (): string => mkdtempSync(join(root, 'case-'));
afterEach(() => disk.refuse(null));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a folder that takes files may be written, and nothing stays in it', () => {
  const path = folder();
  expect(mayWrite(path)).toBe(true);
  expect(readdirSync(path)).toEqual([]);
});

test.each(['EPERM', 'EACCES', 'EROFS'])('one that refuses them (%s) may not', (code) => {
  disk.refuse({ nth: 1, code, lasts: 'once', moves: false });
  expect(mayWrite(folder())).toBe(false);
});

test('a full disk is no want of rights', () => {
  disk.refuse({ nth: 1, code: 'ENOSPC', lasts: 'once', moves: false });
  expect(mayWrite(folder())).toBe(true);
});

test('the project of a folder that may only be read lies elsewhere', async () => {
  const [pictures, elsewhere] = [folder(), folder()];
  disk.refuse({ nth: 1, code: 'EPERM', lasts: 'once', moves: false });
  const { path } = await openFolderProject(pictures, elsewhere);
  expect(readdirSync(elsewhere).map((name) => join(elsewhere, name))).toContain(path);
  expect(readdirSync(pictures)).toEqual([]);
  expect(findFolderProject(pictures, elsewhere)).toBe(path);
});
