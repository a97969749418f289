import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import WebSocket from 'ws';
import type { Connection, Socket } from '../../src-renderer/state/transport.ts';
import { overWebSocket } from '../../src-renderer/state/transport.ts';
import { childrenOf } from './processes.ts';

/** The program as a person starts it: the built command line, serving its page, in a process of its own. */
export interface Program {
  /** With the token. */
  readonly address: string;
  readonly process: ChildProcess;
  /** All it has said on stderr so far. */
  said(): string;
  /** Ends it as Ctrl+C does, and tells its exit code (STOPPED). */
  stop(): Promise<number | null>;
}

/** Ends a program as Ctrl+C does; on Windows, where no other program can press that, at once. */
export const interrupt = (child: ChildProcess): boolean => child.kill(process.platform === 'win32' ? 'SIGKILL' : 'SIGINT');

/** Exit code of a program that serves and was interrupted. */
export const STOPPED = process.platform === 'win32' ? null : 0;

export const repository = join(import.meta.dirname, '../..');
const cli = join(repository, 'dist/main/cli.js');

/** Starts `maskwright serve`. `home` is its user data; `open` a project or folder, the last one or the sample when absent. */
export async function startProgram(options: { home: string; open?: string; port?: string; env?: Record<string, string> }): Promise<Program> {
  if (!existsSync(cli)) throw new Error(`${cli} is not there: run "npm run build" first`);
  const args = [cli, 'serve', '--no-open', '--port', options.port ?? '0', ...(options.open === undefined ? [] : [options.open])];
  const child = spawn(process.execPath, args, { env: { ...process.env, MASKWRIGHT_HOME: options.home, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const address = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const found = /(http:\/\/\S+)/.exec(out)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('error', reject);
    void ended.then((code) => reject(new Error(`the program ended (${code}) before it served: ${errors}`)));
  });
  return {
    address,
    process: child,
    said: () => errors,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) interrupt(child);
      return ended;
    },
  };
}

/** The same contract the page has, for looking at what main holds. */
export interface TestConnection extends Connection {
  /** Lets go of it. */
  close(): void;
  /** What is asked for in here reaches the program in one piece. */
  together<T>(ask: () => T): T;
}

export async function connectTo(address: string): Promise<TestConnection> {
  const { origin, host } = new URL(address);
  const answer = await fetch(address, { redirect: 'manual' });
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const sockets: WebSocket[] = [];
  const connection = await overWebSocket(
    () => {
      const socket = new WebSocket(`ws://${host}/socket`, { headers: { cookie, origin } });
      sockets.push(socket);
      return socket as unknown as Socket;
    },
    async () => false,
    // A test that loses its connection should fail, not wait.
    () => undefined,
  );
  return {
    ...connection,
    close: () => sockets.forEach((socket) => socket.terminate()),
    together: (ask) => {
      const streams = sockets.flatMap((socket) => (socket as unknown as Record<string, Writable | undefined>)['_socket'] ?? []);
      for (const stream of streams) stream.cork();
      const asked = ask();
      for (const stream of streams) stream.uncork();
      return asked;
    },
  };
}

/** Process ids of the program's engine of that name. */
export const engineProcesses = ({ process: { pid } }: Program, engine: 'sam' | 'images' | 'datasets'): number[] =>
  childrenOf(pid).flatMap(({ pid: child, command }) => (new RegExp(`[/\\\\]${engine}\\.js"?$`).test(command) ? [child] : []));
