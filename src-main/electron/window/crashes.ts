import type { BrowserWindow } from 'electron';
import { app, dialog } from 'electron';
import { EVENT_CHANNEL } from '../../../src-shared/contract/bridge.ts';
import { showIfHidden } from './show-if-hidden.ts';

/** So many crashes within this time are no accident any more: then the person decides. */
const MOST_CRASHES = 3;
const WITHIN_MS = 60_000;

/**
 * A page whose process died is loaded again and says so; a page that hangs can be loaded again. All that was done is in main.
 * @param gone called each time, before the page is loaded again
 */
export function recoverFromCrashes(window: BrowserWindow, gone: (reason: string) => void): void {
  const { webContents } = window;
  let crashes: number[] = [];
  let tellAfterLoad = false;

  const loadAgain = (): void => {
    tellAfterLoad = true;
    webContents.reload();
  };
  webContents.on('did-finish-load', () => {
    if (!tellAfterLoad) return;
    tellAfterLoad = false;
    const message = 'The window stopped working and was loaded again. Everything that was saved is there; a prompt that was not accepted yet has to be given again.';
    webContents.send(EVENT_CHANNEL, 'notice', { level: 'warning', code: null, message, item: null });
  });
  webContents.on('render-process-gone', (_event, { reason }) => {
    gone(reason);
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const now = Date.now();
    crashes = [...crashes.filter((at) => now - at < WITHIN_MS), now];
    if (crashes.length <= MOST_CRASHES) loadAgain();
    else void ask('The window keeps crashing.', 'Everything that was saved is safe. The log in the data folder says more.', 'Load it again').then((again) => (again ? loadAgain() : app.quit()));
  });

  let asking = false;
  window.on('unresponsive', () => {
    if (asking) return;
    asking = true;
    void hangs();
  });

  async function hangs(): Promise<void> {
    const again = await ask('The window does not answer.', 'You can wait, or load it again; what is saved is safe.', 'Load it again', 'Wait');
    asking = false;
    // The page's process may be in a loop that a reload cannot end.
    if (again) webContents.forcefullyCrashRenderer();
  }

  async function ask(message: string, detail: string, again: string, other = 'Quit'): Promise<boolean> {
    showIfHidden(window);
    const { response } = await dialog.showMessageBox(window, { type: 'warning', buttons: [again, other], defaultId: 0, cancelId: 1, noLink: true, message, detail });
    return response === 0;
  }
}
