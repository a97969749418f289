import type { MenuItemConstructorOptions } from 'electron';
import { app, Menu } from 'electron';
import type { MenuEntry, MenuGroup } from '../../../src-shared/contract/shell.ts';

type Item = MenuItemConstructorOptions;

const SEPARATOR: Item = { type: 'separator' };
/** Commands that on a Mac stand in the program's own menu, at the left of the bar. */
const ABOUT = 'program.about';
const SETTINGS = 'program.settings';

/**
 * The window's menu, as the page's command registry has it. On a Mac it is the bar at the top of the screen; elsewhere the page has
 * its own button, and the bar comes with the Alt key. The page hears the keys itself, so they are shown here, not registered; a
 * Mac's menu takes them all the same when the page has not, and then says so.
 * @param run the person chose that command; `byKey`: by its accelerator
 */
export function setNativeMenu(groups: readonly MenuGroup[], run: (id: string, byKey: boolean) => void, platform: NodeJS.Platform = process.platform): void {
  const item = (it: MenuEntry): Item => {
    if (it.kind === 'separator') return SEPARATOR;
    if (it.kind === 'role') return it.role === 'togglefullscreen' ? { role: it.role } : { role: it.role, registerAccelerator: false };
    const { id, label, enabled, accelerator } = it;
    return { id, label, enabled, registerAccelerator: false, click: (_item, _window, { triggeredByAccelerator }) => run(id, triggeredByAccelerator === true), ...(accelerator === null ? {} : { accelerator }) };
  };
  Menu.setApplicationMenu(Menu.buildFromTemplate(platform === 'darwin' ? macMenus(groups, item) : menus(groups, item)));
}

const inProgramMenu = (it: MenuEntry): boolean => it.kind === 'command' && (it.id === ABOUT || it.id === SETTINGS);
const isHelp = ({ role }: MenuGroup): boolean => role === 'help';

function menus(groups: readonly MenuGroup[], item: (it: MenuEntry) => Item): Item[] {
  const quit: Item[] = [SEPARATOR, { id: 'shell.quit', label: 'Quit', accelerator: 'CmdOrCtrl+Q', click: () => app.quit() }];
  return groups.map(({ role, label, entries }) => ({ label, submenu: [...entries.map(item), ...(role === 'file' ? quit : [])] }));
}

/** As Apple's Human Interface Guidelines order them. Separators that are left alone are dropped by Electron. */
function macMenus(groups: readonly MenuGroup[], item: (it: MenuEntry) => Item): Item[] {
  const programMenu = (id: string): Item[] => groups.flatMap(({ entries }) => entries.filter((it) => it.kind === 'command' && it.id === id).map(item));
  const program: Item = {
    label: app.name,
    submenu: [
      ...programMenu(ABOUT), SEPARATOR, ...programMenu(SETTINGS), SEPARATOR, { role: 'services' }, SEPARATOR,
      { role: 'hide' }, { role: 'hideOthers' }, { role: 'unhide' }, SEPARATOR, { role: 'quit' },
    ],
  };
  const menu = ({ role, label, entries }: MenuGroup): Item => {
    const own = entries.filter((it) => !inProgramMenu(it)).map(item);
    return { label, submenu: role === 'file' ? [...own, SEPARATOR, { role: 'close' }] : own, ...(role === 'help' ? { role } : {}) };
  };
  return [program, ...groups.filter((group) => !isHelp(group)).map(menu), { role: 'windowMenu' }, ...groups.filter(isHelp).map(menu)];
}
