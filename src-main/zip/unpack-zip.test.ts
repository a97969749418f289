import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { zipOf } from '../../test/fixtures/zip-writer.ts';
import type { TestEntry } from '../../test/fixtures/zip-writer.ts';
import { entryName, placeOf } from './entry-name.ts';
import { MOST_ENTRIES, unpackZip } from './unpack-zip.ts';
import type { ZipEntry } from './zip-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-unpack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = join(folder, 'data.zip');
let n = 0;

interface Unpacked {
  /** What lies below the folder, with forward slashes; folders end with one. */
  readonly files: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

/** Into a folder in a folder, so that what leads out of it is seen. */
async function unpack(zip: Buffer, signal: AbortSignal = new AbortController().signal): Promise<Unpacked> {
  writeFileSync(archive, zip);
  const outer = join(folder, String(n++));
  const into = join(outer, 'in');
  mkdirSync(into, { recursive: true });
  const problems: string[] = [];
  try {
    await unpackZip(archive, into, { signal, progress: () => undefined, problem: (_, { message }) => problems.push(message) });
  } finally {
    expect(readdirSync(outer)).toEqual(['in']);
  }
  const paths = readdirSync(into, { recursive: true, withFileTypes: true });
  expect(paths.filter((entry) => !entry.isFile() && !entry.isDirectory())).toEqual([]);
  const files = paths.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return { files: Object.fromEntries(files.map((file) => [file.slice(into.length + 1), readFileSync(file, 'latin1')])), problems };
}

const good: TestEntry = { name: 'good.txt', data: 'good' };

describe('a ZIP', () => {
  it('comes out as it went in, stored or deflated, with folders and empty files', async () => {
    const { files, problems } = await unpack(zipOf([{ name: 'a/' , mode: 0o040755, method: 0 }, { name: 'a/b/c.txt', data: 'deflated' }, { name: 'd.txt', data: 'stored', method: 0 }, { name: 'empty', data: '' }]));
    expect(files).toEqual({ 'a/b/c.txt': 'deflated', 'd.txt': 'stored', empty: '' });
    expect(problems).toEqual([]);
  });

  it('with large entries is unpacked as a stream and held to its checksums', async () => {
    const data = Buffer.from(Uint32Array.from({ length: 5 << 18 }, (_, i) => Math.imul(i, 2_654_435_761) ^ (i << 7)).buffer);
    const { files, problems } = await unpack(zipOf([{ name: 'large', data }, { name: 'stored', data, method: 0 }, { name: 'wrong', data, crc: 1 }, { name: 'more', data, bytes: data.length - 1 }, { name: 'less', data, bytes: data.length + 1 }, { name: 'no deflate', data, packed: data }]));
    expect(Object.keys(files)).toEqual(['large', 'stored']);
    expect(Object.values(files).map((text) => crc32(Buffer.from(text, 'latin1')))).toEqual([crc32(data), crc32(data)]);
    expect(problems).toEqual(Array.from({ length: 4 }, () => expect.stringContaining('it is damaged')));
  });

  it('passes over what macOS and Windows put in for themselves', async () => {
    expect(await unpack(zipOf([good, { name: '__MACOSX/._good.txt', data: 'x' }, { name: 'a/.DS_Store', data: 'x' }, { name: 'Thumbs.db', data: 'x' }]))).toEqual({ files: { 'good.txt': 'good' }, problems: [] });
  });

  it('that counts fewer entries than it holds, as macOS does above 65,535, is unpacked whole', async () => {
    const zip = zipOf([{ name: 'a', data: 'a' }, { name: 'b', data: 'b' }, { name: 'c', data: 'c' }]);
    zip.writeUInt16LE(1, zip.length - 14);
    zip.writeUInt16LE(1, zip.length - 12);
    expect(await unpack(zip)).toEqual({ files: { a: 'a', b: 'b', c: 'c' }, problems: [] });
  });

  it('by a program that writes backslashes has folders all the same', async () => {
    expect((await unpack(zipOf([{ name: 'a\\b.txt', data: 'x' }]))).files).toEqual({ 'a/b.txt': 'x' });
  });
});

describe('hostile entries', () => {
  it.each<[string, TestEntry, string]>([
    ['that climbs', { name: '../out.txt', data: 'x' }, 'leads out'],
    ['that climbs from inside', { name: 'a/../../out.txt', data: 'x' }, 'leads out'],
    ['that climbs by backslashes', { name: '..\\out.txt', data: 'x' }, 'leads out'],
    ['with an absolute path', { name: '/maskwright/out.txt', data: 'x' }, 'outside'],
    ['with a network path', { name: '\\\\server\\share\\out.txt', data: 'x' }, 'outside'],
    ['with a drive', { name: 'C:\\out.txt', data: 'x' }, 'outside'],
    ['with a drive and a folder', { name: 'c:/windows/out.txt', data: 'x' }, 'outside'],
    ['that is a link', { name: 'link', data: '/etc', mode: 0o120777, method: 0 }, 'a link'],
    ['that is a device', { name: 'zero', mode: 0o020666 }, 'a device'],
    ['that is a pipe', { name: 'pipe', mode: 0o010666 }, 'a device or the like'],
    ['with a NUL', { name: 'a\0b', data: 'x' }, 'no such name'],
    ['with a name too long', { name: 'a'.repeat(256), data: 'x' }, 'no such name'],
    ['with folders without end', { name: `${'a/'.repeat(20_000)}b`, data: 'x' }, '64 folders'],
    ['that is encrypted', { name: 'secret', data: 'x', flags: 1 }, 'encrypted'],
    ['packed by another method', { name: 'lzma', data: 'x', method: 14 }, 'number 14'],
    ['with a wrong checksum', { name: 'bad', data: 'x', crc: 7 }, 'damaged'],
    ['that becomes more than it says', { name: 'bad', data: 'x'.repeat(100_000), bytes: 10 }, 'damaged'],
    ['that becomes less than it says', { name: 'bad', data: 'x', bytes: 10 }, 'damaged'],
    ['that is no deflate', { name: 'bad', data: 'x', packed: Buffer.from('not deflated') }, 'damaged'],
    ['with two sizes though stored', { name: 'bad', data: 'x', method: 0, bytes: 2 }, 'contradict'],
    ['that lies elsewhere', { name: 'bad', data: 'x', header: 7 }, 'place in the archive'],
    ['that is there twice', { name: 'good.txt', data: 'other' }, 'another file of this name'],
    ['in a folder that is a file', { name: 'good.txt/inside', data: 'x' }, 'another file of this name'],
  ])('one %s is left out and named, and the rest is taken', async (_, entry, said) => {
    const { files, problems } = await unpack(zipOf([good, entry, { name: 'after.txt', data: 'after' }]));
    expect(files).toEqual({ 'good.txt': 'good', 'after.txt': 'after' });
    expect(problems).toEqual([expect.stringContaining(said)]);
  });

  it('a file through a link lies in a folder of its own: links are not made', async () => {
    const { files, problems } = await unpack(zipOf([{ name: 'link', data: '/var', mode: 0o120777, method: 0 }, { name: 'link/out.txt', data: 'x' }]));
    expect(files).toEqual({ 'link/out.txt': 'x' });
    expect(problems).toEqual([expect.stringContaining('"link" was left out: it is a link')]);
  });

  it('nothing usable at all is an error with the reason', async () => {
    await expect(unpack(zipOf([{ name: 'secret', data: 'x', flags: 1 }]))).rejects.toMatchObject({ code: 'dataset-invalid', item: archive, message: expect.stringContaining('"secret" was left out: it is encrypted.') });
  });
});

describe('archives that are refused as a whole', () => {
  const zeros = Buffer.alloc(64);
  it.each<[string, () => Buffer, string, string]>([
    ['a bomb in one entry', () => zipOf([good, { name: 'bomb', packed: zeros, bytes: 2 ** 31 }]), 'too-large', '"bomb" in it would become'],
    ['a bomb in many', () => zipOf(Array.from({ length: 50 }, (_, i) => ({ name: `b${i}`, packed: Buffer.alloc(300_000), bytes: 1024 ** 3 }))), 'too-large', 'it would become'],
    ['no archive', () => Buffer.from('<html>Sign in to download</html>'), 'dataset-invalid', 'does not begin'],
    ['nothing', () => Buffer.alloc(0), 'dataset-invalid', 'does not begin'],
    ['an empty archive', () => zipOf([]), 'dataset-invalid', 'it is empty'],
    ['a part of several', () => { const zip = zipOf([good]); zip.writeUInt16LE(3, zip.length - 18); return zip; }, 'dataset-invalid', 'in several'],
  ])('%s', async (_, zip, code, said) => {
    await expect(unpack(zip())).rejects.toMatchObject({ code, item: archive, message: expect.stringContaining(said) });
  });

  it('entries that lie over one another', async () => {
    const data = Buffer.from(Uint32Array.from({ length: 4000 }, (_, i) => Math.imul(i, 2_654_435_761)).buffer);
    const zip = zipOf([{ name: 'a', data }, { name: 'b', data }]);
    const [honest, at] = [zip.length, zip.readUInt32LE(zip.length - 6)];
    // The second's bytes are taken away, and the directory says that they are those of the first.
    const local = zip.readUInt32LE(at + 20) + 31;
    const shared = Buffer.concat([zip.subarray(0, local), zip.subarray(2 * local)]);
    shared.writeUInt32LE(local, shared.length - 6);
    shared.writeUInt32LE(0, local + 46 + 1 + 42);
    expect(shared.length).toBe(honest - local);
    await expect(unpack(shared)).rejects.toMatchObject({ code: 'too-large', item: archive });
  });

  it('more entries than any data set has', async () => {
    const one = zipOf([{ name: 'a', data: '', method: 0 }]);
    const [local, central] = [one.subarray(0, 31), one.subarray(31, 31 + 47)];
    const end = Buffer.from(one.subarray(78));
    end.writeUInt32LE(central.length * (MOST_ENTRIES + 1), 12);
    await expect(unpack(Buffer.concat([local, Buffer.alloc(central.length * (MOST_ENTRIES + 1), central), end]))).rejects.toMatchObject({ code: 'too-large', message: expect.stringContaining('1,000,000 files') });
  });

  it('cut off anywhere', async () => {
    const whole = zipOf([good, { name: 'b/c.bin', data: Buffer.alloc(500, 7), method: 0 }]);
    for (let length = 0; length < whole.length; length += 41) await expect(unpack(whole.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({ code: 'dataset-invalid' });
  });
});

it('any damage is told or refused in words, and nothing is written outside', async () => {
  const whole = zipOf([good, { name: 'a/b.txt', data: 'b'.repeat(300) }, { name: '../c', data: 'c' }]);
  const change = fc.tuple(fc.nat(whole.length - 1), fc.constantFrom(0, 1, 0x2e, 0x2f, 0x7f, 0x80, 0xff));
  await fc.assert(fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
    const damaged = Buffer.from(whole);
    for (const [at, byte] of changes) damaged[at] = byte;
    try {
      await unpack(damaged);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(dataset-invalid|too-large|disk-full)$/) });
    }
  }), { numRuns: 200 });
});

