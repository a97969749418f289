import { existsSync } from 'node:fs';
import { join } from 'node:path';
import open from 'open';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { isLoopback } from '../browser/access.ts';
import { startBrowserHost, type BrowserHost } from '../browser/host.ts';
import { openLog } from '../core/log.ts';
import { appRoot, dataDir } from '../core/places.ts';
import type { StartCore } from './client.ts';
import type { Console } from './console.ts';
import { hasDisplay } from './window/display.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

export interface ServeOptions {
  readonly host: string;
  /** Null: the usual one, or any free one when that is taken. */
  readonly port: number | null;
  readonly open: boolean;
}

/** The same from run to run, so that a bookmark and the browser's memory of the page go on. */
const USUAL_PORT = 4747;

/** Where the command line lies in a package. The page does not: only Electron reads the archive, and checks it. */
const PACKAGED = 'app.asar.unpacked';

/** `maskwright serve`: the window as a page in a browser, until Ctrl+C. `project` is absolute or null. */
export async function serve(project: string | null, options: ServeOptions, start: StartCore, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const root = appRoot();
  const page = join(root, 'dist', 'renderer');
  if (!existsSync(join(page, 'index.html'))) throw new MaskwrightError('not-found', root.endsWith(PACKAGED) ? 'The desktop package shows itself in its own window only: start the program, not this command.' : 'Maskwright has not been built yet. Run `npm run build`.', page);
  const core = await start({ host: 'browser', initialProject: project });
  try {
    const host = await listen(core, page, options);
    try {
      if (!isLoopback(options.host)) console.err(openToOthers(options.host));
      console.out(`Maskwright is at ${host.address}\n`);
      console.err('Everything is saved as it is done. Ctrl+C stops it.\n');
      // Without a browser to be found the address above is enough. A program's arguments can be read by every user of the machine.
      if (options.open && hasDisplay()) await open(host.addressForOnce()).catch(() => undefined);
      await until(interrupted);
    } finally {
      await host.close();
    }
  } finally {
    await core.close();
  }
  return EXIT.done;
}

async function listen(core: Awaited<ReturnType<StartCore>>, page: string, { host, port }: ServeOptions): Promise<BrowserHost> {
  const log = openLog(dataDir());
  const listenOn = (wanted: number): Promise<BrowserHost> => startBrowserHost({ core, page, host, port: wanted, log });
  if (port !== null) return listenOn(port);
  try {
    return await listenOn(USUAL_PORT);
  } catch (error) {
    if (error instanceof MaskwrightError && error.code === 'io') return listenOn(0);
    throw error;
  }
}

function openToOthers(host: string): string {
  return [
    '',
    '  WARNING: other machines can reach Maskwright.',
    `  It listens on ${host}, not only on this machine. Whoever has the address below can see and change your`,
    '  projects and list your folders, and the connection is not encrypted. Use this on a network you trust.',
    '',
    '',
  ].join('\n');
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
