import type { Problem } from '../../src-shared/contract/errors.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import type { ProbeResult } from '../engines/images-api.ts';
import type { Probe } from '../projects/images.ts';
import { PRIORITY, probeFiles } from './engine-requests.ts';
import type { ImagesEngine } from './engine-requests.ts';
import { findFile } from './image-file.ts';
import type { ImageFile } from './image-file.ts';

export interface CheckedImage extends ImageFile {
  readonly id: ImageId;
  readonly problem: Problem | null;
}

/**
 * Looks whether an image's file is still the one that was labeled: by size and time, and when they differ (or the file
 * had a problem, or was never looked at) by reading it again. Null: it is as it was. Else what is there now, for the
 * project to keep: it knows the labels, so it decides whether new content is a problem ('image-changed').
 * Throws only 'cancelled' and 'engine-died'.
 */
export async function checkUnchanged(image: CheckedImage, engine: ImagesEngine, signal: AbortSignal): Promise<Probe | null> {
  let realPath: string;
  try {
    const found = await findFile(image);
    if (found.contentHash !== null && image.problem === null) return null;
    realPath = found.realPath;
  } catch (error) {
    if (error instanceof MaskwrightError) return { id: image.id, problem: error.toProblem() };
    throw error;
  }
  const [result] = await probeFiles(engine, [realPath], signal, PRIORITY.looking);
  return result === undefined ? null : toProbe(image.id, result);
}

/** A file that was read but cannot be used counts by its problem alone. */
export function toProbe(id: ImageId, { file, image, problem }: ProbeResult): Probe {
  if (file === null || image === null || problem !== null) return { id, problem: problem ?? UNREADABLE };
  const { width, height, orientation, format } = image;
  return { id, width, height, orientation, format, ...file };
}

const UNREADABLE: Problem = { code: 'image-unreadable', message: 'The picture cannot be read. Copy it again from where it came from.', item: null };
