import { join } from 'node:path';
import type { IpcMainInvokeEvent, Rectangle } from 'electron';
import { app, BrowserWindow, ipcMain, nativeTheme, session } from 'electron';
import { CALL_CHANNEL, EVENT_CHANNEL } from '../../../src-shared/contract/bridge.ts';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { ShellEventData, ShellEventName } from '../../../src-shared/contract/shell.ts';
import { isShellCall } from '../../../src-shared/contract/shell.ts';
import type { AppInfo, ProjectInfo, Settings } from '../../../src-shared/contract/types.ts';
import type { Answer } from '../../../src-shared/contract/wire.ts';
import { MOST_FRAME_BYTES } from '../../../src-shared/contract/wire.ts';
import type { CoreApi } from '../../core/core-api.ts';
import { isLarger } from './argument-size.ts';
import { guardClosing } from './close-guard.ts';
import { recoverFromCrashes } from './crashes.ts';
import { fenceSession } from '../fences.ts';
import { KeepAwake } from './keep-awake.ts';
import { PAGE_ORIGIN } from '../page-protocol.ts';
import { shellAnswers } from './shell-calls.ts';
import { showIfHidden } from './show-if-hidden.ts';
import { Taskbar } from './taskbar.ts';
import type { Updates } from '../updates/updates.ts';
import { LEAST } from './window-place.ts';

const CLIENT = 'window';
/** The page's own background (styles/tokens.css), so that opening does not flash. */
const BACKGROUND = { dark: '#131518', light: '#f1f2f4' } as const;

/** The one window. It can show our page only, open nothing, and is given no permission. */
export function openMainWindow({ bounds, maximized }: { readonly bounds: Rectangle; readonly maximized: boolean }): BrowserWindow {
  fenceSession(session.defaultSession);
  const window = new BrowserWindow({
    ...bounds,
    minWidth: Math.min(LEAST.width, bounds.width),
    minHeight: Math.min(LEAST.height, bounds.height),
    show: false,
    autoHideMenuBar: true,
    backgroundColor: BACKGROUND[nativeTheme.shouldUseDarkColors ? 'dark' : 'light'],
    webPreferences: {
      preload: join(import.meta.dirname, 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
      webviewTag: false,
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  });
  window.once('ready-to-show', () => {
    // Not before: it shows the window, too.
    if (maximized) window.maximize();
    window.show();
  });
  return window;
}

/** What main tells the window's page beside the contract's events; kept while the page is loading. */
export type TellPage = <N extends ShellEventName>(name: N, data: ShellEventData<N>) => void;

/**
 * Carries the contract between the window and the core; calls made while that still starts wait for it. Calls of any frame but
 * the page's own are refused and logged.
 */
export function connectWindow(window: BrowserWindow, starting: Promise<CoreApi>, log: (line: string) => void, updates: Updates | null): TellPage {
  const send = (name: string, data: unknown): void => {
    if (!window.isDestroyed()) window.webContents.send(EVENT_CHANNEL, name, data);
  };
  // The page asks for the program's state once it listens; told before that, it would not hear.
  let isListening = false;
  const untold: (() => void)[] = [];
  const listens = (): void => {
    isListening = true;
    for (const tellNow of untold.splice(0)) tellNow();
  };
  updates?.onChange((state) => send('shell.update', { state }));
  const taskbar = new Taskbar(window);
  const awake = new KeepAwake();
  const closing = guardClosing(window, () => taskbar.running);
  const run = (id: string, byKey: boolean): void => {
    showIfHidden(window);
    send('shell.command', { id, byKey });
  };
  const answers = shellAnswers(window, run, updates, closing);
  const fromPage = ({ senderFrame }: IpcMainInvokeEvent): boolean =>
    senderFrame !== null && senderFrame === window.webContents.mainFrame && senderFrame.url.startsWith(`${PAGE_ORIGIN}/`);
  ipcMain.handle(CALL_CHANNEL, async (event, name: unknown, params: unknown): Promise<Answer> => {
    if (!fromPage(event) || typeof name !== 'string') {
      log(`refused: a call of the frame ${JSON.stringify(event.senderFrame?.url ?? null)}`);
      return { problem: { code: 'bad-request', message: 'Maskwright answers its own page only.', item: null } };
    }
    if (isLarger(params, MOST_FRAME_BYTES)) {
      log(`refused: ${JSON.stringify(name).slice(0, 100)} with more than ${MOST_FRAME_BYTES} bytes`);
      return { problem: { code: 'too-large', message: `That is more than the ${MOST_FRAME_BYTES / 1024 ** 2} MiB that Maskwright takes at once. Do it in smaller steps.`, item: null } };
    }
    try {
      if (isShellCall(name)) return { result: await answers(name, params) };
      const result = await (await starting).call(name, params, CLIENT);
      follow(window, name, result);
      if (name === 'app.info') setImmediate(listens);
      if (name === 'app.settings') await updates?.switched((result as Settings).updates);
      return { result };
    } catch (error) {
      return { problem: toProblem(error) };
    }
  });
  // That it could not start is told by whoever started it.
  const whenStarted = (run: (core: CoreApi) => void): void => void starting.then(run, () => undefined);
  whenStarted((core) =>
    core.subscribe((event, data) => {
      if (event === 'job') {
        taskbar.jobChanged(data as never);
        awake.working = taskbar.running.length > 0;
      }
      send(event, data);
    }),
  );
  const leave = (): void => whenStarted((core) => core.disconnect(CLIENT));
  // A reload or a crash of the page ends what it was waiting for.
  window.webContents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
    if (!isMainFrame || isSameDocument) return;
    isListening = false;
    closing.hasDraft(false);
    leave();
  });
  recoverFromCrashes(window, (reason) => {
    log(`the page's process is gone: ${reason}`);
    leave();
  });
  return (name, data) => {
    if (isListening) send(name, data);
    else untold.push(() => send(name, data));
  };
}

/** What the system shows of the program's state: recent documents, the window's title, the theme. */
function follow(window: BrowserWindow, name: string, result: unknown): void {
  if (name === 'project.open') {
    const { path, name: title } = result as ProjectInfo;
    app.addRecentDocument(path);
    window.setRepresentedFilename(path);
    window.setTitle(`${title} – Maskwright`);
  } else if (name === 'project.close') {
    window.setRepresentedFilename('');
    window.setTitle('Maskwright');
  } else if (name === 'app.info') nativeTheme.themeSource = (result as AppInfo).settings.theme;
  else if (name === 'app.settings') nativeTheme.themeSource = (result as Settings).theme;
}
