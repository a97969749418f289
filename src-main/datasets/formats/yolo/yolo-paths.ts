import { namedFile } from '../codecs/files.ts';

interface Found {
  /** Relative to the dataset's folder, with forward slashes; and absolute. */
  readonly path: string;
  readonly file: string;
  /** Whether only the end of the name leads there. */
  readonly byEnd: boolean;
}

/**
 * Finds what a description or a list of YOLO names. It was often written on another machine (Colab, Kaggle, Windows): then the
 * longest end of the path that exists in the dataset's folder is meant.
 */
export class YoloPaths {
  readonly #folder: string;
  /** What was left away last: lists name thousands of files of one place. */
  #prefix: readonly string[] | null = null;

  /** @param folder absolute path of the dataset's folder, out of which nothing is looked for */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param bases absolute paths of folders that the name may be relative to, best first */
  async find(name: string, bases: readonly string[]): Promise<Found | null> {
    for (const base of bases) {
      const found = await namedFile(this.#folder, base, name);
      if (found !== null) return { ...found, byEnd: false };
    }
    const parts = name.replaceAll('\\', '/').replace(/^[A-Za-z]:/, '').split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
    const isElsewhere = /^([A-Za-z]:|[\\/]|\.\.)/.test(name);
    const known = this.#prefix?.every((part, i) => parts[i] === part) === true ? [this.#prefix.length] : [];
    for (const dropped of new Set([...known, ...parts.keys()])) {
      const end = parts.slice(dropped).join('/');
      if (end === '' || (dropped === 0 && !isElsewhere)) continue;
      for (const base of bases) {
        const found = await namedFile(this.#folder, base, end);
        if (found === null) continue;
        this.#prefix = parts.slice(0, dropped);
        return { ...found, byEnd: true };
      }
    }
    return null;
  }
}
