import { posix } from 'node:path';
import { withoutExtension } from '../../safe-names.ts';
import { layoutOf } from '../parts/layout.ts';

/** Finds the label file of each image among those of a dataset. */
export class YoloLabels {
  readonly #files: ReadonlySet<string>;
  readonly #byKey = new Map<string, string[]>();
  readonly #byName = new Map<string, string[]>();
  readonly #images = new Map<string, number>();
  readonly #used = new Set<string>();
  /** Folders of label files that lie where Ultralytics would not look, with how many were found there. */
  readonly elsewhere = new Map<string, number>();

  /** @param files text files, @param images images, relative to the dataset's folder with forward slashes */
  constructor(files: readonly string[], images: readonly string[]) {
    this.#files = new Set(files);
    for (const file of files) {
      push(this.#byKey, layoutOf(file).key, file);
      push(this.#byName, stemOf(file), file);
    }
    for (const image of images) this.#images.set(stemOf(image), 1 + (this.#images.get(stemOf(image)) ?? 0));
  }

  /** Where Ultralytics looks, else beside the image, else under the same path in folders of other names, else the only file of the only image of a name. */
  of(image: string): string | null {
    for (const path of [labelPath(image), `${withoutExtension(image)}.txt`]) {
      if (this.#files.has(path)) return this.#take(path);
    }
    const near = (this.#byKey.get(layoutOf(image).key) ?? []).filter((file) => !this.#used.has(file));
    const named = this.#images.get(stemOf(image)) === 1 ? (this.#byName.get(stemOf(image)) ?? []) : [];
    const [found, ...more] = near.length > 0 ? near : named;
    if (found === undefined || more.length > 0) return null;
    const folder = posix.dirname(found);
    this.elsewhere.set(folder, 1 + (this.elsewhere.get(folder) ?? 0));
    return this.#take(found);
  }

  unused(): string[] {
    return [...this.#files].filter((file) => !this.#used.has(file));
  }

  #take(file: string): string {
    this.#used.add(file);
    return file;
  }
}

/** Where Ultralytics looks for the labels of an image: the last folder "images" becomes "labels". */
export function labelPath(place: string): string {
  const at = `/${place}`.lastIndexOf('/images/');
  const moved = at === -1 ? place : `${place.slice(0, at)}labels${place.slice(at + 'images'.length)}`;
  return `${withoutExtension(moved)}.txt`;
}

const stemOf = (path: string): string => withoutExtension(posix.basename(path)).normalize('NFC');

function push(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
