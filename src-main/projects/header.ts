import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { MaskwrightError, type Problem } from '../../src-shared/contract/errors.ts';
import { APPLICATION_ID, NEWEST_VERSION } from './migrations/migrate.ts';
import { damaged } from './sqlite-errors.ts';

const MAGIC = 'SQLite format 3\0';

export const projectNewer = (file: string, version: number): MaskwrightError =>
  new MaskwrightError('project-newer', `${basename(file)} was written by a newer Maskwright (format ${version}; this program knows up to ${NEWEST_VERSION}). Update Maskwright to open it; the file was not changed.`, file);

export const notAProject = (file: string): MaskwrightError =>
  new MaskwrightError('not-a-project', `${basename(file)} is no Maskwright project. Choose a .mwproj file, or a folder of images.`, file);

/** Whether edits lie in a write-ahead log beside the project. */
export const hasLog = (file: string): boolean => (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;

/**
 * The schema cookie that stands in the file itself, whatever its log says (Connection.schemaCookie). As for checkHeader, only for a
 * file that this process has not open.
 */
export const cookieInFile = (file: string): number => readHeader(file).readInt32BE(40);

/**
 * Looks at the first 100 bytes (https://www.sqlite.org/fileformat.html#the_database_header) before SQLite does, so that
 * a file that is none of ours is never opened, locked or changed. Throws 'not-a-project', 'project-newer', or
 * 'project-damaged' for a project that SQLite would not open; gives the problem of one that it can still read in part.
 *
 * Reads the file with plain calls: closing it drops this process's POSIX locks on it, so call it only for a file that
 * this process has not open.
 */
export function checkHeader(file: string): Problem | null {
  const header = readHeader(file);
  const ours = header.readUInt32BE(68) === APPLICATION_ID;
  if (header.toString('latin1', 0, 16) !== MAGIC) {
    if (!ours) throw notAProject(file);
    throw new MaskwrightError('project-damaged', `${basename(file)} cannot be opened: its beginning is damaged. The file was not changed; go back to an older copy.`, file);
  }
  if (!ours) throw notAProject(file);
  const version = header.readUInt32BE(60);
  if (version > NEWEST_VERSION) throw projectNewer(file, version);

  // With a write-ahead log the file may rightly be shorter: the missing pages are in the log.
  if (hasLog(file)) return null;
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const missing = header.readUInt32BE(28) * pageSize - statSync(file).size;
  return missing > 0 ? damaged(file, `${missing} bytes are missing at its end`).toProblem() : null;
}

function readHeader(file: string): Buffer {
  const header = Buffer.alloc(100);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, header, 0, 100, 0);
  } finally {
    closeSync(handle);
  }
  return header;
}
