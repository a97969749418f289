import type { MenuItemConstructorOptions } from 'electron';
import { app, Menu } from 'electron';
import type { MenuEntry, MenuGroup } from '../../src-shared/contract/shell.ts';

/**
 * The window's menu, as the page's command registry has it. On a Mac it is the bar at the top of the screen; elsewhere the page has
 * its own button, and the bar comes with the Alt key. The page hears the keys itself, so they are shown here, not registered.
 */
export function setNativeMenu(groups: readonly MenuGroup[], run: (id: string) => void, platform: NodeJS.Platform = process.platform): void {
  const entry = (it: MenuEntry): MenuItemConstructorOptions => {
    if (it.kind === 'separator') return { type: 'separator' };
    if (it.kind === 'role') return { role: it.role };
    return { id: it.id, label: it.label, enabled: it.enabled, registerAccelerator: false, click: () => run(it.id), ...(it.accelerator === null ? {} : { accelerator: it.accelerator }) };
  };
  const program: MenuItemConstructorOptions[] = platform === 'darwin' ? [{ role: 'appMenu' }] : [];
  const menus = groups.map(({ label, entries }): MenuItemConstructorOptions => ({ label, submenu: entries.map(entry) }));
  const window: MenuItemConstructorOptions[] = platform === 'darwin' ? [{ role: 'windowMenu' }] : [];
  const quit: MenuItemConstructorOptions[] = platform === 'darwin' ? [] : [{ type: 'separator' }, { id: 'shell.quit', label: 'Quit', accelerator: 'CmdOrCtrl+Q', click: () => app.quit() }];
  const [first, ...others] = menus;
  const file = first === undefined ? [] : [{ ...first, submenu: [...(first.submenu as MenuItemConstructorOptions[]), ...quit] }];
  Menu.setApplicationMenu(Menu.buildFromTemplate([...program, ...file, ...others, ...window]));
}
