import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The project or folder on a command line, as a path or, as Linux desktops hand files over (Desktop Entry Specification, %U), as a
 * file's address; absolute; null when none is named or it is not there.
 * @param before how many words come before the program's own: ELECTRON APP in development, PROGRAM when packaged
 */
export function openedPath(argv: readonly string[], before: number, folder: string): string | null {
  const words = argv.slice(before);
  const given = words.find((word, i) => !word.startsWith('-') && words[i - 1] !== '--user-data-dir');
  if (given === undefined) return null;
  const path = given.startsWith('file://') ? pathOf(given) : resolve(folder, given);
  return path !== null && isThere(path) ? path : null;
}

/**
 * Null for the address of another machine, or none at all. Windows would make a network path of one and send the person's
 * credentials there as soon as it is looked at.
 */
function pathOf(address: string): string | null {
  try {
    const { host, pathname } = new URL(address);
    if (host !== '' || pathname.startsWith('//')) return null;
    return fileURLToPath(address);
  } catch {
    return null;
  }
}

/** Also a link that leads nowhere, and what may not be looked at: opening it says what is wrong. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
