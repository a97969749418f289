import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-instead-'));
const child = join(folder, 'child.mjs');
const MODULE = new URL('../../../scripts/setup/run-instead.mjs', import.meta.url).href;
beforeAll(() => writeFileSync(child, `console.log('runs ' + process.env.MORE); process.stdin.on('data', () => process.exit(7));`));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The exit code of what started a program in its place and got the signal before that one ended by itself. */
async function endOf(signal: NodeJS.Signals, platform: NodeJS.Platform): Promise<number | null> {
  const script = `import('${MODULE}').then(({ runInstead }) => {
    runInstead(process.execPath, [${JSON.stringify(child)}], { MORE: 'more' }, '${platform}');
    process.on('${signal}', () => console.log('heard'));
  })`;
  const starter = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  starter.stdout.on('data', (chunk: Buffer) => {
    const before = out;
    out += chunk.toString();
    if (out.includes('runs more') && !before.includes('runs more')) starter.kill(signal);
    // Either it has been killed by now, or it ends by itself.
    if (out.includes('heard') && !before.includes('heard')) starter.stdin.end('go');
  });
  const [code] = (await once(starter, 'close')) as [number | null];
  expect(out).toContain('heard');
  return code;
}

it.skipIf(process.platform === 'win32')('signals are passed on but for those that a terminal gives to all of its programs', async () => {
  expect(await Promise.all([endOf('SIGINT', 'linux'), endOf('SIGTERM', 'linux'), endOf('SIGHUP', 'linux')])).toEqual([7, 1, 1]);
});

it.skipIf(process.platform === 'win32')('on Windows none that came from the terminal kills the program, which ends in order', async () => {
  expect(await Promise.all([endOf('SIGINT', 'win32'), endOf('SIGHUP', 'win32')])).toEqual([7, 7]);
});
