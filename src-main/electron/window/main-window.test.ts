import type { BrowserWindow, MenuItemConstructorOptions } from 'electron';
import { beforeEach, expect, test, vi } from 'vitest';
import { CALL_CHANNEL } from '../../../src-shared/contract/bridge.ts';
import { StubCore } from '../../../test/fixtures/stub-core.ts';
import { connectWindow } from './main-window.ts';
import type { TellPage } from './main-window.ts';
import { PAGE_ORIGIN } from '../page-protocol.ts';

/** Electron's side of a call, as far as connectWindow uses it: the binary is not everywhere. */
const { handlers, boxes, menus, EventEmitter } = await vi.hoisted(async () => ({ boxes: [] as number[], menus: [] as MenuItemConstructorOptions[][], handlers: new Map<string, (event: unknown, ...args: unknown[]) => Promise<unknown>>(), EventEmitter: (await import('node:events')).EventEmitter }));
vi.mock('electron', () => ({
  app: new EventEmitter(),
  dialog: { showMessageBoxSync: () => boxes.shift() },
  shell: null,
  powerSaveBlocker: null,
  Menu: { buildFromTemplate: (items: MenuItemConstructorOptions[]) => items, setApplicationMenu: (items: MenuItemConstructorOptions[]) => menus.push(items) },
  screen: null,
  nativeTheme: {},
  BrowserWindow: null,
  session: {},
  protocol: {},
  ipcMain: { handle: (channel: string, handler: (event: unknown, ...args: unknown[]) => Promise<unknown>) => handlers.set(channel, handler) },
}));

const settings = { theme: 'dark', language: 'en', panels: { left: 1, right: 1 }, cacheQuota: 1, coachMarksSeen: false, updates: false } as const;

class Contents extends EventEmitter {
  readonly mainFrame = { url: `${PAGE_ORIGIN}/` };
  reloads = 0;
  readonly sent: unknown[] = [];
  send(_channel: string, name: string, data: unknown): void {
    this.sent.push([name, data]);
  }
  reload(): void {
    this.reloads++;
  }
}

let core: StubCore;
let contents: Contents;
let log: string[];
let tell: TellPage;
let closes: number;
let isVisible: boolean;
beforeEach(() => {
  core = new StubCore({ 'app.settings': () => settings, 'app.info': () => ({ version: '1.0.0', host: 'electron', platform: 'linux', initialProject: null, firstStart: true, settings }) });
  contents = new Contents();
  log = [];
  closes = 0;
  isVisible = true;
  const window = Object.assign(new EventEmitter(), { webContents: contents, isDestroyed: () => false, isVisible: () => isVisible, show: () => (isVisible = true), close: () => closes++ });
  tell = connectWindow(window as unknown as BrowserWindow, Promise.resolve(core), (line) => log.push(line), null);
});

const call = async (senderFrame: { readonly url: string } | null, name: unknown = 'app.settings', params: unknown = {}): Promise<unknown> => handlers.get(CALL_CHANNEL)?.({ senderFrame }, name, params);

test('the page itself is answered', async () => {
  expect(await call(contents.mainFrame)).toEqual({ result: settings });
});

test('18: calls of any other frame are refused and logged, whatever address they claim', async () => {
  const foreign = [{ url: `${PAGE_ORIGIN}/` }, { url: 'https://evil.example/' }, { url: 'file:///etc/passwd' }, { url: 'about:blank' }, null];
  for (const frame of foreign) expect(await call(frame)).toMatchObject({ problem: { code: 'bad-request' } });
  for (const url of ['https://evil.example/', `${PAGE_ORIGIN}.evil.example/`, 'file:///tmp/page.html']) {
    contents.mainFrame.url = url;
    expect(await call(contents.mainFrame), url).toMatchObject({ problem: { code: 'bad-request' } });
  }
  expect(core.asked).toEqual([]);
  expect(log).toHaveLength(8);
});

