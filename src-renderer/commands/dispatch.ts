import { matches } from './keys.ts';
import type { KeyPress } from './keys.ts';
import type { Command } from './types.ts';

/** What surrounds a key press. */
export interface KeyContext {
  readonly mac: boolean;
  /** A text field has the focus. */
  readonly typing: boolean;
  /** A focused control needs this key for itself. */
  readonly controlKey: boolean;
  /** A dialog, menu or popover is open and has the keyboard. */
  readonly modal: boolean;
}

/**
 * The command a key press means: the first in the registry's order whose key it is and whose `when` holds.
 * While a person types, only commands that say so; behind a dialog, none.
 */
export function commandFor(press: KeyPress, commands: readonly Command[], context: KeyContext): Command | null {
  if (context.modal || context.controlKey) return null;
  return commands.find((c) => (!context.typing || c.whileTyping === true) && c.keys.some((k) => matches(k, press, context.mac)) && (c.when?.() ?? true)) ?? null;
}

/** Pairs of commands that share a key and are not told apart by `when`. */
export function collisions(commands: readonly Command[]): [string, string, string][] {
  const found: [string, string, string][] = [];
  for (const [i, a] of commands.entries()) {
    for (const b of commands.slice(i + 1)) {
      for (const key of a.keys) if (b.keys.includes(key) && (a.when === undefined || b.when === undefined)) found.push([key, a.id, b.id]);
    }
  }
  return found;
}
