import { realpath, stat } from 'node:fs/promises';
import { MaskwrightError, type Problem } from '../../src-shared/contract/errors.ts';
import { isInside } from './inside.ts';

/** What the image service must know of an image; a project's image record is one. */
export interface ImageFile {
  /** Relative to its root, with forward slashes. */
  readonly path: string;
  readonly absolutePath: string;
  /** As stored when the file was last looked at; null before. */
  readonly bytes: number | null;
  readonly mtimeMs: number | null;
  readonly contentHash: string | null;
  /** What the project notes as wrong with it. */
  readonly problem?: Problem | null;
}

export interface FoundFile {
  /** Resolved: no link is left in it. */
  readonly realPath: string;
  readonly bytes: number;
  /** Whole milliseconds. */
  readonly mtimeMs: number;
  /** The stored hash, when size and time say that it still holds; else null. */
  readonly contentHash: string | null;
}

/**
 * Finds an image's file as it lies on the disk now.
 * Throws 'image-missing', or 'no-access' when it lies outside its root after resolving links, or may not be read.
 */
export async function findFile(image: ImageFile): Promise<FoundFile> {
  // A link can have been put in the way since the folder was scanned, so what is opened is resolved each time.
  const root = image.absolutePath.slice(0, -image.path.length);
  try {
    const [realRoot, realPath] = await Promise.all([realpath(root), realpath(image.absolutePath)]);
    if (!isInside(realRoot, realPath)) throw new MaskwrightError('no-access', `“${image.path}” is a link that leads out of its folder, so it is not opened. Add the folder it leads to instead.`, image.path);
    const { size: bytes, mtimeMs: exact } = await stat(realPath);
    const mtimeMs = Math.trunc(exact);
    // The stored hash of a changed image is that of the content that was labeled.
    const unchanged = image.problem?.code !== 'image-changed' && bytes === image.bytes && image.mtimeMs !== null && mtimeMs === Math.trunc(image.mtimeMs);
    return { realPath, bytes, mtimeMs, contentHash: unchanged ? image.contentHash : null };
  } catch (error) {
    throw error instanceof MaskwrightError ? error : notFound(image, error);
  }
}

function notFound(image: ImageFile, error: unknown): MaskwrightError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return new MaskwrightError('no-access', `You have no right to read “${image.path}”. Change its permissions and open it again.`, image.path, { cause: error });
  return new MaskwrightError('image-missing', `“${image.path}” is not where it was. Put it back, or add the folder that it is in now; its labels are kept.`, image.path, { cause: error });
}
