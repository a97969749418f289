import { build } from './build.mjs';
import { setUp } from './setup.mjs';

await setUp(import.meta.filename);
build();

const forBrowser = process.argv.slice(2).some((word) => /^--(?:browser|port|host|no-open)(?:=|$)/.test(word));
if (!forBrowser) {
  const { findDesktop } = await import('../src-main/cli/desktop-window.ts');
  const desktop = findDesktop();
  if ('reason' in desktop && desktop.fetchable) {
    const { fetchElectron } = await import('./setup/electron.mjs');
    fetchElectron();
  }
}

// npm runs this in the repository; paths on the command line are meant from where npm was called.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
await import('../dist/main/cli.js');
