import type * as FileSystem from 'node:fs/promises';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { replaceFolder } from './replace-folder.ts';

/** Which call fails as on a disk where another program has a file open. */
const disk = vi.hoisted(() => ({ failing: null as string | null, renames: 0 }));
const busy = (): Error => Object.assign(new Error('busy'), { code: 'EBUSY' });

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FileSystem>();
  return {
    ...real,
    rename: (...args: Parameters<typeof real.rename>) => (disk.failing === `rename ${++disk.renames}` ? Promise.reject(busy()) : real.rename(...args)),
    rm: (...args: Parameters<typeof real.rm>) => (disk.failing === 'rm' ? Promise.reject(busy()) : real.rm(...args)),
  };
});

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-replace-'));
  for (const name of ['made', 'path']) {
    mkdirSync(at(name));
    writeFileSync(join(at(name), `${name}.txt`), '');
  }
  disk.failing = null;
  disk.renames = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the old folder is gone once the new one is there', async () => {
  expect(await replaceFolder(at('made'), at('path'), at('aside'))).toBeNull();
  expect(readdirSync(folder)).toEqual(['path']);
  expect(readdirSync(at('path'))).toEqual(['made.txt']);
});

test.each(['rename 1', 'rename 2'])('the old folder is back where it was when %s fails', async (failing) => {
  disk.failing = failing;
  await expect(replaceFolder(at('made'), at('path'), at('aside'))).rejects.toMatchObject({ code: 'EBUSY' });
  expect(readdirSync(folder).toSorted()).toEqual(['made', 'path']);
  expect(readdirSync(at('path'))).toEqual(['path.txt']);
});

test('an old folder that cannot be removed does not make the new one fail', async () => {
  disk.failing = 'rm';
  expect(await replaceFolder(at('made'), at('path'), at('aside'))).toBe(at('aside'));
  expect(readdirSync(at('path'))).toEqual(['made.txt']);
});
