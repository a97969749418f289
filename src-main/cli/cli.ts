import { unsupportedSystem } from '../../scripts/setup/system.mjs';
import { manifestFolder, programVersion } from '../core/places.ts';
import { startRealCore } from './client.ts';
import { terminal } from './console.ts';
import { EXIT } from './exit-codes.ts';
import { run } from './run.ts';

const unsupported = unsupportedSystem(manifestFolder());
if (unsupported !== null) {
  terminal.err(`${unsupported}\n`);
  process.exit(EXIT.failed);
}

const interruption = new AbortController();
// SIGHUP: the terminal is closed. SIGBREAK: Ctrl+Break on Windows.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const) {
  process.on(signal, () => {
    // Asked twice, somebody does not want to wait. Nothing is lost: what was acknowledged is on the disk.
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort();
  });
}

// Whoever reads has read enough, as `head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    interruption.abort();
    process.exitCode = EXIT.interrupted;
  });
}

const code = await run(process.argv.slice(2), { version: programVersion(), start: startRealCore, console: terminal, interrupted: interruption.signal }, Boolean(process.env['MASKWRIGHT_DEBUG']));
// A pipe may still hold what was written last.
process.stdout.write('', () => process.exit(code));
