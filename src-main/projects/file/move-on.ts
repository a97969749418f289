import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Problem } from '../../../src-shared/contract/errors.ts';
import { renameNow } from '../../files/move-and-remove.ts';
import { quietly } from '../../quietly.ts';
import { copyContent, nameBeside } from '../backup.ts';
import { Connection } from '../connection.ts';
import type { Place } from './file-place.ts';
import type { WriteSession } from './write-session.ts';

export interface MovedOn {
  /** The project to open from now on; null: the connection goes on. */
  readonly file: string | null;
  readonly warning: Problem;
}

/**
 * Finds or makes the file in which work on an open project goes on when its own was renamed, moved, deleted or replaced, with
 * all changes in it; then the connection is closed. A file of another is never written to. When the folder was moved to where it
 * is not found, the connection goes on: what SQLite writes goes there with it. Throws SQLite's errors; nothing has changed then.
 */
export function moveOn(file: string, place: Exclude<Place, 'here'>, session: WriteSession, connection: Connection): MovedOn {
  // Into the file itself, wherever it is: by its new name nobody finds the log.
  let complete = false;
  quietly(() => (complete = connection.emptyLog()));
  const found = session.place.find();
  if (found !== null && complete) {
    leave(session, connection);
    return { file: found, warning: warning(found, `${basename(file)} was renamed to ${found} while it was open. All changes are in it, and work goes on there.`) };
  }
  if (place === 'away') return { file: null, warning: warning(file, `The folder of ${basename(file)} was moved or renamed while the project was open. Changes go on being saved in the project’s file, wherever it is now. Close the project and open it there.`) };
  const copy = nameBeside(file, 'kept');
  copyContent(connection, copy);
  leave(session, connection);
  if (place === 'gone' && !existsSync(file)) {
    try {
      renameNow(copy, file);
      return { file, warning: warning(file, `${basename(file)} was moved or deleted while it was open. It was written again in its place with all changes, and work goes on there. If you moved it, the moved file lacks the newest changes.`) };
    } catch {
      // It has all changes under its other name, too.
    }
  }
  return { file: copy, warning: replaced(file, copy) };
}

/**
 * Closes a project wherever its file is now. What was written is brought into the file, unless that is damaged (`sound` is
 * false) and left as it is. Returns a warning when another file had taken its place and the changes were kept beside it.
 */
export function closeSession(file: string, session: WriteSession | null, connection: Connection, sound: boolean): Problem | null {
  const place = sound ? (session?.place.look() ?? 'here') : 'here';
  if (place === 'here' && sound && session?.isOverwritten === true) {
    closeUnwritten(file, connection);
    session.end(false);
    return null;
  }
  if (session === null || place === 'here') {
    let done = false;
    if (sound) quietly(() => (done = connection.checkpoint()));
    connection.close();
    session?.end(done);
    return null;
  }
  try {
    quietly(() => connection.emptyLog());
    // Whoever deletes or moves a project means to; whoever replaces it may not know of the changes.
    if (place !== 'replaced' || !session.hasChanges || session.place.find() !== null) return null;
    const copy = nameBeside(file, 'kept');
    copyContent(connection, copy);
    return replaced(file, copy);
  } finally {
    leave(session, connection);
  }
}

/** Closing the last connection would write the log over the newcomer; while another one reads, it does not. */
function closeUnwritten(file: string, connection: Connection): void {
  quietly(() => {
    const reading = Connection.readOnly(file, true);
    connection.close();
    reading.close();
  });
}

function leave(session: WriteSession, connection: Connection): void {
  quietly(() => connection.close());
  session.leave();
}

const replaced = (file: string, copy: string): Problem => warning(copy, `${basename(file)} was replaced by another file while it was open. That file was not touched. Your project, with all changes, is now in ${basename(copy)} beside it.`);

const warning = (item: string, message: string): Problem => ({ code: 'conflict', message, item });