it('a cancellation ends it, also within a large entry', async () => {
  writeFileSync(archive, zipOf([{ name: 'large', data: Buffer.alloc(20 * 1024 ** 2), method: 0 }]));
  const into = join(folder, 'cancelled');
  mkdirSync(into);
  const abort = new AbortController();
  const told: number[] = [];
  const progress = (done: number, total: number): void => {
    told.push(done / total);
    abort.abort();
  };
  await expect(unpackZip(archive, into, { signal: abort.signal, progress, problem: () => undefined })).rejects.toMatchObject({ code: 'cancelled' });
  expect(told[0]).toBeGreaterThan(0);
  expect(told.at(-1)).toBeLessThan(1);
  expect(readdirSync(into)).toEqual([]);
  await expect(unpack(zipOf([good]), AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
});

const entry = (name: Buffer, more: Partial<ZipEntry> = {}): ZipEntry => ({ name, utf8: false, encrypted: false, method: 8, crc32: 0, packed: 0, bytes: 0, mode: 0, extra: Buffer.alloc(0), header: 0, ...more });

describe('names', () => {
  it('are UTF-8 where that is said or they are valid, else of code page 437, else what Info-ZIP adds', () => {
    expect(entryName(entry(Buffer.from('猫.jpg'), { utf8: true }))).toBe('猫.jpg');
    expect(entryName(entry(Buffer.from('e\u0301.jpg')))).toBe('e\u0301.jpg');
    expect(entryName(entry(Buffer.from([0x81, 0x62, 0x65, 0x72, 0xe1])))).toBe('überß');
    const plain = Buffer.from('_.jpg');
    const field = Buffer.concat([Buffer.from([0x75, 0x70, 13, 0, 1, 0, 0, 0, 0]), Buffer.from('猫犬.j')]);
    field.writeUInt16LE(field.length - 4, 2);
    field.writeUInt32LE(crc32(plain), 5);
    expect(entryName(entry(plain, { extra: field }))).toBe('猫犬.j');
    field.writeUInt32LE(1, 5);
    expect(entryName(entry(plain, { extra: field }))).toBe('_.jpg');
  });

  it('that Windows takes for something else are refused there', () => {
    for (const name of ['con', 'a:b', 'nul.txt', 'end. ', 'a?', 'x|y']) {
      expect(placeOf(entry(Buffer.from(`f/${name}`)), 'win32')).toMatchObject({ kind: 'refused' });
      expect(placeOf(entry(Buffer.from(`f/${name}`)), 'linux')).toMatchObject({ kind: 'file', parts: ['f', name] });
    }
  });
});
