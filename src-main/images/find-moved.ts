import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { ImageId, RootId } from '../../src-shared/domain/schema.ts';
import { NameIndex } from '../projects/import/name-index.ts';
import type { Probe } from '../projects/images.ts';
import { toProbe } from './check-unchanged.ts';
import { probeFiles } from './engine-requests.ts';
import type { ImagesEngine } from './engine-requests.ts';
import type { ImageFile } from './image-file.ts';

export type KnownImage = ImageFile & { readonly id: ImageId; readonly width: number | null; readonly height: number | null };

/** An image of a project whose file has been found at another place. */
export interface MovedImage {
  readonly id: ImageId;
  readonly root: RootId;
  /** Relative to it, with forward slashes. */
  readonly path: string;
  /** What the file holds. */
  readonly probe: Probe;
}

interface Missing {
  /** By size in bytes, those whose content is known. */
  readonly bySize: Map<number, KnownImage[]>;
  /** Those whose file was never there, as of a dataset that came without images. */
  readonly unseen: NameIndex<KnownImage>;
  readonly any: boolean;
}

/**
 * Finds out which of the files of a folder are images that a project misses: files with the same content, wherever they are and
 * whatever their name; and, for images whose file was never there, files of that name and size. An image whose file is
 * still where it was is never matched: then the other is a copy.
 */
export class MovedImages {
  readonly #images: () => AsyncIterable<readonly KnownImage[]>;
  readonly #engine: ImagesEngine;
  readonly #signal: AbortSignal;
  #missing: Promise<Missing> | null = null;
  readonly #moved: MovedImage[] = [];
  /** Among files not seen yet: a name may fit several. */
  readonly #claims = new Map<ImageId, MovedImage[]>();

  /** @param images all of the project, in portions */
  constructor(images: () => AsyncIterable<readonly KnownImage[]>, engine: ImagesEngine, signal: AbortSignal) {
    this.#images = images;
    this.#engine = engine;
    this.#signal = signal;
  }

  /** Takes out of the files of a folder (relative paths that the project does not have) those that are missing images. */
  async sift(root: RootId, folder: string, files: readonly string[]): Promise<string[]> {
    if (files.length === 0) return [];
    this.#missing ??= this.#find();
    const missing = await this.#missing;
    if (!missing.any) return [...files];
    const sizes = await Promise.all(files.map((file) => stat(join(folder, file)).then(({ size }) => size, () => null)));
    const likely = files.filter((file, i) => missing.bySize.has(sizes[i] ?? -1) || unseenFor(missing, file) !== null);
    const results = await probeFiles(this.#engine, likely.map((file) => join(folder, file)), this.#signal);
    const taken = new Set(likely.filter((file, i) => {
      const result = results[i];
      return result !== undefined && this.#take(missing, root, file, toProbe(0, result));
    }));
    return files.filter((file) => !taken.has(file));
  }

  /** The moved images of all folders that were sifted, and the files that are new after all because a name fitted several. */
  end(): { readonly moved: readonly MovedImage[]; readonly left: readonly { readonly root: RootId; readonly path: string }[] } {
    const left = [];
    for (const claims of this.#claims.values()) {
      const [only] = claims;
      if (only !== undefined && claims.length === 1) this.#moved.push(only);
      else left.push(...claims.map(({ root, path }) => ({ root, path })));
    }
    return { moved: this.#moved, left };
  }

  #take(missing: Missing, root: RootId, path: string, probe: Probe): boolean {
    if ('problem' in probe) return false;
    const sameSize = missing.bySize.get(probe.bytes) ?? [];
    const same = sameSize.filter(({ contentHash }) => contentHash === probe.contentHash);
    const known = same.find((image) => basename(image.path) === basename(path)) ?? same[0];
    if (known !== undefined) {
      missing.bySize.set(probe.bytes, sameSize.filter((image) => image !== known));
      this.#moved.push({ id: known.id, root, path, probe: { ...probe, id: known.id } });
      return true;
    }
    const unseen = unseenFor(missing, path);
    if (unseen === null || unseen.width !== probe.width || unseen.height !== probe.height) return false;
    this.#claims.set(unseen.id, [...(this.#claims.get(unseen.id) ?? []), { id: unseen.id, root, path, probe: { ...probe, id: unseen.id } }]);
    return true;
  }

  async #find(): Promise<Missing> {
    const bySize = new Map<number, KnownImage[]>();
    const unseen = new NameIndex<KnownImage>();
    const there = new Map<string, Promise<ReadonlySet<string>>>();
    let any = false;
    for await (const images of this.#images()) {
      for (const image of images) {
        this.#signal.throwIfAborted();
        const folder = dirname(image.absolutePath);
        // A folder is read once, however many images are in it.
        const names = there.get(folder) ?? readdir(folder).then((list) => new Set(list), () => new Set<string>());
        there.set(folder, names);
        if ((await names).has(basename(image.absolutePath))) continue;
        any = true;
        if (image.contentHash === null) unseen.add({ path: image.path, item: image, tier: 0 });
        else if (image.bytes !== null) bySize.set(image.bytes, [...(bySize.get(image.bytes) ?? []), image]);
      }
      await turn();
    }
    return { bySize, unseen, any };
  }
}

/** The image that was never there and has this very name. */
function unseenFor({ unseen }: Missing, path: string): KnownImage | null {
  const match = unseen.find(path);
  return match?.kind === 'found' && (match.way === 'name' || match.way === 'end') ? match.item : null;
}
