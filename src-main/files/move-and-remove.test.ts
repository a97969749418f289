import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type * as Now from 'node:fs';
import type * as Later from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Timers from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { disk } from '../../test/fixtures/failing-disk.ts';
import { AT_ONCE, InUseError, removeFile, removeFileNow, removeFolder, removeFolderNow, rename, renameNow } from './move-and-remove.ts';

vi.mock('node:fs', async (original) => (await import('../../test/fixtures/failing-disk.ts')).failingNow(await original<typeof Now>()));
vi.mock('node:fs/promises', async (original) => (await import('../../test/fixtures/failing-disk.ts')).failingLater(await original<typeof Later>()));
const time = vi.hoisted(() => ({ waited: 0 }));
vi.mock('node:timers/promises', async (original) => ({ ...(await original<typeof Timers>()), setTimeout: async (ms: number) => void (time.waited += ms) }));
vi.spyOn(Atomics, 'wait').mockImplementation((_array, _index, _value, ms) => {
  time.waited += ms ?? 0;
  return 'timed-out';
});

const root = mkdtempSync(join(tmpdir(), 'maskwright-move-'));
const { platform } = process;
const on = (system: NodeJS.Platform): void => void Object.defineProperty(process, 'platform', { value: system });
let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
  writeFileSync(at('file'), '');
  mkdirSync(at('folder'));
  writeFileSync(join(at('folder'), 'inside'), '');
  time.waited = 0;
});
afterEach(() => {
  disk.refuse(null);
  on(platform);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const CALLS: readonly { readonly name: string; readonly seconds: readonly [least: number, most: number]; run(): unknown; readonly left: readonly string[] }[] = [
  { name: 'rename', seconds: [5, 10], run: () => rename(at('file'), at('other')), left: ['folder', 'other'] },
  { name: 'renameNow', seconds: [1, 3], run: () => renameNow(at('file'), at('other')), left: ['folder', 'other'] },
  { name: 'removeFile', seconds: [5, 10], run: () => removeFile(at('file')), left: ['folder'] },
  { name: 'removeFileNow', seconds: [1, 3], run: () => removeFileNow(at('file')), left: ['folder'] },
  { name: 'removeFolder', seconds: [5, 10], run: () => removeFolder(at('folder')), left: ['file'] },
  { name: 'removeFolderNow', seconds: [1, 3], run: () => removeFolderNow(at('folder')), left: ['file'] },
];
const refuse = (code: string, lasts: 'held' | number): void => disk.refuse({ nth: 1, code, lasts, moves: true });
/** What it throws, now or later. */
const thrown = async (run: () => unknown): Promise<unknown> => {
  try {
    return await Promise.resolve(run()).then(() => null);
  } catch (error) {
    return error;
  }
};

describe.each(CALLS)('$name', ({ seconds: [least, most], run, left }) => {
  test.each(['EPERM', 'EBUSY', 'EACCES', 'ENOTEMPTY'])('on Windows waits for a program to let go (%s)', async (code) => {
    on('win32');
    refuse(code, 6);
    expect(await thrown(run)).toBeNull();
    expect(readdirSync(folder).toSorted()).toEqual(left);
  });

  test.each(['EPERM', 'EBUSY', 'EACCES'])('on Windows says after seconds that a program does not let go (%s)', async (code) => {
    on('win32');
    refuse(code, 'held');
    expect(await thrown(run)).toMatchObject({ name: 'InUseError', code });
    expect(time.waited).toBeGreaterThan(least * 1_000);
    expect(time.waited).toBeLessThan(most * 1_000);
    expect(readdirSync(folder).toSorted()).toEqual(['file', 'folder']);
  });

  test('waits for nothing that does not pass', async () => {
    on('win32');
    refuse('ENOSPC', 'held');
    expect(await thrown(run)).toMatchObject({ code: 'ENOSPC' });
    on('linux');
    for (const code of ['EPERM', 'EACCES', 'EBUSY']) {
      refuse(code, 'held');
      const error = await thrown(run);
      expect(error).toMatchObject({ code });
      expect(error instanceof InUseError).toBe(code === 'EBUSY');
    }
    expect(time.waited).toBe(0);
  });
});

test('nothing is waited for where that is said', async () => {
  on('win32');
  refuse('EPERM', 'held');
  expect(await thrown(() => removeFolder(at('folder'), AT_ONCE))).toBeInstanceOf(InUseError);
  refuse('EPERM', 'held');
  expect(await thrown(() => renameNow(at('file'), at('other'), AT_ONCE))).toBeInstanceOf(InUseError);
  expect(time.waited).toBe(0);
});

test('what is not there need not be removed, and a folder is not taken for a file', async () => {
  await removeFile(at('none'));
  removeFileNow(at('none'));
  await removeFolder(at('none'));
  removeFolderNow(at('none'));
  await expect(removeFile(at('folder'))).rejects.toThrow();
  expect(() => removeFileNow(at('folder'))).toThrow();
  expect(existsSync(join(at('folder'), 'inside'))).toBe(true);
});
