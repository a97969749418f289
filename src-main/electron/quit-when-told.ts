import { app } from 'electron';
import { QUIT } from '../cli/window/desktop-window.ts';

/** Quits in order when the command line that started the window says so: on Windows it has no signal to send. */
export function quitWhenTold(): void {
  process.on('message', (message) => {
    if (message === QUIT) app.quit();
  });
}
