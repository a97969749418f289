import { EventEmitter } from 'node:events';
import { Packr } from 'msgpackr';
import type { Frame, Page } from 'playwright-core';
import { browser } from './chromium.ts';
import { emitPreventable, offers, PreventableEvent, tell } from './control.ts';
import { ipcHandlers } from './ipc.ts';
import { inside, outside } from './page-protocol.ts';
import { preloadScript } from './preload.ts';
import { isCancelled } from './web-request.ts';

const packr = new Packr({ useRecords: false });

export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface WindowOptions extends Partial<Bounds> {
  readonly title?: string;
  readonly show?: boolean;
  readonly webPreferences?: { readonly preload?: string };
}

const opening: Promise<unknown>[] = [];
/** Resolves once every page is set up. Playwright throws where nobody can catch it when a page goes while it is being set up. */
export const pagesAreSetUp = async (): Promise<void> => void (await Promise.allSettled(opening));

/** As much of Electron's WebContents as the shell uses. */
class WebContents extends EventEmitter {
  readonly mainFrame = { url: '' };
  readonly #preload: string | undefined;
  #page: Promise<Page>;
  #address = '';
  #crashed = false;
  #sent: Promise<unknown> = Promise.resolve();
  #openHandler: (details: { url: string }) => { action: 'allow' | 'deny' } = () => ({ action: 'allow' });

  constructor(preload: string | undefined) {
    super();
    this.#preload = preload;
    this.#page = this.#open();
    // A window that is closed while it opens has no page; whoever asks for it is told.
    this.#page.catch(() => undefined);
  }

