import { build } from './build.mjs';
import { setUp } from './setup.mjs';
import { asksForWindow, fetchElectron } from './setup/electron.mjs';

await setUp(import.meta.filename);
build();

// npm runs this in the repository; paths on the command line are meant from where npm was called.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);

if (asksForWindow(process.argv.slice(2))) {
  const { findDesktop } = await import('../src-main/cli/window/desktop-window.ts');
  const desktop = findDesktop();
  if ('reason' in desktop && desktop.fetchable) fetchElectron();
}

await import('../dist/main/cli.js');
