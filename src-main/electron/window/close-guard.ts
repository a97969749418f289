import type { BrowserWindow } from 'electron';
import { app, dialog } from 'electron';
import type { Job } from '../../../src-shared/contract/types.ts';
import { showIfHidden } from './show-if-hidden.ts';

/** What the page tells while it may have to be waited for. */
export interface PageBeforeClosing {
  /** Whether a mask that is not accepted yet is on the canvas. Closing is then left to the page, which accepts it or asks. */
  hasDraft(has: boolean): void;
  /** The page has settled its draft: what was begun goes on. */
  close(): void;
}

/**
 * Closing the window while something is being worked on asks first, and so it does while the page holds what no disk has taken.
 * On a Mac the window is hidden instead, with all that goes on in it, and only quitting closes it.
 */
export function guardClosing(window: BrowserWindow, running: () => readonly Job[], platform: NodeJS.Platform = process.platform): PageBeforeClosing {
  let draft = false;
  let goOn = (): void => window.close();
  let agreed = false;
  let asking = false;
  // Quitting the program closes the window, too, and goes on when the person agrees.
  let quitting = false;
  app.on('before-quit', () => {
    quitting = true;
  });
  // A browser would ask by itself; Electron only keeps the window.
  window.webContents.on('will-prevent-unload', (event) => {
    showIfHidden(window);
    if (draft) {
      goOn = quitting ? () => app.quit() : () => window.close();
      agreed = false;
      quitting = false;
      return;
    }
    const choice = dialog.showMessageBoxSync(window, {
      type: 'warning',
      buttons: ['Lose them', 'Stay'],
      defaultId: 1,
      cancelId: 1,
      noLink: true,
      message: 'Some edits are not saved.',
      detail: 'The disk has not taken them yet; the window says why. They are lost when it closes now.',
    });
    if (choice === 0) {
      event.preventDefault();
      return;
    }
    agreed = false;
    quitting = false;
  });
  window.on('close', (event) => {
    if (platform === 'darwin' && !quitting && !agreed) {
      event.preventDefault();
      hide(window);
      return;
    }
    const jobs = running();
    if (agreed || jobs.length === 0) return;
    event.preventDefault();
    if (asking) return;
    asking = true;
    showIfHidden(window);
    const ask = async (): Promise<void> => {
      const { response } = await dialog.showMessageBox(window, {
        type: 'question',
        buttons: ['Quit', 'Keep working'],
        defaultId: 1,
        cancelId: 1,
        noLink: true,
        message: jobs.length === 1 ? `“${jobs[0]?.title ?? ''}” is not finished.` : `${jobs.length} pieces of work are not finished.`,
        detail: 'What is saved is safe. What is interrupted now goes on when its project is opened again.',
      });
      asking = false;
      if (response !== 0) {
        quitting = false;
        return;
      }
      agreed = true;
      if (quitting) app.quit();
      else window.close();
    };
    void ask();
  });
  return {
    hasDraft: (has) => {
      draft = has;
    },
    close: () => goOn(),
  };
}

function hide(window: BrowserWindow): void {
  if (!window.isFullScreen()) {
    window.hide();
    return;
  }
  // Hidden as it is, it would leave a black screen behind (electron/electron, issue 20263).
  window.once('leave-full-screen', () => window.hide());
  window.setFullScreen(false);
}