  #open(): Promise<Page> {
    const page = this.#setUp();
    opening.push(page);
    return page;
  }

  async #setUp(): Promise<Page> {
    const context = await browser();
    const page = context.pages().find((p) => p.url() === 'about:blank') ?? (await context.newPage());
    await page.exposeBinding('standInInvoke', async ({ frame }, channel: string, text: string) => packr.pack(await this.#invoke(frame, page, channel, packr.unpack(Buffer.from(text, 'base64')) as unknown[])).toString('base64'));
    if (this.#preload !== undefined) await page.addInitScript({ content: preloadScript(this.#preload) });
    await page.route('**/*', async (route) => {
      const request = route.request();
      const foreign = request.isNavigationRequest() && request.url() !== (await outside(this.#address));
      if (!foreign) {
        if (await isCancelled(await inside(request.url()), request.method())) {
          tell('cancelled', request.url());
          return route.abort('blockedbyclient');
        }
        if (request.isNavigationRequest() && request.frame() === page.mainFrame()) this.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
        return route.fallback();
      }
      const url = await inside(request.url());
      const prevented = (request.frame() === page.mainFrame() && emitPreventable(this, 'will-navigate', url)) || this.#frameNavigationPrevented(url, request.frame() === page.mainFrame());
      tell('navigation', { url, prevented });
      return prevented ? route.abort('aborted') : route.fallback();
    });
    page.on('popup', (popup) => {
      const url = popup.url();
      const { action } = this.#openHandler({ url });
      tell('window-open', { url, action });
      if (action === 'deny') void popup.close().catch(() => undefined);
    });
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) void this.#shows(frame);
    });
    page.on('crash', () => {
      this.#crashed = true;
      this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 133 });
    });
    return page;
  }

  #frameNavigationPrevented(url: string, isMainFrame: boolean): boolean {
    const event = Object.assign(new PreventableEvent(), { url, isMainFrame });
    this.emit('will-frame-navigate', event);
    return event.defaultPrevented;
  }

  async #invoke(frame: Frame, page: Page, channel: string, args: unknown[]): Promise<unknown> {
    const handler = ipcHandlers.get(channel);
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
    const main = frame === page.mainFrame();
    if (main) this.mainFrame.url = await inside(frame.url());
    return handler({ sender: this, senderFrame: main ? this.mainFrame : { url: await inside(frame.url()) } }, ...args);
  }

  async #shows(frame: Frame): Promise<void> {
    this.mainFrame.url = await inside(frame.url());
  }

  async load(address: string): Promise<void> {
    this.#address = address;
    this.mainFrame.url = address;
    const page = await this.#page;
    await page.goto(await outside(address));
    this.emit('did-finish-load');
  }

  /** A page that crashed cannot be driven any more: another takes its place. */
  reload(): void {
    if (this.#crashed) {
      const dead = this.#page;
      this.#crashed = false;
      this.#page = this.#open();
      void dead.then((page) => page.close()).catch(() => undefined);
    }
    void this.load(this.#address).then(() => tell('reloaded', null));
  }

  send(channel: string, ...args: unknown[]): void {
    const text = packr.pack(args).toString('base64');
    // One after the other, as Electron's own channel keeps the order.
    this.#sent = this.#sent
      .then(() => this.#page)
      .then((page) => page.evaluate(([to, packed]) => (window as unknown as { standInReceive?: (channel: string, text: string) => void }).standInReceive?.(to, packed), [channel, text] as const))
      .catch(() => undefined);
  }

  setWindowOpenHandler(handler: (details: { url: string }) => { action: 'allow' | 'deny' }): void {
    this.#openHandler = handler;
  }

  setWebRTCIPHandlingPolicy = (policy: string): void => tell('webRTC', policy);

  getURL(): string {
    return this.mainFrame.url;
  }

  isCrashed(): boolean {
    return this.#crashed;
  }

  async closePage(): Promise<void> {
    await this.#page.then((page) => page.close()).catch(() => undefined);
  }

  async resize({ width, height }: Bounds): Promise<void> {
    await this.#page.then((page) => page.setViewportSize({ width, height })).catch(() => undefined);
  }
}

/** As much of Electron's BrowserWindow as the shell uses. */
export class BrowserWindow extends EventEmitter {
  static readonly all: BrowserWindow[] = [];
  static getAllWindows = (): BrowserWindow[] => [...BrowserWindow.all];
  static getFocusedWindow = (): BrowserWindow | null => BrowserWindow.all[0] ?? null;

  readonly webContents: WebContents;
  #bounds: Bounds;
  #state: 'normal' | 'maximized' | 'minimized' | 'fullscreen' = 'normal';
  #destroyed = false;
  #visible: boolean;

  constructor(options: WindowOptions = {}) {
    super();
    this.#bounds = { x: options.x ?? 100, y: options.y ?? 100, width: options.width ?? 800, height: options.height ?? 600 };
    this.#visible = options.show !== false;
    this.webContents = new WebContents(options.webPreferences?.preload);
    contentsCreated(this.webContents);
    BrowserWindow.all.push(this);
    void this.webContents.resize(this.#bounds);
    tell('window', options);
  }

  async loadURL(url: string): Promise<void> {
    await this.webContents.load(url);
    this.emit('ready-to-show');
  }

  /** The place was asked for by the shell, or by a person (a test). */
  setBounds(bounds: Partial<Bounds>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
    void this.webContents.resize(this.#bounds);
    this.emit('resize');
    this.emit('move');
  }

  getBounds = (): Bounds => this.#bounds;
  getNormalBounds = (): Bounds => this.#bounds;
  isDestroyed = (): boolean => this.#destroyed;
  isMinimized = (): boolean => this.#state === 'minimized';
  isMaximized = (): boolean => this.#state === 'maximized';
  isFullScreen = (): boolean => this.#state === 'fullscreen';
  isVisible = (): boolean => this.#visible && !this.#destroyed;
  /** As in Electron, a window that is maximized is shown. */
  maximize = (): void => {
    this.show();
    this.#become('maximized', 'maximize');
  };
  unmaximize = (): void => this.#become('normal', 'unmaximize');
  minimize = (): void => this.#become('minimized', 'minimize');
  restore = (): void => this.#become('normal', 'restore');
  setFullScreen = (on: boolean): void => this.#become(on ? 'fullscreen' : 'normal', on ? 'enter-full-screen' : 'leave-full-screen');
  show = (): void => this.#appear(true);
  hide = (): void => this.#appear(false);
  focus = (): void => tell('focus', null);
  flashFrame = (on: boolean): void => tell('flashFrame', on);
  removeMenu = (): void => tell('removeMenu', null);
  setTitle = (title: string): void => tell('title', title);
  setProgressBar = (value: number, options: unknown = null): void => tell('progress', { value, options });
  setRepresentedFilename = (path: string): void => tell('representedFilename', path);
  setDocumentEdited = (edited: boolean): void => tell('documentEdited', edited);
  setBackgroundColor = (colour: string): void => tell('backgroundColor', colour);
  setMenuBarVisibility = (on: boolean): void => tell('menuBarVisibility', on);
  setAutoHideMenuBar = (on: boolean): void => tell('autoHideMenuBar', on);

  #appear(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    const event = visible ? 'show' : 'hide';
    tell(event, null);
    this.emit(event);
  }

  #become(state: 'normal' | 'maximized' | 'minimized' | 'fullscreen', event: string): void {
    this.#state = state;
    tell(event, null);
    this.emit(event);
  }

  close(): void {
    if (this.#destroyed || emitPreventable(this, 'close')) return;
    this.destroy();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    BrowserWindow.all.splice(BrowserWindow.all.indexOf(this), 1);
    void this.webContents.closePage();
    this.emit('closed');
    if (BrowserWindow.all.length === 0) lastClosed();
  }
}

let contentsCreated: (contents: unknown) => void = () => undefined;
/** Called for every WebContents, before anything is loaded into it. */
export function onContentsCreated(run: (contents: unknown) => void): void {
  contentsCreated = run;
}

let lastClosed = (): void => undefined;
/** Called when no window is left. */
export function onLastClosed(run: () => void): void {
  lastClosed = run;
}

const first = (): BrowserWindow => {
  const window = BrowserWindow.all[0];
  if (window === undefined) throw new Error('there is no window');
  return window;
};
offers('window.close', () => first().close());
offers('window.move', (bounds: Partial<Bounds>) => first().setBounds(bounds));
offers('window.maximize', () => first().maximize());
offers('window.minimize', () => first().minimize());
offers('window.bounds', () => first().getBounds());
offers('window.emit', ({ event, args }: { event: string; args: unknown[] }) => emitPreventable(first(), event, ...args));
