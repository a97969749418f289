import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { app, dialog } from 'electron';
import { toProblem } from '../../src-shared/contract/errors.ts';
import { WINDOW_IS_OPEN } from '../cli/desktop-window.ts';
import type { CoreApi } from '../core/core-api.ts';
import { startCore } from '../core/core.ts';
import { openLog } from '../core/log.ts';
import { appRoot, dataDir, resources } from '../core/places.ts';
import { connectWindow, openMainWindow } from './main-window.ts';
import { PAGE_ORIGIN, registerPageScheme, servePage } from './page-protocol.ts';

/** The Node binary that runs the engines: beside the packaged program, else the one of the npm package `node`. */
function engineNode(): string {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return app.isPackaged ? join(process.resourcesPath, 'node', name) : join(appRoot(), 'node_modules', 'node', 'bin', name);
}

/** The project or folder on a command line: ELECTRON APP PROJECT in development, PROGRAM PROJECT when packaged. */
function projectOf(argv: readonly string[], folder: string): string | null {
  const given = argv.slice(app.isPackaged ? 1 : 2).find((argument) => !argument.startsWith('-'));
  if (given === undefined) return null;
  const path = resolve(folder, given);
  return existsSync(path) ? path : null;
}

async function open(): Promise<CoreApi> {
  const root = appRoot();
  const data = dataDir();
  const core = await startCore({ dataDir: data, host: 'electron', resources: resources(root, engineNode()), initialProject: projectOf(process.argv, process.cwd()) });
  const log = openLog(data);
  servePage(join(root, 'dist', 'renderer'), core);
  const window = openMainWindow();
  connectWindow(window, core, log);
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  await window.loadURL(`${PAGE_ORIGIN}/`);
  process.stdout.write(`${WINDOW_IS_OPEN}\n`);
  return core;
}

/** Electron does not wait for promises at quitting, so quitting is put off once, until the core has closed. */
function closeAtQuit(core: CoreApi): void {
  let closed = false;
  app.on('will-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    void core.close().finally(() => {
      closed = true;
      app.quit();
    });
  });
}

async function start(): Promise<void> {
  await app.whenReady();
  try {
    closeAtQuit(await open());
  } catch (error) {
    dialog.showErrorBox('Maskwright cannot start', toProblem(error).message);
    app.exit(1);
  }
}

registerPageScheme();
app.enableSandbox();
if (app.requestSingleInstanceLock()) {
  app.on('window-all-closed', () => app.quit());
  // Not awaited: Electron becomes ready only once this module has ended.
  void start();
} else {
  app.quit();
}
