import { beforeAll, expect, it } from 'vitest';
import { shellCalls } from '../../src-shared/contract/shell.ts';
import { startI18n } from '../i18n/i18n.ts';
import { accelerator } from './keys.ts';
import { chosen, menuBar } from './native-menu.ts';
import { COMMANDS } from './registry.ts';

beforeAll(startI18n);

it('has every command that is more than a key, once, and those of a mode only while it is on', () => {
  const ids = menuBar(false).flatMap(({ entries }) => entries).flatMap((entry) => (entry.kind === 'command' ? [entry.id] : []));
  expect(ids.filter((id) => id.startsWith('check.') || id.startsWith('replay.'))).toEqual(['replay.start']);
  expect(ids.toSorted()).toEqual(COMMANDS.filter((it) => it.keyOnly !== true && it.modeOnly !== true).map(({ id }) => id).toSorted());
});

it('is what the shell takes, with keys in Electron’s words', () => {
  const groups = menuBar(false);
  expect(shellCalls['shell.menu'].params.parse({ groups })).toEqual({ groups });
  expect(groups[0]?.entries[0]).toEqual({ kind: 'command', id: 'program.open', label: 'Open…', accelerator: 'CmdOrCtrl+O', enabled: true });
  expect(groups[1]?.entries[1]).toMatchObject({ id: 'program.redo', accelerator: 'CmdOrCtrl+Shift+Z', enabled: false });
});

it('shows no bare letters, which would be taken from text fields', () => {
  expect(accelerator(['KeyD', 'Mod+ArrowRight'])).toBe('CmdOrCtrl+Right');
  expect(accelerator(['KeyV'])).toBeNull();
  expect(accelerator(['char:?'])).toBeNull();
});

it('in a text field undoing, deleting and selecting all are of the text, and keys of the canvas are not shown', () => {
  const entries = menuBar(true).flatMap(({ entries }) => entries);
  expect(menuBar(true)[1]?.entries.map((entry) => (entry.kind === 'role' ? entry.role : entry.kind))).toEqual(['undo', 'redo', 'separator', 'cut', 'copy', 'paste', 'separator', 'delete', 'command', 'selectAll']);
  const keys = entries.flatMap((entry) => (entry.kind === 'command' && entry.accelerator !== null ? [entry.id] : []));
  expect(keys.toSorted()).toEqual(COMMANDS.filter((it) => it.whileTyping === true).map(({ id }) => id).toSorted());
});

it('a key that the menu took from a text field runs nothing, unless it works there; a click always means the command', () => {
  expect(chosen('object.duplicate', true, true)).toBeNull();
  expect(chosen('program.undo', true, true)).toBeNull();
  expect(chosen('object.duplicate', true, false)?.id).toBe('object.duplicate');
  expect(chosen('object.duplicate', false, true)?.id).toBe('object.duplicate');
  expect(chosen('program.export', true, true)?.id).toBe('program.export');
  expect(chosen('absent', false, false)).toBeNull();
});

it('says which menus are those that systems add to', () => {
  expect(menuBar(false).map(({ role }) => role)).toEqual(['file', null, null, null, null, null, null, null, 'help']);
});
