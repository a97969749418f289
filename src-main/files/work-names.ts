import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isRunning } from './is-running.ts';
import { AT_ONCE, removeFolder, rename } from './move-and-remove.ts';

/** Bytes kept of the name being written; file names have 255 bytes at most on most systems. */
const MOST_NAME_BYTES = 120;
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
/** What this process is writing right now, by absolute path. */
const active = new Set<string>();

export type WorkKind = 'tmp' | 'old';

/** Hidden names beside `path` for work in progress: `tmp` for what is being written, `old` for what it replaces. */
export class WorkNames {
  readonly tmp: string;
  readonly old: string;

  /** @param path absolute path of the file or folder that is being written */
  constructor(path: string) {
    const stem = join(dirname(path), `${prefix(path)}${HOST}-${process.pid}-${randomBytes(6).toString('hex')}`);
    this.tmp = `${stem}.tmp`;
    this.old = `${stem}.old`;
    active.add(this.tmp).add(this.old);
  }

  [Symbol.dispose](): void {
    active.delete(this.tmp);
    active.delete(this.old);
  }
}

/**
 * Cleans up beside `path` (absolute) what processes left that ended while they wrote it: what had been moved out of the way is
 * put back when nothing took its place, and half-written work is removed where it can be. Work of running processes and of other
 * machines is left alone. Throws as rename does when something cannot be put back.
 */
export async function recoverLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const names = await readdir(folder).catch((): string[] => []);
  const leftovers = names.filter((name) => isLeftover(name, prefix(path)) && !active.has(join(folder, name)));
  for (const name of leftovers.filter((name) => name.endsWith('.old'))) {
    const isReplaced = names.includes(basename(path));
    if (!isReplaced) {
      await rename(join(folder, name), path);
      names.push(basename(path));
    } else await clear(join(folder, name));
  }
  for (const name of leftovers.filter((name) => name.endsWith('.tmp'))) await clear(join(folder, name));
}

/** As recoverLeftovers, for all that is in a folder of short names. */
export async function recoverAll(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const written = new Set(names.flatMap((name) => /^\.(.+)\.[0-9a-f]{8}-[0-9]+-[0-9a-f]{12}\.(?:tmp|old)$/.exec(name)?.[1] ?? []));
  for (const name of written) await recoverLeftovers(join(folder, name));
}

/** What cannot be removed now is no reason not to work. */
const clear = (path: string): Promise<void> => removeFolder(path, AT_ONCE).catch(() => undefined);

function prefix(path: string): string {
  const name = basename(path);
  const short = Buffer.byteLength(name) <= MOST_NAME_BYTES ? name : createHash('sha256').update(name).digest('hex').slice(0, 32);
  return `.${short}.`;
}

function isLeftover(name: string, begins: string): boolean {
  if (!name.startsWith(begins)) return false;
  const [, host, pid] = /^([0-9a-f]{8})-([0-9]+)-[0-9a-f]{12}\.(?:tmp|old)$/.exec(name.slice(begins.length)) ?? [];
  return host === HOST && (Number(pid) === process.pid || !isRunning(Number(pid)));
}
