import { NameIndex, nameOf } from './name-index.ts';
import type { Match } from './name-index.ts';

/** An image of a project, as an import looks for it. */
export interface ProjectImage {
  readonly id: number;
  /** Relative to its root, with forward slashes. */
  readonly path: string;
  readonly absolutePath: string;
  readonly bytes: number | null;
  readonly contentHash: string | null;
  /** EXIF orientation, 1–8. */
  readonly orientation: number | null;
  readonly width: number | null;
  readonly height: number | null;
}

/** Finds the image of a project that a dataset means. */
export class ImageMatcher {
  readonly #byFile = new Map<string, ProjectImage>();
  readonly #byName = new Map<string, ProjectImage[]>();
  readonly #byHash = new Map<string, ProjectImage>();
  readonly #sizes = new Set<number>();
  readonly #similar = new NameIndex<ProjectImage>();

  constructor(images: Iterable<ProjectImage>) {
    for (const image of images) {
      this.#byFile.set(image.absolutePath, image);
      const name = comparable(nameOf(image.path));
      const same = this.#byName.get(name);
      if (same === undefined) this.#byName.set(name, [image]);
      else same.push(image);
      if (image.contentHash !== null) this.#byHash.set(image.contentHash, image);
      if (image.bytes !== null) this.#sizes.add(image.bytes);
      this.#similar.add({ path: image.absolutePath.replaceAll('\\', '/'), item: image, tier: 0 });
    }
  }

  /** The image whose file (absolute path) this is. */
  byFile(file: string): ProjectImage | null {
    return this.#byFile.get(file) ?? null;
  }

  /** The one image with the path that the dataset gives, else the one that has it as the end of its own. */
  byPath(path: string): ProjectImage | null {
    const wanted = comparable(path);
    const named = this.#byName.get(comparable(nameOf(wanted))) ?? [];
    return only(named.filter((image) => comparable(image.path) === wanted)) ?? (wanted.includes('/') ? only(named.filter((image) => comparable(image.path).endsWith(`/${wanted}`))) : null);
  }

  /** The one image whose path is nearest to the one that the dataset gives. */
  similar(path: string): Match<ProjectImage> | null {
    return this.#similar.find(path);
  }

  /** Whether some image has as many bytes: only then is it worth the reading to hash a file. */
  mayHold(bytes: number): boolean {
    return this.#sizes.has(bytes);
  }

  byContent(hash: string): ProjectImage | null {
    return this.#byHash.get(hash) ?? null;
  }
}

/** macOS spells names decomposed where other systems do not. */
const comparable = (path: string): string => path.normalize('NFC').replaceAll('\\', '/').replace(/^(\.\/)+/, '');
const only = (images: readonly ProjectImage[]): ProjectImage | null => (images.length === 1 ? (images[0] ?? null) : null);
