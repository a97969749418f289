import { randomInt } from 'node:crypto';
import { quietly } from '../../quietly.ts';
import type { Connection } from '../connection.ts';
import { hasLog } from '../header.ts';
import type { ProjectLock } from '../lock.ts';
import { ChangeNote } from './change-note.ts';

/** Changes after which the mark is brought into the file, if nothing has done so. */
const SETTLE_EVERY = 8;

/**
 * From the first change of an open project until it is closed: notes beside the project what must be found after a kill, and
 * gives the project's file a mark of its own, so that its log is never taken for that of an older copy.
 */
export class WriteSession {
  readonly #file: string;
  readonly #lock: ProjectLock;
  /** Of the file at opening, if known. */
  readonly #cookie: number | null;
  #begun = false;
  #note: ChangeNote | null = null;
  /** The mark, while it may lie only in the log. */
  #pending: number | null = null;
  /** Changes since then. */
  #waiting = 0;

  /** @param file real path of the project */
  constructor(file: string, lock: ProjectLock, cookie: number | null) {
    this.#file = file;
    this.#lock = lock;
    this.#cookie = cookie;
  }

  /** To be called after each change, and before another process makes one. Costs little after the first time. False when another program has the lock now. */
  note(connection: Connection): boolean {
    if (!this.#begun) this.#begin(connection);
    quietly(() => this.#note?.set({ changes: connection.changes }));
    if (this.#pending !== null && ++this.#waiting % SETTLE_EVERY === 0) quietly(() => this.settle(connection));
    return this.#lock.expectLog(true);
  }

  /** Not before the first change has been made: one that meets damage must leave the file as it is. */
  #begin(connection: Connection): void {
    this.#begun = true;
    const mark = randomInt(1, 2 ** 31 - 1);
    const known = new Set([connection.schemaCookie, mark]);
    if (this.#cookie !== null) known.add(this.#cookie);
    // On the disk before the mark is made: after a power failure, a mark that nobody knows would make the log a foreign one.
    this.#note = ChangeNote.begin(this.#file, { cookies: [...known], changes: connection.changes });
    if (this.#note === null) return;
    quietly(() => {
      connection.schemaCookie = mark;
      this.#pending = mark;
    });
  }

  /** Brings the mark from the log into the file, which cannot be done while somebody reads what was there before. Throws SQLite's errors. */
  settle(connection: Connection): void {
    const mark = this.#pending;
    if (mark === null || !connection.checkpoint()) return;
    this.#pending = null;
    this.#note?.set({ cookies: [mark] });
  }

  /**
   * To be called once the connection is closed. @param done whether all that was written is known to be in the project's file;
   * what is not must be found when the project is next opened.
   */
  end(done: boolean): void {
    const keep = !done && hasLog(this.#file);
    if (!keep) {
      this.#lock.expectLog(false);
      ChangeNote.remove(this.#file);
    }
    this.#note?.close(keep);
    this.#lock.release();
  }
}
