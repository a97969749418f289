import type { ImageId } from '../../src-shared/domain/schema.ts';
import { MaskwrightError, toProblem } from '../../src-shared/contract/errors.ts';
import { FingerprintResult } from '../engines/images-api.ts';
import type { JobContext, JobRun } from '../jobs/jobs.ts';
import type { FileFingerprint } from '../projects/fingerprints.ts';
import { PRIORITY, askAbout } from './engine-requests.ts';
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
  /** Resolves once nobody else writes to the project. */
  whenFree(): Promise<void>;
  setFingerprints(made: readonly FileFingerprint[], gone: readonly ImageId[]): void;
}

/** Pictures that are decoded at a time, and written down together. */
const AT_A_TIME = 4;
const PORTION = 64;

/**
 * The job that looks at the pictures whose fingerprints are lacking, or whose files are others than those that were looked at
 * (by size and time). Pictures that cannot be read are told and lose the fingerprint they had. Cancelled, what was done stays.
 */
export function fingerprintImages(store: FingerprintStore, engine: ImagesEngine): JobRun {
  return async (context) => {
    const { signal, progress } = context;
    const ids = store.allImageIds();
    let made = 0;
    for (let from = 0; from < ids.length; from += PORTION) {
      signal.throwIfAborted();
      const looks = await lookAtPortion(store, engine, ids.subarray(from, from + PORTION), context);
      const fresh = looks.filter((look) => 'fingerprint' in look);
      const gone = looks.flatMap((look) => ('gone' in look ? [look.gone] : []));
      await store.whenFree();
      if (fresh.length + gone.length > 0) store.setFingerprints(fresh, gone);
      made += fresh.length;
      progress(Math.min(ids.length, from + PORTION), ids.length);
    }
    return made === 0 ? 'All pictures had been looked at before.' : `${made === 1 ? '1 picture' : `${made.toLocaleString('en')} pictures`} looked at.`;
  };
}

type Look = FileFingerprint | { readonly gone: ImageId } | { readonly same: ImageId };

async function lookAtPortion(store: FingerprintStore, engine: ImagesEngine, ids: Uint32Array, context: JobContext): Promise<Look[]> {
  const looks: Look[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) looks.push(await lookAt(store, engine, id, context));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return looks;
}

async function lookAt(store: FingerprintStore, engine: ImagesEngine, image: ImageId, { signal, problem }: JobContext): Promise<Look> {
  const record = store.imageRecord(image);
  try {
    const { realPath, bytes, mtimeMs } = await findFile(record);
    const known = store.fingerprintFile(image);
    if (known !== null && known.bytes === bytes && known.mtimeMs === mtimeMs) return { same: image };
    const made = FingerprintResult.parse(await askAbout(engine, 'fingerprint', { path: realPath }, { signal, priority: PRIORITY.probe }));
    return { image, ...made };
  } catch (error) {
    if (signal.aborted || !(error instanceof MaskwrightError) || error.code === 'engine-died') throw error;
    problem(record.path, toProblem(error));
    return { gone: image };
  }
}
