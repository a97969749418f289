import type { ChildProcess } from 'node:child_process';
import type * as electron from 'electron';
import { _electron } from 'playwright-core';
import type { ElectronApplication, Page } from 'playwright-core';
import { repository } from '../helpers/program.ts';
import type { Told } from './stand-in/control.ts';

/** Laid into Electron's main process: what was told there since it was last fetched, and the answers for dialogs. */
interface Notes {
  told: Told[];
  readonly answers: Record<string, unknown[]>;
}
type WithNotes = typeof globalThis & { maskwrightNotes: Notes };

const FETCH_MS = 50;

export interface RealElectronOptions {
  readonly electron: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  tell(told: Told): void;
}

/** The program on a real Electron, through Playwright: answers the questions of the stand-in as far as Electron lets one ask. */
export class RealElectron {
  readonly #app: ElectronApplication;
  readonly #fetching: NodeJS.Timeout;

  private constructor(app: ElectronApplication, fetching: NodeJS.Timeout) {
    this.#app = app;
    this.#fetching = fetching;
  }

  /** Resolves once there is a window; what the shell does before that is not told. */
  static async launch({ electron: executablePath, args, env, cwd, tell }: RealElectronOptions): Promise<RealElectron> {
    const { ELECTRON_RUN_AS_NODE: _, ...inherited } = process.env;
    const defined = Object.entries({ ...inherited, ...env }).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const app = await _electron.launch({ executablePath, args: [repository, ...args], env: Object.fromEntries(defined), chromiumSandbox: true, ...(cwd === undefined ? {} : { cwd }) });
    await app.firstWindow();
    await app.evaluate(takeNotes);
    const fetch = async (): Promise<void> => {
      const told = await app.evaluate(() => {
        const { maskwrightNotes: notes } = globalThis as WithNotes;
        return notes.told.splice(0);
      });
      told.forEach(tell);
    };
    const fetching = setInterval(() => void fetch().catch(() => undefined), FETCH_MS);
    app.once('close', () => clearInterval(fetching));
    return new RealElectron(app, fetching);
  }

  get process(): ChildProcess {
    return this.#app.process();
  }

  page(): Promise<Page> {
    return this.#app.firstWindow();
  }

  /** As Desktop.ask. Rejects for what only the stand-in can answer. */
  async ask(name: string, params: unknown): Promise<unknown> {
    switch (name) {
      case 'answer':
        return this.#app.evaluate((_electronModule, { kind, answer }) => {
          const { answers } = (globalThis as WithNotes).maskwrightNotes;
          (answers[kind] ??= []).push(answer);
        }, params as { kind: string; answer: unknown });
      case 'app.quit':
        return this.#app.evaluate(({ app }) => app.quit());
      case 'window.close':
        return this.#app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
      case 'window.minimize':
        return this.#app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize());
      case 'window.maximize':
        return this.#app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.maximize());
      case 'window.move':
        return this.#app.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds), params as { x?: number; y?: number; width?: number; height?: number });
      case 'window.bounds':
        return this.#app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds());
      case 'windows':
        return this.#app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
      case 'menu':
        return this.#app.evaluate(describeMenu);
      case 'menu.click':
        return this.#app.evaluate(({ Menu, BrowserWindow }, id) => {
          const item = Menu.getApplicationMenu()?.getMenuItemById(id) ?? null;
          if (item?.enabled !== true) throw new Error(`the menu has no enabled item ${id}`);
          item.click({}, BrowserWindow.getAllWindows()[0], undefined);
        }, params as string);
      default:
        throw new Error(`A real Electron cannot be asked for ${name}; this test is one for the stand-in.`);
    }
  }

  /** Whatever became of it. */
  async stop(): Promise<void> {
    clearInterval(this.#fetching);
    const { process: child } = this;
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await this.#app.close().catch(() => undefined);
  }
}

/** Runs in Electron's main process: notes what the shell asks of Electron from now on, and answers dialogs as laid down, else as if cancelled. */
function takeNotes({ app, dialog, BrowserWindow, Menu }: typeof electron): void {
  const notes: Notes = { told: [], answers: {} };
  (globalThis as WithNotes).maskwrightNotes = notes;
  const tell = (what: string, detail: unknown): void => void notes.told.push({ what, with: JSON.parse(JSON.stringify(detail ?? null)) as unknown });
  const noted = <A extends unknown[], R>(what: string, of: (...args: A) => R, detail: (...args: A) => unknown = (...args) => args[0]): ((...args: A) => R) => (...args) => {
    tell(what, detail(...args));
    return of(...args);
  };
  const next = (kind: string, options: unknown): unknown => {
    tell(`dialog.${kind}`, options);
    return notes.answers[kind]?.shift();
  };
  Object.assign(dialog, {
    showOpenDialog: async (...given: unknown[]) => next('open', given.at(-1)) ?? { canceled: true, filePaths: [] },
    showSaveDialog: async (...given: unknown[]) => next('save', given.at(-1)) ?? { canceled: true, filePath: '' },
    showMessageBox: async (...given: unknown[]) => next('message', given.at(-1)) ?? { response: (given.at(-1) as { cancelId?: number }).cancelId ?? 0, checkboxChecked: false },
    showErrorBox: (title: string, content: string) => tell('errorBox', { title, content }),
  });
  const setMenu = Menu.setApplicationMenu.bind(Menu);
  app.addRecentDocument = noted('recentDocument', app.addRecentDocument.bind(app));
  Menu.setApplicationMenu = noted('menu', (menu: Electron.Menu | null) => setMenu(menu), () => null);
  const [window] = BrowserWindow.getAllWindows();
  if (window === undefined) return;
  window.setProgressBar = noted('progress', window.setProgressBar.bind(window), (value) => ({ value, options: null }));
  window.setTitle = noted('title', window.setTitle.bind(window));
  window.setRepresentedFilename = noted('representedFilename', window.setRepresentedFilename.bind(window));
  window.focus = noted('focus', window.focus.bind(window), () => null);
  window.restore = noted('restore', window.restore.bind(window), () => null);
  // The shell's own listener was there first and has decided.
  window.webContents.on('will-navigate', (event) => tell('navigation', { url: event.url, prevented: event.defaultPrevented }));
}

/** Runs in Electron's main process: the menu as the stand-in describes it. */
function describeMenu({ Menu }: typeof electron): unknown {
  const described = (items: readonly Electron.MenuItem[]): unknown[] =>
    items.map(({ id, label, type, role, accelerator, registerAccelerator, enabled, submenu }) => ({ id, label, type, role, accelerator, registerAccelerator, enabled, ...(submenu === undefined ? {} : { submenu: described(submenu.items) }) }));
  return described(Menu.getApplicationMenu()?.items ?? []);
}
