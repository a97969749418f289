import { join } from 'node:path';
import { BrowserWindow, type IpcMainInvokeEvent, ipcMain, session } from 'electron';
import { CALL_CHANNEL, EVENT_CHANNEL } from '../../src-shared/contract/bridge.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Answer } from '../../src-shared/contract/wire.ts';
import type { CoreApi } from '../core/core-api.ts';
import { PAGE_ORIGIN } from './page-protocol.ts';

const CLIENT = 'window';

/** The one window. It can show our page only, open nothing, and is given no permission. */
export function openMainWindow(): BrowserWindow {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
  session.defaultSession.setDevicePermissionHandler(() => false);
  session.defaultSession.on('will-download', (event) => event.preventDefault());

  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    show: false,
    backgroundColor: '#161719',
    webPreferences: {
      preload: join(import.meta.dirname, 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  window.removeMenu();
  window.once('ready-to-show', () => window.show());
  const { webContents } = window;
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  // A dropped file, a link, a redirect: the page stays what it is.
  webContents.on('will-navigate', (event) => event.preventDefault());
  webContents.on('will-frame-navigate', (event) => event.preventDefault());
  webContents.on('will-redirect', (event) => event.preventDefault());
  webContents.on('will-attach-webview', (event) => event.preventDefault());
  return window;
}

/** Carries the contract between the window and the core. Calls of any frame but the page's own are refused and logged. */
export function connectWindow(window: BrowserWindow, core: CoreApi, log: (line: string) => void): void {
  const fromPage = ({ senderFrame }: IpcMainInvokeEvent): boolean =>
    senderFrame !== null && senderFrame === window.webContents.mainFrame && senderFrame.url.startsWith(`${PAGE_ORIGIN}/`);
  ipcMain.handle(CALL_CHANNEL, async (event, name: unknown, params: unknown): Promise<Answer> => {
    if (!fromPage(event) || typeof name !== 'string') {
      log(`refused: a call of the frame ${JSON.stringify(event.senderFrame?.url ?? null)}`);
      return { problem: { code: 'bad-request', message: 'Maskwright answers its own page only.', item: null } };
    }
    try {
      return { result: await core.call(name, params, CLIENT) };
    } catch (error) {
      return { problem: toProblem(error) };
    }
  });
  core.subscribe((event, data) => {
    if (!window.isDestroyed()) window.webContents.send(EVENT_CHANNEL, event, data);
  });
  // A reload or a crash of the page ends what it was waiting for.
  window.webContents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
    if (isMainFrame && !isSameDocument) core.disconnect(CLIENT);
  });
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    log(`the page's process is gone: ${reason}`);
    core.disconnect(CLIENT);
    if (reason !== 'clean-exit' && !window.isDestroyed()) window.webContents.reload();
  });
}
