import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Url from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { openedPath } from './opened-path.ts';
import { mayLink } from '../../test/helpers/links.ts';

const system = vi.hoisted(() => ({ windows: false }));
vi.mock('node:url', async (original) => {
  const real = await original<typeof Url>();
  return { ...real, fileURLToPath: (address: string) => (system.windows ? real.fileURLToPath(address, { windows: true }) : real.fileURLToPath(address)) };
});

const folder = mkdtempSync(join(tmpdir(), 'maskwright-opened-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const hard = `ö 日本 % #? & '“quoted” $HOME.mwproj`;
writeFileSync(join(folder, hard), '');

test('a project is found with every hard character, relative to where the program was started', () => {
  expect(openedPath(['maskwright', hard], 1, folder)).toBe(join(folder, hard));
  expect(openedPath(['electron', '.', '--trace', '--user-data-dir', folder, join(folder, hard)], 2, '/')).toBe(join(folder, hard));
});

test.skipIf(!mayLink)('what is there but cannot be opened is opened all the same, so that the person hears why', () => {
  symlinkSync('loop.mwproj', join(folder, 'loop.mwproj'));
  for (const name of ['loop.mwproj', `${'x'.repeat(300)}.mwproj`]) expect(openedPath(['maskwright', name], 1, folder)).toBe(join(folder, name));
});

test('a file manager may hand over an address in the place of a path', () => {
  expect(openedPath(['maskwright', pathToFileURL(join(folder, hard)).href], 1, '/')).toBe(join(folder, hard));
  for (const address of ['file://another-machine/project.mwproj', 'file:///%zz', 'file:///%2Fetc%00/passwd', 'https://example.com/a.mwproj']) expect(openedPath(['maskwright', address], 1, folder), address).toBeNull();
});

test('nothing is opened when nothing is named or it is not there', () => {
  expect(openedPath(['maskwright'], 1, folder)).toBeNull();
  expect(openedPath(['maskwright', 'gone.mwproj'], 1, folder)).toBeNull();
  expect(openedPath(['maskwright', '--user-data-dir', folder], 1, folder)).toBeNull();
});

test('no address becomes a network path on Windows, which would be asked for with the person’s credentials', () => {
  system.windows = true;
  for (const address of ['file://host/x.mwproj', 'file://host@SSL@443/x.mwproj', 'file:////host/share/x.mwproj', 'file://///host/x.mwproj', 'file:/\\\\host/x.mwproj', 'FILE://host/x.mwproj']) {
    expect(openedPath(['maskwright', address], 1, folder), address).toBeNull();
  }
  system.windows = false;
});
