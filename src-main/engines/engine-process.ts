import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { LastWords } from '../last-words.ts';
import { FromEngine, FrameReader, PROTOCOL_VERSION, writeFrame } from './protocol.ts';
import type { ToEngine } from './protocol.ts';

export interface EngineCommand {
  /** The Node binary. */
  readonly node: string;
  /** The engine's program: a .ts file in development, a bundled .js file in a build. */
  readonly entry: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of Node, for its heap; those for tensors when absent. */
  readonly heap?: readonly string[];
}

export interface EngineProcessListener {
  message(message: FromEngine): void;
  /** A line the engine printed. */
  log(line: string): void;
  /**
   * The process is gone and all it had sent was delivered. `how` completes "it …": "was killed by SIGKILL"; `cause` is what it said
   * of it, if anything. Called once.
   */
  exit(how: string, cause: string | null): void;
}

/**
 * Tensors are memory outside V8's heap, and each prompt makes megabytes of them. With V8's usual limits that starts a
 * mark-compact collection every few prompts, some 9 ms just while an answer is on its way; with these it hardly ever does.
 */
const TENSOR_HEAP = ['--external-memory-accounted-in-global-limit', '--initial-heap-size=256'];

/**
 * For rows by the million, each soon forgotten: with V8's usual 16 MB for what is new (three times), some fifty megabytes
 * more are held at no gain in speed.
 */
export const ROW_HEAP = ['--max-semi-space-size=2'];

/**
 * Since 1.29 onnxruntime's official builds for Linux and macOS send Microsoft what they are used for, unless told not to
 * (microsoft/onnxruntime, pull request 27379; 29843 has the second name). Nothing leaves this machine unasked.
 */
const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: '1', ORT_TELEMETRY_DISABLED: '1' } as const;

/** One run of an engine's program: frames in, frames out, until it ends. */
export class EngineProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #listener: EngineProcessListener;
  readonly #gone: Promise<void>;
  /** Why we killed it, when we did. */
  #verdict: string | null = null;

  constructor(command: EngineCommand, listener: EngineProcessListener) {
    this.#listener = listener;
    // Options such as a debugger's port are meant for main; a second process with them fails to start.
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    this.#child = spawn(command.node, [...(command.heap ?? TENSOR_HEAP), command.entry], { env: { ...inherited, ...command.env, ...NO_TELEMETRY }, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    const reader = new FrameReader(FromEngine);
    this.#child.stdout.on('data', (chunk: Buffer) => this.#read(reader, chunk));
    const words = new LastWords();
    createInterface({ input: this.#child.stderr, crlfDelay: Infinity }).on('line', (line) => {
      words.hear(line);
      listener.log(line);
    });
    // A write to a process that has just died: its exit tells the story.
    this.#child.stdin.on('error', () => {});
    this.#gone = new Promise((resolve) => {
      let spawnError: string | null = null;
      const finish = (how: string): void => {
        resolve();
        listener.exit(how, words.cause);
      };
      this.#child.on('error', (error) => {
        spawnError = `could not be started (${error.message})`;
        // A program that never ran has no pipes to close, so 'close' may not come.
        if (this.#child.pid === undefined) finish(spawnError);
      });
      this.#child.on('close', (code, signal) => {
        if (this.#child.pid !== undefined) finish(this.#verdict ?? (signal === null ? `ended with code ${code}` : `was killed by ${signal}`));
      });
    });
  }

  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  /** Throws 'too-large' for a message over the frame limit. */
  send(message: ToEngine): void {
    if (this.#child.stdin.writable) writeFrame(this.#child.stdin, message);
  }

  /** Kills it at once; `verdict` becomes the exit's `how`. */
  kill(verdict: string): void {
    this.#verdict ??= verdict;
    this.#child.kill('SIGKILL');
  }

  /** Lets it end by closing its stdin, kills it after `graceMs`, and waits until it is gone. */
  async end(graceMs: number): Promise<void> {
    this.#verdict ??= 'was stopped';
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.#gone;
    clearTimeout(timer);
  }

  #read(reader: FrameReader<FromEngine>, chunk: Buffer): void {
    if (this.#verdict !== null) return;
    try {
      for (const message of reader.push(chunk)) {
        if (message.kind === 'hello' && message.protocol !== PROTOCOL_VERSION) this.kill(`speaks protocol ${message.protocol}, not ${PROTOCOL_VERSION}`);
        else this.#listener.message(message);
      }
    } catch (error) {
      this.kill(`sent bytes that are no message (${error instanceof Error ? error.message : String(error)})`);
    }
  }
}
