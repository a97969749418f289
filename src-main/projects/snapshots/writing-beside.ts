import { quietly } from '../../quietly.ts';
import { Connection } from '../connection.ts';

/** For how long a portion may be gathered, and so about how long it holds the store's own writes off, in milliseconds. */
export const PORTION_MS = 10;

/** Longer than an import holds the project. */
const BUSY_MS = 10 * 60_000;

/**
 * A connection for writing much, in small portions, beside the store that has the project open in another process.
 * Portions do not wait for the disk one by one: a commit with synchronous FULL in the end takes them all along.
 * Closing it brings the log into the file where that can be done, so that no commit of the store has to; it never throws.
 */
export function writingBeside(project: string): { readonly connection: Connection } & Disposable {
  const connection = Connection.writable(project);
  connection.pragma(`busy_timeout = ${BUSY_MS}`);
  connection.durable = false;
  return {
    connection,
    [Symbol.dispose]: () => {
      // Everything is in the log already; bringing it into the file can wait.
      quietly(() => connection.pragma('wal_checkpoint(PASSIVE)'));
      quietly(() => connection.close());
    },
  };
}
