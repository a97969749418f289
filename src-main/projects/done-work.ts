import type { Connection } from './connection.ts';

/** Whoever looks for older ones has had every chance to. */
const KEPT = 200;

/** Work that other processes wrote into the project, so that each piece is done once whoever dies on the way (migrations/005-done-work.ts). */
export class DoneWork {
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** What the work answered, as JSON holds it; undefined when it has not been done. */
  find(id: string): { readonly result: unknown } | undefined {
    const result = this.connection.value<string>('SELECT result FROM done_work WHERE id = ?', id);
    return result === undefined ? undefined : { result: JSON.parse(result) as unknown };
  }

  /**
   * Does a piece of work and notes what it answered, or gives what it answered when it was done before. Call it in the work's own
   * transaction.
   * @param id null for work that nobody can repeat
   */
  once<Result>(id: string | null, work: () => Result): Result {
    const done = id === null ? undefined : this.find(id);
    if (done !== undefined) return done.result as Result;
    const result = work();
    if (id !== null) {
      const { id: n } = this.connection.run('INSERT INTO done_work (id, result) VALUES (?, ?)', id, JSON.stringify(result ?? null));
      this.connection.run('DELETE FROM done_work WHERE n <= ?', n - KEPT);
    }
    return result;
  }
}
