import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isSafeName } from '../atomic-folder.ts';
import { listFiles, namedFile, readText, UniqueNames, withoutExtension } from './files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, content: string | Uint8Array = ''): void => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content);
};

test('files are listed by extension, in folders too; a link that leads out is told and not followed', async () => {
  put('set/b/2.txt');
  put('set/b/10.TXT');
  put('set/a.txt');
  put('set/a.jpg');
  put('secret/other.txt');
  symlinkSync(join(folder, 'secret/other.txt'), join(folder, 'set/c.txt'));
  symlinkSync(join(folder, 'secret'), join(folder, 'set/d'));
  const problems: string[] = [];
  const run = { signal: new AbortController().signal, problem: (item: string) => problems.push(item) };
  expect(await listFiles(join(folder, 'set'), new Set(['.txt']), run)).toEqual(['a.txt', 'b/2.txt', 'b/10.TXT']);
  expect(problems).toEqual([join(folder, 'set/c.txt')]);
});

test('a name leads to a file inside of the folder, or nowhere', async () => {
  put('set/images/a.jpg');
  put('secret.jpg');
  put('set2/b.jpg');
  symlinkSync(join(folder, 'secret.jpg'), join(folder, 'set/images/link.jpg'));
  const named = (name: string): Promise<unknown> => namedFile(join(folder, 'set'), join(folder, 'set/labels'), name);
  expect(await named('..\\images\\a.jpg')).toEqual({ path: 'images/a.jpg', file: join(folder, 'set/images/a.jpg') });
  for (const name of ['../../secret.jpg', '../../set2/b.jpg', join(folder, 'secret.jpg'), '../images/link.jpg', '../images/gone.jpg', 'a\0.jpg', '']) expect(await named(name), name).toBeNull();
});

describe('text', () => {
  test.each([
    ['UTF-8 with a byte-order mark', Buffer.from('\ufeffä')],
    ['UTF-16, as Windows PowerShell writes it', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('ä', 'utf16le')])],
    ['UTF-16 the other way round', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from('ä', 'utf16le').swap16()])],
    ['UTF-8', Buffer.from('ä')],
  ])('%s', async (_, bytes) => {
    put('a.txt', bytes);
    expect(await readText(join(folder, 'a.txt'), 'a.txt')).toBe('ä');
  });
});

test('stems are names on every system, and no two are the same on any', () => {
  const names = new UniqueNames();
  const paths = ['sub/a.jpg', 'sub/a.png', 'sub/A.png', 'sub/a-2.jpg', 'CON.jpg', 'con', 'x:y?.jpg', 'x_y_.jpg', 'line\nbreak.jpg', 'end. .jpg', '.hidden', 'é.jpg', 'e\u0301.jpg', `${'ü'.repeat(125)}.jpg`, `${'ü'.repeat(125)}.png`, '../up.jpg'];
  const stems = paths.map((path) => names.stem(path));
  expect(stems.slice(0, 4)).toEqual(['sub/a', 'sub/a-2', 'sub/A-3', 'sub/a-2-2']);
  expect(new Set(stems.map((stem) => stem.normalize('NFC').toLowerCase())).size).toBe(paths.length);
  for (const stem of stems) for (const part of stem.split('/')) expect(isSafeName(part) && isSafeName(`${part}.json`), stem).toBe(true);
});

test('the extension is the end of the name, not of the folder', () => {
  expect(['a.tar.gz', 'b.c/d', '.hidden', 'x/.hidden'].map(withoutExtension)).toEqual(['a.tar', 'b.c/d', '.hidden', 'x/.hidden']);
});
