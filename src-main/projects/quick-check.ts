import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Database } from 'better-sqlite3';

interface CheckRequest {
  /** File of the better-sqlite3 module. */
  readonly sqlite: string;
  /** The project. */
  readonly file: string;
  /** Its one number is 1 when the check is to end early. */
  readonly stop: Int32Array;
}

/** Runs in the worker from its source text, so that it needs no file of its own in a bundle: it uses nothing from around it. */
function inWorker(): void {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const { sqlite, file, stop } = workerData as CheckRequest;
  const open = process.getBuiltinModule('node:module').createRequire(sqlite)(sqlite) as (file: string, options: object) => Database;
  let found: string[] = [];
  try {
    const db = open(file, { readonly: true, fileMustExist: true });
    try {
      db.pragma('trusted_schema = OFF');
      db.pragma('cell_size_check = ON');
      const check = db.prepare<[string], string>('SELECT quick_check FROM pragma_quick_check(?)').pluck();
      for (const table of db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()) {
        if (Atomics.load(stop, 0) === 1) break;
        found = found.concat(check.all(table).filter((line) => line !== 'ok'));
      }
    } finally {
      db.close();
    }
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(String(code))) found.push(String(message));
  }
  parentPort?.postMessage(found, []);
}

/**
 * SQLite's quick_check of a whole project, which takes seconds on a large one, table by table in a thread of its own.
 * The thread is asked to end and never terminated: ending a thread from outside while it loads better-sqlite3 aborts the whole process.
 */
export class QuickCheck {
  private readonly stopFlag = new Int32Array(new SharedArrayBuffer(4));
  /** What is wrong with the file, in SQLite's words, or null; also null when the check was stopped or could not be made. Its connection is closed by then. */
  readonly result: Promise<string | null>;

  constructor(file: string) {
    const request: CheckRequest = { sqlite: createRequire(import.meta.url).resolve('better-sqlite3'), file, stop: this.stopFlag };
    const worker = new Worker(`(${inWorker.toString()})()`, { eval: true, workerData: request, execArgv: [] });
    this.result = new Promise((resolve) => {
      let found: string[] = [];
      worker.once('message', (lines: string[]) => (found = lines));
      worker.once('error', () => resolve(null));
      worker.once('exit', () => resolve(found.length === 0 ? null : found.slice(0, 3).join('; ')));
    });
  }

  /** Ends the check after the table that it is at. */
  async stop(): Promise<void> {
    Atomics.store(this.stopFlag, 0, 1);
    await this.result;
  }
}
