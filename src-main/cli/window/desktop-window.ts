import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { appRoot } from '../../core/places.ts';
import { LastWords } from '../../last-words.ts';
import { hasDisplay } from './display.ts';
import { sandboxTrouble } from './linux-sandbox.ts';
import type { SandboxTrouble } from './linux-sandbox.ts';

/** What electron/main.ts writes to stdout once its window is there. */
export const WINDOW_IS_OPEN = 'Maskwright window open';

/** The message that asks electron/main.ts to quit, over Node's IPC channel, where there are no signals. */
export const QUIT = 'Maskwright, quit';

/** The Electron binary, or why there can be no window, as the end of a sentence. `fetchable`: the binary alone is what lacks. */
export type Desktop = { readonly electron: string } | { readonly reason: string; readonly fetchable: boolean };

/** The machine, as far as a window needs it. */
interface Machine {
  readonly platform: NodeJS.Platform;
  readonly uid: number | undefined;
  sandboxTrouble(electron: string): SandboxTrouble | null;
}
const machine: Machine = { platform: process.platform, uid: process.getuid?.(), sandboxTrouble };

/** Looks for Electron where its npm package puts it (its index.js does the same, but would start a download). */
export function findDesktop(root: string = appRoot(), env: NodeJS.ProcessEnv = process.env, on: Machine = machine): Desktop {
  const { platform, uid } = on;
  if (!hasDisplay(env, platform)) return { reason: 'there is no display', fetchable: false };
  if (platform === 'linux' && uid === 0) return { reason: "Electron's sandbox does not run as root", fetchable: false };
  const folder = join(root, 'node_modules', 'electron');
  const nameFile = join(folder, 'path.txt');
  const name = existsSync(nameFile) ? readFileSync(nameFile, 'utf8') : platform === 'win32' ? 'electron.exe' : 'electron';
  const electron = join(env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'), name);
  const isThere = existsSync(electron);
  const trouble = platform === 'linux' ? on.sandboxTrouble(electron) : null;
  if (trouble !== null) {
    // Fetched in vain, it would be a hundred megabytes.
    const fetchFirst = isThere ? '' : '`npm run fetch-electron`, then ';
    return { reason: `this system does not let Electron's sandbox start (${trouble.setting}). To have the window, run ${fetchFirst}\`${trouble.remedy}\`, once for each version of Electron`, fetchable: false };
  }
  return isThere ? { electron } : { reason: 'the Electron binary is not there (`npm run fetch-electron` fetches it)', fetchable: true };
}

/**
 * Runs the window until it is closed. Resolves to null then, or to why it never opened.
 * Clears ELECTRON_RUN_AS_NODE, which would make Electron run as plain Node. Engines run on the Node of this process.
 */
export function runWindow(electron: string, project: string | null, interrupted: AbortSignal, platform: NodeJS.Platform = process.platform): Promise<string | null> {
  const env: NodeJS.ProcessEnv = { ...process.env, MASKWRIGHT_NODE: process.execPath };
  delete env['ELECTRON_RUN_AS_NODE'];
  const windows = platform === 'win32';
  // Attached to the terminal, Electron would get Ctrl+C itself and end at once (electron/electron, issue 5273).
  if (windows) env['ELECTRON_NO_ATTACH_CONSOLE'] = '1';
  return new Promise((resolve) => {
    const child = spawn(electron, [appRoot(), ...(project === null ? [] : [project])], { env, stdio: ['ignore', 'pipe', 'pipe', ...(windows ? (['ipc'] as const) : [])] }) as ChildProcessByStdio<null, Readable, Readable>;
    let opened = false;
    const words = new LastWords();
    createInterface({ input: child.stderr, crlfDelay: Infinity }).on('line', (line) => {
      words.hear(line);
      process.stderr.write(`${line}\n`);
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      opened ||= text.includes(WINDOW_IS_OPEN);
    });
    // On Windows killing is ending at once, whatever the signal.
    const quit = (): unknown => (windows ? child.send(QUIT, () => undefined) : child.kill('SIGTERM'));
    interrupted.addEventListener('abort', quit, { once: true });
    child.on('error', (error) => resolve(`Electron could not be started (${error.message})`));
    child.on('close', (code, signal) => {
      const bad = code !== 0 && !opened && !interrupted.aborted;
      const { cause } = words;
      resolve(bad ? `Electron ended before its window opened (${signal ?? `exit code ${String(code)}`}${cause === null ? '' : `: ${cause}`})` : null);
    });
  });
}
