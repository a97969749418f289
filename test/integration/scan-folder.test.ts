import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scanFolder } from '../../src-main/images/scan-folder.ts';
import type { ScanChunk } from '../../src-main/images/scan-folder.ts';
import { isInside } from '../../src-main/images/inside.ts';

let scratch = '';
let folders = 0;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'maskwright-scan-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function folderWith(...files: string[]): Promise<string> {
  const folder = join(scratch, `${folders++}`);
  await mkdir(folder);
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), '');
  }
  return folder;
}

async function scan(folder: string, chunk?: number): Promise<{ chunks: ScanChunk[]; files: string[]; problems: { code: string; message: string }[] }> {
  const chunks: ScanChunk[] = [];
  for await (const found of scanFolder(folder, { signal: new AbortController().signal, ...(chunk === undefined ? {} : { chunk }) })) chunks.push(found);
  return { chunks, files: chunks.flatMap(({ files }) => files), problems: chunks.flatMap(({ problems }) => problems) };
}

const unixOnly = test.skipIf(process.platform === 'win32');

describe('a scanned folder', () => {
  test('gives its pictures in natural order, folder by folder', async () => {
    const files = ['2/b.png', '2/c.jpg', '10/a.jpg', 'img1.jpg', 'img2.jpg', 'IMG3.JPG', 'img10.jpeg', 'x/y/z.webp'];
    const folder = await folderWith(...files.toReversed());
    expect((await scan(folder)).files).toEqual(files);
  });

  test('passes over hidden names, projects and other files', async () => {
    const folder = await folderWith('a.jpg', '.hidden.jpg', '.git/b.jpg', 'labels.mwproj', 'labels.mwproj-wal', 'notes.txt', 'jpg', 'c.jpg.part', 'a.avif', 'b.bmp', 'c.gif', 'd.tif', 'e.tiff', 'f.jfif');
    expect((await scan(folder)).files.toSorted()).toEqual(['a.avif', 'a.jpg', 'b.bmp', 'c.gif', 'd.tif', 'e.tiff', 'f.jfif']);
  });

  test('skips what NAS devices, systems and archive tools keep for themselves, and lists .mpo', async () => {
    const folder = await folderWith('a.jpg', 'b.MPO', '@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg', 'x/@eaDir/b.jpg', '#recycle/c.jpg', '#snapshot/d.jpg', '$RECYCLE.BIN/e.jpg', 'System Volume Information/f.jpg', '__MACOSX/g.jpg', 'lost+found/h.jpg', '.thumbnails/i.jpg', '._a.jpg', 'Thumbs.db', '@Recycle/j.jpg', 'recycled/k.jpg');
    expect((await scan(folder)).files).toEqual(['a.jpg', 'b.MPO', 'recycled/k.jpg']);
  });

  unixOnly('keeps hostile names exactly: NFD, emoji, newline, right-to-left, 255 bytes', async () => {
    const names = ['cafe\u0301.jpg', 'café.jpg', '😀👩‍👩‍👧.png', 'two\nlines.jpg', '\u202Egpj.exe.jpg', 'back\\slash.jpg', "quote'\"$(x).jpg", `${'x'.repeat(251)}.jpg`, 'a[page=2].jpg', ' .jpg', '%2e%2e.jpg', '__proto__.jpg'];
    const folder = await folderWith(...names);
    const { files, problems } = await scan(folder);
    expect(new Set(files)).toEqual(new Set(await readdir(folder)));
    expect(new Set(files)).toEqual(new Set(names));
    expect(problems).toEqual([]);
  });

  test('comes in chunks', async () => {
    const folder = await folderWith(...Array.from({ length: 25 }, (_, i) => `${i % 3}/${i}.jpg`));
    const { chunks, files } = await scan(folder, 10);
    expect(chunks.map((chunk) => chunk.files.length)).toEqual([10, 10, 5]);
    expect(new Set(files).size).toBe(25);
  });

  test('that is not there throws; one that is empty gives nothing', async () => {
    await expect(scan(join(scratch, 'nowhere'))).rejects.toMatchObject({ code: 'not-found' });
    expect((await scan(await folderWith())).chunks).toEqual([]);
  });

  test('can be left in the middle', async () => {
    const folder = await folderWith(...Array.from({ length: 30 }, (_, i) => `${i}.jpg`));
    const abort = new AbortController();
    const seen: number[] = [];
    const all = async (): Promise<void> => {
      for await (const { files } of scanFolder(folder, { signal: abort.signal, chunk: 10 })) {
        seen.push(files.length);
        abort.abort();
      }
    };
    await expect(all()).rejects.toThrow(/aborted/);
    expect(seen).toEqual([10]);
  });
});

