import { join } from 'node:path';
import { app, dialog } from 'electron';
import { packagedNode } from '../../scripts/setup/node-binary.mjs';
import { unsupportedSystem } from '../../scripts/setup/system.mjs';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { WINDOW_IS_OPEN } from '../cli/window/desktop-window.ts';
import type { CoreApi } from '../core/core-api.ts';
import { openLog } from '../core/log.ts';
import { appRoot, dataDir, manifestFolder, resources } from '../core/places.ts';
import { fencePages } from './fences.ts';
import { connectWindow, openMainWindow } from './window/main-window.ts';
import { OpenedFiles } from './window/opened-files.ts';
import { openedPath } from './opened-path.ts';
import { problemOfOwnFolder } from './own-folder.ts';
import { PAGE_ORIGIN, registerPageScheme, servePage } from './page-protocol.ts';
import { quitWhenTold } from './quit-when-told.ts';
import { programUpdates } from './updates/program-updates.ts';
import { chosenDataDir } from './user-data.ts';
import { WindowPlace } from './window/window-place.ts';

/** The Node binary that runs the engines: beside the packaged program; in development that of who started the window, else the one that npm installed. */
function engineNode(): string {
  if (app.isPackaged) return join(process.resourcesPath, 'node', process.platform === 'win32' ? 'node.exe' : 'node');
  return process.env['MASKWRIGHT_NODE'] ?? packagedNode(appRoot()) ?? 'node';
}

/** The core is most of the program's code, so it is loaded while the window's process starts; what the page asks meanwhile waits. */
async function startCore(initialProject: string | null): Promise<CoreApi> {
  const core = await import('../core/core.ts');
  return core.startCore({ dataDir: dataDir(), host: 'electron', resources: resources(appRoot(), engineNode()), initialProject });
}

async function open(files: OpenedFiles): Promise<void> {
  const data = dataDir();
  const place = new WindowPlace(data);
  const core = Promise.withResolvers<CoreApi>();
  const log = openLog(data);
  const updates = programUpdates(core.promise, data, log);
  closeAtQuit(async () => {
    await updates?.quits();
    await Promise.all([core.promise.then((started) => started.close(), () => undefined), place.written()]);
  });
  servePage(join(appRoot(), 'dist', 'renderer'), core.promise);
  const window = openMainWindow(await place.read());
  place.watch(window);
  files.show(window, connectWindow(window, core.promise, log, updates));
  const loaded = window.loadURL(`${PAGE_ORIGIN}/`).catch((error: unknown) => {
    // Closed, or loaded anew, before the page was there: no failure of the program's.
    if (!window.isDestroyed() && !(error instanceof Error && 'code' in error && error.code === 'ERR_ABORTED')) throw error;
  });
  startCore(files.first).then(core.resolve, core.reject);
  await Promise.all([loaded, core.promise]);
  if (window.isDestroyed()) return;
  process.stdout.write(`${WINDOW_IS_OPEN}\n`);
  void updates?.started().catch((error: unknown) => log(`update: ${toProblem(error).message}`));
}

/** Electron does not wait for promises at quitting, so quitting is put off once, until the core has closed. */
function closeAtQuit(closing: () => Promise<unknown>): void {
  let closed = false;
  app.on('will-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    void closing().finally(() => {
      closed = true;
      app.quit();
    });
  });
}

async function start(files: OpenedFiles): Promise<void> {
  await app.whenReady();
  try {
    await open(files);
  } catch (error) {
    cannotStart(error);
  }
}

/** Nothing is written anywhere else, Chromium's own files included. Gives why nothing can be written there, else null. */
function chooseDataDir(): MaskwrightError | null {
  const chosen = chosenDataDir(process.argv, process.env, app.getPath('exe'));
  if (chosen !== null) process.env['MASKWRIGHT_HOME'] = chosen;
  const folder = join(dataDir(), 'window');
  const problem = problemOfOwnFolder(folder);
  if (problem === null) app.setPath('userData', folder);
  return problem;
}

function cannotStart(error: unknown): void {
  dialog.showErrorBox('Maskwright cannot start', toProblem(error).message);
  app.exit(1);
}

// As in electron-builder.yml: Windows groups windows, pins and recent documents with the installed program by it.
if (process.platform === 'win32') app.setAppUserModelId('org.maskwright.app');
registerPageScheme();
app.enableSandbox();
fencePages();
const unsupported = unsupportedSystem(manifestFolder());
const unusable = unsupported === null ? chooseDataDir() : new Error(unsupported);
const named = openedPath(process.argv, app.isPackaged ? 1 : 2, process.cwd());
// Only a program that is ready has boxes to show.
if (unusable !== null) void app.whenReady().then(() => cannotStart(unusable));
else if (app.requestSingleInstanceLock({ path: named })) {
  const files = new OpenedFiles(named);
  // A start of the program while it runs, and on a Mac a double click at any time.
  app.on('second-instance', (_event, _argv, _folder, data) => files.opened(pathIn(data)));
  app.on('open-file', (event, path) => {
    event.preventDefault();
    files.opened(path);
  });
  // A click on the program in a Mac's dock.
  app.on('activate', () => files.opened(null));
  app.on('window-all-closed', () => app.quit());
  quitWhenTold();
  // Not awaited: Electron becomes ready only once this module has ended.
  void start(files);
} else {
  app.quit();
}

/** What another start handed over. */
function pathIn(data: unknown): string | null {
  const path = typeof data === 'object' && data !== null && 'path' in data ? data.path : null;
  return typeof path === 'string' ? path : null;
}
