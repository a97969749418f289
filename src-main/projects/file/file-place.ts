import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A file or folder itself, whatever it is called: device and inode (on Windows volume and file index). Null when nothing is there. */
export function identityOf(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}

/** 'away': the folder itself is no longer there; 'replaced': another file has the name. */
export type Place = 'here' | 'gone' | 'replaced' | 'away';

/** Where the file of an open project is now. SQLite goes on writing to a file that was renamed or deleted and does not say so. */
export class FilePlace {
  readonly #file: string;
  readonly #identity: string | null;
  readonly #folder: string | null;

  /** @param file real path of the project, which has just been opened */
  constructor(file: string) {
    this.#file = file;
    this.#identity = identityOf(file);
    this.#folder = identityOf(dirname(file));
  }

  /** Some microseconds: to be asked before each change. A disk that does not answer is left to SQLite to report. */
  look(): Place {
    try {
      const now = identityOf(this.#file);
      if (now === this.#identity) return 'here';
      // Some network disks number their files anew each time.
      if (now !== identityOf(this.#file)) return 'here';
      if (identityOf(dirname(this.#file)) !== this.#folder) return 'away';
      return now === null ? 'gone' : 'replaced';
    } catch {
      return 'here';
    }
  }

  /** The project under another name in its folder, or in its folder under another name; null when it is not found there. */
  find(): string | null {
    const folder = dirname(this.#file);
    if (identityOf(folder) === this.#folder) return named(folder, (name) => name.endsWith('.mwproj'), this.#identity);
    const renamed = named(dirname(folder), () => true, this.#folder);
    if (renamed === null) return null;
    const file = join(renamed, basename(this.#file));
    return identityOf(file) === this.#identity ? file : null;
  }
}

function named(folder: string, mayBe: (name: string) => boolean, identity: string | null): string | null {
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (mayBe(name) && identityOf(path) === identity) return path;
    }
  } catch {
    // A folder that cannot be looked at: the project is not found there.
  }
  return null;
}
