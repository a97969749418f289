import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskCache } from '../../src-main/sam/disk-cache.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwright-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const kib = (fill: number): Uint8Array => new Uint8Array(1024).fill(fill);
const files = async (): Promise<string[]> => (await readdir(folder, { recursive: true, withFileTypes: true })).filter((f) => f.isFile()).map((f) => join(f.parentPath, f.name));

async function fileOf(cache: DiskCache, name: string, bytes: Uint8Array): Promise<string> {
  const before = new Set(await files());
  await cache.put(name, bytes);
  const [added] = (await files()).filter((file) => !before.has(file));
  if (added === undefined) throw new Error('the entry has no file of its own');
  return added;
}

describe('the disk cache', () => {
  it('gives back what was put, also to the program’s next run', async () => {
    const cache = new DiskCache(folder, 1e6);
    await cache.put('a', kib(1));
    await cache.put('../b / ü\n', kib(2));
    await cache.put('empty', new Uint8Array());
    expect(await cache.get('a')).toEqual(kib(1));
    const later = new DiskCache(folder, 1e6);
    expect(await later.get('../b / ü\n')).toEqual(kib(2));
    expect(await later.get('empty')).toEqual(new Uint8Array());
    expect(await later.get('c')).toBeNull();
  });

  it('replaces an entry of the same name', async () => {
    const cache = new DiskCache(folder, 1e6);
    await cache.put('a', kib(1));
    await cache.put('a', kib(2));
    expect(await cache.get('a')).toEqual(kib(2));
    expect(await files()).toHaveLength(1);
  });

  it('drops an entry with one wrong bit, wherever it is', async () => {
    const cache = new DiskCache(folder, 1e6);
    const file = await fileOf(cache, 'a', kib(1));
    const good = await readFile(file);
    for (const at of [0, 9, 45, good.length - 1]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      await writeFile(file, bad);
      expect(await cache.get('a')).toBeNull();
      expect(await files()).toEqual([]);
    }
    await cache.put('a', kib(3));
    expect(await cache.get('a')).toEqual(kib(3));
  });

  it('drops an entry that is cut, empty, too long, or another one’s', async () => {
    const cache = new DiskCache(folder, 1e6);
    const file = await fileOf(cache, 'a', kib(1));
    const other = await readFile(await fileOf(cache, 'b', kib(1)));
    const good = await readFile(file);
    for (const bad of [good.subarray(0, 500), Buffer.alloc(0), Buffer.concat([good, Buffer.alloc(1)]), other]) {
      await writeFile(file, bad);
      expect(await cache.get('a')).toBeNull();
    }
    expect(await cache.get('b')).toEqual(kib(1));
  });

  it('stays within its quota by letting go of what was used longest ago', async () => {
    const entry = (await readFile(await fileOf(new DiskCache(folder, 1e6), 'a', kib(1)))).length;
    const cache = new DiskCache(folder, 3 * entry);
    await cache.put('b', kib(2));
    await cache.put('c', kib(3));
    expect(await cache.get('a')).toEqual(kib(1));
    await cache.put('d', kib(4));
    expect(await cache.size()).toBe(3 * entry);
    expect(await cache.get('b')).toBeNull();
    for (const name of ['a', 'c', 'd']) expect(await cache.get(name)).not.toBeNull();
  });

  it('counts what an earlier run has left, and shrinks when the quota does', async () => {
    const first = new DiskCache(folder, 1e6);
    for (let i = 0; i < 10; i++) await first.put(`n${i}`, kib(i));
    const each = (await first.size()) / 10;
    const second = new DiskCache(folder, 4 * each);
    await second.put('new', kib(11));
    expect(await files()).toHaveLength(4);
    expect(await second.get('new')).toEqual(kib(11));
  });

  it('keeps nothing that is larger than the quota, and leaves no temporary file', async () => {
    const cache = new DiskCache(folder, 500);
    await cache.put('a', kib(1));
    expect(await cache.get('a')).toBeNull();
    await Promise.all(Array.from({ length: 20 }, (_, i) => cache.put(`n${i}`, new Uint8Array(10))));
    expect(await cache.size()).toBeLessThanOrEqual(500);
    expect((await files()).every((file) => !file.includes('.tmp'))).toBe(true);
  });

  it('says where it cannot write', async (context) => {
    if (process.getuid?.() === 0 || process.platform === 'win32') {
      const inTheWay = join(folder, 'file');
      await writeFile(inTheWay, '');
      await expect(new DiskCache(inTheWay, 1e6).put('a', kib(1))).rejects.toMatchObject({ code: 'io', item: inTheWay });
      return context.skip('the superuser may write everywhere: only the other obstacle was tried');
    }
    await chmod(folder, 0o500);
    await expect(new DiskCache(folder, 1e6).put('a', kib(1))).rejects.toMatchObject({ code: 'no-access', item: folder });
    await chmod(folder, 0o700);
  });
});
