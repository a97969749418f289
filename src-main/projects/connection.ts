import { constants, copyFileSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { removeFolderNow } from '../files/move-and-remove.ts';
import { quietly } from '../quietly.ts';
import { temporaryFolderHere } from '../temporary-folder.ts';
import { sqliteCode } from './sqlite-errors.ts';

/** How long to wait for a foreign program that holds SQLite's own lock, in milliseconds: the caller's thread stands still. */
const BUSY_MS = 250;

const COUNT_CHANGE = "INSERT INTO meta (key, value) VALUES ('changes', '1') ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1";

/** What SQLite stores and takes. */
export type SqlValue = number | string | Uint8Array | null;

/** One connection to a project file, with its prepared statements kept. */
export class Connection {
  readonly db: Database.Database;
  /** Folder to remove when the connection closes. */
  private readonly temporary: string | null;
  private isDurable = true;
  private readonly statements = new Map<string, Database.Statement>();

  private constructor(db: Database.Database, temporary: string | null) {
    this.db = db;
    this.temporary = temporary;
  }

  /** Opens for writing: every commit is on the disk before it returns (WAL with synchronous FULL). */
  static writable(file: string): Connection {
    const db = new Database(file, { fileMustExist: true, timeout: BUSY_MS });
    try {
      distrust(db);
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      db.pragma('foreign_keys = ON');
      return new Connection(db, null);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /**
   * Opens for reading. SQLite needs to make a shared-memory file beside the project; where it cannot (a read-only disk),
   * a temporary copy of the project and its log is read instead: no program can have it open there.
   * `damaged`: read what can be read of a file that is shorter than it says, which SQLite otherwise refuses.
   */
  static readOnly(file: string, damaged = false): Connection {
    try {
      return Connection.tryReadOnly(file, null, damaged);
    } catch (error) {
      if (!/^SQLITE_(CANTOPEN|READONLY)/.test(sqliteCode(error) ?? '')) throw error;
      return Connection.copied(file, damaged);
    }
  }

  private static copied(file: string, damaged: boolean): Connection {
    const folder = temporaryFolderHere('copy');
    try {
      const copy = join(folder, basename(file));
      copyFileSync(file, copy, constants.COPYFILE_FICLONE);
      if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
      return Connection.tryReadOnly(copy, folder, damaged);
    } catch (error) {
      quietly(() => removeFolderNow(folder));
      throw error;
    }
  }

  private static tryReadOnly(file: string, temporary: string | null, damaged: boolean): Connection {
    const db = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_MS });
    try {
      distrust(db);
      // With this switch SQLite takes the file's real length for its size (btree.c, lockBtree); reading-only, it can do no harm.
      if (damaged) db.unsafeMode(true).pragma('writable_schema = ON');
      db.prepare('SELECT count(*) FROM sqlite_schema').get();
      return new Connection(db, temporary);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.statement(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.statement(sql).all(...values) as Row[];
  }

  run(sql: string, ...values: SqlValue[]): { changes: number; id: number } {
    const result = this.statement(sql).run(...values);
    return { changes: result.changes, id: Number(result.lastInsertRowid) };
  }

  /** A single value, such as a count. */
  value<Value>(sql: string, ...values: SqlValue[]): Value | undefined {
    const row = this.get<Record<string, Value>>(sql, ...values);
    return row === undefined ? undefined : Object.values(row)[0];
  }

  pragma(source: string): unknown {
    return this.db.pragma(source, { simple: true });
  }

  /** Runs `work` in one transaction; what it throws rolls everything back. Counted as a change when it changes something and is on the disk when this returns. */
  transaction<Result>(work: () => Result): Result {
    return this.db
      .transaction(() => {
        const before = this.value<number>('SELECT total_changes()');
        const result = work();
        if (this.durable && this.value<number>('SELECT total_changes()') !== before) this.run(COUNT_CHANGE);
        return result;
      })
      .immediate();
  }

  /** How many changes were ever made to the project: what lies beside it tells with this number whether something is missing. */
  get changes(): number {
    return Number(this.value<string>("SELECT value FROM meta WHERE key = 'changes'") ?? 0);
  }

  /** Whether a commit waits for the disk (see `writable`). What is not durable can be found or made again. */
  set durable(durable: boolean) {
    this.db.pragma(`synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
    this.isDurable = durable;
  }

  get durable(): boolean {
    return this.isDurable;
  }

  /** A number in the file's header (https://www.sqlite.org/fileformat.html#schema_cookie) that any change of it makes SQLite read the schema again: harmless, and never the same in a copy that SQLite makes. */
  get schemaCookie(): number {
    return Number(this.pragma('schema_version'));
  }

  set schemaCookie(cookie: number) {
    this.db.unsafeMode(true);
    try {
      this.db.pragma(`schema_version = ${cookie}`);
    } finally {
      this.db.unsafeMode(false);
    }
  }

  /** Brings the log into the file as far as readers allow. Returns whether all of it is there now. */
  checkpoint(): boolean {
    return this.bringIn('PASSIVE');
  }

  /** As checkpoint, and cuts the log to nothing. Waits a moment for others. */
  emptyLog(): boolean {
    return this.bringIn('TRUNCATE');
  }

  private bringIn(how: 'PASSIVE' | 'TRUNCATE'): boolean {
    const [row] = this.db.pragma(`wal_checkpoint(${how})`) as { busy: number; log: number; checkpointed: number }[];
    return row !== undefined && row.busy === 0 && row.log === row.checkpointed;
  }

  /** The file that is really open. */
  get file(): string {
    return this.db.name;
  }

  close(): void {
    this.db.close();
    const { temporary } = this;
    if (temporary !== null) quietly(() => removeFolderNow(temporary));
  }

  private statement(sql: string): Database.Statement {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}

/** A project may come from anywhere: its schema gets no function with side effects, and pages are checked as they are read (https://www.sqlite.org/security.html). */
function distrust(db: Database.Database): void {
  db.pragma('trusted_schema = OFF');
  db.pragma('cell_size_check = ON');
}
