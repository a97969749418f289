import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { repository } from '../helpers/program.ts';
import type { Told } from './stand-in/control.ts';

const main = join(repository, 'dist/electron/electron-main.js');

export interface DesktopOptions {
  /** User data. */
  readonly home: string;
  /** As on the command line. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What runs in the place of the built shell. */
  readonly program?: string;
}

/** The desktop program on the stand-in (README.md). */
export class Desktop {
  readonly process: ChildProcess;
  /** All that the shell asked of Electron, in order. */
  readonly told: Told[] = [];
  readonly ended: Promise<number | null>;
  #errors = '';
  #nextId = 1;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #browser: Promise<Browser> | null = null;

  constructor({ home, args = [], env = {}, cwd, program = main }: DesktopOptions) {
    if (!existsSync(program)) throw new Error(`${program} is not there: run "npm run build" first`);
    this.process = fork(program, args, {
      execArgv: ['--import', join(import.meta.dirname, 'register.ts')],
      env: { ...process.env, MASKWRIGHT_HOME: home, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    this.process.stdout?.resume();
    this.process.on('message', (message: Told | { answer: number; result?: unknown; error?: string }) => {
      if ('what' in message) return void this.told.push(message);
      const asked = this.#waiting.get(message.answer);
      this.#waiting.delete(message.answer);
      if (message.error === undefined) asked?.resolve(message.result);
      else asked?.reject(new Error(message.error));
    });
    this.ended = new Promise((resolve) => {
      this.process.once('exit', (code) => {
        for (const { reject } of this.#waiting.values()) reject(new Error(`the program ended (${code}): ${this.#errors}`));
        resolve(code);
      });
    });
  }

  /** All it has said on stderr so far. */
  said(): string {
    return this.#errors;
  }

  /** Asks the stand-in. */
  ask(name: string, params: unknown = null): Promise<unknown> {
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
    const address = await this.#until(() => this.toldOf('devtools')[0] as string | undefined);
    this.#browser ??= chromium.connectOverCDP(address);
    const browser = await this.#browser;
    return this.#until(() => browser.contexts().flatMap((c) => c.pages()).find((p) => p.url().startsWith('http://127.0.0.1:') && !p.isClosed()));
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
    if (this.process.exitCode === null && this.process.connected) await this.ask('app.quit').catch(() => undefined);
    return this.ended;
  }

  /** Whatever became of it. */
  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
    await this.ended;
    await (await this.#browser?.catch(() => undefined))?.close().catch(() => undefined);
  }
}
