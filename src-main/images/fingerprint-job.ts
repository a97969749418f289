import type { ImageId } from '../../src-shared/domain/schema.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { JobContext, JobRun } from '../jobs/jobs.ts';
import type { FileFingerprint } from '../projects/fingerprints.ts';
import { fingerprintFiles } from './engine-requests.ts';
import type { ImagesEngine } from './engine-requests.ts';
import { findFile } from './image-file.ts';
import type { ImageFile } from './image-file.ts';

/** What the job needs of a project. */
export interface FingerprintStore {
  /** By id. */
  allImageIds(): Uint32Array;
  imageRecord(id: ImageId): ImageFile;
  /** Which file an image's fingerprint was made of; null where it has none. */
  fingerprintFile(id: ImageId): { readonly bytes: number; readonly mtimeMs: number } | null;
  setFingerprints(made: readonly FileFingerprint[], gone: readonly ImageId[]): Promise<void>;
}

/** Images that are looked at and written down together. */
const PORTION = 256;

/**
 * The job that looks at the images whose fingerprints are lacking, or whose files are not those that were looked at (by size
 * and time). Images that cannot be read are reported and lose the fingerprint they had. Canceled, what was done stays.
 */
export function fingerprintImages(store: FingerprintStore, engine: ImagesEngine): JobRun {
  return async (context) => {
    const { signal, progress } = context;
    const ids = store.allImageIds();
    let made = 0;
    for (let from = 0; from < ids.length; from += PORTION) {
      signal.throwIfAborted();
      const { fresh, gone } = await lookAt(store, engine, ids.subarray(from, from + PORTION), context);
      if (fresh.length + gone.length > 0) await store.setFingerprints(fresh, gone);
      made += fresh.length;
      progress(Math.min(ids.length, from + PORTION), ids.length);
    }
    return made === 0 ? 'All pictures had been looked at before.' : `${made === 1 ? '1 picture' : `${made.toLocaleString('en')} pictures`} looked at.`;
  };
}

interface Looks {
  readonly fresh: FileFingerprint[];
  readonly gone: ImageId[];
}

async function lookAt(store: FingerprintStore, engine: ImagesEngine, ids: Uint32Array, { signal, problem }: JobContext): Promise<Looks> {
  const looks: Looks = { fresh: [], gone: [] };
  const fail = (image: ImageId, path: string, why: Problem): void => {
    problem(path, why);
    looks.gone.push(image);
  };
  const found = await Promise.all([...ids].map(async (image) => {
    const record = store.imageRecord(image);
    try {
      return { image, path: record.path, file: await findFile(record) };
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      fail(image, record.path, error.toProblem());
      return null;
    }
  }));
  const changed = found.filter((one) => one !== null).filter(({ image, file }) => {
    const known = store.fingerprintFile(image);
    return known === null || known.bytes !== file.bytes || known.mtimeMs !== file.mtimeMs;
  });
  const results = await fingerprintFiles(engine, changed.map(({ file }) => file.realPath), signal);
  for (const [i, { image, path }] of changed.entries()) {
    const result = results[i];
    if (result === undefined) continue;
    if ('problem' in result) fail(image, path, result.problem);
    else looks.fresh.push({ image, ...result });
  }
  return looks;
}
