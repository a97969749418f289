import type { BrowserWindow } from 'electron';

/** Before something is asked or done in the window: a Mac's program goes on while its window is hidden. */
export function showIfHidden(window: BrowserWindow): void {
  if (!window.isVisible()) window.show();
}
