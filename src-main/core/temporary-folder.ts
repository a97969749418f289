import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { explainWriting } from '../datasets/atomic-file.ts';

/**
 * Makes a folder `PREFIX…` in `parent` for the time of some work; whoever asks for it removes it. What programs left there under
 * the same prefix that were killed is removed first. Throws as writing a file does. @param subject path that a refusal is about
 */
export async function temporaryFolder(parent: string, prefix: string, subject: string): Promise<string> {
  await removeAbandoned(parent, prefix);
  try {
    return await mkdtemp(join(parent, `${prefix}${MACHINE}-${process.pid}-`));
  } catch (error) {
    throw explainWriting(error, subject);
  }
}

/** Folders may be shared between machines, on which the number of a process means another. */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  const ours = `${prefix}${MACHINE}-`;
  for (const name of await readdir(parent).catch(() => [])) {
    const pid = name.startsWith(ours) ? /^(\d+)-[A-Za-z0-9]{6}$/.exec(name.slice(ours.length))?.[1] : undefined;
    // One that cannot be removed is no reason not to work.
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
