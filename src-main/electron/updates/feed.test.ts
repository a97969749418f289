import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { releaseOwner } from '../../../test/fixtures/releases.ts';
import { feedOf } from './feed.ts';
import type { Installation } from './feed.ts';

const app = mkdtempSync(join(tmpdir(), 'maskwright-feed-'));
afterAll(() => rmSync(app, { recursive: true, force: true }));
const resources = join(app, 'resources');
mkdirSync(resources);
const feed = { url: 'https://example.org/maskwright/', key: releaseOwner().key };
const appImage = join(app, 'Maskwright.AppImage');
const linux: Installation = { app, resources, program: join(app, 'maskwright'), platform: 'linux', env: { APPIMAGE: appImage } };
const writes = (updates: unknown): void => writeFileSync(join(app, 'package.json'), JSON.stringify({ version: '1.0.0', updates }));

test('an AppImage, what nsis installed, and a Mac\'s program can update themselves, with an address and a key', () => {
  writes(feed);
  writeFileSync(appImage, '');
  expect(feedOf(linux)).toBeNull();
  writeFileSync(join(resources, 'app-update.yml'), '');
  expect(feedOf(linux)).toEqual({ feed, kind: 'AppImage' });
  expect(feedOf({ ...linux, platform: 'darwin', env: {} })).toEqual({ feed, kind: 'zip' });
  expect(feedOf({ ...linux, platform: 'win32', env: {} })).toBeNull();
  writeFileSync(join(app, 'Uninstall Maskwright.exe'), '');
  expect(feedOf({ ...linux, platform: 'win32', env: {} })).toEqual({ feed, kind: 'exe' });
});

test('what was unpacked, or installed by a package manager, cannot', () => {
  expect(feedOf({ ...linux, env: {} })).toBeNull();
  expect(feedOf({ ...linux, env: { APPIMAGE: join(app, 'gone.AppImage') } })).toBeNull();
  writeFileSync(join(resources, 'package-type'), 'deb');
  expect(feedOf(linux)).toBeNull();
  rmSync(join(resources, 'package-type'));
});

test.each([undefined, null, {}, { ...feed, url: 'http://example.org/' }, { ...feed, url: 'file:///x' }, { ...feed, key: '' }, { url: feed.url }])('%j is no feed', (updates) => {
  writes(updates);
  expect(feedOf(linux)).toBeNull();
});

test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('an AppImage in a folder that nobody may write to cannot (root may, so it is not shown for root)', () => {
  writes(feed);
  chmodSync(app, 0o555);
  try {
    expect(feedOf(linux)).toBeNull();
  } finally {
    chmodSync(app, 0o755);
  }
});
