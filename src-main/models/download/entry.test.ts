import { expect, it } from 'vitest';
import { join } from 'node:path';
import { readCatalogue } from '../catalogue.ts';
import { DownloadEntry, mirrorsOf } from './entry.ts';

const sha256 = '0'.repeat(64);
const encoder = { role: 'encoder', name: 'encoder.onnx', bytes: 10, sha256, urls: ['https://a.example/e', 'https://b.example/e'] };
const decoder = { role: 'decoder', name: 'decoder.onnx', bytes: 5, sha256, urls: ['https://a.example/d', 'https://b.example/d'] };
const entry = { id: 'm', name: 'M', summary: 'S.', family: 'SAM', kind: 'onnx', licence: { name: 'MIT', url: 'https://a.example/licence' }, source: 'https://a.example', inputSize: 1024, bytes: 15, files: [encoder, decoder] };
const accepts = (change: object): boolean => DownloadEntry.safeParse({ ...entry, ...change }).success;

it('names the hosts of its mirrors', () => {
  expect(mirrorsOf(DownloadEntry.parse(entry))).toEqual(['a.example', 'b.example']);
});

it('is refused where it could lead to something else than it says', () => {
  expect(accepts({})).toBe(true);
  const files: [string, object[]][] = [
    ['plain http', [{ ...encoder, urls: ['http://a.example/e'] }, { ...decoder, urls: ['http://a.example/d'] }]],
    ['another scheme', [{ ...encoder, urls: ['file:///e'] }, { ...decoder, urls: ['file:///d'] }]],
    ['a password', [{ ...encoder, urls: ['https://u:p@a.example/e'] }, { ...decoder, urls: ['https://a.example/d'] }]],
    ['no hash', [{ ...encoder, sha256: '' }, decoder]],
    ['a name that leads out of the folder', [{ ...encoder, name: '../encoder.onnx' }, decoder]],
    ['two files of one name', [encoder, { ...decoder, name: 'encoder.onnx' }]],
    ['mirrors in another order', [encoder, { ...decoder, urls: decoder.urls.toReversed() }]],
    ['no decoder', [encoder]],
    ['two encoders', [encoder, { ...encoder, name: 'other.onnx' }, decoder]],
    ['a checkpoint among graphs', [encoder, decoder, { ...encoder, role: 'checkpoint', name: 'c.pth' }]],
    ['no address', [{ ...encoder, urls: [] }, { ...decoder, urls: [] }]],
  ];
  for (const [what, wrong] of files) expect([what, accepts({ files: wrong })]).toEqual([what, false]);
  expect(accepts({ bytes: 16 })).toBe(false);
  expect(accepts({ kind: 'checkpoint' })).toBe(false);
  // Of files of unknown size, nobody knows the sum.
  expect(accepts({ bytes: 16, files: [{ ...encoder, bytes: null }, decoder] })).toBe(true);
});

it('the catalogue that ships lists each model and each file once', async () => {
  const { models, downloads } = await readCatalogue(join(import.meta.dirname, '../../../models'));
  const ids = [...models, ...downloads].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const files = downloads.flatMap((download) => download.files);
  expect(new Set(files.map((file) => file.sha256)).size).toBe(files.length);
  const urls = files.flatMap((file) => file.urls);
  expect(new Set(urls).size).toBe(urls.length);
});
