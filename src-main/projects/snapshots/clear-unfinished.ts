import { pauses } from '../../datasets/pauses.ts';
import type { Connection } from '../connection.ts';

/** Rows at a time: the project can be written in between. */
const PORTION = 1000;

/**
 * Clears away snapshots that are not complete (deleted, given up, or cut off by an end by force), and records that no
 * snapshot has any more. To be run by one process at a time, and not while one makes a snapshot.
 */
export async function clearUnfinished(connection: Connection): Promise<void> {
  const pause = pauses(undefined);
  const unfinished = connection.all<{ id: number }>('SELECT id FROM snapshots WHERE complete = 0');
  for (const { id } of unfinished) {
    const next = (): number | undefined => connection.value<number>('SELECT max(image) FROM (SELECT image FROM snapshot_images WHERE snapshot = ? ORDER BY image LIMIT ?)', id, PORTION) ?? undefined;
    for (let last = next(); last !== undefined; last = next()) {
      connection.run('DELETE FROM snapshot_images WHERE snapshot = ? AND image <= ?', id, last);
      await pause();
    }
  }
  if (unfinished.length > 0) await clearRecords(connection, pause);
  // Last: as long as they are there, it is known that there is something to clear.
  connection.durable = true;
  for (const { id } of unfinished) connection.run('DELETE FROM snapshots WHERE id = ?', id);
  connection.durable = false;
}

async function clearRecords(connection: Connection, pause: () => Promise<void>): Promise<void> {
  connection.run('UPDATE snapshots SET head = NULL WHERE complete = 0');
  connection.db.exec('CREATE TEMP TABLE used AS SELECT DISTINCT record AS id FROM snapshot_images UNION SELECT head FROM snapshots WHERE head IS NOT NULL; CREATE UNIQUE INDEX temp.used_by_id ON used (id)');
  try {
    for (let after = 0; ; ) {
      const last = connection.value<number>('SELECT max(id) FROM (SELECT id FROM snapshot_records WHERE id > ? ORDER BY id LIMIT ?)', after, PORTION) ?? null;
      if (last === null) return;
      connection.run('DELETE FROM snapshot_records WHERE id > ? AND id <= ? AND id NOT IN (SELECT id FROM used)', after, last);
      await pause();
      after = last;
    }
  } finally {
    connection.db.exec('DROP TABLE temp.used');
  }
}
