import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram } from '../helpers/program.ts';
import { temporaryIn } from '../helpers/processes.ts';

const MODULE = new URL('../../src-main/temporary-folder.ts', import.meta.url).href;

test('what killed processes left in the folder for temporary files goes at the next start; what is in use, or another’s, stays', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'maskwright-left-'));
  const temporary = join(parent, 'tmp');
  mkdirSync(temporary);
  const env = { ...process.env, ...temporaryIn(temporary) };
  /** A process that makes a folder, and what it has called it. */
  const making = async () => {
    const child = spawn(process.execPath, ['-e', `import('${MODULE}').then((m) => { console.log(m.temporaryFolderHere('import')); setInterval(() => {}, 1000); })`], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [folder] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, folder: folder.toString().trim() };
  };
  const [killed, living] = await Promise.all([making(), making()]);
  killed.child.kill('SIGKILL');
  await once(killed.child, 'exit');
  const others = ['maskwright-import-abc123', 'maskwright-notes', 'import-00000000-1-abcdef', 'maskwright-import-00000000-1-abcdef'];
  for (const name of others) mkdirSync(join(temporary, name));
  expect(existsSync(killed.folder)).toBe(true);

  const program = await startProgram({ home: join(parent, 'home'), env: temporaryIn(temporary) });
  await expect.poll(() => existsSync(killed.folder)).toBe(false);
  await program.stop();
  expect(existsSync(living.folder)).toBe(true);
  expect(readdirSync(temporary)).toEqual(expect.arrayContaining(others));
  living.child.kill('SIGKILL');
  rmSync(parent, { recursive: true, force: true });
});
