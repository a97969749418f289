import { statSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { MaskwrightError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { Problem } from '../../../src-shared/contract/errors.ts';
import { isInside } from '../../images/inside.ts';
import { ImageMatcher } from './match-images.ts';
import type { ProjectImage } from './match-images.ts';
import type { StagedImage, Staging } from './staging.ts';

/** What is known of a picture file after a look at it. */
export type Look =
  | { readonly width: number; readonly height: number; readonly orientation: number; readonly format: string; readonly bytes: number; readonly mtimeMs: number; readonly contentHash: string }
  | { readonly problem: Problem };

/** An image that the project does not have yet. */
export interface NewImage {
  /** Absolute path of the folder it is listed under. */
  readonly root: string;
  /** Relative to it, with forward slashes. */
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** Null for a picture that is not there: only the data set says its size. */
  readonly look: Extract<Look, { width: number }> | null;
}

export interface PlacedImage {
  readonly n: number;
  readonly at: { readonly id: number } | NewImage;
  readonly split: string | null;
  readonly extras: string | null;
}

export interface Placing {
  readonly project: readonly ProjectImage[];
  /** Absolute path of the folder that the data set is, or lies in. */
  readonly folder: string;
  /** Where pictures are looked for of which the data set says only a relative path; absolute, best first. */
  readonly pictureFolders: readonly string[];
  readonly signal: AbortSignal;
  look(file: string): Promise<Look>;
  problem(item: string, problem: Problem): void;
  progress(done: number, total: number): void;
}

/**
 * Says for each image of a data set which image of the project it is, or what a new one is. Images whose size nobody
 * knows, or is another than the data set says, are told and left out of the staging with their instances.
 */
export async function placeImages(staging: Staging, placing: Placing): Promise<PlacedImage[]> {
  const images = staging.allImages();
  const matcher = new ImageMatcher(placing.project, images.map(({ path }) => path));
  const placed: PlacedImage[] = [];
  for (const [i, image] of images.entries()) {
    if (placing.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    try {
      const at = await place(image, matcher, placing);
      const { width, height } = at;
      if (image.width === null || image.height === null) staging.measure(image, width, height);
      placed.push({ n: image.n, at: at.at, split: image.split, extras: image.extras });
    } catch (error) {
      if (!(error instanceof MaskwrightError) || error.code === 'cancelled') throw error;
      placing.problem(image.path, toProblem(error));
      staging.drop(image.n);
    }
    placing.progress(i + 1, images.length);
    // So that a cancellation can come in.
    if (i % 1_000 === 999) await turn();
  }
  return placed;
}

interface Place {
  readonly at: PlacedImage['at'];
  readonly width: number;
  readonly height: number;
}

async function place(image: StagedImage, matcher: ImageMatcher, { folder, pictureFolders, look }: Placing): Promise<Place> {
  const picture = findPicture(image, pictureFolders);
  const known = matcher.byPath(image.path, picture?.file ?? null);
  if (known !== null) return onKnown(image, known);
  if (picture === null) {
    if (image.width === null || image.height === null) {
      throw new MaskwrightError('image-missing', `"${image.path}" was left out with its annotations: the picture is neither in the project nor beside the data set, and its size is not given. Add the folder that holds it first.`, image.path);
    }
    return asNew({ root: folder, path: insidePath(image.path), width: image.width, height: image.height, look: null });
  }
  const { file, bytes } = picture;
  const found = await look(file);
  if ('problem' in found) throw new MaskwrightError(found.problem.code, `"${image.path}" was left out with its annotations: ${found.problem.message}`, image.path);
  const same = matcher.mayHold(bytes) ? matcher.byContent(found.contentHash) : null;
  if (same !== null) return onKnown(image, same);
  sameSize(image, found.width, found.height);
  const inside = relative(folder, file);
  const leadsOut = isAbsolute(inside) || inside.split(sep)[0] === '..';
  const root = leadsOut ? dirname(file) : (image.file === null ? null : rootOf(file, image.path, folder)) ?? folder;
  return asNew({ root, path: relative(root, file).split(sep).join('/'), width: found.width, height: found.height, look: found });
}

/**
 * Where a reader tells the picture's file, the data set's path is the end of it, and what comes before is the format's
 * layout (images/train, JPEGImages): kept out of the project's paths, or each export would put it before them again.
 */
function rootOf(file: string, path: string, folder: string): string | null {
  const end = join(sep, ...insidePath(path).split('/'));
  const root = file.slice(0, -end.length);
  return file.endsWith(end) && isInside(folder, root) ? root : null;
}

/** Synchronous: hundreds of thousands of looks for what is mostly not there, each a hundredth of what a promise costs. */
function findPicture({ path, file }: StagedImage, folders: readonly string[]): { file: string; bytes: number } | null {
  const candidates = file === null ? folders.map((folder) => join(folder, ...insidePath(path).split('/'))) : [file];
  for (const candidate of candidates) {
    const found = fileAt(candidate);
    if (found !== null) return { file: candidate, bytes: found };
  }
  return null;
}

/** Bytes of a file, or null when there is none that can be seen. */
function fileAt(path: string): number | null {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile() === true ? found.size : null;
  } catch {
    return null;
  }
}

const asNew = (image: NewImage): Place => ({ at: image, width: image.width, height: image.height });

function onKnown(image: StagedImage, known: ProjectImage): Place {
  const width = known.width ?? image.width;
  const height = known.height ?? image.height;
  if (width === null || height === null) {
    throw new MaskwrightError('conflict', `"${image.path}" was left out with its annotations: the picture has not been looked at yet, and its size is not given. Import again when it is shown in the list.`, image.path);
  }
  sameSize(image, width, height);
  return { at: { id: known.id }, width, height };
}

function sameSize(image: StagedImage, width: number, height: number): void {
  if (image.width === null || image.height === null || (image.width === width && image.height === height)) return;
  const turned = image.width === height && image.height === width ? ' It was probably made without regard to the picture’s orientation (EXIF).' : '';
  throw new MaskwrightError('conflict', `"${image.path}" was left out with its annotations: they are for ${image.width} × ${image.height} pixels, but the picture has ${width} × ${height}.${turned}`, image.path);
}

/** A path that stays inside of whatever folder it is put in. */
function insidePath(path: string): string {
  const parts = path.replace(/^[A-Za-z]:/, '').split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.join('/').replaceAll('\0', '') || 'unnamed';
}

