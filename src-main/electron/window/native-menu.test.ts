import type { MenuItemConstructorOptions } from 'electron';
import { expect, test, vi } from 'vitest';
import type { MenuGroup } from '../../../src-shared/contract/shell.ts';
import { setNativeMenu } from './native-menu.ts';

type Item = MenuItemConstructorOptions;
const { set } = vi.hoisted(() => ({ set: [] as Item[][] }));
vi.mock('electron', () => ({ app: { name: 'Maskwright', quit: () => undefined }, Menu: { buildFromTemplate: (items: Item[]) => items, setApplicationMenu: (items: Item[]) => set.push(items) } }));

const command = (id: string, accelerator: string | null = null): MenuGroup['entries'][number] => ({ kind: 'command', id, label: id, accelerator, enabled: true });
const groups: MenuGroup[] = [
  { role: 'file', label: 'File', entries: [command('program.open', 'CmdOrCtrl+O'), command('program.settings', 'CmdOrCtrl+,')] },
  { role: null, label: 'Edit', entries: [{ kind: 'role', role: 'undo' }, { kind: 'separator' }, { kind: 'role', role: 'copy' }] },
  { role: null, label: 'View', entries: [{ kind: 'role', role: 'togglefullscreen' }] },
  { role: 'help', label: 'Help', entries: [command('program.help'), command('program.about')] },
];

const chosen: unknown[] = [];
function menu(platform: NodeJS.Platform): Item[] {
  setNativeMenu(groups, (id, byKey) => chosen.push([id, byKey]), platform);
  return set.at(-1) ?? [];
}
const below = (item: Item | undefined): Item[] => item?.submenu as Item[];
const names = (items: Item[]): unknown[] => items.map(({ role, id, label, type }) => role ?? id ?? type ?? label);

test('a Mac has the menus that its programs have, in their order', () => {
  const bar = menu('darwin');
  expect(bar.map(({ label, role }) => label ?? role)).toEqual(['Maskwright', 'File', 'Edit', 'View', 'windowMenu', 'Help']);
  expect(names(below(bar[0]))).toEqual(['program.about', 'separator', 'program.settings', 'separator', 'services', 'separator', 'hide', 'hideOthers', 'unhide', 'separator', 'quit']);
  expect(below(bar[0]).find(({ id }) => id === 'program.settings')?.accelerator).toBe('CmdOrCtrl+,');
  // Cmd+W.
  expect(names(below(bar[1]))).toEqual(['program.open', 'separator', 'close']);
  expect(names(below(bar[2]))).toEqual(['undo', 'separator', 'copy']);
  expect(bar.at(-1)?.role).toBe('help');
  expect(names(below(bar.at(-1)))).toEqual(['program.help']);
});

test.each(['win32', 'linux'] as const)('on %s everything stands in its own menu, and File ends the program', (platform) => {
  const bar = menu(platform);
  expect(bar.map(({ label }) => label)).toEqual(['File', 'Edit', 'View', 'Help']);
  expect(names(below(bar[0]))).toEqual(['program.open', 'program.settings', 'separator', 'shell.quit']);
  expect(names(below(bar[3]))).toEqual(['program.help', 'program.about']);
  // The page, or the text field in it, hears the key; the menu would take it away from both.
  for (const item of [...below(bar[0]).slice(0, 2), below(bar[1])[0]]) expect(item?.registerAccelerator).toBe(false);
});

test('says whether a command was chosen by its key, which a Mac tells the menu as well', () => {
  const open = below(menu('darwin')[1])[0];
  const click = (event: Electron.KeyboardEvent): void => open?.click?.({} as never, undefined, event);
  chosen.splice(0);
  click({ triggeredByAccelerator: true });
  click({ triggeredByAccelerator: false });
  click({});
  expect(chosen).toEqual([['program.open', true], ['program.open', false], ['program.open', false]]);
});
