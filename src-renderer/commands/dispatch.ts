import { matches } from './keys.ts';
import type { KeyPress } from './keys.ts';
import type { Layout } from './layout.ts';
import type { Command } from './types.ts';

/** What surrounds a key press. */
export interface KeyContext {
  readonly mac: boolean;
  readonly layout: Layout;
  /** A text field has the focus. */
  readonly typing: boolean;
  /** A focused control needs this key for itself. */
  readonly controlKey: boolean;
  /** A dialog, menu or popover is open and has the keyboard. */
  readonly modal: boolean;
}

/**
 * Whether a press that runs no command now is kept from the browser all the same: a chord of ours whose command means
 * nothing at the moment must not select the page's text, make a bookmark or save the page instead.
 */
export function keptFromBrowser(press: KeyPress, commands: readonly Command[], context: KeyContext): boolean {
  return !context.typing && commands.some((c) => c.keys.some((k) => k.startsWith('Mod+') && matches(k, press, context.mac, context.layout)));
}

/**
 * The command a key press means: the first in the registry's order whose key it is and whose `when` holds.
 * While a person types, only commands that say so; behind a dialog, none.
 */
export function commandFor(press: KeyPress, commands: readonly Command[], context: KeyContext): Command | null {
  if (context.modal || context.controlKey) return null;
  return commands.find((c) => (!context.typing || c.whileTyping === true) && c.keys.some((k) => matches(k, press, context.mac, context.layout)) && (c.when?.() ?? true)) ?? null;
}