test('18: extra arguments, wrong types and unknown names come back as problems', async () => {
  const wrong: [unknown, unknown, string][] = [
    ['app.settings', { extra: 1 }, 'bad-request'], ['app.settings', null, 'bad-request'], ['app.settings', JSON.parse('{"__proto__":{"set":1},"x":1}'), 'bad-request'],
    ['shell.openLink', { url: 'https://evil.example/' }, 'bad-request'], ['shell.choose', { kind: 'folder' }, 'bad-request'], ['shell.menu', { groups: [], more: 1 }, 'bad-request'],
    ['__proto__', {}, 'unknown-call'], ['toString', {}, 'unknown-call'], [{ toString: () => 'app.settings' }, {}, 'bad-request'],
  ];
  for (const [name, params, code] of wrong) expect(await call(contents.mainFrame, name, params)).toMatchObject({ problem: { code } });
});

test('18: what is larger than the browser host would take is refused in words and logged', async () => {
  const large = { project: 'x', label: 'Draw', commands: [new Uint8Array(64 * 1024 * 1024)] };
  expect(await call(contents.mainFrame, 'project.edit', large)).toMatchObject({ problem: { code: 'too-large', message: expect.stringContaining('64 MiB') } });
  expect(core.asked).toEqual([]);
  expect(log).toHaveLength(1);
});

test('a page that holds unsaved edits is closed only when the person says so', () => {
  let closed = 0;
  boxes.push(1, 0);
  for (let i = 0; i < 2; i++) contents.emit('will-prevent-unload', { preventDefault: () => closed++ });
  expect(boxes).toEqual([]);
  expect(closed).toBe(1);
});

test('a page with a mask on its canvas is left to settle it, and closed when it has', async () => {
  const prevented: string[] = [];
  const tries = (): void => void contents.emit('will-prevent-unload', { preventDefault: () => prevented.push('unload') });
  await call(contents.mainFrame, 'shell.draft', { has: true });
  tries();
  // No box of the system asked, and the window stays for now.
  expect([prevented, closes]).toEqual([[], 0]);
  await call(contents.mainFrame, 'shell.draft', { has: false });
  await call(contents.mainFrame, 'shell.close');
  expect(closes).toBe(1);
  boxes.push(0);
  tries();
  expect(prevented).toEqual(['unload']);
});

test('what is chosen in the menu is the page\'s to do, in a window that can be seen', async () => {
  await call(contents.mainFrame, 'shell.menu', { groups: [{ role: null, label: 'Objects', entries: [{ kind: 'command', id: 'object.duplicate', label: 'Duplicate', accelerator: 'CmdOrCtrl+D', enabled: true }] }] });
  const items = menus.at(-1)?.flatMap(({ submenu }) => submenu as MenuItemConstructorOptions[]) ?? [];
  isVisible = false;
  items.find(({ id }) => id === 'object.duplicate')?.click?.({} as never, undefined, { triggeredByAccelerator: true });
  expect(isVisible).toBe(true);
  expect(contents.sent).toEqual([['shell.command', { id: 'object.duplicate', byKey: true }]]);
});

test('a page that is loaded anew, or whose process died, no longer waits; after a death it is loaded again', async () => {
  contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: true });
  contents.emit('did-start-navigation', { isMainFrame: false, isSameDocument: false });
  await Promise.resolve();
  expect(core.disconnected).toEqual([]);
  contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
  contents.emit('render-process-gone', {}, { reason: 'crashed' });
  await Promise.resolve();
  expect(core.disconnected).toEqual(['window', 'window']);
  expect(contents.reloads).toBe(1);
});

test('a project that is double-clicked while the page still loads is told once the page listens', async () => {
  contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
  tell('shell.open', { path: '/a.mwproj' });
  await call(contents.mainFrame);
  await new Promise(setImmediate);
  expect(contents.sent).toEqual([]);
  await call(contents.mainFrame, 'app.info');
  await new Promise(setImmediate);
  tell('shell.open', { path: '/b.mwproj' });
  expect(contents.sent).toEqual([['shell.open', { path: '/a.mwproj' }], ['shell.open', { path: '/b.mwproj' }]]);
});
