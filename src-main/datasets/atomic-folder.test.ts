import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isSafeName, writeFolder } from './atomic-folder.ts';
import { KILLED_ITSELF } from '../../test/helpers/processes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('files and copies are there under their paths once all is written, and nothing else', async () => {
  writeFileSync(join(folder, 'a.jpg'), 'picture');
  await writeFolder(join(folder, 'out'), false, async (out) => {
    await out.write('labels/train/a.txt', (sink) => sink.write('0 1 2'));
    await out.copy('images/train/a.jpg', join(folder, 'a.jpg'));
    expect(readdirSync(folder)).not.toContain('out');
  });
  expect(readFileSync(join(folder, 'out/labels/train/a.txt'), 'utf8')).toBe('0 1 2');
  expect(readFileSync(join(folder, 'out/images/train/a.jpg'), 'utf8')).toBe('picture');
  expect(readdirSync(folder).toSorted()).toEqual(['a.jpg', 'out']);
});

test('when writing fails in the middle, the old folder is whole and nothing is left beside it', async () => {
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'out/old.txt'), 'old');
  const failing = writeFolder(join(folder, 'out'), true, async (out) => {
    await out.write('new.txt', (sink) => sink.write('new'));
    throw new Error('in the middle');
  });
  await expect(failing).rejects.toThrow('in the middle');
  expect(readdirSync(folder)).toEqual(['out']);
  expect(readdirSync(join(folder, 'out'))).toEqual(['old.txt']);
});

test('hundreds of files, some written while another is, are whole and told as they are; when the last fails none is left', async () => {
  const told: { path: string; bytes: number; sha256: string }[] = [];
  const names = Array.from({ length: 300 }, (_, i) => `part ${i % 7}/deep/${i}.txt`);
  const write = (path: string, fails: boolean): Promise<void> =>
    writeFolder(path, false, (out) =>
      out.write('index.txt', async (index) => {
        for (const name of names) {
          await out.write(name, (sink) => sink.write(name.repeat(9)));
          await index.write(`${name}\n`);
        }
        if (fails) throw new Error('at the end');
      }), (file) => told.push(file));
  await write(join(folder, 'out'), false);
  expect(readFileSync(join(folder, 'out/index.txt'), 'utf8')).toBe(names.map((name) => `${name}\n`).join(''));
  for (const name of names) expect(readFileSync(join(folder, 'out', name), 'utf8')).toBe(name.repeat(9));
  expect(told.map(({ path }) => path)).toEqual([...names, 'index.txt']);
  for (const { path, bytes, sha256 } of told) {
    const there = readFileSync(join(folder, 'out', path));
    expect({ bytes, sha256 }).toEqual({ bytes: there.length, sha256: createHash('sha256').update(there).digest('hex') });
  }
  await expect(write(join(folder, 'other'), true)).rejects.toThrow('at the end');
  expect(readdirSync(folder)).toEqual(['out']);
});

test('a folder that holds files is replaced only when that is allowed, an empty one always', async () => {
  const write = (overwrite: boolean): Promise<void> => writeFolder(join(folder, 'out'), overwrite, (out) => out.write('new.txt', (sink) => sink.write('new')));
  mkdirSync(join(folder, 'out'));
  await write(false);
  await expect(write(false)).rejects.toMatchObject({ code: 'name-taken', item: join(folder, 'out') });
  writeFileSync(join(folder, 'out/other.txt'), '');
  await write(true);
  expect(readdirSync(join(folder, 'out'))).toEqual(['new.txt']);
  expect(readdirSync(folder)).toEqual(['out']);
});

test('a file is not taken for a folder, and a folder that is not there is said', async () => {
  writeFileSync(join(folder, 'out'), '');
  await expect(writeFolder(join(folder, 'out'), true, async () => undefined)).rejects.toMatchObject({ code: 'bad-request' });
  await expect(writeFolder(join(folder, 'none/out'), true, async () => undefined)).rejects.toMatchObject({ code: 'not-found' });
});

