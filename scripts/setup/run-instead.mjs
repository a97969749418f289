import { spawn } from 'node:child_process';
import { give } from './common.mjs';

/** What reaches the child through the terminal itself; here it must only not end us first. Windows closes its terminals in this way, too. */
const fromTerminal = { win32: ['SIGINT', 'SIGBREAK', 'SIGHUP'], other: ['SIGINT'] };

/** Runs a program in place of this one, with more in the environment: same terminal, same signals, same exit code. Does not return. */
export function runInstead(program, args, more, platform = process.platform) {
  return new Promise(() => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...more } });
    const theirs = fromTerminal[platform] ?? fromTerminal.other;
    for (const signal of theirs) process.on(signal, () => {});
    // On Windows passing a signal on would be killing the child, which has heard of it and is ending in order.
    for (const signal of ['SIGTERM', 'SIGHUP']) if (!theirs.includes(signal)) process.on(signal, () => child.kill(signal));
    child.on('error', (error) => give(`${program} could not be started: ${error.message}`));
    child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
