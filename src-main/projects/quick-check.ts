import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Database } from 'better-sqlite3';

interface CheckRequest {
  /** File of the better-sqlite3 module. */
  readonly sqlite: string;
  /** The project. */
  readonly file: string;
}

/** Runs in the worker from its source text, so that it needs no file of its own in a bundle: it uses nothing from around it. */
function inWorker(): void {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const { sqlite, file } = workerData as CheckRequest;
  const open = process.getBuiltinModule('node:module').createRequire(sqlite)(sqlite) as (file: string, options: object) => Database;
  let found: string[] = [];
  try {
    const db = open(file, { readonly: true, fileMustExist: true });
    try {
      found = db.prepare<[], string>('PRAGMA quick_check(3)').pluck().all();
    } finally {
      db.close();
    }
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    found = /^SQLITE_(CORRUPT|NOTADB)/.test(String(code)) ? [String(message)] : ['ok'];
  }
  parentPort?.postMessage(found, []);
}

/** SQLite's quick_check of a whole project, which takes seconds on a large one, in a thread of its own. */
export class QuickCheck {
  private readonly worker: Worker;
  /** What is wrong with the file, in SQLite's words, or null; also null when the check was stopped or could not be made. */
  readonly result: Promise<string | null>;

  constructor(file: string) {
    const request: CheckRequest = { sqlite: createRequire(import.meta.url).resolve('better-sqlite3'), file };
    this.worker = new Worker(`(${inWorker.toString()})()`, { eval: true, workerData: request, execArgv: [] });
    this.worker.unref();
    this.result = new Promise((resolve) => {
      this.worker.once('message', (found: string[]) => resolve(found.every((line) => line === 'ok') ? null : found.join('; ')));
      this.worker.once('error', () => resolve(null));
      this.worker.once('exit', () => resolve(null));
    });
  }

  /** Ends the check; its connection is closed when this resolves. */
  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}
