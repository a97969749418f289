import { statfsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import Database from 'better-sqlite3';
import { firstError, MaskwrightError } from '../../src-shared/contract/errors.ts';

/** SQLite's result codes by name (https://www.sqlite.org/rescode.html); null when it is no error of SQLite. */
export const sqliteCode = (error: unknown): string | null => (error instanceof Database.SqliteError ? error.code : null);

export const isDamage = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(error) ?? '');

/** Whether a project lacks a table or a column that it must have. */
const lacksPart = (error: unknown): boolean => sqliteCode(error) === 'SQLITE_ERROR' && error instanceof Error && /^no such (table|column)|has no column named/.test(error.message);

/** Whether the project's own file is at fault. */
export const isProjectDamage = (error: unknown): boolean => isDamage(error) || lacksPart(error);

export const damaged = (file: string, what: string): MaskwrightError =>
  new MaskwrightError(
    'project-damaged',
    `${basename(file)} is damaged: ${what}. It is open for reading only and is left as it is; make a backup and check what is in it, or go back to an older copy.`,
    file,
  );

export const readOnlyFolder = (file: string): MaskwrightError =>
  new MaskwrightError('project-read-only', `${basename(file)} is open for reading only, because "${file}" or its folder cannot be written. To label, copy the project to a folder of your own or get the right to write there.`, file);

/** An error of SQLite about `file` as one for a person; anything else is given back as it is. */
export function explainSqlite(thrown: unknown, file: string): unknown {
  const error = firstError(thrown);
  const code = sqliteCode(error);
  if (code === null) return error;
  const name = basename(file);
  const cause = { cause: error };
  if (lacksPart(error)) return damaged(file, `it lacks a part (${(error as Error).message})`);
  if (isDamage(error)) return damaged(file, 'a part of it cannot be read');
  if (code === 'SQLITE_FULL' || (code.startsWith('SQLITE_IOERR') && isDiskFull(file))) {
    return new MaskwrightError('disk-full', `The change was not saved: the disk that holds ${name} is full. Free some space, then do it again.`, file, cause);
  }
  if (code.startsWith('SQLITE_READONLY')) return readOnlyFolder(file);
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new MaskwrightError('project-locked', `The change was not saved: another program is writing to ${name}. Close it, then do it again.`, file, cause);
  }
  if (code.startsWith('SQLITE_IOERR') || code.startsWith('SQLITE_CANTOPEN')) {
    return new MaskwrightError('io', `${name} could not be read or written (${code}). Check that its disk is connected, then try again.`, file, cause);
  }
  return error;
}

/** Some full disks show as an I/O error of the shared-memory file, not as SQLITE_FULL. */
function isDiskFull(file: string): boolean {
  try {
    const disk = statfsSync(dirname(file));
    return disk.bavail * disk.bsize < 1024 * 1024;
  } catch {
    return false;
  }
}

/** The end of damaged()'s sentence. */
export const whatIsDamaged = (error: unknown): string => `${(error instanceof MaskwrightError ? error.item : null) ?? 'a part of it'} cannot be read`;
