import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Connection } from './connection.ts';
import { sqliteCode } from './sqlite-errors.ts';

/** A free name for a copy beside the project: NAME.backup-YYYYMMDD-HHMMSS.mwproj (local time). */
export function backupName(file: string): string {
  const stem = join(dirname(file), `${basename(file, '.mwproj')}.backup-${stamp(new Date())}`);
  let copy = `${stem}.mwproj`;
  for (let n = 2; existsSync(copy); n++) copy = `${stem}-${n}.mwproj`;
  return copy;
}

/**
 * Copies a project, page by page as it is, damage included, to a file beside it (backupName).
 * Works in small turns of the event loop. Gives the copy's path; throws 'no-access' when the folder cannot be written, and SQLite's errors.
 */
export async function backupBeside(connection: Connection, file: string): Promise<string> {
  const copy = backupName(file);
  try {
    await connection.db.backup(copy);
    return copy;
  } catch (error) {
    await rm(copy, { force: true });
    if (/^SQLITE_(CANTOPEN|READONLY)/.test(sqliteCode(error) ?? '')) {
      throw new MaskwrightError('no-access', `No backup was made: the folder "${dirname(file)}" cannot be written. Copy the project to a folder of your own with your file manager.`, file, { cause: error });
    }
    throw error;
  }
}

const two = (n: number): string => String(n).padStart(2, '0');

const stamp = (time: Date): string =>
  `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
