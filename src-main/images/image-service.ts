import type { ProjectHandle } from '../../src-shared/contract/types.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import type { Corners } from '../../src-shared/sam/automatic/corners.ts';
import type { Fit } from '../../src-shared/sam/preprocess.ts';
import { ByteLru } from '../core/byte-lru.ts';
import { EncodedPicture, ModelInput } from '../engines/images-api.ts';
import { PRIORITY, askAbout } from './engine-requests.ts';
import type { ImagesEngine } from './engine-requests.ts';
import { findFile } from './image-file.ts';
import type { FoundFile, ImageFile } from './image-file.ts';
import { SharedRequests } from './shared-requests.ts';

/** Where pictures that cost much to make are kept between runs. */
export interface PictureCache {
  get(name: string): Promise<Uint8Array | null>;
  put(name: string, bytes: Uint8Array): Promise<void>;
}

export interface ImageServiceOptions {
  readonly engine: ImagesEngine;
  /** Throws 'no-such-image' or 'project-closed'. */
  readonly lookup: (project: ProjectHandle, image: ImageId) => ImageFile;
  /** Null: nothing is kept on the disk. */
  readonly diskCache: PictureCache | null;
  /** The disk cache could not be written; work goes on without it. */
  readonly onCacheError?: (error: unknown) => void;
}

/** Bases of the images walked through last; with the engine's own cache this makes switching back immediate. */
const BASE_CACHE_BYTES = 96 * 1024 * 1024;
/** From this file size on, decoding takes long enough that a base is worth keeping on the disk. */
const LARGE_FILE_BYTES = 4 * 1024 * 1024;
/** Changes when pictures are made differently, so that old ones on the disk are not shown. */
const CACHE_VERSION = 2;

/** Pictures of a project's images for the page, and their pixels for SAM. Everything is made by the images engine. */
export class ImageService {
  readonly #options: ImageServiceOptions;
  readonly #shared = new SharedRequests();
  readonly #bases = new ByteLru<EncodedPicture>(BASE_CACHE_BYTES);

  constructor(options: ImageServiceOptions) {
    this.#options = options;
  }

  /** At most 160 pixels a side, upright. Throws MaskwrightError with the code of what is wrong with the file. */
  async thumbnail(project: ProjectHandle, image: ImageId, signal?: AbortSignal): Promise<EncodedPicture> {
    const file = await findFile(this.#options.lookup(project, image));
    return this.#picture('thumbnail', { path: file.realPath }, file, diskName('thumbnail', file), PRIORITY.thumbnail, signal);
  }

  /** The whole image at its pyramid's base level (domain/pyramid.ts). Throws as `thumbnail`. */
  async base(project: ProjectHandle, image: ImageId, signal?: AbortSignal): Promise<EncodedPicture> {
    const file = await findFile(this.#options.lookup(project, image));
    const kept = this.#bases.get(stateOf(file));
    if (kept !== undefined) return kept;
    const onDisk = file.bytes >= LARGE_FILE_BYTES ? diskName('base', file) : null;
    const picture = await this.#picture('base', { path: file.realPath }, file, onDisk, PRIORITY.looking, signal);
    this.#bases.set(stateOf(file), picture, picture.bytes.length);
    return picture;
  }

  /** One tile of a level finer than the base. Throws as `thumbnail`, and 'not-found' outside the pyramid. */
  async tile(project: ProjectHandle, image: ImageId, level: number, column: number, row: number, signal?: AbortSignal): Promise<EncodedPicture> {
    const file = await findFile(this.#options.lookup(project, image));
    return this.#picture('tile', { path: file.realPath, level, column, row }, file, null, PRIORITY.looking, signal);
  }

  /** An image, or a crop of it in its pixels, resized for a model whose input frame has this side, with the hash of its pixels. Throws as `thumbnail`. */
  async modelInput(image: ImageFile, frame: number, signal?: AbortSignal, crop: Corners | null = null, fit: Fit = 'pad'): Promise<ModelInput> {
    const file = await findFile(image);
    const params = { path: file.realPath, frame, crop, fit };
    return this.#shared.run(`modelInput\n${frame}\n${fit}\n${JSON.stringify(crop)}\n${stateOf(file)}`, PRIORITY.model, signal, async (stop) =>
      ModelInput.parse(await askAbout(this.#options.engine, 'modelInput', params, { priority: PRIORITY.model, signal: stop })));
  }

  #picture(method: 'thumbnail' | 'base' | 'tile', params: { readonly path: string; readonly [key: string]: unknown }, file: FoundFile, onDisk: string | null, priority: number, signal: AbortSignal | undefined): Promise<EncodedPicture> {
    const key = `${method}\n${JSON.stringify(params)}\n${stateOf(file)}`;
    return this.#shared.run(key, priority, signal, async (stop) => {
      const kept = onDisk === null ? null : await this.#fromDisk(onDisk);
      if (kept !== null) return kept;
      const picture = EncodedPicture.parse(await askAbout(this.#options.engine, method, params, { priority, signal: stop }));
      if (onDisk !== null) void this.#toDisk(onDisk, picture);
      return picture;
    });
  }

  async #fromDisk(name: string): Promise<EncodedPicture | null> {
    const bytes = await this.#options.diskCache?.get(name);
    return bytes ? { type: typeOf(bytes), bytes } : null;
  }

  async #toDisk(name: string, picture: EncodedPicture): Promise<void> {
    try {
      await this.#options.diskCache?.put(name, picture.bytes);
    } catch (error) {
      this.#options.onCacheError?.(error);
    }
  }
}

/** A file's state on the disk: what was made of it holds as long as this stays the same. */
const stateOf = (file: FoundFile): string => `${file.bytes} ${file.mtimeMs} ${file.realPath}`;

/** By content, so that it survives renaming and holds for copies; null while the content's hash is not known. */
const diskName = (kind: string, { contentHash }: FoundFile): string | null => (contentHash === null ? null : `${kind}-${CACHE_VERSION}-${contentHash}`);

/** By the first byte of the three formats that the engine writes. */
function typeOf(bytes: Uint8Array): EncodedPicture['type'] {
  if (bytes[0] === 0xff) return 'image/jpeg';
  return bytes[0] === 0x89 ? 'image/png' : 'image/webp';
}
