import type Database from 'better-sqlite3';
import { initial } from './001-initial.ts';
import { datasets } from './002-datasets.ts';
import { fingerprints } from './003-fingerprints.ts';
import { snapshots } from './004-snapshots.ts';
import { doneWork } from './005-done-work.ts';
import { classNames } from './006-class-names.ts';
import type { Migration } from './migration.ts';

export const MIGRATIONS: readonly Migration[] = [initial, datasets, fingerprints, snapshots, doneWork, classNames];
export const NEWEST_VERSION = MIGRATIONS.length;

/** The tables of the newest version. */
export const TABLES: readonly string[] = ['classes', 'done_work', 'fingerprints', 'images', 'instances', 'journal', 'meta', 'proposals', 'roots', 'shapes', 'snapshot_images', 'snapshot_records', 'snapshots'];

/** Marks a SQLite file as a Maskwright project: the bytes "Mskw". */
export const APPLICATION_ID = 0x4d_73_6b_77;

/**
 * Brings a project file to the newest of `migrations`, each step in a transaction of its own together with its
 * user_version, so that an interruption leaves the file at a version that is whole.
 * A step that would break a reference is rolled back and throws.
 */
export function migrate(db: Database.Database, migrations: readonly Migration[] = MIGRATIONS): void {
  // Rebuilding a table must not follow references; SQLite ignores the switch inside a transaction.
  db.pragma('foreign_keys = OFF');
  try {
    for (const { version, sql } of migrations) {
      if (version <= Number(db.pragma('user_version', { simple: true }))) continue;
      db.transaction(() => {
        db.exec(sql);
        const broken = db.pragma('foreign_key_check') as unknown[];
        if (broken.length > 0) throw new Error(`Migration ${version} would leave ${broken.length} rows without what they refer to.`);
        db.pragma(`user_version = ${version}`);
      }).immediate();
    }
  } finally {
    db.pragma('foreign_keys = ON');
  }
}