describe('links', () => {
  unixOnly('to files inside count; those that lead out, also into a sibling with the same beginning, are named and left out', async () => {
    const folder = await folderWith('store/a.jpg');
    const sibling = `${folder}-secret`;
    await mkdir(sibling);
    await writeFile(join(sibling, 'secret.jpg'), '');
    await symlink('store/a.jpg', join(folder, 'inside.jpg'));
    await symlink(join(sibling, 'secret.jpg'), join(folder, 'out.jpg'));
    await symlink('/etc/passwd', join(folder, 'passwd.png'));
    await symlink('nowhere.jpg', join(folder, 'dangling.jpg'));
    await symlink(sibling, join(folder, 'linked-folder'));
    const { files, problems } = await scan(folder);
    expect(files).toEqual(['inside.jpg', 'store/a.jpg']);
    expect(problems.map(({ code, message }) => [code, /“(.*?)”/.exec(message)?.[1]])).toEqual([
      ['image-missing', 'dangling.jpg'],
      ['no-access', 'out.jpg'],
      ['no-access', 'passwd.png'],
    ]);
  });

  unixOnly('in circles end', async () => {
    const folder = await folderWith('a/b/c.jpg');
    await symlink('..', join(folder, 'a', 'up'));
    await symlink('.', join(folder, 'a', 'self'));
    await symlink('loop.jpg', join(folder, 'loop.jpg'));
    const { files, problems } = await scan(folder);
    expect(files).toEqual(['a/b/c.jpg']);
    expect(problems.map(({ code }) => code)).toEqual(['image-missing']);
  });

  unixOnly('the scanned folder may itself be one', async () => {
    const folder = await folderWith('a.jpg');
    const link = join(scratch, 'entry');
    await symlink(folder, link);
    expect((await scan(link)).files).toEqual(['a.jpg']);
  });
});

describe('a folder without rights', () => {
  // The system lets root read everything, so root becomes nobody for as long as the scan takes.
  const nobody = 65_534;
  unixOnly('is named and left out, and the rest goes on', async () => {
    const folder = await folderWith('a/1.jpg', 'locked/2.jpg', 'z/3.jpg');
    for (const open of [scratch, folder]) chmodSync(open, 0o755);
    chmodSync(join(folder, 'locked'), 0);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(nobody);
    try {
      const { files, problems } = await scan(folder);
      expect(files).toEqual(['a/1.jpg', 'z/3.jpg']);
      expect(problems).toMatchObject([{ code: 'no-access', message: expect.stringContaining('locked') as string }]);
      await expect(scan(join(folder, 'locked'))).rejects.toMatchObject({ code: 'no-access' });
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(join(folder, 'locked'), 0o755);
    }
  });
});

test.each([
  ['/data', '/data/a.jpg', true],
  ['/data', '/data', true],
  ['/data', '/data/..a/b.jpg', true],
  ['/data', '/database/a.jpg', false],
  ['/data', '/data/../etc/passwd', false],
  ['/data', '/', false],
  ['/', '/etc', true],
])('in %s lies %s: %s', (folder, path, inside) => {
  expect(isInside(folder, path)).toBe(inside);
});
