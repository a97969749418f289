import type { Layout } from './layout.ts';

/**
 * Chords as the registry writes them: modifiers and a key joined by `+`. `KeyZ` is the key that types z, wherever the
 * layout has it. Where the layout in use has no Latin letters (Cyrillic, Greek, Hebrew …), it is the key that carries
 * the Latin z beside them. `Digit1` is the key of the top row at that place (AZERTY needs Shift for its digits), or
 * whatever types the digit. `char:?` is a character, however it is typed. Anything else is KeyboardEvent.code.
 * `Mod` is Ctrl, or Cmd on a Mac.
 */
export interface KeyPress {
  readonly code: string;
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

interface Chord {
  readonly mod: boolean;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly key: string;
}

const CHARACTER = 'char:';

function parse(chord: string): Chord {
  // The key may be a plus itself.
  const at = chord.indexOf(CHARACTER);
  const parts = at < 0 ? chord.split('+') : [...chord.slice(0, at).split('+'), chord.slice(at)];
  const key = parts.pop() ?? '';
  return { mod: parts.includes('Mod'), ctrl: parts.includes('Ctrl'), shift: parts.includes('Shift'), alt: parts.includes('Alt'), key };
}

const letterOf = (key: string): string | undefined => /^Key([A-Z])$/.exec(key)?.[1]?.toLowerCase();
const digitOf = (key: string): string | undefined => /^Digit(\d)$/.exec(key)?.[1];

/** Whether a key press is this chord, on a Mac or elsewhere. */
export function matches(chord: string, press: KeyPress, mac: boolean, layout: Layout): boolean {
  const { mod, ctrl, shift, alt, key } = parse(chord);
  const wantsCtrl = ctrl || (mod && !mac);
  const wantsMeta = mod && mac;
  if (press.ctrlKey !== wantsCtrl || press.metaKey !== wantsMeta) return false;
  // Which other modifiers a character needs depends on the layout.
  if (key.startsWith(CHARACTER)) return layout.typed(press) === key.slice(CHARACTER.length);
  const digit = digitOf(key);
  if (digit !== undefined && press.key === digit && press.altKey === alt) return true;
  if (press.shiftKey !== shift || press.altKey !== alt) return false;
  const letter = letterOf(key);
  return letter === undefined ? press.code === key : layout.typed(press) === letter;
}

const NAMES: Readonly<Record<string, string>> = {
  ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Backspace: '⌫', Delete: 'Del', 'char:-': '−', NumpadAdd: 'Num +', NumpadSubtract: 'Num −', Escape: 'Esc',
};

/** The key's own word: its letter, digit or character, or what this keyboard has printed at its place. */
function keyName(key: string, layout: Layout): string {
  if (key.startsWith(CHARACTER)) return key.slice(CHARACTER.length);
  return (letterOf(key) ?? digitOf(key) ?? layout.printed(key))?.toUpperCase() ?? key;
}

/** A chord as a person reads it: `⇧⌘Z` on a Mac, `Ctrl+Shift+Z` elsewhere. */
export function keyLabel(chord: string, mac: boolean, layout: Layout): string {
  const { mod, ctrl, shift, alt, key } = parse(chord);
  const name = NAMES[key] ?? keyName(key, layout);
  if (mac) return `${ctrl ? '⌃' : ''}${alt ? '⌥' : ''}${shift ? '⇧' : ''}${mod ? '⌘' : ''}${name}`;
  return [...(mod || ctrl ? ['Ctrl'] : []), ...(alt ? ['Alt'] : []), ...(shift ? ['Shift'] : []), name].join('+');
}

/** A chord in the notation of aria-keyshortcuts (WAI-ARIA 1.2). */
export function ariaKeys(chord: string, mac: boolean, layout: Layout): string {
  const { mod, ctrl, shift, alt, key } = parse(chord);
  const name = key === 'char:+' ? 'Plus' : keyName(key, layout);
  return [...(mod && mac ? ['Meta'] : []), ...(ctrl || (mod && !mac) ? ['Control'] : []), ...(alt ? ['Alt'] : []), ...(shift ? ['Shift'] : []), name].join('+');
}

/** Electron's words for keys, where they differ. */
const ACCELERATOR_KEYS: Readonly<Record<string, string>> = { ArrowLeft: 'Left', ArrowRight: 'Right', ArrowUp: 'Up', ArrowDown: 'Down', 'char:+': 'Plus' };

/**
 * The first of these chords that a native menu can show: one with Ctrl or Cmd, since bare letters are text elsewhere.
 * Electron, too, names keys by what they type. Null for none.
 */
export function accelerator(chords: readonly string[]): string | null {
  const chord = chords.find((c) => c.startsWith('Mod+'));
  if (chord === undefined) return null;
  const { shift, alt, key } = parse(chord);
  const name = ACCELERATOR_KEYS[key] ?? (key.startsWith(CHARACTER) ? key.slice(CHARACTER.length) : (letterOf(key)?.toUpperCase() ?? digitOf(key) ?? key));
  return ['CmdOrCtrl', ...(alt ? ['Alt'] : []), ...(shift ? ['Shift'] : []), name].join('+');
}

/** True where a bare letter is text rather than a command. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range', 'color'].includes(target.type);
}

/** Keys that a focused control needs for itself: activating it, leaving it, moving inside it. */
const CONTROL_KEYS: ReadonlySet<string> = new Set(['Enter', 'NumpadEnter', 'Space', 'Tab', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown']);

export function belongsToControl(press: KeyPress, target: EventTarget | null): boolean {
  if (press.ctrlKey || press.metaKey || press.altKey || !CONTROL_KEYS.has(press.code)) return false;
  return target instanceof HTMLElement && target.closest('button, a, input, select, [role="listbox"], [role="menu"], [role="radiogroup"], [role="separator"], [role="toolbar"]') !== null;
}
