import { basename } from 'node:path';
import { MaskwrightError, type Problem } from '../../../src-shared/contract/errors.ts';
import { removeFileNow, renameNow } from '../../files/move-and-remove.ts';
import { quietly } from '../../quietly.ts';
import { nameBeside } from '../backup.ts';
import { Connection } from '../connection.ts';
import { hasLog } from '../header.ts';
import { ChangeNote } from './change-note.ts';

/** What a program that was killed left beside a project, compared with what must be there. */
export interface CheckedLog {
  /** What is missing in the project, or null. It must then not be written. */
  readonly missing: string | null;
  /** A log that belongs to another file was set aside. */
  readonly warning: Problem | null;
}

/**
 * To be called by whoever holds the project's lock, before SQLite sees the log: it would replay the log of another file, and
 * ends silently at a frame that is broken. Reads the project only. Throws 'io' when a log cannot be set aside.
 * @param cookie schema cookie of the project's file alone; null when it cannot be looked at
 * @param expectsLog whether the lock file says that edits lie in a log
 */
export function checkLog(file: string, cookie: number | null, expectsLog: boolean): CheckedLog {
  const note = ChangeNote.read(file);
  const log = `${basename(file)}-wal`;
  if (note === null) {
    const gone = expectsLog && !hasLog(file);
    return { missing: gone ? `its newest changes are missing, because the file ${log}, which belongs to it, is gone` : null, warning: null };
  }
  if (cookie !== null && !note.cookies.includes(cookie)) {
    const warning = hasLog(file) ? setAside(file) : null;
    ChangeNote.remove(file);
    return { missing: null, warning };
  }
  const lost = note.changes - changesIn(file);
  if (lost <= 0) return { missing: null, warning: null };
  const which = lost === 1 ? 'its newest change is missing' : `its newest ${lost.toLocaleString('en')} changes are missing`;
  return { missing: `${which}, because the file ${log}, which belongs to it, is ${hasLog(file) ? 'damaged or cut off' : 'gone'}`, warning: null };
}

function changesIn(file: string): number {
  const connection = Connection.readOnly(file);
  try {
    return connection.changes;
  } finally {
    connection.close();
  }
}

function setAside(file: string): Problem {
  const aside = `${nameBeside(file, 'log')}-wal`;
  const name = basename(file);
  try {
    renameNow(`${file}-wal`, aside);
  } catch (error) {
    throw new MaskwrightError('io', `${name} was not opened: the file ${name}-wal beside it belongs to another copy of the project and cannot be renamed. Close other programs that have it open, or move it elsewhere, then open the project again.`, file, { cause: error });
  }
  // Only an index of the log, which SQLite makes anew.
  quietly(() => removeFileNow(`${file}-shm`));
  return {
    code: 'conflict',
    message: `${name} is another copy than the one that was open when Maskwright last ended unexpectedly. Changes that had been saved beside that one, in ${name}-wal, are not part of this copy; they were kept as ${basename(aside)}.`,
    item: file,
  };
}
