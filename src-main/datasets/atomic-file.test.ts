import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import type * as FileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writeWhole } from './atomic-file.ts';

/** The code with which the disk refuses to take bytes, or null. */
const disk = vi.hoisted(() => ({ refuses: null as string | null }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FileSystem>();
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>) => {
      const file = await real.open(...args);
      if (disk.refuses && args[1] === 'wx') file.writeFile = () => Promise.reject(Object.assign(new Error('refused'), { code: disk.refuses }));
      return file;
    },
  };
});

let folder = '';
let out = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-file-'));
  out = join(folder, 'out.json');
  disk.refuses = null;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const code = (code: string): unknown => expect.objectContaining({ code, item: out });

test('a file holds everything that was written, and its folder nothing else', async () => {
  const line = 'grün 猫\n'.repeat(10_000);
  const { bytes, sha256 } = await writeWhole(out, false, async (sink) => {
    for (let i = 0; i < 9; i++) await sink.write(line);
  });
  expect(await readFile(out, 'utf8')).toBe(line.repeat(9));
  const written = await readFile(out);
  expect(written.length).toBe(bytes);
  expect(createHash('sha256').update(written).digest('hex')).toBe(sha256);
  expect(await readdir(folder)).toEqual(['out.json']);
});

test.each([
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EROFS', 'no-access'],
  ['EIO', 'io'],
])('when the disk answers %s the older file stays and nothing is left beside it', async (answer, expected) => {
  await writeFile(out, 'older');
  disk.refuses = answer;
  await expect(writeWhole(out, true, (sink) => sink.write('x'.repeat(300_000)))).rejects.toThrow(code(expected));
  expect(await readFile(out, 'utf8')).toBe('older');
  expect(await readdir(folder)).toEqual(['out.json']);
});

test('a file that appears meanwhile is not replaced', async () => {
  await expect(
    writeWhole(out, false, async (sink) => {
      await sink.write('ours');
      await writeFile(out, 'theirs');
    }),
  ).rejects.toThrow(code('name-taken'));
  expect(await readFile(out, 'utf8')).toBe('theirs');
  expect(await readdir(folder)).toEqual(['out.json']);
});

test.skipIf(process.platform === 'win32')('a link is replaced, not what it points to', async () => {
  const elsewhere = join(folder, 'precious.txt');
  await writeFile(elsewhere, 'precious');
  await symlink(elsewhere, out);
  await writeWhole(out, true, (sink) => sink.write('ours'));
  expect(await readFile(elsewhere, 'utf8')).toBe('precious');
  expect(await readFile(out, 'utf8')).toBe('ours');
});
