import { describe, expect, it } from 'vitest';
import { accelerator, ariaKeys, keyLabel, matches } from './keys.ts';
import type { KeyPress } from './keys.ts';
import { layoutOf, US_LAYOUT } from './layout.ts';

const press = (code: string, key: string, held: Partial<KeyPress> = {}): KeyPress => ({ code, key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });
const withCtrl = { ctrlKey: true };
const on = (chord: string, it: KeyPress, layout = US_LAYOUT): boolean => matches(chord, it, false, layout);

/** What a browser tells of some layouts: places that differ from the US layout. */
const DVORAK = layoutOf(new Map([['KeyQ', "'"], ['KeyZ', ';'], ['KeyW', ','], ['Slash', 'z'], ['Quote', '-'], ['BracketRight', '=']]), null);
const AZERTY = layoutOf(new Map([['KeyQ', 'a'], ['KeyW', 'z'], ['KeyA', 'q'], ['KeyZ', 'w'], ['Semicolon', 'm'], ['KeyM', ','], ['Backquote', '²']]), null);

describe('matches', () => {
  it.each([
    ['German', 'KeyY', 'KeyZ'],
    ['French', 'KeyW', 'KeyY'],
    ['Dvorak', 'Slash', 'KeyT'],
    ['US', 'KeyZ', 'KeyY'],
  ])('takes the key that types the letter: %s', (_, codeOfZ, codeOfY) => {
    expect(on('Mod+KeyZ', press(codeOfZ, 'z', withCtrl))).toBe(true);
    expect(on('Ctrl+KeyY', press(codeOfZ, 'z', withCtrl))).toBe(false);
    expect(on('Ctrl+KeyY', press(codeOfY, 'y', withCtrl))).toBe(true);
    expect(on('Mod+KeyZ', press(codeOfY, 'y', withCtrl))).toBe(false);
    expect(on('Mod+Shift+KeyZ', press(codeOfZ, 'Z', { ...withCtrl, shiftKey: true }))).toBe(true);
  });
  it('takes bare letters so, too, with Caps Lock or without', () => {
    expect(on('KeyA', press('KeyQ', 'a'), AZERTY)).toBe(true);
    expect(on('KeyQ', press('KeyQ', 'a'), AZERTY)).toBe(false);
    expect(on('KeyD', press('KeyD', 'D'))).toBe(true);
  });
  it.each([
    ['Russian', 'KeyZ', 'я', 'KeyQ', 'й'],
    ['Greek', 'KeyZ', 'ζ', 'KeyQ', ';'],
    ['Hebrew', 'KeyZ', 'ז', 'KeyQ', '/'],
    ['Arabic', 'KeyZ', 'ئ', 'KeyQ', 'ض'],
    ['Hindi', 'KeyZ', 'ॆ', 'KeyQ', 'ौ'],
    ['Japanese kana', 'KeyZ', 'つ', 'KeyQ', 'た'],
  ])('goes by place where the layout has no Latin letters: %s', (_, z, typedByZ, q, typedByQ) => {
    const afterTyping = layoutOf(new Map(), false);
    const told = layoutOf(new Map([['KeyZ', 'z'], ['KeyQ', 'q']]), null);
    for (const layout of [afterTyping, told]) {
      expect(on('Mod+KeyZ', press(z, typedByZ, withCtrl), layout)).toBe(true);
      expect(on('KeyQ', press(q, typedByQ), layout)).toBe(true);
    }
  });
  it('by the place of the Latin letters beside them: Arabic on a French keyboard', () => {
    expect(on('Mod+KeyZ', press('KeyW', 'ص', withCtrl), AZERTY)).toBe(true);
    expect(on('Mod+KeyZ', press('KeyZ', 'ئ', withCtrl), AZERTY)).toBe(false);
  });
  it('leaves punctuation on letter places of a Latin layout alone', () => {
    for (const layout of [DVORAK, US_LAYOUT]) {
      expect(on('Mod+KeyZ', press('KeyZ', ';', withCtrl), layout)).toBe(false);
      expect(on('KeyQ', press('KeyQ', "'"), layout)).toBe(false);
      expect(on('char:,', press('KeyW', ','), layout)).toBe(true);
    }
  });
  it('takes digits by their place, typed with Shift or not', () => {
    expect(on('Digit1', press('Digit1', '1'))).toBe(true);
    expect(on('Digit1', press('Digit1', '&'), AZERTY)).toBe(true);
    expect(on('Digit1', press('Digit1', '1', { shiftKey: true }), AZERTY)).toBe(true);
    expect(on('Digit1', press('Digit1', '!', { shiftKey: true }))).toBe(false);
    expect(on('Mod+Digit0', press('Digit0', 'à', withCtrl), AZERTY)).toBe(true);
  });
  it('takes punctuation by its character, whatever it needs in a layout', () => {
    expect(on('char:?', press('Slash', '?', { shiftKey: true }))).toBe(true);
    expect(on('char:/', press('Digit7', '/', { shiftKey: true }))).toBe(true);
    expect(on('char:/', press('Slash', '/', withCtrl))).toBe(false);
    expect(on('Mod+char:+', press('Equal', '+', { ...withCtrl, shiftKey: true }))).toBe(true);
    expect(on('Mod+char:+', press('BracketRight', '+', withCtrl))).toBe(true);
    expect(on('Mod+char:,', press('Comma', 'б', withCtrl))).toBe(true);
  });
  it('takes Mod as Ctrl elsewhere and as Cmd on a Mac', () => {
    expect(matches('Mod+KeyZ', press('KeyZ', 'z', withCtrl), true, US_LAYOUT)).toBe(false);
    expect(matches('Mod+KeyZ', press('KeyZ', 'z', { metaKey: true }), true, US_LAYOUT)).toBe(true);
    expect(matches('Ctrl+KeyY', press('KeyY', 'y', withCtrl), true, US_LAYOUT)).toBe(true);
  });
  it('wants exactly the modifiers named', () => {
    expect(on('KeyD', press('KeyD', 'D', { shiftKey: true }))).toBe(false);
    expect(on('Shift+KeyD', press('KeyD', 'D', { shiftKey: true }))).toBe(true);
    expect(on('KeyD', press('KeyD', 'd', withCtrl))).toBe(false);
    expect(on('Mod+KeyZ', press('KeyZ', 'Z', { ...withCtrl, shiftKey: true }))).toBe(false);
  });
});

