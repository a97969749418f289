import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, relative } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { explainWriting } from '../../datasets/atomic-file.ts';
import { renameNow } from '../../files/move-and-remove.ts';
import { isInside } from '../../images/inside.ts';
import type { PlacedImage } from './place-images.ts';

/** Of a data set that came in an archive. All are absolute paths. */
export interface Unpacked {
  readonly archive: string;
  /** A folder that lasts as long as the import, with what was in the archive. */
  readonly content: string;
  /** What that becomes when the project has pictures of it; null for a folder beside the archive, named like it. */
  readonly target: string | null;
}

/** The images as the project gets them, and the folder that `content` has to be by then, or null when nothing in it is needed. */
export interface Kept {
  readonly images: readonly PlacedImage[];
  readonly folder: string | null;
}

/**
 * Says what becomes of an unpacked archive. Images that the project had are theirs; new ones keep the archive's folder; where only
 * their sizes are known, they are looked for beside the archive later, as they are beside any other data set's file.
 */
export function settleUnpacked(images: readonly PlacedImage[], unpacked: Unpacked): Kept {
  const { archive, content } = unpacked;
  const within = ({ at }: PlacedImage): boolean => 'root' in at && isInside(content, at.root);
  const needed = images.some((image) => within(image) && 'root' in image.at && image.at.look !== null);
  const folder = needed ? targetOf(unpacked) : null;
  const moved = (root: string): string => (folder === null ? dirname(archive) : join(folder, relative(content, root)));
  return { images: images.map((image) => ('root' in image.at && within(image) ? { ...image, at: { ...image.at, root: moved(image.at.root) } } : image)), folder };
}

/** Puts the content where it stays; the function that is returned takes that back. Throws as writing a file does. */
export function moveUnpacked(content: string, folder: string | null): () => void {
  if (folder === null) return () => undefined;
  try {
    if (existsSync(folder)) throw takenTarget(folder);
    renameNow(content, folder);
  } catch (error) {
    throw explainWriting(error, folder);
  }
  return () => renameNow(folder, content);
}

/** Where an archive is unpacked when nothing else is said: DATA.zip to DATA, or DATA-2 and so on where there is something. */
function targetOf({ archive, target }: Unpacked): string {
  if (target !== null) return target;
  const wanted = join(dirname(archive), nameOfContent(archive));
  for (let n = 1; ; n++) {
    const folder = n === 1 ? wanted : `${wanted}-${n}`;
    if (!existsSync(folder)) return folder;
  }
}

/** Of a folder with an archive's content. */
export const nameOfContent = (archive: string): string => basename(archive, extname(archive)).replace(/[. ]+$/, '') || 'archive';

export const takenTarget = (folder: string): MaskwrightError => new MaskwrightError('bad-request', `"${folder}" is there already. Name a folder to unpack to that is not there yet.`, folder);
