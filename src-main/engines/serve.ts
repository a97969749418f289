import { Console } from 'node:console';
import { firstError, MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import { FrameReader, PROTOCOL_VERSION, ToEngine, writeFrame } from './protocol.ts';
import type { FromEngine } from './protocol.ts';

export interface MethodContext {
  /** Aborted when main no longer wants the answer. */
  readonly signal: AbortSignal;
  progress(value: unknown): void;
}

/** A method checks its own parameters (zod): they come from another process. */
export type Method = (params: unknown, context: MethodContext) => unknown;

export interface EngineOptions {
  readonly methods: Readonly<Record<string, Method>>;
}

/**
 * Makes this process an engine: answers requests from stdin on stdout, several at a time, and ends when stdin closes,
 * which is how it notices that main is gone. Everything printed goes to stderr, because stdout carries the frames.
 */
export function serveEngine(options: EngineOptions): void {
  globalThis.console = new Console(process.stderr, process.stderr);
  const methods = new Map(Object.entries(options.methods));
  const running = new Map<number, AbortController>();
  const reader = new FrameReader(ToEngine);

  const answer = async (id: number, name: string, params: unknown): Promise<void> => {
    const abort = new AbortController();
    running.set(id, abort);
    try {
      const method = methods.get(name);
      if (method === undefined) throw new MaskwrightError('unknown-call', `The engine has no method "${name}".`, name);
      const value = await method(params, { signal: abort.signal, progress: (p) => send({ kind: 'progress', id, value: p }) });
      send({ kind: 'result', id, value: value ?? null });
    } catch (error) {
      send({ kind: 'error', id, problem: abort.signal.aborted ? CANCELLED : problemOf(error) });
    } finally {
      running.delete(id);
    }
  };

  process.stdin.on('data', (chunk: Buffer) => {
    for (const message of reader.push(chunk)) {
      if (message.kind === 'cancel') running.get(message.id)?.abort();
      else void answer(message.id, message.method, message.params);
    }
  });
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
  process.stdout.on('error', () => process.exit(0));
  send({ kind: 'hello', protocol: PROTOCOL_VERSION, pid: process.pid });
}

const send = (message: FromEngine): void => writeFrame(process.stdout, message);

const CANCELLED: Problem = { code: 'cancelled', message: 'The work was cancelled.', item: null };

function problemOf(thrown: unknown): Problem {
  const error = firstError(thrown);
  if (error instanceof MaskwrightError) return error.toProblem();
  console.error(error);
  return { code: 'engine-failed', message: error instanceof Error ? error.message : String(error), item: null };
}
