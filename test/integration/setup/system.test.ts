import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { neededGlibc, unsupportedSystem } from '../../../scripts/setup/system.mjs';
import { SetupFolder } from '../../fixtures/setup-folder.ts';
import { repository } from '../../helpers/program.ts';

const folder = new SetupFolder();
afterAll(() => folder.remove());

/** Linux with that glibc, or with musl. */
const on = (glibc: string | null): string => `process.report.getReport = () => ({ header: ${JSON.stringify(glibc === null ? {} : { glibcVersionRuntime: glibc })} });\nObject.defineProperty(process, 'platform', { value: 'linux' });`;

it.each([
  ['Ubuntu 20.04, Debian 11', '2.31', false], ['RHEL 8', '2.28', false], ['RHEL 9', '2.34', true], ['Ubuntu 22.04', '2.35', true], ['a later glibc', '2.100', true], ['a glibc of another age', '3.0', true], ['Alpine', null, false],
])('%s (glibc %s) can run it: %s', (_, glibc, can) => {
  expect(unsupportedSystem(repository, { platform: 'linux', glibc }) === null).toBe(can);
});

it('Windows and macOS have no glibc to be too old', () => {
  for (const platform of ['win32', 'darwin']) expect(unsupportedSystem(repository, { platform, glibc: null })).toBeNull();
});

const TOO_OLD = `Maskwright needs glibc ${neededGlibc(repository)}; this system has 2.31, so it is too old. Use Ubuntu 22.04, Debian 12, RHEL 9, Fedora 35 or newer, or a container of one.\n`;
const MUSL = /^Maskwright does not run on Alpine and other systems with musl: .*glibc.*\n$/;

describe('a system that cannot run it is told so at the start, in one sentence', () => {
  it('before anything is installed', async () => {
    expect(await folder.run('scripts/entry.mjs', { before: on('2.31') })).toEqual({ code: 1, out: '', err: TOO_OLD });
    expect(await folder.run('scripts/entry.mjs', { before: on(null) })).toEqual({ code: 1, out: '', err: expect.stringMatching(MUSL) as string });
  });

  it('by the command line of a package', () => {
    const before = folder.write('before.mjs', on('2.31'));
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', before, join(repository, 'src-main/cli/cli.ts'), '--version'], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: TOO_OLD });
  });
});
