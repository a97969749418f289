import { create } from 'zustand';

/** A key press, as far as the layout explains it. */
interface Press {
  readonly code: string;
  readonly key: string;
}

/** What is known of the keyboard: which keys type what. */
export interface Layout {
  /**
   * The character a shortcut compares with: the one typed, in lower case. Where the layout in use has no Latin letters,
   * the Latin character of the same key. Undefined for keys that type none.
   */
  typed(press: Press): string | undefined;
  /** What is printed on the key at a place (KeyboardEvent.code). Undefined when it types nothing. */
  printed(code: string): string | undefined;
}

/** The US layout: what a key is worth while nothing better is known. */
const US: ReadonlyMap<string, string> = new Map([
  ...[...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((c): [string, string] => [`Key${c}`, c.toLowerCase()]),
  ...[...'0123456789'].map((c): [string, string] => [`Digit${c}`, c]),
  ['Backquote', '`'], ['Minus', '-'], ['Equal', '='], ['BracketLeft', '['], ['BracketRight', ']'], ['Backslash', '\\'], ['Semicolon', ';'], ['Quote', "'"], ['Comma', ','], ['Period', '.'], ['Slash', '/'],
]);

const isLatinLetter = (key: string): boolean => /^\p{Script=Latin}$/u.test(key);
/** Vowel signs that some scripts have on keys of their own (Thai, Devanagari) count as letters. */
const isOtherLetter = (key: string): boolean => /^[\p{L}\p{M}]+$/u.test(key) && !isLatinLetter(key);

/**
 * @param keys what the person's layout with Latin letters types at each place, as far as known
 * @param latin whether the last letter typed was Latin; null before there was one
 */
export function layoutOf(keys: ReadonlyMap<string, string>, latin: boolean | null): Layout {
  const at = (code: string): string | undefined => keys.get(code) ?? US.get(code);
  /** Punctuation on a key that has a letter in the Latin layout: Greek ; and Hebrew / lie on Q, but so does Dvorak's ' and is meant. */
  const fromOtherScript = ({ code, key }: Press): boolean => {
    if (isOtherLetter(key)) return true;
    if (isLatinLetter(key) || !code.startsWith('Key')) return false;
    return keys.has(code) ? keys.get(code) !== key.toLowerCase() && isLatinLetter(keys.get(code) ?? '') && latin !== true : latin === false;
  };
  return {
    typed(press) {
      if (press.key === 'Dead') return at(press.code);
      if ([...press.key].length !== 1 && !isOtherLetter(press.key)) return undefined;
      return fromOtherScript(press) ? at(press.code) : press.key.toLowerCase();
    },
    printed: at,
  };
}

export const US_LAYOUT = layoutOf(new Map(), null);

/** The layout of the keyboard in use. */
export const useLayout = create<{ readonly keys: ReadonlyMap<string, string>; readonly latin: boolean | null; readonly layout: Layout }>(() => ({ keys: new Map(), latin: null, layout: US_LAYOUT }));

export const layout = (): Layout => useLayout.getState().layout;

function learn(more: ReadonlyMap<string, string>, latin: boolean | null): void {
  const { keys: before } = useLayout.getState();
  const keys = new Map([...before, ...more]);
  useLayout.setState({ keys, latin, layout: layoutOf(keys, latin) });
}

/** Takes from a key press what it tells of the layout. */
export function learnFrom({ code, key, shiftKey, ctrlKey, altKey, metaKey }: Press & { readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly altKey: boolean; readonly metaKey: boolean }): void {
  const state = useLayout.getState();
  const latin = isLatinLetter(key) ? true : isOtherLetter(key) ? false : state.latin;
  // Digits are named by their place: what AZERTY types there without Shift is not what a person looks for.
  const tells = US.has(code) && !code.startsWith('Digit') && !shiftKey && !ctrlKey && !altKey && !metaKey && [...key].length === 1 && latin !== false && !isOtherLetter(key);
  const learned = tells && state.keys.get(code) !== key.toLowerCase();
  if (latin !== state.latin || learned) learn(new Map(learned ? [[code, key.toLowerCase()]] : []), latin);
}

interface KeyboardWithMap {
  getLayoutMap?(): Promise<ReadonlyMap<string, string>>;
}

/** Asks the browser for the layout, where it tells (https://wicg.github.io/keyboard-map/); elsewhere keys are learned as they are pressed. */
export async function readLayout(): Promise<void> {
  const keyboard = (navigator as Navigator & { readonly keyboard?: KeyboardWithMap }).keyboard;
  try {
    const map = await keyboard?.getLayoutMap?.();
    if (map !== undefined) learn(new Map([...map].filter(([code]) => US.has(code) && !code.startsWith('Digit'))), useLayout.getState().latin);
  } catch {
    // A browser that does not tell: keys are learned as they are pressed.
  }
}
