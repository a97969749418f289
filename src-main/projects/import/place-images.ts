import { setImmediate as turn } from 'node:timers/promises';
import { dirname, join, relative, sep } from 'node:path';
import { MaskwrightError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { Problem } from '../../../src-shared/contract/errors.ts';
import { isInside } from '../../images/inside.ts';
import { ImageFinder, insidePath } from './image-finder.ts';
import type { FinderFolders, FoundFile } from './image-finder.ts';
import { FindReport } from './find-report.ts';
import { storedSize } from './orienting.ts';
import type { Orienting } from './orienting.ts';
import { ImageMatcher } from './match-images.ts';
import type { ProjectImage } from './match-images.ts';
import type { Way } from './name-index.ts';
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
  readonly folders: FinderFolders;
  readonly orienting: Orienting;
  readonly signal: AbortSignal;
  look(file: string): Promise<Look>;
  problem(item: string, problem: Problem): void;
  note(text: string): void;
  progress(done: number, total: number): void;
}

/**
 * Says for each image of a dataset which image of the project it is, or what a new one is. Images whose size nobody
 * knows, or is another than the dataset says, are told and left out of the staging with their instances. So is, in one
 * line each, what was not found, what was found by other than its very path, and what became one image.
 */
export async function placeImages(staging: Staging, placing: Placing): Promise<PlacedImage[]> {
  const images = staging.allImages();
  const sightings = await findAll(images, placing);
  const report = new FindReport(images.length);
  const placed: PlacedImage[] = [];
  for (const [i, image] of images.entries()) {
    if (placing.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    try {
      const sighting = sightings[i] ?? NOT_FOUND;
      const at = await place(image, sighting, placing);
      const { width, height } = at;
      if (at.turn !== null) staging.turn(image, at.turn, ...storedSize(at.turn, width, height));
      else if (image.width === null || image.height === null) staging.measure(image, width, height);
      placed.push({ n: image.n, at: at.at, split: image.split, extras: image.extras });
      report.placed(image.path, 'id' in at.at ? String(at.at.id) : join(at.at.root, at.at.path), sighting.way);
      if (sighting.kind === 'ambiguous') placing.problem(image.path, ambiguous(image.path, sighting.paths));
      else if (sighting.kind === 'none') report.notFound(image.path);
    } catch (error) {
      if (!(error instanceof MaskwrightError) || error.code === 'cancelled') throw error;
      placing.problem(image.path, toProblem(error));
      staging.drop(image.n);
    }
    placing.progress(i + 1, images.length);
    // So that a cancellation can come in.
    if (i % 1_000 === 999) await turn();
  }
  report.tell(placing);
  placing.orienting.tell(placing.note);
  return placed;
}

/** Where an image of a dataset was found, before its file was looked at. */
type Sighting =
  | { readonly kind: 'known'; readonly image: ProjectImage; readonly way: Way | null }
  | { readonly kind: 'file'; readonly file: FoundFile; readonly known: ProjectImage | null; readonly way: Way | null }
  | { readonly kind: 'ambiguous'; readonly paths: readonly string[]; readonly way: null }
  | { readonly kind: 'none'; readonly way: null };

const NOT_FOUND: Sighting = { kind: 'none', way: null };

async function findAll(images: readonly StagedImage[], placing: Placing): Promise<Sighting[]> {
  const { project, folders, signal, note } = placing;
  const matcher = new ImageMatcher(project);
  const finder = new ImageFinder(folders, signal, note);
  const sightings: Sighting[] = [];
  for (const [i, image] of images.entries()) {
    sightings.push(await find(image, matcher, finder, placing));
    if (i % 1_000 === 999) await turn();
    if (signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
  }
  return sparedFromSharing(images, sightings);
}

async function find({ path, file }: StagedImage, matcher: ImageMatcher, finder: ImageFinder, placing: Placing): Promise<Sighting> {
  const exact = finder.exact(path, file);
  const known = (exact === null ? matcher.byFile(path) : matcher.byFile(exact.file)) ?? matcher.byPath(path);
  if (known !== null) return { kind: 'known', image: known, way: null };
  const similar = matcher.similar(path);
  if (exact !== null) {
    // A file of this name lies where the dataset says: an image of the project is meant only if it is the same.
    const unread = similar?.kind === 'found' && similar.item.contentHash === null ? similar.item : null;
    return { kind: 'file', file: exact, known: await sameContent(exact, matcher, placing) ?? unread, way: null };
  }
  if (similar?.kind === 'found') return { kind: 'known', image: similar.item, way: similar.way };
  const near = await finder.similar(path);
  if (near === null) return similar === null ? NOT_FOUND : { kind: 'ambiguous', paths: similar.items.map((image) => image.path), way: null };
  if ('paths' in near) return { kind: 'ambiguous', paths: near.paths, way: null };
  return { kind: 'file', file: near, known: matcher.byFile(near.file) ?? (await sameContent(near, matcher, placing)), way: near.way };
}

async function sameContent({ file, bytes }: FoundFile, matcher: ImageMatcher, { look }: Placing): Promise<ProjectImage | null> {
  if (!matcher.mayHold(bytes)) return null;
  const found = await look(file);
  return 'problem' in found ? null : matcher.byContent(found.contentHash);
}

/** One file cannot be two images of a dataset: what was found by its very path is it, and what was found by less is ambiguous. */
function sparedFromSharing(images: readonly StagedImage[], sightings: readonly Sighting[]): Sighting[] {
  const claims = new Map<string, Set<string>>();
  const claimOf = (sighting: Sighting): string | null => (sighting.kind === 'known' ? `#${sighting.image.id}` : sighting.kind === 'file' ? (sighting.known === null ? sighting.file.file : `#${sighting.known.id}`) : null);
  sightings.forEach((sighting, i) => {
    const claim = claimOf(sighting);
    if (claim !== null) claims.set(claim, (claims.get(claim) ?? new Set()).add(images[i]?.path ?? ''));
  });
  return sightings.map((sighting) => {
    const claim = claimOf(sighting);
    if (claim === null || sighting.way === null || (claims.get(claim)?.size ?? 0) < 2) return sighting;
    const path = sighting.kind === 'file' ? sighting.file.file : sighting.kind === 'known' ? sighting.image.path : '';
    return { kind: 'ambiguous', paths: [path], way: null };
  });
}

const NAMED = 5;

function ambiguous(path: string, paths: readonly string[]): Problem {
  const shown = paths.slice(0, NAMED).map((found) => `"${found}"`).join(', ');
  const message = paths.length === 1
    ? `"${path}" was not found: only ${shown} has a similar name, but it fits other images of the dataset too. The annotations are kept on a missing image.`
    : `"${path}" was not found: its name fits ${paths.length} files (${shown}${paths.length > NAMED ? ', …' : ''}). The annotations are kept on a missing image; undo, and import again with only the image folder that is meant.`;
  return { code: 'image-missing', message, item: path };
}

interface Place {
  readonly at: PlacedImage['at'];
  /** Upright. */
  readonly width: number;
  readonly height: number;
  /** The EXIF orientation by which the labels are to be turned; null for not at all. */
  readonly turn: number | null;
}

async function place(image: StagedImage, sighting: Sighting, { folders: { dataset }, look, orienting }: Placing): Promise<Place> {
  if (sighting.kind === 'known') return onKnown(image, sighting.image, orienting);
  if (sighting.kind !== 'file') {
    if (image.width === null || image.height === null) {
      const why = sighting.kind === 'ambiguous' ? `its name fits ${sighting.paths.slice(0, NAMED).map((found) => `"${found}"`).join(', ')}` : 'the image is neither in the project nor beside the dataset';
      throw new MaskwrightError('image-missing', `"${image.path}" was left out with its annotations: ${why}, and the dataset does not give its size. Import again with the folder that holds the image.`, image.path);
    }
    return asNew({ root: dataset, path: insidePath(image.path), width: image.width, height: image.height, look: null }, null);
  }
  if (sighting.known !== null) return onKnown(image, sighting.known, orienting);
  const { file, named } = sighting.file;
  const found = await look(file);
  if ('problem' in found) throw new MaskwrightError(found.problem.code, `"${image.path}" was left out with its annotations: ${found.problem.message}`, image.path);
  const turn = orienting.turnOf(image, found);
  const root = (image.file === file ? rootOf(file, image.path, dataset) : null) ?? named ?? (isInside(dataset, file) ? dataset : dirname(file));
  return asNew({ root, path: relative(root, file).split(sep).join('/'), width: found.width, height: found.height, look: found }, turn);
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

const asNew = (image: NewImage, turn: number | null): Place => ({ at: image, width: image.width, height: image.height, turn });

function onKnown(image: StagedImage, known: ProjectImage, orienting: Orienting): Place {
  const width = known.width ?? image.width;
  const height = known.height ?? image.height;
  if (width === null || height === null) {
    throw new MaskwrightError('conflict', `"${image.path}" was left out with its annotations: the image has not been read yet, and the dataset does not give its size. Import again when it is shown in the list.`, image.path);
  }
  return { at: { id: known.id }, width, height, turn: orienting.turnOf(image, { width, height, orientation: known.orientation ?? 1 }) };
}
