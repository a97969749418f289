import { describe, expect, it } from 'vitest';
import en from '../i18n/en.json' with { type: 'json' };
import { COMMANDS } from './registry.ts';

/** Keys that commands share on purpose, told apart by what is on the canvas: a draft, a candidate of everything mode, a proposal under review, a crosshair or a selection. */
const SHARED = new Map([
  ['Backspace', ['draw.removePoint', 'replay.keep', 'object.delete']],
  ['Delete', ['everything.hide', 'replay.keep', 'object.delete']],
  ['Enter', ['draw.accept', 'replay.accept']],
  ['Escape', ['draw.cancel', 'check.leave', 'program.skipCoach']],
  ['NumpadEnter', ['draw.accept', 'replay.accept']],
  ...['Left', 'Right', 'Up', 'Down'].map((way): [string, string[]] => [`Arrow${way}`, [`draw.crosshair.Arrow${way}`, way === 'Right' || way === 'Down' ? 'replay.next' : 'replay.previous']]),
]);

const keysOf = (id: string): readonly string[] => COMMANDS.find((c) => c.id === id)?.keys ?? [];

describe('the registry', () => {
  it('has each id once', () => {
    expect(new Set(COMMANDS.map((c) => c.id)).size).toBe(COMMANDS.length);
  });
  it('gives no key to two commands, but for those the state tells apart', () => {
    const byKey = Map.groupBy(COMMANDS.flatMap((c) => c.keys.map((key) => ({ key, id: c.id }))), (e) => e.key);
    for (const [key, uses] of byKey) {
      if (uses.length > 1) expect([key, uses.map((u) => u.id)]).toEqual([key, SHARED.get(key)]);
    }
  });
  it('has an English title for each', () => {
    for (const c of COMMANDS) {
      const title = c.title.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], en);
      expect(title, c.title).toBeTypeOf('string');
    }
  });
  it('has the keys that the labelers’ habits and the systems ask for', () => {
    expect(keysOf('go.next')).toContain('KeyD');
    expect(keysOf('go.previous')).toContain('KeyA');
    expect(keysOf('tool.smart-point')).toContain('KeyQ');
    expect(keysOf('tool.smart-box')).toContain('KeyW');
    expect(keysOf('program.redo')).toEqual(expect.arrayContaining(['Mod+Shift+KeyZ', 'Ctrl+KeyY']));
    expect(keysOf('program.palette')).toEqual(expect.arrayContaining(['Mod+KeyK', 'Mod+Shift+KeyP']));
    expect(keysOf('object.class9')).toContain('Digit9');
  });
});
