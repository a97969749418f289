import { statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { isInside } from '../../images/inside.ts';
import { imagesBelow } from './image-tree.ts';
import { NameIndex } from './name-index.ts';
import type { Way } from './name-index.ts';

export interface FoundFile {
  /** Absolute path. */
  readonly file: string;
  readonly bytes: number;
  /** The folder named by the person that it was found in or below; null for any other. */
  readonly named: string | null;
  /** Null: by the very path that the dataset gives. */
  readonly way: Way | null;
}

export interface Ambiguous {
  /** The files that fit, named so that a person can tell them apart. */
  readonly paths: readonly string[];
}

export interface FinderFolders {
  /** Absolute path of the dataset's folder, or of the folder around its file. */
  readonly dataset: string;
  /** Absolute, best first, that the person named; searched with what is below them. */
  readonly named: readonly string[];
  /** Absolute, best first, that images usually lie in; only these themselves are searched. */
  readonly beside: readonly string[];
  /** Absolute; searched with what is below them. */
  readonly below: readonly string[];
}

/** Finds the files of a dataset's images on the disk: where it says, else by what their names have in common with what it says. */
export class ImageFinder {
  readonly #folders: FinderFolders;
  readonly #signal: AbortSignal;
  readonly #note: (text: string) => void;
  #index: Promise<NameIndex<{ readonly file: string; readonly named: string | null }>> | null = null;

  /** @param note told of a folder that is too large to be searched */
  constructor(folders: FinderFolders, signal: AbortSignal, note: (text: string) => void) {
    this.#folders = folders;
    this.#signal = signal;
    this.#note = note;
  }

  /**
   * The file where the dataset or its reader (`file`, absolute) says. Synchronous: hundreds of thousands of looks for what
   * is mostly not there, each a hundredth of what a promise costs.
   */
  exact(path: string, file: string | null): FoundFile | null {
    const given = file === null ? null : bytesOf(file);
    if (file !== null && given !== null) return { file, bytes: given, named: this.#namedAround(file), way: null };
    const inside = insidePath(path);
    for (const folder of [...this.#folders.named, ...this.#folders.beside]) {
      const candidate = join(folder, ...inside.split('/'));
      const bytes = bytesOf(candidate);
      if (bytes !== null) return { file: candidate, bytes, named: this.#folders.named.includes(folder) ? folder : null, way: null };
    }
    return path.includes('\\') ? this.exact(path.replaceAll('\\', '/'), null) : null;
  }

  /** The one file whose name is nearest to the one that the dataset gives. The folders are read once, at the first call. */
  async similar(path: string): Promise<FoundFile | Ambiguous | null> {
    this.#index ??= this.#read();
    const match = (await this.#index).find(pathOfUrl(path));
    if (match === null) return null;
    if (match.kind === 'ambiguous') return { paths: match.items.map(({ file }) => (isInside(this.#folders.dataset, file) ? relative(this.#folders.dataset, file) : file)) };
    const bytes = bytesOf(match.item.file);
    return bytes === null ? null : { ...match.item, bytes, way: match.way };
  }

  #namedAround(file: string): string | null {
    return this.#folders.named.find((folder) => isInside(folder, file)) ?? null;
  }

  async #read(): Promise<NameIndex<{ readonly file: string; readonly named: string | null }>> {
    const index = new NameIndex<{ readonly file: string; readonly named: string | null }>();
    const seen = new Set<string>();
    const add = async (folder: string, deep: boolean, [own, below]: readonly [number, number], named: string | null): Promise<void> => {
      let found = await imagesBelow(folder, this.#signal, { deep });
      if (found === null) {
        this.#note(`"${folder}" holds too many files to be searched as a whole: below it, images were found by their exact path only.`);
        found = (await imagesBelow(folder, this.#signal, { deep: false })) ?? [];
      }
      for (const path of found) {
        const file = join(folder, path);
        if (seen.has(file)) continue;
        seen.add(file);
        index.add({ path: file.split(sep).join('/'), item: { file, named }, tier: path.includes('/') ? below : own });
      }
    };
    for (const folder of this.#folders.named) await add(folder, true, [0, 1], folder);
    for (const folder of this.#folders.beside) await add(folder, false, [2, 2], null);
    for (const folder of this.#folders.below) await add(folder, true, [3, 3], null);
    return index;
  }
}

/** Bytes of a file, or null when there is none that can be seen. */
function bytesOf(path: string): number | null {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile() === true ? found.size : null;
  } catch {
    return null;
  }
}

/** A path that stays inside of whatever folder it is put in. */
export function insidePath(path: string): string {
  const parts = path.replace(/^[A-Za-z]:/, '').split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.join('/').replaceAll('\0', '') || 'unnamed';
}

/** The path of an address; Label Studio's local files have theirs in `?d=`. */
function pathOfUrl(path: string): string {
  const local = /\/local-files\/\?(?:.*&)?d=([^&]+)/.exec(path)?.[1];
  if (local !== undefined) return local;
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(path) ? path.replace(/^[a-z][a-z0-9+.-]+:\/\/[^/]*/i, '').replace(/[?#].*$/, '') : path;
}
