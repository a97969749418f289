import { linkSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import { removeFileNow } from '../../files/move-and-remove.ts';
import { quietly } from '../../quietly.ts';
import { sqliteCode } from '../sqlite-errors.ts';

/**
 * Whether any connection has a project open: each holds SQLite's shared lock on the file as long as it lasts. Asked through
 * another name, so that the log beside the project is not touched; false on disks that have no hard links.
 */
export function isInUse(project: string): boolean {
  const probe = `${project}.${randomUUID()}`;
  try {
    linkSync(project, probe);
  } catch {
    return false;
  }
  try {
    const db = new Database(probe, { timeout: 0 });
    try {
      db.pragma('locking_mode = EXCLUSIVE');
      db.prepare('SELECT count(*) FROM sqlite_schema').get();
      return false;
    } finally {
      quietly(() => db.close());
    }
  } catch (error) {
    return sqliteCode(error)?.startsWith('SQLITE_BUSY') === true;
  } finally {
    for (const rest of ['', '-wal', '-shm']) quietly(() => removeFileNow(probe + rest));
  }
}
