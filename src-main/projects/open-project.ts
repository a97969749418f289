import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname } from 'node:path';
import { MaskwrightError, toProblem, type Problem } from '../../src-shared/contract/errors.ts';
import { diskTrouble } from '../files/disk-trouble.ts';
import { mayWrite } from '../files/may-write.ts';
import { clearParts, copyContent, nameBeside } from './backup.ts';
import { ChangeNote } from './file/change-note.ts';
import { checkLog } from './file/check-log.ts';
import { isInUse } from './file/in-use.ts';
import { WriteSession } from './file/write-session.ts';
import { Connection } from './connection.ts';
import { checkHeader, cookieInFile, notAProject, projectNewer } from './header.ts';
import { lockFile, ProjectLock, type Holder } from './lock.ts';
import { APPLICATION_ID, migrate, NEWEST_VERSION, TABLES } from './migrations/migrate.ts';
import { damaged, explainSqlite, isDamage, isProjectDamage, readOnlyFolder, sqliteCode } from './sqlite-errors.ts';
import { Tables } from './tables.ts';

export interface OpenOptions {
  /** Called once when the file turns out to be damaged while it is open; the store is read-only from then on. */
  readonly onReadOnly?: (problem: Problem) => void;
  /** Called with all warnings when there is another one. */
  readonly onWarnings?: (warnings: readonly Problem[]) => void;
  /** Called when work goes on in another file than the one that was opened (see file/move-on.ts). */
  readonly onMoved?: () => void;
}

export interface OpenedProject {
  /** Real path of the file. */
  readonly file: string;
  readonly tables: Tables;
  /** While it is writable, else null. */
  readonly session: WriteSession | null;
  readonly readOnly: Problem | null;
  /** What a person should know of a project that can be used. */
  readonly warnings: readonly Problem[];
}

/** Project files that this process has open, by real path: their bytes must not be read with plain calls (header.ts). */
const openHere = new Map<string, number>();

export function noteClosed(file: string): void {
  const left = (openHere.get(file) ?? 1) - 1;
  if (left === 0) openHere.delete(file);
  else openHere.set(file, left);
}

/**
 * Opens a project for writing where that can be done, else for reading only with the reason as a Problem.
 * Throws 'not-found', 'no-access', 'not-a-project', 'project-newer', or 'project-damaged' when nothing of it can be read.
 */
export function openProjectFile(path: string): OpenedProject {
  const file = realProjectPath(path);
  try {
    const opened = open(file);
    openHere.set(file, (openHere.get(file) ?? 0) + 1);
    return opened;
  } catch (error) {
    throw explainSqlite(error, file);
  }
}

function open(file: string): OpenedProject {
  const truncated = openHere.has(file) ? null : checkHeader(file);
  if (truncated !== null) return openReadOnly(file, truncated);
  if (!canWrite(file)) return openReadOnly(file, readOnlyFolder(file).toProblem());

  // Somebody who is changing the project may have lost the lock's file to a program that keeps folders alike.
  const suspicious = !existsSync(lockFile(file)) && ChangeNote.read(file) !== null;
  let lock: ProjectLock | Holder | 'unknown';
  try {
    lock = ProjectLock.take(file);
  } catch (error) {
    if (sqliteCode(error) === null && diskTrouble(error) === null) throw error;
    return openReadOnly(file, noLock(file, error));
  }
  if (!(lock instanceof ProjectLock)) return openReadOnly(file, heldBy(file, lock));
  if (suspicious && isInUse(file)) {
    lock.release();
    return openReadOnly(file, heldBy(file, 'unknown'));
  }

  try {
    const cookie = openHere.has(file) ? null : cookieInFile(file);
    const { missing, warning } = checkLog(file, cookie, lock.expectsLog);
    if (missing !== null) throw new NotForWriting('project-damaged', damaged(file, missing).message, file);
    const tables = openWritable(file);
    return { file, tables, session: new WriteSession(file, lock, cookie, tables.connection), readOnly: null, warnings: warning === null ? [] : [warning] };
  } catch (error) {
    lock.release();
    if (error instanceof NotForWriting) return openReadOnly(file, error.toProblem());
    if (isProjectDamage(error)) return openReadOnly(file, damaged(file, 'a part of it cannot be read').toProblem());
    if (sqliteCode(error)?.startsWith('SQLITE_READONLY')) return openReadOnly(file, readOnlyFolder(file).toProblem());
    throw error;
  }
}

/** A project that can be read, but must not be written. */
class NotForWriting extends MaskwrightError {}

