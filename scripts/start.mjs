import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root, setUp } from './setup.mjs';

const FETCH_ELECTRON_MS = 5 * 60_000;

await setUp(import.meta.filename);
build();

if (!process.argv.includes('--browser')) {
  const { findDesktop } = await import('../src-main/cli/desktop-window.ts');
  const desktop = findDesktop();
  if ('reason' in desktop && desktop.fetchable) {
    process.stderr.write('Fetching the Electron binary. This happens once.\n');
    spawnSync(process.execPath, [join(root, 'node_modules', 'electron', 'install.js')], { cwd: root, stdio: ['ignore', 2, 2], timeout: FETCH_ELECTRON_MS });
  }
}

// npm runs this in the repository; paths on the command line are meant from where npm was called.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
await import('../dist/main/cli.js');
