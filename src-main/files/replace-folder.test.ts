import type * as Later from 'node:fs/promises';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { disk } from '../../test/fixtures/failing-disk.ts';
import { replaceFolder } from './replace-folder.ts';

vi.mock('node:fs/promises', async (original) => (await import('../../test/fixtures/failing-disk.ts')).failingLater(await original<typeof Later>()));

/** The nth rename or removal fails, as where another program has a file open; the first two are renames, the third removes the old folder. */
const refuse = (nth: number, lasts: 'once' | 'all'): void => disk.refuse({ nth, code: 'EBUSY', lasts, moves: true });

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-replace-'));
  for (const name of ['made', 'path']) {
    mkdirSync(at(name));
    writeFileSync(join(at(name), `${name}.txt`), '');
  }
});
afterEach(() => {
  disk.refuse(null);
  rmSync(folder, { recursive: true, force: true });
});

test('the old folder is gone once the new one is there', async () => {
  expect(await replaceFolder(at('made'), at('path'), at('aside'))).toBeNull();
  expect(readdirSync(folder)).toEqual(['path']);
  expect(readdirSync(at('path'))).toEqual(['made.txt']);
});

test.each([1, 2])('the old folder is back where it was when rename %i fails', async (nth) => {
  refuse(nth, 'once');
  await expect(replaceFolder(at('made'), at('path'), at('aside'))).rejects.toMatchObject({ code: 'EBUSY' });
  expect(readdirSync(folder).toSorted()).toEqual(['made', 'path']);
  expect(readdirSync(at('path'))).toEqual(['path.txt']);
});

test('an old folder that cannot be put back is whole, and its name is told', async () => {
  refuse(2, 'all');
  await expect(replaceFolder(at('made'), at('path'), at('aside'))).rejects.toMatchObject({ code: 'io', item: at('path'), message: expect.stringContaining('Nothing is lost: it is in "aside"') as string });
  expect(readdirSync(at('aside'))).toEqual(['path.txt']);
});

test('an old folder that cannot be removed does not make the new one fail', async () => {
  refuse(3, 'once');
  expect(await replaceFolder(at('made'), at('path'), at('aside'))).toBe(at('aside'));
  expect(readdirSync(at('path'))).toEqual(['made.txt']);
});
