import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { AT_ONCE, removeFileNow } from '../files/move-and-remove.ts';
import { quietly } from '../quietly.ts';
import { identityOf } from './file/file-place.ts';
import { isDamage, sqliteCode } from './sqlite-errors.ts';

const Holder = z.object({ pid: z.int(), host: z.string(), token: z.string(), expects_log: z.int() });
export type Holder = z.infer<typeof Holder>;

export const lockFile = (project: string): string => `${project}.lock`;

/**
 * The right to write to a project: a transaction held for life in a side file, FILE.lock, which is a SQLite database.
 * SQLite's locks are the operating system's, on every platform, and go with the process however it ends.
 * Inside lies who holds it, for the sentence that the second program shows, and whether edits lie in a write-ahead log beside
 * the project: a lock left behind that says so, and no log, means that they were lost.
 */
export class ProjectLock {
  private readonly db: Database.Database;
  private readonly file: string;
  private readonly token: string;
  /** Whether edits must lie in a write-ahead log beside the project: ours, or those of a program before that did not end properly. */
  private logExpected: boolean;
  private lost = false;
  private identity: string | null = null;

  private constructor(db: Database.Database, file: string, token: string, logExpected: boolean) {
    this.db = db;
    this.file = file;
    this.token = token;
    this.logExpected = logExpected;
  }

  /** Takes the lock of a project (its real path), or says who has it: 'unknown' while that program is just starting. SQLite's errors are thrown when no lock can be made. */
  static take(project: string): ProjectLock | Holder | 'unknown' {
    const file = lockFile(project);
    try {
      return ProjectLock.tryTake(file);
    } catch (error) {
      if (!isDamage(error)) throw error;
      // A lock file cut short by a power failure holds nothing worth keeping.
      removeFileNow(file);
      return ProjectLock.tryTake(file);
    }
  }

  private static tryTake(file: string): ProjectLock | Holder | 'unknown' {
    const db = new Database(file, { timeout: 0 });
    let held = false;
    try {
      // Nothing here must outlive the machine, so no journal file and no waiting for the disk.
      db.pragma('journal_mode = MEMORY');
      db.pragma('synchronous = OFF');
      db.exec('BEGIN IMMEDIATE');
      db.exec('CREATE TABLE IF NOT EXISTS holder (one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER, host TEXT, token TEXT, expects_log INTEGER) STRICT');
      const previous = readHolder(db);
      const lock = new ProjectLock(db, file, randomUUID(), previous?.expects_log === 1);
      lock.write();
      lock.commit();
      held = lock.retake();
      lock.identity = identityOf(file);
      if (held) return lock;
      return readHolder(db) ?? 'unknown';
    } catch (error) {
      if (!sqliteCode(error)?.startsWith('SQLITE_BUSY')) throw error;
      return readHolder(db) ?? 'unknown';
    } finally {
      if (!held) db.close();
    }
  }

  get expectsLog(): boolean {
    return this.logExpected;
  }

  /**
   * Notes that edits lie in the log from now on, or no more. False when the lock was lost to another program in that moment.
   * When the note cannot be written it is left out: the edits themselves do not depend on it.
   */
  expectLog(expected: boolean): boolean {
    if (expected === this.logExpected || this.lost) return !this.lost;
    this.logExpected = expected;
    try {
      this.write();
      this.commit();
    } catch {
      this.logExpected = !expected;
    }
    this.lost ||= !this.retake();
    return !this.lost;
  }

  /** Whether the lock file is still there. Programs that keep folders alike may remove it; the lock on what they removed keeps nobody out. */
  get isInPlace(): boolean {
    try {
      return identityOf(this.file) === this.identity;
    } catch {
      return true;
    }
  }

  /** Gives the lock up and removes its file, unless that says that edits lie in the log: then the next program must know. */
  release(): void {
    const remove = !this.logExpected && !this.lost && this.isInPlace;
    // Unlinked before it is unlocked, where the system allows that, so that nobody's fresh lock is removed.
    if (remove) removeIfPossible(this.file);
    this.db.close();
    if (remove && process.platform === 'win32') removeIfPossible(this.file);
  }

  private write(): void {
    this.db.prepare('INSERT OR REPLACE INTO holder VALUES (1, ?, ?, ?, ?)').run(process.pid, hostname(), this.token, Number(this.logExpected));
  }

  /** Waits for another program that is just reading who holds the lock; taking the lock never waits. */
  private commit(): void {
    this.db.pragma('busy_timeout = 1000');
    try {
      this.db.exec('COMMIT');
    } finally {
      this.db.pragma('busy_timeout = 0');
    }
  }

  /** Goes on holding after a commit, which showed others what was written; the file under the name must still be the one that is held. */
  private retake(): boolean {
    try {
      if (!this.db.inTransaction) this.db.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (sqliteCode(error) !== null) return false;
      throw error;
    }
    return this.tokenUnderName() === this.token;
  }

  private tokenUnderName(): string | null {
    let other: Database.Database;
    try {
      other = new Database(this.file, { readonly: true, fileMustExist: true, timeout: 0 });
    } catch {
      return null;
    }
    try {
      return readHolder(other)?.token ?? null;
    } finally {
      other.close();
    }
  }
}

function readHolder(db: Database.Database): Holder | null {
  try {
    return Holder.nullable().catch(null).parse(db.prepare('SELECT pid, host, token, expects_log FROM holder').get() ?? null);
  } catch (error) {
    if (isDamage(error)) throw error;
    return null;
  }
}

function removeIfPossible(file: string): void {
  // Windows keeps an open file; what stays behind is taken over by the next program.
  quietly(() => removeFileNow(file, AT_ONCE));
}
