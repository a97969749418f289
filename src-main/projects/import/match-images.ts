import { basename } from 'node:path';

/** An image of a project, as an import looks for it. */
export interface ProjectImage {
  readonly id: number;
  /** Relative to its root, with forward slashes. */
  readonly path: string;
  readonly absolutePath: string;
  readonly bytes: number | null;
  readonly contentHash: string | null;
  readonly width: number | null;
  readonly height: number | null;
}

/**
 * Finds the image that a data set means: the very file; else the same relative path; else a path of which one is the end
 * of the other; else the same file name; else the same content. The last four count only when exactly one image fits, and
 * the bare file name only when the data set uses it once.
 */
export class ImageMatcher {
  readonly #byFile = new Map<string, ProjectImage>();
  readonly #byName = new Map<string, ProjectImage[]>();
  readonly #byHash = new Map<string, ProjectImage>();
  readonly #sizes = new Set<number>();
  readonly #namesInDataset = new Map<string, number>();

  constructor(images: Iterable<ProjectImage>, datasetPaths: Iterable<string>) {
    for (const image of images) {
      this.#byFile.set(image.absolutePath, image);
      const name = nameOf(image.path);
      const same = this.#byName.get(name);
      if (same === undefined) this.#byName.set(name, [image]);
      else same.push(image);
      if (image.contentHash !== null) this.#byHash.set(image.contentHash, image);
      if (image.bytes !== null) this.#sizes.add(image.bytes);
    }
    for (const path of datasetPaths) this.#namesInDataset.set(nameOf(path), 1 + (this.#namesInDataset.get(nameOf(path)) ?? 0));
  }

  /** @param path as the data set has it, with forward slashes. */
  byPath(path: string, file: string | null): ProjectImage | null {
    const exact = file === null ? undefined : this.#byFile.get(file);
    if (exact !== undefined) return exact;
    const named = this.#byName.get(nameOf(path)) ?? [];
    const wanted = comparable(path);
    return (
      only(named.filter((image) => comparable(image.path) === wanted)) ??
      only(named.filter((image) => wanted.endsWith(`/${comparable(image.path)}`) || comparable(image.path).endsWith(`/${wanted}`))) ??
      (this.#namesInDataset.get(nameOf(path)) === 1 ? only(named) : null)
    );
  }

  /** Whether some image has as many bytes: only then is it worth the reading to hash a file. */
  mayHold(bytes: number): boolean {
    return this.#sizes.has(bytes);
  }

  byContent(hash: string): ProjectImage | null {
    return this.#byHash.get(hash) ?? null;
  }
}

const nameOf = (path: string): string => comparable(basename(path));
/** macOS spells names decomposed where other systems do not. */
const comparable = (path: string): string => path.normalize('NFC').replace(/^(\.\/)+/, '');
const only = (images: readonly ProjectImage[]): ProjectImage | null => (images.length === 1 ? (images[0] ?? null) : null);
