import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { QUIT } from '../../src-main/cli/window/desktop-window.ts';
import type { Contract } from '../../src-shared/contract/contract.ts';
import { Desktop, runsOn } from '../electron/desktop.ts';
import { childrenOf, isRunning, temporaryIn } from '../helpers/processes.ts';
import { connectTo, engineProcesses, startProgram } from '../helpers/program.ts';
import type { Program } from '../helpers/program.ts';
import { Person } from './person.ts';

/** What is left of the program when it has ended, however it ended and whatever it was at. */

const folder = mkdtempSync(join(tmpdir(), 'maskwright-quit-'));
const temporary = join(folder, 'temporary');
mkdirSync(temporary);
const env = temporaryIn(temporary);
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

/** Work for every engine: everything mode, new images, an export. */
async function isBusy(call: Contract['call'], home: string): Promise<void> {
  const { project } = await call('project.openSample', {});
  await call('automatic.label', { project, labeling: { options: { points_per_side: 32 }, model: null, class: 'thing', all: true } } as never);
  await call('project.addFolder', { project, path: join(import.meta.dirname, '../../sample') });
  await call('export.start', { project, format: 'coco', out: join(home, 'exported.json'), images: 'all', options: {}, overwrite: false, snapshot: null, manifest: true } as never);
}

// Engines are held by a signal, and the program is asked to end by one.
if (process.platform !== 'linux') console.info('What is left at quitting is looked at on Linux only.');

/**
 * Files that only a running program has: locks, SQLite's logs, what is written beside its target. An engine that is held in
 * the middle of writing to the cache leaves a piece there, which later runs clear away.
 */
const leftIn = (home: string): string[] =>
  readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('cache/') && /\.lock$|-wal$|-shm$|-journal$|\.tmp|\.partial/.test(name));

async function atWork(name: string): Promise<{ program: Program; home: string; engines: number[] }> {
  const home = join(folder, name);
  // onnxruntime keeps what it would send in the user's folders; on a server that runs tests (CI) it would send nothing anyway.
  const program = await startProgram({ home, env: { ...env, HOME: temporary, CI: '' } });
  ends.push(async () => (program.process.kill('SIGKILL'), program.process.exitCode));
  const contract = await connectTo(program.address);
  await isBusy(contract.call, home);
  await expect.poll(() => engineProcesses(program, 'sam').length).toBe(1);
  return { program, home, engines: childrenOf(program.process.pid).map(({ pid }) => pid) };
}

test.skipIf(process.platform !== 'linux' || runsOn === 'packaged')('quitting during work, with an engine that hears nothing, leaves no process, timer, lock or temporary file', async () => {
  const home = join(folder, 'window');
  const desktop = new Desktop({ home, env });
  ends.push(() => desktop.stop());
  const page = await desktop.page();
  await new Person(page).seesPicture();
  await expect.poll(async () => page.evaluate(async () => {
    const { maskwright } = window as unknown as { maskwright: { call(name: string, params: object): Promise<{ result: { project: string; state: string } }> } };
    const { result } = await maskwright.call('project.openSample', {});
    const status = await maskwright.call('sam.status', { project: result.project });
    if (status.result.state === 'ready') await maskwright.call('automatic.label', { project: result.project, labeling: { options: { points_per_side: 32 }, model: null, class: 'thing', all: true } });
    return status.result.state;
  })).toBe('ready');
  await expect.poll(() => desktop.toldOf('progress').length).toBeGreaterThan(0);
  const engines = childrenOf(desktop.process.pid).flatMap(({ pid, command }) => (command.includes('dist/main') ? [pid] : []));
  expect(engines.length).toBeGreaterThanOrEqual(2);
  // A run of a large model holds its process as long as it takes.
  for (const pid of engines) process.kill(pid, 'SIGSTOP');
  await desktop.answers('message', { response: 0 });
  // As Ctrl+C in the terminal has it on Windows (cli/window/desktop-window.ts); a real Electron is driven by others than us.
  if (runsOn === 'stand-in') desktop.process.send(QUIT);
  expect(await (runsOn === 'stand-in' ? desktop.ended : desktop.quit())).toBe(0);
  expect(engines.filter(isRunning)).toEqual([]);
  expect(desktop.toldOf('keptAlive')).toEqual([]);
  expect(leftIn(home)).toEqual([]);
  // Chromium's own are Electron's affair.
  if (runsOn === 'stand-in') expect(readdirSync(temporary)).toEqual([]);
});

test.skipIf(process.platform !== 'linux')('Ctrl+C during work ends the program in a browser as well; nothing is left or noted anywhere to be sent', async () => {
  const { program, home, engines } = await atWork('browser');
  for (const pid of engines) process.kill(pid, 'SIGSTOP');
  expect(await program.stop()).toBe(0);
  expect(engines.filter(isRunning)).toEqual([]);
  expect(leftIn(home)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
});

test.skipIf(process.platform !== 'linux')('engines at work end by themselves when the program is killed', async () => {
  const { program, engines } = await atWork('killed');
  expect(engines.length).toBeGreaterThanOrEqual(2);
  program.process.kill('SIGKILL');
  await expect.poll(() => engines.filter(isRunning)).toEqual([]);
});
