import { MOST_SPLITS_LISTED } from '../../src-shared/contract/splits.ts';
import type { SplitCounts } from '../../src-shared/contract/splits.ts';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import type { FileFingerprint } from './fingerprints.ts';
import type { ImageRecord } from './images.ts';
import type { Tables } from './tables.ts';

/** What it needs of the project. Throws as ProjectStore does. */
interface Access {
  read<Result>(work: (tables: Tables) => Result): Result;
  note(work: (tables: Tables) => void): void;
  inTurn<T>(change: () => T | Promise<T>): Promise<T>;
}

/** The part of an open project that splits and near-duplicates use. */
export class SplitStore {
  private readonly access: Access;

  constructor(access: Access) {
    this.access = access;
  }

  /** See contract/splits.ts SplitCounts. */
  counts(): SplitCounts {
    return this.access.read(({ images }) => images.countBySplit(MOST_SPLITS_LISTED));
  }

  /** Ids of all images, ascending. */
  allImageIds(): Uint32Array {
    return this.access.read(({ images }) => images.ids({ name: '', status: 'all' })).sort();
  }

  imageRecord(id: ImageId): ImageRecord {
    return this.access.read(({ images }) => images.record(id));
  }

  /** Which file the fingerprint of an image's picture was made of; null where there is none. */
  fingerprintFile(image: ImageId): { readonly bytes: number; readonly mtimeMs: number } | null {
    return this.access.read(({ fingerprints }) => fingerprints.fileOf(image));
  }

  /** Keeps fingerprints, and drops those of images that cannot be read any more, in turn with other changes. */
  setFingerprints(made: readonly FileFingerprint[], gone: readonly ImageId[]): Promise<void> {
    return this.access.inTurn(() => this.access.note(({ fingerprints }) => {
      for (const one of made) fingerprints.put(one);
      for (const image of gone) fingerprints.drop(image);
    }));
  }
}
