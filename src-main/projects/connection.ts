import { constants, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { quietly } from '../quietly.ts';
import { sqliteCode } from './sqlite-errors.ts';

/** How long to wait for a foreign program that holds SQLite's own lock, in milliseconds: the caller's thread stands still. */
const BUSY_MS = 250;

/** What SQLite stores and takes. */
export type SqlValue = number | string | Uint8Array | null;

/** One connection to a project file, with its prepared statements kept. */
export class Connection {
  readonly db: Database.Database;
  /** Folder to remove when the connection closes. */
  private readonly temporary: string | null;
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
    const folder = mkdtempSync(join(tmpdir(), 'maskwright-'));
    try {
      const copy = join(folder, basename(file));
      copyFileSync(file, copy, constants.COPYFILE_FICLONE);
      if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
      return Connection.tryReadOnly(copy, folder, damaged);
    } catch (error) {
      quietly(() => rmSync(folder, { recursive: true, force: true }));
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

  /** Runs `work` in one transaction; what it throws rolls everything back. */
  transaction<Result>(work: () => Result): Result {
    return this.db.transaction(work).immediate();
  }

  /** The file that is really open. */
  get file(): string {
    return this.db.name;
  }

  close(): void {
    this.db.close();
    const { temporary } = this;
    if (temporary !== null) quietly(() => rmSync(temporary, { recursive: true, force: true }));
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
