import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../helpers/program.ts';
import { posixUses } from '../helpers/posix-uses.ts';

/** The tests run on three systems: what only some of them have is kept from the others. */

function sources(folder: string, pattern: RegExp): [string, string][] {
  return readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'utf8')]);
}

/** Uses that nothing guards, as “what”; `source` is a test file beside a helper that reads /proc. */
const unguarded = (source: string): string[] => {
  const helper = "import { readFileSync } from 'node:fs';\nexport const peak = (pid: number): string => readFileSync(`/proc/${pid}/status`, 'utf8');\nexport function safe(): string {\n  if (process.platform !== 'linux') return '';\n  return peak(1);\n}\n";
  const found = posixUses(new Map([[join('test', 'a.test.ts'), source], [join('test', 'helper.ts'), helper]]));
  return (found.get(join('test', 'a.test.ts')) ?? []).filter(({ within }) => within === null).map(({ what }) => what);
};

describe('what only some systems have', () => {
  it.each([
    ["test('a', () => { execFileSync('ps', ['-A']); });", ['ps']],
    ["test('a', () => { execFileSync('mkfifo', ['x']); spawn('sh', ['-c', 'true']); });", ['mkfifo', 'sh']],
    ["test('a', () => { readFileSync(`/proc/${pid}/status`); });", ['/proc/']],
    ["test('a', async () => { await chmod(file, 0o444); chmodSync(file, 0); chown(file, 1, 1); });", ['chmod', 'chmodSync', 'chown']],
    ["test('a', () => { symlinkSync('x', 'y'); symlinkSync('x', 'y', 'junction'); });", ['symlinkSync']],
    ["test('a', () => { child.kill('SIGINT'); child.kill('SIGKILL'); process.kill(pid, 'SIGSTOP'); });", ['kill(SIGINT)', 'kill(,SIGSTOP)']],
    ["test('a', () => { writeFileSync(file, '#!/bin/sh\\nexit 1'); exec('kill -9 1'); });", ['#!/bin/sh', 'kill -9 1']],
    ["import { peak } from './helper.ts';\ntest('a', () => { peak(1); });", ['peak']],
    ["import { peak as most } from './helper.ts';\ndescribe('b', () => { it.each([1])('a', () => void most(1)); });", ['most']],
    ["function engines() { return execFileSync('ps'); }\ntest('a', () => { engines(); });", ['engines']],
    ["test.skipIf(isRoot)('a', () => { chmodSync(file, 0); });", ['chmodSync']],
  ])('is found in %j', (source, what) => {
    expect(unguarded(source)).toEqual(what);
  });

  it.each([
    "test.skipIf(process.platform === 'win32')('a', () => { execFileSync('ps'); });",
    "const unixOnly = test.skipIf(process.platform === 'win32');\nunixOnly('a', () => { chmodSync(file, 0); });",
    "describe.runIf(process.platform === 'linux')('b', () => { test('a', () => { readFileSync('/proc/self/status'); }); });",
    "test('a', ({ skip }) => { if (process.platform === 'win32') return skip(); execFileSync('mkfifo', ['x']); });",
    "test('a', (context) => { context.skip(process.platform === 'win32', 'no such bits'); chmodSync(file, 0); });",
    "test('a', () => { if (process.platform !== 'win32') child.kill('SIGINT'); });",
    "const onLinux = process.platform === 'linux';\ntest('a', () => { expect(onLinux ? readdirSync('/proc') : []).toEqual([]); });",
    "import { safe } from './helper.ts';\ntest('a', () => { safe(); });",
    "test.skipIf(!mayLink)('a', () => { symlinkSync('x', 'y'); });",
    "const script = '#!/bin/sh';\ntest('a', () => { expect(script).toBe(''); });",
    "test('a', () => { db.exec('CREATE TABLE a (b)'); spawnSync('git', ['--version']); });",
  ])('is guarded in %j', (source) => {
    expect(unguarded(source)).toEqual([]);
  });

  it('is guarded in every test, by the system it runs on', () => {
    const all = new Map([...sources('test', /\.ts$/), ...['src-main', 'src-shared', 'src-renderer'].flatMap((folder) => sources(folder, /\.test\.tsx?$/))]);
    expect(all.size).toBeGreaterThan(200);
    // This file quotes some, and links.ts tries whether links can be made. Benchmarks are run by hand.
    const checked = new Map([...all].filter(([path]) => !/portable\.test\.ts$|links\.ts$|[/\\]bench[/\\]/.test(path)));
    const found = [...posixUses(checked)].flatMap(([path, uses]) => uses.filter(({ within }) => within === null).map(({ line, what }) => `${path.slice(repository.length + 1)}:${line} ${what}`));
    expect(found).toEqual([]);
  });
});

it('a clone holds the same bytes on every system', ({ skip }) => {
  const { status, stdout } = spawnSync('git', ['-C', repository, 'check-attr', 'text', 'LICENSE', 'assets/licences/node.txt', 'test/golden/tiny-vit.json'], { encoding: 'utf8' });
  if (status !== 0) return skip('this is no clone');
  expect(stdout.trim().split('\n').map((line) => line.split(': ').at(-1))).toEqual(['unset', 'unset', 'unset']);
});
