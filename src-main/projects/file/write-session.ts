import { randomInt } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { removeFileNow } from '../../files/move-and-remove.ts';
import { quietly } from '../../quietly.ts';
import type { Connection } from '../connection.ts';
import { hasLog } from '../header.ts';
import { ProjectLock, type Holder } from '../lock.ts';
import { ChangeNote } from './change-note.ts';
import { FilePlace, identityOf } from './file-place.ts';
import { OpenHeader } from './open-header.ts';

/** Changes after which a mark is brought into the file, if nothing has done so. */
const SETTLE_EVERY = 8;

/** Changes after which the file gets another mark, so that a copy made since does not pass for it. */
const MARK_EVERY = 64;

/**
 * From the first change of an open project until it is closed: notes beside the project what must be found after a kill, and
 * gives the project's file a mark of its own, so that its log is never taken for that of an older copy.
 */
export class WriteSession {
  readonly #file: string;
  #lock: ProjectLock;
  readonly place: FilePlace;
  /** Identity of the log's file, which SQLite has made by now. */
  readonly #log: string | null;
  #begun = false;
  /** Another program has the project now. */
  #lost = false;
  #note: ChangeNote | null = null;
  #changed = false;
  /** Those that the file may have. */
  #cookies: number[] = [];
  /** The mark, while it may lie only in the log. */
  #pending: number | null = null;
  /** Changes since the mark was made. */
  #since = 0;
  /** What tells the log from the one before it in the same file; null when it is about to be begun anew. */
  #salt: string | null = null;

  readonly #header: OpenHeader | null;

  /**
   * @param file real path of the project
   * @param cookie the one that stood in the file itself at opening, or null when it could not be looked at
   */
  constructor(file: string, lock: ProjectLock, cookie: number | null, connection: Connection) {
    this.#file = file;
    this.#lock = lock;
    this.#cookies = [...new Set([connection.schemaCookie, ...(cookie === null ? [] : [cookie])])];
    this.#header = cookie === null ? null : OpenHeader.of(file);
    this.place = new FilePlace(file);
    this.#log = identityOf(`${file}-wal`);
  }

  /** Whether this session changed the project. */
  get hasChanges(): boolean {
    return this.#changed;
  }

  /** Whether the content of another file was written over the project's, in place: what SQLite has read of it, and the log, no longer fit. */
  get isOverwritten(): boolean {
    const cookie = this.#header?.changedCookie() ?? null;
    return cookie !== null && !this.#cookies.includes(cookie);
  }

  /** To be called before each change: takes the lock again when its file was removed. Null when it is held, else who has it. */
  holdLock(): Holder | 'unknown' | null {
    if (this.#lock.isInPlace) return null;
    let again: ProjectLock | Holder | 'unknown';
    try {
      again = ProjectLock.take(this.#file);
    } catch {
      // Nobody else can make one either.
      return null;
    }
    if (!(again instanceof ProjectLock)) {
      this.#lost = true;
      return again;
    }
    this.#lock.release();
    this.#lock = again;
    // What removed the lock file may have removed the note, too.
    this.#note?.close(true);
    this.#note = null;
    this.#begun = false;
    return null;
  }

  /** To be called after each change, and before another process makes one. Costs little after the first time. False when another program has the lock now. */
  note(connection: Connection): boolean {
    this.#changed = true;
    if (this.#begun) quietly(() => this.#noteChange(connection));
    else this.#begin(connection);
    this.#lost ||= !this.#lock.expectLog(true);
    return !this.#lost;
  }

  /** Not before the first change has been made: one that meets damage must leave the file as it is. */
  #begin(connection: Connection): void {
    this.#begun = true;
    this.#note = ChangeNote.begin(this.#file, { cookies: this.#cookies, changes: connection.changes });
    quietly(() => this.#mark(connection));
  }

  #noteChange(connection: Connection): void {
    this.#note?.set({ changes: connection.changes });
    this.#since++;
    if (this.#pending !== null) {
      if (this.#since % SETTLE_EVERY === 0) this.settle(connection);
      return;
    }
    const salt = saltOf(this.#file);
    const begunAnew = this.#salt !== null && salt !== this.#salt;
    this.#salt = salt;
    if (!begunAnew && this.#since < MARK_EVERY) return;
    this.#mark(connection);
    this.settle(connection);
  }

  #mark(connection: Connection): void {
    if (this.#note === null) return;
    const mark = randomInt(1, 2 ** 31 - 1);
    // On the disk before the mark is made: after a power failure, one that nobody knows would make the log a foreign one.
    if (!this.#note.setDurably({ cookies: [...this.#cookies, mark] })) return;
    this.#cookies.push(mark);
    this.#since = 0;
    connection.schemaCookie = mark;
    this.#pending = mark;
  }

  /** Brings the mark from the log into the file, which cannot be done while somebody reads what was there before. Throws SQLite's errors. */
  settle(connection: Connection): void {
    const mark = this.#pending;
    if (mark === null || !connection.checkpoint()) return;
    this.#pending = null;
    this.#cookies = [mark];
    this.#note?.set({ cookies: this.#cookies });
    // All of the log is in the file, so the next change begins it anew.
    this.#salt = null;
  }

  /**
   * To be called once the connection is closed. @param done whether all that was written is known to be in the project's file;
   * what is not must be found when the project is next opened.
   */
  end(done: boolean): void {
    // What lies beside the project is the other program's.
    const keep = this.#lost || (!done && hasLog(this.#file));
    if (!keep) {
      this.#lock.expectLog(false);
      ChangeNote.remove(this.#file);
    }
    this.#note?.close(keep);
    this.#header?.close();
    this.#lock.release();
  }

  /** As end, for a project whose file is no longer there: whatever takes its name must not be given its log. */
  leave(): void {
    quietly(() => {
      if (this.#log === null || identityOf(`${this.#file}-wal`) !== this.#log) return;
      for (const rest of ['-wal', '-shm']) removeFileNow(this.#file + rest);
    });
    this.end(true);
  }
}

/** Layout of the header of a project's log (https://www.sqlite.org/fileformat2.html#the_write_ahead_log). */
function saltOf(file: string): string {
  const header = Buffer.alloc(32);
  const descriptor = openSync(`${file}-wal`, 'r');
  try {
    readSync(descriptor, header, 0, 32, 0);
  } finally {
    closeSync(descriptor);
  }
  return header.toString('hex', 16, 24);
}