test.each(['../x', '/x', 'a//b', 'a/../b', 'a\\b', 'C:x', 'nul', 'COM1.txt', 'x.', 'x ', 'a\nb', '', '.', 'a/./b', 'é'.repeat(200)])('%j is refused as a path', async (path) => {
  await expect(writeFolder(join(folder, 'out'), false, (out) => out.write(path, async () => undefined))).rejects.toMatchObject({ code: 'bad-request' });
  expect(readdirSync(folder)).toEqual([]);
});

test('two files whose names some disks take for the same are refused', async () => {
  const both = writeFolder(join(folder, 'out'), false, async (out) => {
    await out.write('A.txt', async () => undefined);
    await out.write('a.txt', async () => undefined);
  });
  await expect(both).rejects.toMatchObject({ code: 'conflict', item: 'a.txt' });
});

test('names that every system takes stay as they are', () => {
  for (const name of ['a.jpg', 'ÄÖ ü.png', '雪.jpg', '.hidden', 'console.txt', 'com10', '#1 (2).jpg']) expect(isSafeName(name), name).toBe(true);
});

  /** Runs writeFolder in a process that kills itself at its nth rename. */
  function killedAt(rename: number): void {
    const script = join(folder, 'killed.mjs');
    writeFileSync(script, `
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
const rename = fs.rename;
let calls = 0;
fs.rename = async (...args) => (++calls === ${rename} ? process.kill(process.pid, 'SIGKILL') : rename(...args));
syncBuiltinESMExports();
const { writeFolder } = await import(${JSON.stringify(new URL('./atomic-folder.ts', import.meta.url).href)});
await writeFolder(${JSON.stringify(join(folder, 'out'))}, true, (out) => out.write('new.txt', (sink) => sink.write('new')));
`);
    const { signal } = spawnSync(process.execPath, [script]);
    expect(signal).toBe(KILLED_ITSELF);
    rmSync(script);
  }

describe('a process that is killed while it replaces a folder', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'out'));
    writeFileSync(join(folder, 'out/old.txt'), 'old');
  });

  test.each([1, 2])('loses nothing, and the next export clears up after it (rename %i)', async (rename) => {
    killedAt(rename);
    const old = readdirSync(folder).flatMap((name) => readdirSync(join(folder, name)));
    expect(old).toContain('old.txt');
    await writeFolder(join(folder, 'out'), true, (out) => out.write('newest.txt', (sink) => sink.write('newest')));
    expect(readdirSync(folder)).toEqual(['out']);
    expect(readdirSync(join(folder, 'out'))).toEqual(['newest.txt']);
  });

  test('has its work undone even when the next export may not replace the folder', async () => {
    killedAt(2);
    const refused = writeFolder(join(folder, 'out'), false, (out) => out.write('newest.txt', (sink) => sink.write('newest')));
    await expect(refused).rejects.toMatchObject({ code: 'name-taken' });
    expect(readdirSync(folder)).toEqual(['out']);
    expect(readFileSync(join(folder, 'out/old.txt'), 'utf8')).toBe('old');
  });

  test('does not affect a process that is still writing, or work on another name', async () => {
    let inner: string[] = [];
    await writeFolder(join(folder, 'out'), true, async (out) => {
      await out.write('slow.txt', (sink) => sink.write('slow'));
      await writeFolder(join(folder, 'out'), true, (other) => other.write('quick.txt', (sink) => sink.write('quick')));
      await writeFolder(join(folder, 'out.x'), true, (other) => other.write('x.txt', (sink) => sink.write('x')));
      inner = readdirSync(folder).filter((name) => name.endsWith('.tmp'));
    });
    expect(inner).toHaveLength(1);
    expect(readdirSync(folder).toSorted()).toEqual(['out', 'out.x']);
    expect(readdirSync(join(folder, 'out'))).toEqual(['slow.txt']);
  });
});

test('a name of the greatest length that a disk takes is written', async () => {
  const name = '猫'.repeat(85);
  await writeFolder(join(folder, name), false, (out) => out.write('a.txt', (sink) => sink.write('a')));
  expect(readdirSync(folder)).toEqual([name]);
});
