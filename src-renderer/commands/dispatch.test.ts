import { describe, expect, it } from 'vitest';
import { commandFor, keptFromBrowser } from './dispatch.ts';
import type { KeyContext } from './dispatch.ts';
import type { KeyPress } from './keys.ts';
import { US_LAYOUT } from './layout.ts';
import type { Command } from './types.ts';

const make = (id: string, keys: string[], more: Partial<Command> = {}): Command => ({ id, title: id, group: 'program', keys, run: () => undefined, ...more });
const press = (code: string, held: Partial<KeyPress> = {}): KeyPress => ({ code, key: code.replace(/^Key|^Digit/, '').toLowerCase(), ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });
const idle: KeyContext = { mac: false, layout: US_LAYOUT, typing: false, controlKey: false, modal: false };

describe('commandFor', () => {
  it('lets the state decide between commands that share a key', () => {
    let drafting = true;
    const commands = [make('remove-point', ['Backspace'], { when: () => drafting }), make('delete', ['Delete', 'Backspace'])];
    expect(commandFor(press('Backspace'), commands, idle)?.id).toBe('remove-point');
    drafting = false;
    expect(commandFor(press('Backspace'), commands, idle)?.id).toBe('delete');
  });
  it('leaves keys to a text field, except those that say otherwise', () => {
    const commands = [make('next', ['KeyD']), make('undo', ['Mod+KeyZ']), make('palette', ['Mod+KeyK'], { whileTyping: true })];
    const typing = { ...idle, typing: true };
    expect(commandFor(press('KeyD'), commands, typing)).toBeNull();
    expect(commandFor(press('KeyZ', { ctrlKey: true }), commands, typing)).toBeNull();
    expect(commandFor(press('KeyK', { ctrlKey: true }), commands, typing)?.id).toBe('palette');
  });
  it('leaves Enter to a focused button, and everything to an open dialog', () => {
    const commands = [make('accept', ['Enter'])];
    expect(commandFor(press('Enter'), commands, { ...idle, controlKey: true })).toBeNull();
    expect(commandFor(press('Enter'), commands, { ...idle, modal: true })).toBeNull();
    expect(commandFor(press('Enter'), commands, idle)?.id).toBe('accept');
  });
});

describe('keptFromBrowser', () => {
  const commands = [make('select-all', ['Mod+KeyA'], { when: () => false }), make('previous', ['KeyA'])];
  it('holds for chords of commands that mean nothing now, also behind a dialog', () => {
    const selectAll = press('KeyA', { ctrlKey: true });
    expect(commandFor(selectAll, commands, idle)).toBeNull();
    expect(keptFromBrowser(selectAll, commands, idle)).toBe(true);
    expect(keptFromBrowser(selectAll, commands, { ...idle, modal: true })).toBe(true);
  });
  it('leaves text fields and the browser’s own keys alone', () => {
    expect(keptFromBrowser(press('KeyA', { ctrlKey: true }), commands, { ...idle, typing: true })).toBe(false);
    expect(keptFromBrowser(press('KeyR', { ctrlKey: true }), commands, idle)).toBe(false);
    expect(keptFromBrowser(press('KeyA'), commands, idle)).toBe(false);
  });
});
