import { closeSync, existsSync, fsyncSync, openSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { explainWriting } from '../datasets/atomic-file.ts';
import { AT_ONCE, removeFileNow, renameNow } from '../files/move-and-remove.ts';
import { quietly } from '../quietly.ts';
import type { Connection } from './connection.ts';
import { sqliteCode } from './sqlite-errors.ts';

/** A copy in the making ends in this, so that nothing takes it for a project. */
const PART = '.part';

/** A copy that has not grown for this long belongs to a program that was killed. */
const ABANDONED_MS = 10 * 60_000;

/** A free name for a copy beside the project: NAME.backup-YYYYMMDD-HHMMSS.mwproj (local time), or another word in the place of "backup". */
export function nameBeside(file: string, word = 'backup'): string {
  const stem = join(dirname(file), `${basename(file, '.mwproj')}.${word}-${stamp(new Date())}`);
  let copy = `${stem}.mwproj`;
  for (let n = 2; existsSync(copy) || existsSync(copy + PART); n++) copy = `${stem}-${n}.mwproj`;
  return copy;
}

/**
 * Copies a project, page by page as it is, damage included, to a file beside it (nameBeside), which gets its name when it is complete.
 * Works in small turns of the event loop. Returns the copy's path; throws 'no-access' when the folder cannot be written, as writing a file does, and SQLite's errors.
 */
export async function backupBeside(connection: Connection, file: string): Promise<string> {
  clearParts(file, ABANDONED_MS);
  const copy = nameBeside(file);
  try {
    await connection.db.backup(copy + PART);
    return complete(copy);
  } catch (error) {
    removePart(copy + PART);
    if (/^SQLITE_(CANTOPEN|READONLY)/.test(sqliteCode(error) ?? '')) {
      throw new MaskwrightError('no-access', `No backup was made: the folder "${dirname(file)}" cannot be written. Copy the project to a folder of your own with your file manager.`, file, { cause: error });
    }
    throw error;
  }
}

/** Copies the content of a sound project, whatever became of its file meanwhile, in one go. `copy` gets its name when it is complete. Throws SQLite's errors, and as writing a file does. */
export function copyContent(connection: Connection, copy: string): void {
  try {
    connection.run('VACUUM INTO ?', copy + PART);
    complete(copy);
  } catch (error) {
    removePart(copy + PART);
    throw error;
  }
}

/** Removes the incomplete copies of a project that have not been written to for `ms` milliseconds: killed programs leave them. */
export function clearParts(file: string, ms = 0): void {
  const folder = dirname(file);
  const begin = `${basename(file, '.mwproj')}.`;
  quietly(() => {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(begin) || !/^(backup|kept)-\d{8}-\d{6}(-\d+)?\.mwproj\.part(-journal|-wal|-shm)?$/.test(name.slice(begin.length))) continue;
      const part = join(folder, name);
      if (Date.now() - statSync(part).mtimeMs >= ms) quietly(() => removeFileNow(part, AT_ONCE));
    }
  });
}

/** Throws as writing a file does. */
function complete(copy: string): string {
  try {
    const descriptor = openSync(copy + PART, 'r+');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameNow(copy + PART, copy);
  } catch (error) {
    throw explainWriting(error, copy);
  }
  return copy;
}

function removePart(part: string): void {
  for (const rest of ['-journal', '-wal', '-shm', '']) quietly(() => removeFileNow(part + rest));
}

const two = (n: number): string => String(n).padStart(2, '0');

const stamp = (time: Date): string =>
  `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