describe('keyLabel', () => {
  it('writes keys as a person reads them on either system', () => {
    expect(keyLabel('Mod+Shift+KeyZ', false, US_LAYOUT)).toBe('Ctrl+Shift+Z');
    expect(keyLabel('Mod+Shift+KeyZ', true, US_LAYOUT)).toBe('⇧⌘Z');
    expect(keyLabel('Digit1', false, US_LAYOUT)).toBe('1');
    expect(keyLabel('char:?', false, US_LAYOUT)).toBe('?');
    expect(keyLabel('Mod+char:+', false, US_LAYOUT)).toBe('Ctrl++');
    expect(keyLabel('Escape', false, US_LAYOUT)).toBe('Esc');
  });
  it('writes what this keyboard has printed on a key that is meant by its place', () => {
    expect(keyLabel('Backquote', false, US_LAYOUT)).toBe('`');
    expect(keyLabel('Backquote', false, AZERTY)).toBe('²');
    expect(ariaKeys('Backquote', false, AZERTY)).toBe('²');
    expect(keyLabel('Digit1', false, AZERTY)).toBe('1');
  });
  it('writes them for screen readers as WAI-ARIA wants', () => {
    expect(ariaKeys('Mod+KeyK', false, US_LAYOUT)).toBe('Control+K');
    expect(ariaKeys('Mod+KeyK', true, US_LAYOUT)).toBe('Meta+K');
    expect(ariaKeys('Mod+char:+', false, US_LAYOUT)).toBe('Control+Plus');
  });
  it('gives native menus the same letters, which Electron takes by what they type', () => {
    expect(accelerator(['Mod+KeyZ'])).toBe('CmdOrCtrl+Z');
    expect(accelerator(['Mod+char:+'])).toBe('CmdOrCtrl+Plus');
    expect(accelerator(['Mod+char:,'])).toBe('CmdOrCtrl+,');
    expect(accelerator(['Mod+Digit0'])).toBe('CmdOrCtrl+0');
  });
});
