/**
 * Keys as written in the registry: modifiers and a key joined by `+`, the key being
 * a physical key (`KeyD`, `Digit1`, `Enter`: KeyboardEvent.code) so that letters stay where fingers know them in every
 * layout, or `char:` and a character where the character is what is printed on the key (`char:?`).
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
  const parts = chord.split('+');
  const key = parts.pop() ?? '';
  return { mod: parts.includes('Mod'), ctrl: parts.includes('Ctrl'), shift: parts.includes('Shift'), alt: parts.includes('Alt'), key };
}

/** Whether a key press is this chord, on a Mac or elsewhere. */
export function matches(chord: string, press: KeyPress, mac: boolean): boolean {
  const { mod, ctrl, shift, alt, key } = parse(chord);
  const wantsCtrl = ctrl || (mod && !mac);
  const wantsMeta = mod && mac;
  if (press.ctrlKey !== wantsCtrl || press.metaKey !== wantsMeta) return false;
  // Which modifiers a character needs depends on the layout, so they are not asked about.
  if (key.startsWith(CHARACTER)) return press.key === key.slice(CHARACTER.length);
  return press.shiftKey === shift && press.altKey === alt && press.code === key;
}

const NAMES: Readonly<Record<string, string>> = {
  ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Backquote: '`', Backspace: '⌫', Comma: ',', Delete: 'Del',
  Equal: '+', Minus: '−', NumpadAdd: 'Num +', NumpadSubtract: 'Num −', Escape: 'Esc',
};

function keyName(key: string): string {
  if (key.startsWith(CHARACTER)) return key.slice(CHARACTER.length);
  const physical = /^(?:Key|Digit)(.)$/.exec(key)?.[1];
  return physical ?? NAMES[key] ?? key;
}

/** A chord as a person reads it: `⇧⌘Z` on a Mac, `Ctrl+Shift+Z` elsewhere. */
export function keyLabel(chord: string, mac: boolean): string {
  const { mod, ctrl, shift, alt, key } = parse(chord);
  const name = keyName(key);
  if (mac) return `${ctrl ? '⌃' : ''}${alt ? '⌥' : ''}${shift ? '⇧' : ''}${mod ? '⌘' : ''}${name}`;
  return [...(mod || ctrl ? ['Ctrl'] : []), ...(alt ? ['Alt'] : []), ...(shift ? ['Shift'] : []), name].join('+');
}

/** A chord in the notation of aria-keyshortcuts (WAI-ARIA 1.2). */
export function ariaKeys(chord: string, mac: boolean): string {
  const { mod, ctrl, shift, alt, key } = parse(chord);
  const name = key.startsWith(CHARACTER) ? key.slice(CHARACTER.length) : (/^(?:Key|Digit)(.)$/.exec(key)?.[1] ?? ({ Backquote: '`', Comma: ',', Equal: 'Plus', Minus: '-' } as Record<string, string>)[key] ?? key);
  return [...(mod && mac ? ['Meta'] : []), ...(ctrl || (mod && !mac) ? ['Control'] : []), ...(alt ? ['Alt'] : []), ...(shift ? ['Shift'] : []), name].join('+');
}

/** Electron's word for a key, where it is not the key's own. */
const ACCELERATOR_KEYS: Readonly<Record<string, string>> = { ArrowLeft: 'Left', ArrowRight: 'Right', ArrowUp: 'Up', ArrowDown: 'Down', Comma: ',', Equal: '=', Minus: '-', Backquote: '`' };

/** The first of these chords that a native menu can show: those with Ctrl or Cmd, since bare letters are text elsewhere. Null for none. */
export function accelerator(chords: readonly string[]): string | null {
  const chord = chords.find((c) => c.startsWith('Mod+') && !c.includes(CHARACTER));
  if (chord === undefined) return null;
  const { shift, alt, key } = parse(chord);
  const name = ACCELERATOR_KEYS[key] ?? /^(?:Key|Digit)(.)$/.exec(key)?.[1] ?? key;
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
