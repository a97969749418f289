import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { findDesktop } from '../../src-main/cli/window/desktop-window.ts';
import { repository } from '../helpers/program.ts';
import { RealElectron } from './real-electron.ts';
import type { Told } from './stand-in/control.ts';

const main = join(repository, 'dist/electron/electron-main.js');
const packaged = process.env['MASKWRIGHT_PACKAGED'];
const found = findDesktop(repository);

/**
 * What the tests run on: a packaged program (MASKWRIGHT_PACKAGED names its executable), whose fuses let nobody look inside; a real
 * Electron where there is one and a display; else the stand-in (README.md).
 */
export const runsOn: 'packaged' | 'electron' | 'stand-in' = packaged !== undefined ? 'packaged' : 'electron' in found ? 'electron' : 'stand-in';

export interface DesktopOptions {
  /** User data. */
  readonly home: string;
  /** As on the command line. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** It is expected to find a running program and end without a window of its own. */
  readonly handsOver?: boolean;
  /** What runs in the place of the built shell, always on the stand-in. */
  readonly program?: string;
}

/** The desktop program, on whatever `runsOn` says. */
export class Desktop {
  /** All that the shell asked of Electron, in order. */
  readonly told: Told[] = [];
  readonly ended: Promise<number | null>;
  readonly #onStandIn: boolean;
  #process: ChildProcess | null = null;
  #real: Promise<RealElectron> | null = null;
  #errors = '';
  #nextId = 1;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #browser: Promise<Browser> | null = null;

  constructor({ home, args = [], env = {}, cwd, handsOver = false, program = main }: DesktopOptions) {
    if (!existsSync(program)) throw new Error(`${program} is not there: run "npm run build" first`);
    const given = { MASKWRIGHT_HOME: home, ...env };
    this.#onStandIn = runsOn === 'stand-in' || program !== main;
    if (runsOn === 'electron' && !handsOver && !this.#onStandIn && 'electron' in found) {
      this.#real = RealElectron.launch({ electron: found.electron, args, env: given, cwd, tell: (told) => this.told.push(told) });
      this.ended = this.#real.then((real) => {
        this.#listen(real.process);
        return exitOf(real.process);
      });
      // Whoever waits for the page hears of it.
      this.ended.catch(() => undefined);
      return;
    }
    const options = { env: { ...process.env, ...given }, ...(cwd === undefined ? {} : { cwd }) };
    const child = this.#onStandIn
      ? fork(program, args, { ...options, execArgv: ['--import', new URL('./register.ts', import.meta.url).href], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
      : spawn(packaged ?? ('electron' in found ? found.electron : ''), [...(packaged === undefined ? [repository] : ['--remote-debugging-port=0']), ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#listen(child);
    this.ended = exitOf(child).then((code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the program ended (${code}): ${this.#errors}`));
      return code;
    });
  }

  #listen(child: ChildProcess): void {
    this.#process = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
      const devTools = runsOn === 'packaged' ? /DevTools listening on (ws:\S+)/.exec(text)?.[1] : undefined;
      if (devTools !== undefined) this.told.push({ what: 'devtools', with: devTools });
    });
    child.stdout?.resume();
    child.on('message', (message: Told | { answer: number; result?: unknown; error?: string }) => {
      if ('what' in message) return void this.told.push(message);
      const asked = this.#waiting.get(message.answer);
      this.#waiting.delete(message.answer);
      if (message.error === undefined) asked?.resolve(message.result);
      else asked?.reject(new Error(message.error));
    });
  }

  /** Once it has started, which on a real Electron is when page() has resolved. */
  get process(): ChildProcess {
    if (this.#process === null) throw new Error('Electron has not started yet: wait for page() first');
    return this.#process;
  }

  /** All it has said on stderr so far. */
  said(): string {
    return this.#errors;
  }

  /** Asks the stand-in, or what a real Electron can answer of it. */
  async ask(name: string, params: unknown = null): Promise<unknown> {
    if (this.#real !== null) return (await this.#real).ask(name, params);
    if (!this.#onStandIn) throw new Error(`A packaged program cannot be asked for ${name}.`);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.process.send({ id, name, params }, (error) => error !== null && reject(error));
    });
  }

  /** Lays down what the next dialog of that kind is answered with. */
  async answers(kind: 'open' | 'save' | 'message', answer: unknown): Promise<void> {
    await this.ask('answer', { kind, answer });
  }

  /** What was told under that name, oldest first. */
  toldOf(what: string): unknown[] {
    return this.told.filter((t) => t.what === what).map((t) => t.with);
  }

  /** The window's page, once it is there. After a crash and a reload it is another one. */
  async page(): Promise<Page> {
    if (this.#real !== null) return (await this.#real).page();
    const address = await this.#until(() => this.toldOf('devtools')[0] as string | undefined);
    // Electron refuses what Playwright would otherwise set for downloads (microsoft/playwright, issue 35131).
    this.#browser ??= chromium.connectOverCDP(address, { noDefaults: runsOn === 'packaged' });
    const browser = await this.#browser;
    return this.#until(() => browser.contexts().flatMap((c) => c.pages()).find((p) => /^(http:\/\/127\.0\.0\.1:|maskwright:\/\/app)/.test(p.url()) && !p.isClosed()));
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.process.exitCode !== null) throw new Error(`the program ended (${this.process.exitCode}): ${this.#errors}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** As a person quits it; the exit code. */
  async quit(): Promise<number | null> {
    if (runsOn === 'packaged') await (await this.page()).close();
    else if (this.#real !== null || this.process.connected) await this.ask('app.quit').catch(() => undefined);
    return this.ended;
  }

  /** Whatever became of it. */
  async stop(): Promise<void> {
    if (this.#real !== null) return (await this.#real.catch(() => null))?.stop();
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
    await this.ended;
    await (await this.#browser?.catch(() => undefined))?.close().catch(() => undefined);
  }
}

const exitOf = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(child.exitCode)));
