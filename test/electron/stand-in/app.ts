import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { closeBrowser } from './chromium.ts';
import { emitPreventable, offers, PreventableEvent, tell } from './control.ts';
import { BrowserWindow, onContentsCreated, onLastClosed, pagesAreSetUp } from './window.ts';

/** MASKWRIGHT_STAND_IN_PACKAGE: the folder of a packaged program, with package.json and resources/; not packaged else. */
const packed = process.env['MASKWRIGHT_STAND_IN_PACKAGE'];
if (packed !== undefined) {
  Object.assign(process, { resourcesPath: join(packed, 'resources') });
  // The arguments of a packaged program begin after the program itself; here its main file comes between.
  process.argv.splice(1, 1);
}

/** As much of Electron's app as the shell uses; quitting has Electron's order: before-quit, windows, will-quit, quit. */
class App extends EventEmitter {
  readonly isPackaged = packed !== undefined;
  readonly commandLine = { appendSwitch: (name: string, value = ''): void => tell('switch', { name, value }), hasSwitch: (): boolean => false };
  readonly dock = undefined;
  #quitting = false;
  #name = 'Maskwright';
  #handedOver: Promise<void> = Promise.resolve();
  readonly #paths = new Map<string, string>();

  constructor() {
    super();
    onContentsCreated((contents) => this.emit('web-contents-created', new PreventableEvent(), contents));
    onLastClosed(() => {
      if (this.#quitting) this.#end();
      else if (this.listenerCount('window-all-closed') > 0) this.emit('window-all-closed');
      else this.quit();
    });
  }

  whenReady = (): Promise<void> => Promise.resolve();
  isReady = (): boolean => true;
  enableSandbox = (): void => tell('enableSandbox', null);
  getVersion = (): string => (JSON.parse(readFileSync(join(this.getAppPath(), 'package.json'), 'utf8')) as { version: string }).version;
  getAppPath = (): string => packed ?? join(dirname(process.argv[1] ?? ''), '..', '..');
  getName = (): string => this.#name;
  setName = (name: string): void => void (this.#name = name);
  getLocale = (): string => 'en-US';
  setAppUserModelId = (id: string): void => tell('appUserModelId', id);
  addRecentDocument = (path: string): void => tell('recentDocument', path);
  clearRecentDocuments = (): void => tell('clearRecentDocuments', null);
  setPath = (name: string, path: string): void => void this.#paths.set(name, path);
  setAboutPanelOptions = (options: unknown): void => tell('aboutPanel', options);
  setUserTasks = (tasks: unknown): boolean => (tell('userTasks', tasks), true);
  setJumpList = (list: unknown): void => tell('jumpList', list);
  focus = (): void => tell('appFocus', null);

  getPath(name: string): string {
    const usual: Record<string, string> = { home: homedir(), temp: tmpdir(), appData: join(homedir(), '.config'), exe: process.execPath, documents: join(homedir(), 'Documents') };
    return this.#paths.get(name) ?? usual[name] ?? join(tmpdir(), `maskwright-stand-in-${createHash('sha256').update(process.env['MASKWRIGHT_HOME'] ?? '').digest('hex').slice(0, 12)}`);
  }

  /** Electron's lock, too, is one of the user data folder; whoever is second hands over its arguments. */
  requestSingleInstanceLock(data: unknown = {}): boolean {
    const folder = this.getPath('userData');
    mkdirSync(folder, { recursive: true });
    const socket = process.platform === 'win32' ? `\\\\.\\pipe\\maskwright-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}` : join(folder, 'instance.sock');
    const owner = ownerOf(socket);
    if (owner !== null && isAlive(owner)) {
      const connection = createConnection(socket);
      connection.end(JSON.stringify({ argv: process.argv, cwd: process.cwd(), data }));
      this.#handedOver = new Promise((resolve) => connection.once('close', () => resolve()));
      return false;
    }
    rmSync(socket, { force: true });
    rmSync(`${socket}.pid`, { force: true });
    const server = createServer((connection) => {
      let text = '';
      connection.setEncoding('utf8').on('data', (part: string) => (text += part));
      connection.on('end', () => {
        const { argv, cwd, data: given } = JSON.parse(text) as { argv: string[]; cwd: string; data: unknown };
        this.emit('second-instance', new PreventableEvent(), argv, cwd, given);
      });
    });
    server.listen(socket).unref();
    writeFileSync(`${socket}.pid`, String(process.pid));
    return true;
  }

  quit(): void {
    if (emitPreventable(this, 'before-quit')) return;
    this.#quitting = true;
    const windows = BrowserWindow.getAllWindows();
    if (windows.length === 0) return this.#end();
    for (const window of windows) window.close();
    // A window that would not close stops it all.
    if (BrowserWindow.getAllWindows().length > 0) this.#quitting = false;
  }

  #end(): void {
    if (emitPreventable(this, 'will-quit')) return void (this.#quitting = false);
    this.emit('quit', {}, 0);
    this.exit(0);
  }

  exit(code = 0): void {
    tell('exit', code);
    process.exitCode = code;
    void Promise.all([pagesAreSetUp().then(closeBrowser), this.#handedOver]).finally(() => endByItself(code));
  }

  relaunch = (): void => tell('relaunch', null);
}

export const app = new App();
offers('app.quit', () => app.quit());
offers('app.emit', ({ event, args }: { event: string; args: unknown[] }) => emitPreventable(app, event, ...args));

const LONGEST_MS = 3000;

/** Electron ends whatever is left. Here a shell that has closed all that it opened ends by itself; what keeps it is told. */
function endByItself(code: number): void {
  setTimeout(() => {
    tell('keptAlive', process.getActiveResourcesInfo());
    setImmediate(() => process.exit(code));
  }, LONGEST_MS).unref();
}

function ownerOf(socket: string): number | null {
  try {
    return Number(readFileSync(`${socket}.pid`, 'utf8'));
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
