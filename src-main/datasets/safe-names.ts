import { isSafeName } from './atomic-folder.ts';

/** Bytes of a name, of the 255 that file systems take, before its extension: the rest is for a number and an extension. */
const MOST_BYTES = 230;

/**
 * Gives files of a data set their paths: each wanted path as it is where every system takes it, else with what none takes
 * replaced by "_"; and a number behind it where another file has that path already, or one that differs only by case or by
 * how its accents are spelled. The same wishes in the same order give the same paths.
 */
export class SafeNames {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  /** Where counting goes on for a wish that was made before. */
  readonly #numbers = new Map<string, number>();

  /** @param wanted relative, with forward slashes, without the extension, such as "sub/a" */
  take(wanted: string, extension: string): string {
    const parts = wanted.split('/').filter((part) => part !== '' && part !== '.').map(safePart);
    const name = parts.pop() ?? '_';
    const folder = this.#folder(parts);
    const stem = folder === '' ? name : `${folder}/${name}`;
    for (let n = this.#numbers.get(keyOf(stem)) ?? 1; ; n++) {
      // "con" is no name, and neither is "con.png": so it is looked at with its extension.
      const path = `${n === 1 ? stem : `${stem}-${n}`}${extension}`;
      const key = keyOf(path);
      if (this.#files.has(key) || this.#folders.has(key)) continue;
      this.#numbers.set(keyOf(stem), n + 1);
      this.#files.add(key);
      return path;
    }
  }

  #folder(parts: readonly string[]): string {
    let folder = '';
    for (const part of parts) {
      let next = folder === '' ? part : `${folder}/${part}`;
      while (this.#files.has(keyOf(next))) next += '_';
      this.#folders.add(keyOf(next));
      folder = next;
    }
    return folder;
  }
}

const keyOf = (path: string): string => path.normalize('NFC').toLowerCase();

/** A file or folder name that every system takes, as near to `part` as can be. */
function safePart(part: string): string {
  let name = '';
  let bytes = 0;
  for (const character of part) {
    const kept = /[<>:"\\|?*]/.test(character) || character < ' ' || character === '\x7f' ? '_' : character;
    bytes += Buffer.byteLength(kept);
    if (bytes > MOST_BYTES) break;
    name += kept;
  }
  name = name.replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  // What is left are the names that Windows keeps for devices, and hidden ones, which readers pass over.
  return isSafeName(name) && !name.startsWith('.') ? name : `_${name}`;
}

/** A path without its last name's extension. */
export const withoutExtension = (path: string): string => path.replace(/(?<=[^/])\.[^./]*$/, '');
