import { beforeAll, expect, it } from 'vitest';
import { shellCalls } from '../../src-shared/contract/shell.ts';
import { startI18n } from '../i18n/i18n.ts';
import { accelerator } from './keys.ts';
import { menuBar } from './native-menu.ts';
import { COMMANDS } from './registry.ts';

beforeAll(startI18n);

it('has every command that is more than a key, once, and those of a mode only while it is on', () => {
  const ids = menuBar().flatMap(({ entries }) => entries).flatMap((entry) => (entry.kind === 'command' ? [entry.id] : []));
  expect(ids.filter((id) => id.startsWith('check.') || id.startsWith('replay.'))).toEqual(['replay.start']);
  expect(ids.toSorted()).toEqual(COMMANDS.filter((it) => it.keyOnly !== true && it.modeOnly !== true).map(({ id }) => id).toSorted());
});

it('is what the shell takes, with keys in Electron’s words', () => {
  const groups = menuBar();
  expect(shellCalls['shell.menu'].params.parse({ groups })).toEqual({ groups });
  expect(groups[0]?.entries[0]).toEqual({ kind: 'command', id: 'program.open', label: 'Open…', accelerator: 'CmdOrCtrl+O', enabled: true });
  expect(groups[1]?.entries[1]).toMatchObject({ id: 'program.redo', accelerator: 'CmdOrCtrl+Shift+Z', enabled: false });
});

it('shows no bare letters, which would be taken from text fields', () => {
  expect(accelerator(['KeyD', 'Mod+ArrowRight'])).toBe('CmdOrCtrl+Right');
  expect(accelerator(['KeyV'])).toBeNull();
  expect(accelerator(['char:?'])).toBeNull();
});
