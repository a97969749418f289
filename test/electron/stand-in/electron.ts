import { EventEmitter } from 'node:events';
import { nextAnswer, offers, tell } from './control.ts';
import { NetSession } from './net.ts';
import { BrowserWindow } from './window.ts';
import { webRequest } from './web-request.ts';
import type { Bounds } from './window.ts';

/** What `import … from 'electron'` gets: see ../README.md. */
export { app } from './app.ts';
export { ipcMain } from './ipc.ts';
export { net } from './net.ts';
export { protocol } from './page-protocol.ts';
export { BrowserWindow };

type Asked = [window: unknown, options: unknown] | [options: unknown];
const asked = (kind: string, given: Asked): unknown => {
  tell(`dialog.${kind}`, given.at(-1));
  return nextAnswer(kind);
};

/** Answers that were laid down, else as if the person had pressed Cancel. */
export const dialog = {
  showOpenDialog: async (...given: Asked) => asked('open', given) ?? { canceled: true, filePaths: [] },
  showSaveDialog: async (...given: Asked) => asked('save', given) ?? { canceled: true, filePath: '' },
  showMessageBox: async (...given: Asked) => asked('message', given) ?? { response: (given.at(-1) as { cancelId?: number }).cancelId ?? 0, checkboxChecked: false },
  showMessageBoxSync: (...given: Asked) => asked('message', given) ?? (given.at(-1) as { cancelId?: number }).cancelId ?? 0,
  showErrorBox: (title: string, content: string): void => tell('errorBox', { title, content }),
};

type Decide = (granted: boolean) => void;
type RequestHandler = ((contents: unknown, permission: string, decide: Decide, details: unknown) => void) | null;
type CheckHandler = ((contents: unknown, permission: string, origin: string) => boolean) | null;
type DeviceHandler = ((details: unknown) => boolean) | null;
class Session extends EventEmitter {
  #request: RequestHandler = null;
  #check: CheckHandler = null;
  #device: DeviceHandler = null;
  setPermissionRequestHandler = (handler: RequestHandler): void => void (this.#request = handler);
  setPermissionCheckHandler = (handler: CheckHandler): void => void (this.#check = handler);
  setDevicePermissionHandler = (handler: DeviceHandler): void => void (this.#device = handler);
  setDisplayMediaRequestHandler = (handler: unknown): void => tell('displayMediaRequestHandler', handler !== null);
  setSpellCheckerEnabled = (on: boolean): void => tell('spellChecker', on);
  readonly webRequest = webRequest;

  /** As Electron decides: granted where no handler says otherwise. */
  async decide(permission: string): Promise<{ request: boolean; check: boolean; device: boolean }> {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    const request = await new Promise<boolean>((resolve) => (this.#request === null ? resolve(true) : this.#request(contents, permission, resolve, {})));
    return { request, check: this.#check?.(contents, permission, 'maskwright://app') ?? true, device: this.#device?.({ deviceType: permission }) ?? true };
  }
}
const partitions = new Map<string, NetSession>();
export const session = {
  defaultSession: new Session(),
  fromPartition: (name: string): NetSession => {
    const known = partitions.get(name) ?? new NetSession();
    partitions.set(name, known);
    return known;
  },
};
offers('permission', (permission: string) => session.defaultSession.decide(permission));

export const shell = {
  openExternal: async (url: string): Promise<void> => tell('openExternal', url),
  openPath: async (path: string): Promise<string> => (tell('openPath', path), ''),
  showItemInFolder: (path: string): void => tell('showItemInFolder', path),
};

class NativeTheme extends EventEmitter {
  shouldUseDarkColors = true;
  shouldUseHighContrastColors = false;
  #source = 'system';
  get themeSource(): string {
    return this.#source;
  }
  set themeSource(source: string) {
    this.#source = source;
    tell('themeSource', source);
    this.emit('updated');
  }
}
export const nativeTheme = new NativeTheme();

interface Display {
  readonly id: number;
  readonly workArea: Bounds;
  readonly bounds: Bounds;
  readonly scaleFactor: number;
}
const displayOf = (area: Bounds, id: number): Display => ({ id, workArea: area, bounds: area, scaleFactor: 1 });
/** MASKWRIGHT_STAND_IN_SCREENS: work areas as JSON; one screen of 1920 × 1080 else. */
const displays = (JSON.parse(process.env['MASKWRIGHT_STAND_IN_SCREENS'] ?? '[{"x":0,"y":0,"width":1920,"height":1080}]') as Bounds[]).map(displayOf);
const overlap = (a: Bounds, b: Bounds): number => Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) * Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y));
class Screen extends EventEmitter {
  getAllDisplays = (): Display[] => displays;
  getPrimaryDisplay = (): Display | undefined => displays[0];
  getDisplayMatching = (bounds: Bounds): Display | undefined => displays.toSorted((a, b) => overlap(b.workArea, bounds) - overlap(a.workArea, bounds))[0];
}
export const screen = new Screen();

interface Item {
  readonly id?: string;
  readonly label?: string;
  readonly role?: string;
  readonly type?: string;
  readonly accelerator?: string;
  readonly enabled?: boolean;
  readonly checked?: boolean;
  readonly visible?: boolean;
  readonly submenu?: readonly Item[] | Menu;
  readonly click?: (item: Item, window: BrowserWindow | undefined, event: object) => void;
}
export class Menu {
  static #application: Menu | null = null;
  readonly items: readonly Item[];
  constructor(items: readonly Item[] = []) {
    this.items = items;
  }
  static buildFromTemplate = (items: readonly Item[]): Menu => new Menu(items);
  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu;
    tell('menu', null);
  }
  static getApplicationMenu = (): Menu | null => Menu.#application;
}
const below = ({ submenu }: Item): readonly Item[] => (submenu instanceof Menu ? submenu.items : (submenu ?? []));
const described = (items: readonly Item[]): unknown => items.map((item) => ({ ...item, click: undefined, submenu: item.submenu === undefined ? undefined : described(below(item)) }));
const flat = (items: readonly Item[]): Item[] => items.flatMap((item) => [item, ...flat(below(item))]);
offers('menu', () => described(Menu.getApplicationMenu()?.items ?? []));
offers('menu.click', (id: string) => {
  const item = flat(Menu.getApplicationMenu()?.items ?? []).find((i) => i.id === id);
  if (item === undefined || item.enabled === false) throw new Error(`the menu has no enabled item ${id}`);
  item.click?.(item, BrowserWindow.getAllWindows()[0], {});
});

export const powerSaveBlocker = { start: (kind: string): number => (tell('powerSaveBlocker', kind), 1), stop: (): void => tell('powerSaveBlocker', null), isStarted: (): boolean => false };
export const clipboard = { writeText: (text: string): void => tell('clipboard', text) };
