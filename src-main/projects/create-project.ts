import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { explainWriting } from '../datasets/atomic-file.ts';
import { removeFileNow, renameNow } from '../files/move-and-remove.ts';
import { quietly } from '../quietly.ts';
import { APPLICATION_ID, migrate } from './migrations/migrate.ts';
import { explainSqlite, sqliteCode } from './sqlite-errors.ts';

/** Makes an empty project file. It is built under another name and renamed, so that a half-made one never has its name. */
export function createProjectFile(path: string, name: string): void {
  const file = resolve(path);
  const folder = dirname(file);
  if (!existsSync(folder)) throw new MaskwrightError('not-found', `The folder "${folder}" is not there. Make it, or choose another one.`, folder);
  if (existsSync(file)) throw new MaskwrightError('conflict', `"${file}" is there already. Open it, or choose another name.`, file);
  const unfinished = join(folder, `.${basename(file)}.${randomUUID()}`);
  try {
    const db = new Database(unfinished);
    try {
      // Nobody can see this file before it is whole: it goes to the disk once, not after each step.
      db.pragma('synchronous = OFF');
      db.pragma(`application_id = ${APPLICATION_ID}`);
      migrate(db);
      db.prepare("INSERT INTO meta (key, value) VALUES ('name', ?)").run(name);
      // Last, so that everything before it lies in the file itself, its identity above all.
      db.pragma('journal_mode = WAL');
    } finally {
      db.close();
    }
    syncFile(unfinished);
    renameNow(unfinished, file);
  } catch (error) {
    for (const rest of ['', '-journal', '-wal', '-shm']) quietly(() => removeFileNow(unfinished + rest));
    if (/^SQLITE_(CANTOPEN|READONLY)/.test(sqliteCode(error) ?? '')) {
      throw new MaskwrightError('no-access', `No project can be made in "${folder}": the folder cannot be written. Choose another folder.`, folder, { cause: error });
    }
    throw sqliteCode(error) === null ? explainWriting(error, file) : explainSqlite(error, file);
  }
}

function syncFile(path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
