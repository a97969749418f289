import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainWriting } from './datasets/atomic-file.ts';
import { isRunning } from './files/is-running.ts';
import { AT_ONCE, removeFolder } from './files/move-and-remove.ts';

/**
 * Makes a folder `PREFIX…` in `parent` for the time of some work; whoever asks for it removes it. What killed programs left there
 * under the same prefix is removed first. Throws as writing a file does. @param subject path that a refusal is about
 */
export async function temporaryFolder(parent: string, prefix: string, subject: string): Promise<string> {
  await removeAbandoned(parent, prefix);
  try {
    return ownFolder(parent, prefix);
  } catch (error) {
    throw explainWriting(error, subject);
  }
}

/** The same at once, in the system's folder for such, and with the system's errors; the next start of the program removes what was left (removeLeftovers). */
export const temporaryFolderHere = (purpose: string): string => ownFolder(tmpdir(), `${PREFIX}${purpose}-`);

/** Removes what killed programs left in the system's folder for temporary files. Never throws. */
export const removeLeftovers = (): Promise<void> => removeAbandoned(tmpdir(), PREFIX);

const PREFIX = 'maskwright-';

/** Folders may be shared between machines, on which the number of a process means another. */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

const ownFolder = (parent: string, prefix: string): string => mkdtempSync(join(parent, `${prefix}${MACHINE}-${process.pid}-`));

/** Folders of processes that run are never touched, nor what is not named like our own. */
async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [, machine, pid] = name.startsWith(prefix) ? (/(?:^|-)([0-9a-f]{8})-(\d+)-[A-Za-z0-9]{6}$/.exec(name.slice(prefix.length)) ?? []) : [];
    // One that cannot be removed is no reason not to work.
    if (machine === MACHINE && !isRunning(Number(pid))) await removeFolder(join(parent, name), AT_ONCE).catch(() => undefined);
  }
}
