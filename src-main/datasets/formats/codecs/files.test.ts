import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listFiles, namedFile, readText } from './files.ts';
import { mayLink } from '../../../../test/helpers/links.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, content: string | Uint8Array = ''): void => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content);
};

test.skipIf(!mayLink)('files are listed by extension, in folders too; a link that leads out is reported and not followed', async () => {
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

test.skipIf(!mayLink)('a name leads to a file inside of the folder, or nowhere', async () => {
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
    expect(await readText(join(folder, 'a.txt'), 'a.txt', { encoding: null })).toBe('ä');
  });
});
