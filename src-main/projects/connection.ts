import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { sqliteCode } from './sqlite-errors.ts';

/** What SQLite stores and takes. */
export type SqlValue = number | string | Uint8Array | null;

/** One connection to a project file, with its prepared statements kept. */
export class Connection {
  readonly db: Database.Database;
  private readonly statements = new Map<string, Database.Statement>();

  private constructor(db: Database.Database) {
    this.db = db;
  }

  /** Opens for writing: every commit is on the disk before it returns (WAL with synchronous FULL). */
  static writable(file: string): Connection {
    const db = new Database(file, { fileMustExist: true, timeout: 2000 });
    try {
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      db.pragma('foreign_keys = ON');
      return new Connection(db);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /**
   * Opens for reading. Where not even the shared-memory file beside the project can be made (a read-only disk),
   * the file is read as immutable, that is without locks.
   */
  static readOnly(file: string): Connection {
    try {
      return Connection.tryReadOnly(file);
    } catch (error) {
      if (!/^SQLITE_(CANTOPEN|READONLY|IOERR)/.test(sqliteCode(error) ?? '')) throw error;
      return Connection.tryReadOnly(`${pathToFileURL(file).href}?immutable=1`);
    }
  }

  private static tryReadOnly(name: string): Connection {
    const db = new Database(name, { readonly: true, fileMustExist: true, timeout: 2000 });
    try {
      db.prepare('SELECT count(*) FROM sqlite_schema').get();
      return new Connection(db);
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

  close(): void {
    this.db.close();
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
