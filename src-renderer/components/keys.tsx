import type { ReactElement } from 'react';
import { keyLabel } from '../commands/keys.ts';
import { isMac } from '../commands/platform.ts';
import { command } from '../commands/registry.ts';

/** A key as printed on a keyboard. */
export function Key({ chord }: { readonly chord: string }): ReactElement {
  return <kbd className="kbd">{keyLabel(chord, isMac)}</kbd>;
}

/** The first key of a command, if it has one. */
export function CommandKey({ id }: { readonly id: string }): ReactElement | null {
  const chord = command(id).keys[0];
  return chord === undefined ? null : <Key chord={chord} />;
}
