// Fetches Electron's binary and unpacks it: node scripts/setup/download-electron.mjs MS. After MS milliseconds without a byte it
// gives up. Why it failed goes to file descriptor 3; how far it is, to stderr.
import { spawnSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { terminal } from '../../src-main/cli/console.ts';
import { ProgressLine } from '../../src-main/cli/progress-line.ts';
import { root } from './common.mjs';

const folder = join(root, 'node_modules', 'electron');
const { env } = process;

const megabytes = (bytes) => Math.round(bytes / 1e6);

/** Into the cache that Electron's own installer looks into first. */
async function download(stalledMs) {
  // Electron's own copy: electron-builder brings an older one.
  const require = createRequire(join(folder, 'package.json'));
  const { downloadArtifact } = await import(pathToFileURL(require.resolve('@electron/get')));
  const { version } = require('./package.json');
  const mirror = env.npm_config_electron_mirror || env.ELECTRON_MIRROR;
  terminal.err(`Fetching Electron ${version}, which makes the window, from ${mirror || 'github.com'}. This happens once.\n`);
  const line = new ProgressLine(terminal);
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error(`no answer for ${stalledMs / 1000} seconds`)), stalledMs);
  try {
    await downloadArtifact({
      version,
      artifactName: 'electron',
      platform: env.ELECTRON_INSTALL_PLATFORM || env.npm_config_platform || process.platform,
      arch: env.ELECTRON_INSTALL_ARCH || env.npm_config_arch || process.arch,
      checksums: require('./checksums.json'),
      cacheRoot: env.electron_config_cache,
      downloadOptions: {
        quiet: true,
        signal: stalled.signal,
        getProgressCallback: ({ transferred, total, percent }) => {
          timer.refresh();
          line.write(total === null ? `${megabytes(transferred)} MB` : `${megabytes(transferred)} of ${megabytes(total)} MB`, percent);
        },
      },
    });
  } finally {
    clearTimeout(timer);
    line.end();
  }
}

function unpack() {
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'install.js')], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr.trim().split('\n')[0] || 'it could not be unpacked');
}

try {
  await download(Number(process.argv[2]));
  unpack();
} catch (error) {
  writeSync(3, error.cause?.message || error.message);
  process.exitCode = 1;
}
