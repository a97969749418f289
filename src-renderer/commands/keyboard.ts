import { dispatchable } from './modal.ts';
import { commandFor, keptFromBrowser } from './dispatch.ts';
import { belongsToControl, takesText } from './keys.ts';
import { layout, learnFrom, readLayout } from './layout.ts';
import { COMMANDS, runCommand } from './registry.ts';
import { isMac } from './platform.ts';
import type { Command } from './types.ts';

/** Asked again with each return to the window: another layout may have been chosen meanwhile. */
const askForLayout = (): void => void readLayout();

/** Listens to the keyboard of the whole window. @returns the function that stops. */
export function listenToKeyboard(): () => void {
  /** Commands whose key is held down, by physical key. */
  const held = new Map<string, Command>();
  const letGo = (code: string): void => {
    held.get(code)?.release?.();
    held.delete(code);
  };

  const down = (event: KeyboardEvent): void => {
    learnFrom(event);
    if (event.defaultPrevented) return;
    const context = { mac: isMac, layout: layout(), typing: takesText(event.target), controlKey: belongsToControl(event, event.target), modal: !dispatchable(event.target) };
    const found = commandFor(event, COMMANDS, context);
    if (found !== null || keptFromBrowser(event, COMMANDS, context)) event.preventDefault();
    if (found === null) return;
    if (found.release !== undefined) {
      if (held.has(event.code)) return;
      held.set(event.code, found);
    }
    runCommand(found);
  };
  const up = (event: KeyboardEvent): void => letGo(event.code);
  // A key let go while another window has the keyboard is never reported here.
  const blur = (): void => [...held.keys()].forEach(letGo);

  window.addEventListener('keydown', down);
  window.addEventListener('keyup', up);
  window.addEventListener('blur', blur);
  window.addEventListener('focus', askForLayout);
  askForLayout();
  return () => {
    window.removeEventListener('focus', askForLayout);
    window.removeEventListener('keydown', down);
    window.removeEventListener('keyup', up);
    window.removeEventListener('blur', blur);
  };
}