function openWritable(file: string): Tables {
  // As long as this connection is there, closing the writable one cannot change a file that turns out to be damaged.
  const guard = Connection.readOnly(file);
  try {
    checkTriggers(guard, file);
    checkReadable(new Tables(guard, file), file);
    const connection = Connection.writable(file);
    try {
      if (Number(connection.pragma('user_version')) < NEWEST_VERSION) {
        clearParts(file);
        copyContent(connection, nameBeside(file));
        // Migrating changes the mark that a note of a killed program names; what it says was found.
        ChangeNote.remove(file);
        migrate(connection.db);
      }
      const tables = new Tables(connection, file);
      checkTables(connection, file);
      checkReadable(tables, file);
      return tables;
    } catch (error) {
      connection.close();
      throw error;
    }
  } finally {
    guard.close();
  }
}

function openReadOnly(file: string, readOnly: Problem): OpenedProject {
  const connection = Connection.readOnly(file, readOnly.code === 'project-damaged');
  try {
    const tables = new Tables(connection, file);
    checkReadable(tables, file);
    if (Number(connection.pragma('user_version')) < NEWEST_VERSION) {
      throw new MaskwrightError('project-read-only', `${basename(file)} is of an older format and must be updated before it can be shown, but it cannot be written. ${readOnly.message}`, file);
    }
    return { file, tables, session: null, readOnly, warnings: [] };
  } catch (error) {
    connection.close();
    if (isProjectDamage(error)) {
      const why = isDamage(error) ? '' : `: ${(error as Error).message}`;
      throw new MaskwrightError('project-damaged', `${basename(file)} is too damaged to be read${why}. It was not changed; go back to an older copy.`, file, { cause: error });
    }
    throw error;
  }
}

/** Maskwright makes no triggers: one that another program made would run with each edit. Throws NotForWriting. */
function checkTriggers(connection: Connection, file: string): void {
  const triggers = connection.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name LIMIT 5").map(({ name }) => `"${name}"`);
  if (triggers.length === 0) return;
  throw new NotForWriting('project-read-only', `${basename(file)} is open for reading only, because another program has put triggers into it (${triggers.join(', ')}), which would run with every edit. Remove them with that program, or export the labels and import them into a new project.`, file);
}

/** Throws NotForWriting when tables are missing of which reading the project may not need any. */
function checkTables(connection: Connection, file: string): void {
  const present = new Set(connection.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'").map(({ name }) => name));
  const missing = TABLES.filter((name) => !present.has(name));
  if (missing.length > 0) throw new NotForWriting('project-damaged', damaged(file, `it lacks ${missing.length === 1 ? 'its table' : 'its tables'} ${missing.join(', ')}`).message, file);
}

/** Touches the first pages of what every project has; cheap however large the project is. */
function checkReadable({ connection, roots, classes, journal }: Tables, file: string): void {
  if (connection.pragma('application_id') !== APPLICATION_ID) throw notAProject(file);
  const version = Number(connection.pragma('user_version'));
  if (version > NEWEST_VERSION) throw projectNewer(file, version);
  if (version < NEWEST_VERSION) return;
  roots.list();
  classes.list();
  journal.state();
  connection.get('SELECT id FROM images ORDER BY id LIMIT 1');
  connection.get('SELECT instance FROM shapes ORDER BY instance LIMIT 1');
}

/** The file's real path, whatever name it is reached by. Throws as openProjectFile does. */
export function realProjectPath(path: string): string {
  let real: string;
  try {
    real = realpathSync.native(path);
    accessSync(real, constants.R_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new MaskwrightError('not-found', `There is no project "${path}". Check the name, or whether its disk is connected.`, path, { cause: error });
    throw new MaskwrightError('no-access', `The project "${path}" cannot be read (${code ?? 'unknown reason'}). Get the right to read it, or choose another one.`, path, { cause: error });
  }
  if (!statSync(real).isFile()) throw notAProject(real);
  return real;
}

/** The file is only asked about: what more there is in its way, SQLite meets. */
function canWrite(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
  } catch {
    return false;
  }
  return mayWrite(dirname(file));
}

function noLock(file: string, error: unknown): Problem {
  const problem = toProblem(explainSqlite(error, file));
  if (problem.code === 'disk-full') {
    return { ...problem, message: `${basename(file)} is open for reading only, because its disk is full. Free some space and open it again.` };
  }
  return readOnlyFolder(file).toProblem();
}

export function heldBy(file: string, holder: Holder | 'unknown'): Problem {
  const who =
    holder === 'unknown' ? 'another program'
    : holder.host !== hostname() ? `Maskwright on the computer "${holder.host}" (process ${holder.pid})`
    : holder.pid === process.pid ? 'this same program, in another window'
    : `another Maskwright (process ${holder.pid})`;
  return { code: 'project-locked', message: `${basename(file)} is open for reading only, because ${who} has it open. Close it there, then open it here again.`, item: file };
}
