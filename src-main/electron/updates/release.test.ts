import { expect, test } from 'vitest';
import { description, releaseOwner } from '../../../test/fixtures/releases.ts';
import { isSigned, releaseOf } from './release.ts';

const HASH = `${'A'.repeat(86)}==`;
const names = (...urls: string[]): object => ({ version: '2.0.0', files: urls.map((url, i) => ({ url, sha512: HASH, size: i + 1 })) });
const notes = (releaseNotes: unknown): string => releaseOf({ ...names('a.exe'), releaseNotes }, 'exe', 'x64', 'host').offer.notes;
const chosen = (kind: 'exe' | 'zip' | 'AppImage', processor: string, ...urls: string[]): string => releaseOf(names(...urls), kind, processor, 'host').file.url;

test('a signature is of these very words and of this key', () => {
  const owner = releaseOwner();
  const text = description(Buffer.from('file'), { notes: 'ö 日本' });
  expect(isSigned(text, owner.sign(text), owner.key)).toBe(true);
  expect(isSigned(text.replace('9.0.0', '9.0.1'), owner.sign(text), owner.key)).toBe(false);
  expect(isSigned(text, releaseOwner().sign(text), owner.key)).toBe(false);
  expect(isSigned(text, '', owner.key)).toBe(false);
});

test('the file is the one for this kind of installation and processor', () => {
  const all = ['M-2.0.0-mac-arm64.zip', 'M-2.0.0-win-x64.exe', 'M-2.0.0-win-x64.zip', 'M-2.0.0-linux-arm64.AppImage', 'M-2.0.0-linux-x86_64.AppImage', 'M-2.0.0-linux-amd64.deb'];
  expect(chosen('exe', 'x64', ...all)).toBe('M-2.0.0-win-x64.exe');
  expect(chosen('zip', 'arm64', ...all)).toBe('M-2.0.0-mac-arm64.zip');
  expect(chosen('AppImage', 'x64', ...all)).toBe('M-2.0.0-linux-x86_64.AppImage');
  expect(chosen('AppImage', 'arm64', ...all)).toBe('M-2.0.0-linux-arm64.AppImage');
  expect(chosen('exe', 'arm64', 'M-2.0.0.exe')).toBe('M-2.0.0.exe');
  expect(() => chosen('exe', 'arm64', ...all)).toThrow('no file of it for this machine');
});

test('only what is used of a description is taken over', () => {
  const { file } = releaseOf({ ...names('a.exe'), path: '../a.exe', packages: { x64: { path: 'https://evil.example/a.7z' } }, stagingPercentage: 1, minimumSystemVersion: '99' }, 'exe', 'x64', 'host');
  expect(file).toEqual({ url: 'a.exe', sha512: HASH, size: 1 });
});

test('release notes are cut and lose what would turn or hide text', () => {
  expect(notes('one\r\n\ttwo\u202Eevil\u0000\u001B[31m\u200B')).toBe('one\n\ttwoevil[31m');
  expect(notes([{ version: '2.0.0', note: 'new' }, { version: '1.9.0', note: null }, { version: '1.8.0', note: 'old' }])).toBe('new\n\n\n\nold');
  expect(notes(undefined)).toBe('');
  expect(notes('x'.repeat(1_000_000))).toHaveLength(20_000);
});

test.each(['2.0.0-beta.1', 'v2.0.0', '2.0', '../2.0.0', '2.0.0 ', 2])('version %s is none', (version) => {
  expect(() => releaseOf({ ...names('a.exe'), version }, 'exe', 'x64', 'host')).toThrow('cannot be understood (version)');
});
