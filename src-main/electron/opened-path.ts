import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * The project or folder on a command line, absolute; null when none is named or it is not there.
 * @param before how many words come before the program's own: ELECTRON APP in development, PROGRAM when packaged
 */
export function openedPath(argv: readonly string[], before: number, folder: string): string | null {
  const words = argv.slice(before);
  const given = words.find((word, i) => !word.startsWith('-') && words[i - 1] !== '--user-data-dir');
  if (given === undefined) return null;
  const path = resolve(folder, given);
  return isThere(path) ? path : null;
}

/** Also a link that leads nowhere, and what may not be looked at: opening it says what is wrong. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
