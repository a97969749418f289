import { describe, expect, it } from 'vitest';
import { ariaKeys, keyLabel, matches } from './keys.ts';
import type { KeyPress } from './keys.ts';

const press = (code: string, key: string, held: Partial<KeyPress> = {}): KeyPress => ({ code, key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });

describe('matches', () => {
  it('takes a letter by its place, so that a French keyboard’s A lies where Q is', () => {
    expect(matches('KeyQ', press('KeyQ', 'a'), false)).toBe(true);
    expect(matches('KeyA', press('KeyQ', 'a'), false)).toBe(false);
  });
  it('takes Mod as Ctrl elsewhere and as Cmd on a Mac', () => {
    expect(matches('Mod+KeyZ', press('KeyZ', 'z', { ctrlKey: true }), false)).toBe(true);
    expect(matches('Mod+KeyZ', press('KeyZ', 'z', { ctrlKey: true }), true)).toBe(false);
    expect(matches('Mod+KeyZ', press('KeyZ', 'z', { metaKey: true }), true)).toBe(true);
    expect(matches('Ctrl+KeyY', press('KeyY', 'y', { ctrlKey: true }), true)).toBe(true);
  });
  it('wants exactly the modifiers named', () => {
    expect(matches('KeyD', press('KeyD', 'D', { shiftKey: true }), false)).toBe(false);
    expect(matches('Shift+KeyD', press('KeyD', 'D', { shiftKey: true }), false)).toBe(true);
    expect(matches('KeyD', press('KeyD', 'd', { ctrlKey: true }), false)).toBe(false);
    expect(matches('Mod+KeyZ', press('KeyZ', 'Z', { ctrlKey: true, shiftKey: true }), false)).toBe(false);
  });
  it('takes ? and / by their character, whatever they need in a layout', () => {
    expect(matches('char:?', press('Slash', '?', { shiftKey: true }), false)).toBe(true);
    expect(matches('char:/', press('Digit7', '/', { shiftKey: true }), false)).toBe(true);
    expect(matches('char:/', press('Slash', '/', { ctrlKey: true }), false)).toBe(false);
  });
});

describe('keyLabel', () => {
  it('writes keys as a person reads them on either system', () => {
    expect(keyLabel('Mod+Shift+KeyZ', false)).toBe('Ctrl+Shift+Z');
    expect(keyLabel('Mod+Shift+KeyZ', true)).toBe('⇧⌘Z');
    expect(keyLabel('Digit1', false)).toBe('1');
    expect(keyLabel('char:?', false)).toBe('?');
    expect(keyLabel('Escape', false)).toBe('Esc');
  });
  it('writes them for screen readers as WAI-ARIA wants', () => {
    expect(ariaKeys('Mod+KeyK', false)).toBe('Control+K');
    expect(ariaKeys('Mod+KeyK', true)).toBe('Meta+K');
    expect(ariaKeys('Mod+Equal', false)).toBe('Control+Plus');
  });
});
