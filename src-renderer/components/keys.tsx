import type { ReactElement } from 'react';
import { ariaKeys, keyLabel } from '../commands/keys.ts';
import { useLayout } from '../commands/layout.ts';
import { isMac } from '../commands/platform.ts';
import { command } from '../commands/registry.ts';

/** How chords are written for the person's own keyboard: for the eye, and for aria-keyshortcuts. */
export function useKeyWords(): { readonly label: (chord: string) => string; readonly aria: (chord: string) => string } {
  const layout = useLayout((s) => s.layout);
  return { label: (chord) => keyLabel(chord, isMac, layout), aria: (chord) => ariaKeys(chord, isMac, layout) };
}

/** A key as printed on the person's keyboard. */
export function Key({ chord }: { readonly chord: string }): ReactElement {
  const { label } = useKeyWords();
  return <kbd className="kbd">{label(chord)}</kbd>;
}

/** The first key of a command, if it has one. */
export function CommandKey({ id }: { readonly id: string }): ReactElement | null {
  const chord = command(id).keys[0];
  return chord === undefined ? null : <Key chord={chord} />;
}
