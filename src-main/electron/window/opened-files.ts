import type { BrowserWindow } from 'electron';
import type { TellPage } from './main-window.ts';
import { showIfHidden } from './show-if-hidden.ts';

/** What a double click on a project opens, kept until there is a window to open it in; then that window opens it and comes to the front. */
export class OpenedFiles {
  #first: string | null;
  #window: { readonly window: BrowserWindow; readonly tell: TellPage } | null = null;
  /** Once it was shown, a window that is not seen was hidden by a person. */
  #shown = false;

  constructor(first: string | null) {
    this.#first = first;
  }

  /** From now on files open in this window; gives the one it begins with. */
  show(window: BrowserWindow, tell: TellPage): void {
    this.#window = { window, tell };
    window.once('ready-to-show', () => {
      this.#shown = true;
    });
  }

  get first(): string | null {
    return this.#first;
  }

  /** @param path null: the program was asked for, and nothing to open */
  opened(path: string | null): void {
    if (this.#window === null) {
      this.#first = path ?? this.#first;
      return;
    }
    const { window, tell } = this.#window;
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    if (this.#shown) showIfHidden(window);
    window.focus();
    if (path !== null) tell('shell.open', { path });
  }
}
