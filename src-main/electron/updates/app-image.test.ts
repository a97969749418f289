import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type * as Now from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { disk } from '../../../test/fixtures/failing-disk.ts';
import { replaceAppImage } from './app-image.ts';

vi.mock('electron-updater', () => ({ AppImageUpdater: Object }));
vi.mock('node:fs', async (original) => (await import('../../../test/fixtures/failing-disk.ts')).failingNow(await original<typeof Now>()));

/** Windows has no AppImages. */
const unixOnly = test.skipIf(process.platform === 'win32');

let folder: string;
const at = (...names: readonly string[]): string => join(folder, ...names);
/** The person's programs, by name, and what each is. */
const programs = (): Record<string, string> => Object.fromEntries(readdirSync(at('programs')).map((name) => [name, readFileSync(at('programs', name), 'utf8')]));

function put(old: string): string {
  rmSync(at('programs'), { recursive: true, force: true });
  mkdirSync(at('programs'));
  writeFileSync(at('programs', old), 'old');
  chmodSync(at('programs', old), 0o755);
  writeFileSync(at('Maskwright-9.0.0-linux-x86_64.AppImage'), 'new');
  return at('programs', old);
}
const replace = (old: string): string => replaceAppImage(at('Maskwright-9.0.0-linux-x86_64.AppImage'), old);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-appimage-'));
});
afterEach(() => {
  disk.refuse(null);
  rmSync(folder, { recursive: true, force: true });
});

unixOnly('a name of the person’s own stays, one with a version becomes the new one', () => {
  const own = put('label.AppImage');
  expect(replace(own)).toBe(own);
  expect(programs()).toEqual({ 'label.AppImage': 'new' });
  expect(replace(put('Maskwright-0.1.0-linux-x86_64.AppImage'))).toBe(at('programs', 'Maskwright-9.0.0-linux-x86_64.AppImage'));
  expect(programs()).toEqual({ 'Maskwright-9.0.0-linux-x86_64.AppImage': 'new' });
  expect(readdirSync(folder)).toEqual(['programs']);
});

unixOnly('it can be run', () => {
  expect(statSync(replace(put('label.AppImage'))).mode & 0o777).toBe(0o755);
});

unixOnly.each(['label.AppImage', 'Maskwright-0.1.0-linux-x86_64.AppImage'])('whatever the disk refuses, the person has a whole program (%s)', (name) => {
  for (const lasts of ['once', 'all'] as const) {
    for (let nth = 1; ; nth++) {
      const old = put(name);
      disk.refuse({ nth, code: 'ENOSPC', lasts, moves: false });
      let there: string | null = null;
      try {
        there = replace(old);
      } catch {
        // The old one is still there.
      }
      const { hasRefused } = disk;
      disk.refuse(null);
      expect(readFileSync(there ?? old, 'utf8')).toBe(there === null ? 'old' : 'new');
      if (!hasRefused) break;
    }
  }
});
