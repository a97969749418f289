import { dirname, extname, join, posix } from 'node:path';
import { withoutExtension } from '../../safe-names.ts';
import { namedFile } from '../codecs/files.ts';

/** The image of a LabelMe file. */
export interface LabelmeImage {
  /** As a project names it: relative to the dataset's folder where it lies there. */
  readonly path: string;
  /** Absolute; null when it was not found. */
  readonly file: string | null;
  /** How it was found: by the path that the file names, or by the file's own name because that path leads nowhere or to an image of another file. */
  readonly by: 'path' | 'own name';
}

/** A file whose image has another name than it. */
export interface Renamed {
  /** Relative to the dataset's folder, with forward slashes. */
  readonly file: string;
  readonly imagePath: string;
}

/**
 * Finds the image of each LabelMe file. `imagePath` decides; but copied, renamed and augmented files name the image they were
 * made from, so an image that has its own name's file is that file's, and the others take the one of their own name.
 */
export class LabelmeImages {
  readonly #folder: string;
  /** Images of the dataset by their path without extension. */
  readonly #byStem = new Map<string, string[]>();
  /** Images (absolute, or as named where there is none) that have a file. */
  readonly #taken = new Set<string>();

  /** @param folder absolute path of the dataset's folder @param images all images in it, relative with forward slashes */
  constructor(folder: string, images: readonly string[]) {
    this.#folder = folder;
    for (const image of images) {
      const same = this.#byStem.get(stemKey(image));
      if (same === undefined) this.#byStem.set(stemKey(image), [image]);
      else same.push(image);
    }
  }

  /** Whether a file names an image of its own name, which it then has before any other file. */
  isOwn(file: string, imagePath: string): boolean {
    return stemKey(posix.basename(file)) === stemKey(posix.basename(imagePath));
  }

  /** The image of a file that names one of its own name. Null when another file has it. */
  async own(file: string, imagePath: string): Promise<LabelmeImage | null> {
    return this.#take((await this.#named(file, imagePath)) ?? this.#ofStem(file, imagePath) ?? this.#missing(file, imagePath));
  }

  /** The images of all files that name one of another name, once the others have theirs. Null for those whose image is another file's. */
  async renamed(files: readonly Renamed[]): Promise<Map<string, LabelmeImage | null>> {
    const out = new Map<string, LabelmeImage | null>();
    let waiting = await Promise.all(files.map(async ({ file, imagePath }) => ({ file, imagePath, named: await this.#named(file, imagePath) })));
    const claims = new Map<string, number>();
    for (const { named } of waiting) if (named?.file != null) claims.set(named.file, 1 + (claims.get(named.file) ?? 0));
    for (let before = -1; before !== waiting.length; ) {
      before = waiting.length;
      waiting = waiting.filter(({ file, imagePath, named }) => {
        const isFree = named?.file != null && !this.#taken.has(named.file) && claims.get(named.file) === 1;
        const stem = isFree ? null : this.#ofStem(file, imagePath);
        if (stem?.file == null || this.#taken.has(stem.file)) return true;
        out.set(file, this.#take(stem));
        return false;
      });
    }
    for (const { file, imagePath, named } of waiting) out.set(file, this.#take(named ?? this.#missing(file, imagePath)));
    return out;
  }

  #take(image: LabelmeImage): LabelmeImage | null {
    const key = image.file ?? image.path;
    if (this.#taken.has(key)) return null;
    this.#taken.add(key);
    return image;
  }

  /** Where the path leads, from the file; or the same name beside the file, which was moved together with its image. */
  async #named(file: string, imagePath: string): Promise<LabelmeImage | null> {
    const base = join(this.#folder, dirname(file));
    const found = (await namedFile(this.#folder, base, imagePath)) ?? (await namedFile(this.#folder, base, posix.basename(imagePath)));
    return found === null ? null : { ...found, by: 'path' };
  }

  /** Among files that differ only in extension, the one with the given extension, else the first. */
  #ofStem(file: string, imagePath: string): LabelmeImage | null {
    const found = this.#byStem.get(stemKey(file)) ?? [];
    const path = found.find((image) => extname(image).toLowerCase() === extname(imagePath).toLowerCase()) ?? found[0];
    return path === undefined ? null : { path, file: join(this.#folder, ...path.split('/')), by: 'own name' };
  }

  #missing(file: string, imagePath: string): LabelmeImage {
    return { path: /^([A-Za-z]:)?\//.test(imagePath) ? imagePath : posix.normalize(posix.join(posix.dirname(file), imagePath)), file: null, by: 'path' };
  }
}

const stemKey = (path: string): string => withoutExtension(path).normalize('NFC').toLowerCase();
