import { renameSync, rmSync, unlinkSync } from 'node:fs';
import { rename as renameOnce, rm, unlink } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Everything that the program renames or removes goes through here. Windows refuses both while any program has the file, or
 * something in the folder, open without allowing it: virus scanners, indexers and file managers do, mostly for less than a second.
 * So there it is tried again for some seconds before the error counts. All functions throw the system's errors, and InUseError.
 */

/** Milliseconds before each further attempt, about 9 s in all. */
const PATIENT: readonly number[] = [10, 20, 50, 100, 200, 500, ...Array<number>(8).fill(1_000)];

/** For what holds up the thread meanwhile: about 2 s in all. */
const BRIEF: readonly number[] = [10, 20, 50, 100, 200, 400, 600, 600];

/** For what need not be done now, or is as well left undone. */
export const AT_ONCE: readonly number[] = [];

/** What Windows answers while another program has a file open. Elsewhere the last two mean that one may not. */
const HELD_ON_WINDOWS: readonly unknown[] = ['EBUSY', 'EPERM', 'EACCES'];

/** Another program has the file, or one in the folder, open and kept it open. */
export class InUseError extends Error {
  /** The system's. */
  readonly code: string;

  constructor(code: string, cause: unknown) {
    super('it is open in another program', { cause });
    this.name = 'InUseError';
    this.code = code;
  }
}

export const rename = (from: string, to: string): Promise<void> => patiently(PATIENT, () => renameOnce(from, to));
export const renameNow = (from: string, to: string, pauses = BRIEF): void => patientlyNow(pauses, () => renameSync(from, to));

/** One that is not there is no error. */
export const removeFile = (path: string, pauses = PATIENT): Promise<void> => patiently(pauses, () => unlink(path).catch(ignoreAbsence));
export const removeFileNow = (path: string, pauses = BRIEF): void =>
  patientlyNow(pauses, () => {
    try {
      unlinkSync(path);
    } catch (error) {
      ignoreAbsence(error);
    }
  });

/** With all that is in it. One that is not there is no error. */
export const removeFolder = (path: string, pauses = PATIENT): Promise<void> => patiently(pauses, () => rm(path, { recursive: true, force: true }));
export const removeFolderNow = (path: string, pauses = BRIEF): void => patientlyNow(pauses, () => rmSync(path, { recursive: true, force: true }));

async function patiently(pauses: readonly number[], work: () => Promise<void>): Promise<void> {
  for (const ms of [...pauses, null]) {
    try {
      await work();
      return;
    } catch (error) {
      if (ms === null || !mayPass(error)) throw explained(error);
      await pause(ms);
    }
  }
}

function patientlyNow(pauses: readonly number[], work: () => void): void {
  for (const ms of [...pauses, null]) {
    try {
      work();
      return;
    } catch (error) {
      if (ms === null || !mayPass(error)) throw explained(error);
      // The thread stands still.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    }
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null);

/** Whether the same may succeed in a moment. A folder is not empty while Windows has not yet let go of what was removed from it. */
const mayPass = (error: unknown): boolean => process.platform === 'win32' && (HELD_ON_WINDOWS.includes(codeOf(error)) || codeOf(error) === 'ENOTEMPTY');

function explained(error: unknown): unknown {
  const code = codeOf(error);
  const isHeld = code === 'EBUSY' || (process.platform === 'win32' && HELD_ON_WINDOWS.includes(code));
  return isHeld ? new InUseError(String(code), error) : error;
}

function ignoreAbsence(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}
