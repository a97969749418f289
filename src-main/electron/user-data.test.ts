import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { chosenDataDir, PORTABLE_FOLDER } from './user-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-user-data-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = join(folder, 'maskwright');

test('without a wish the platform has its own place', () => {
  expect(chosenDataDir(['maskwright', 'fruit.mwproj'], {}, program)).toBeNull();
});

test('--user-data-dir names it in both ways of writing, and goes before MASKWRIGHT_HOME', () => {
  const env = { MASKWRIGHT_HOME: join(folder, 'home') };
  expect(chosenDataDir(['maskwright', '--user-data-dir=data here'], env, program, folder)).toBe(join(folder, 'data here'));
  expect(chosenDataDir(['maskwright', '--user-data-dir', resolve(folder, 'there')], env, program)).toBe(resolve(folder, 'there'));
  expect(chosenDataDir(['maskwright'], env, program)).toBe(env.MASKWRIGHT_HOME);
});

test('a folder beside the program makes it portable; a file of that name does not', () => {
  writeFileSync(join(folder, PORTABLE_FOLDER), '');
  expect(chosenDataDir(['maskwright'], {}, program)).toBeNull();
  rmSync(join(folder, PORTABLE_FOLDER));
  mkdirSync(join(folder, PORTABLE_FOLDER));
  expect(chosenDataDir(['maskwright'], {}, program)).toBe(join(folder, PORTABLE_FOLDER));
  expect(chosenDataDir(['Maskwright'], {}, `${folder}/Maskwright.app/Contents/MacOS/Maskwright`)).toBe(join(folder, PORTABLE_FOLDER));
  expect(chosenDataDir(['Maskwright'], { APPIMAGE: join(folder, 'Maskwright.AppImage') }, join(tmpdir(), 'mounted', 'maskwright'))).toBe(join(folder, PORTABLE_FOLDER));
});

test('an installed program is not portable: updates and uninstalling would take the data along', () => {
  mkdirSync(join(folder, PORTABLE_FOLDER), { recursive: true });
  writeFileSync(join(folder, 'Uninstall Maskwright.exe'), '');
  expect(chosenDataDir(['Maskwright.exe'], {}, join(folder, 'Maskwright.exe'))).toBeNull();
});
