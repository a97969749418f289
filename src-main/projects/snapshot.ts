import type { ClassId, ImageId, InstanceId, RootId } from '../../src-shared/domain/schema.ts';
import { NO_EXTRAS } from '../datasets/extras.ts';
import type { Extras } from '../datasets/extras.ts';
import type { DatasetClass, DatasetFilter, DatasetInstance } from '../datasets/source.ts';
import type { ComparableSource } from '../datasets/difference/compare-datasets.ts';
import { decodeExtras } from './codec.ts';
import { Connection } from './connection.ts';
import type { ImageRecord } from './images.ts';
import { imagesOf } from './snapshots/records.ts';
import type { EncodedImage } from './snapshots/records.ts';
import { ReadAhead } from './read-ahead.ts';
import { explainSqlite } from './sqlite-errors.ts';
import { Tables } from './tables.ts';

/** How many images are read at a time. */
const PORTION = 500;
const OWN_IDS_PORTION = 20_000;
const CLASSES_PORTION = 5_000;

/** A project as it was at one moment: a connection of its own inside one read transaction. */
export class ProjectSnapshot implements ComparableSource {
  private readonly tables: Tables;
  private readonly ahead: ReadAhead;
  private readonly file: string;

  /** `opened` is the file that the store's connection reads; `file` the project that roots lie beside. */
  constructor(opened: string, file: string) {
    this.file = file;
    this.tables = new Tables(Connection.readOnly(opened), file);
    this.ahead = new ReadAhead(this.tables.instances);
    // The first read fixes the moment.
    this.tables.connection.db.exec('BEGIN; SELECT count(*) FROM meta');
  }

  /** The project's. */
  get name(): string {
    return this.read(() => this.tables.name());
  }

  classes(): DatasetClass[] {
    return this.read(() => {
      const extras = this.tables.classes.extras();
      return this.tables.classes.list().map((cls) => ({ ...cls, extras: extras.get(cls.id) ?? NO_EXTRAS }));
    });
  }

  roots(): { id: RootId; path: string }[] {
    return this.read(() => this.tables.roots.list());
  }

  *images(filter: DatasetFilter): Generator<ImageRecord> {
    // Read in portions, none of which is left open, so that the consumer may read other things in between and pause.
    for (let portion = this.portion(filter, 0); portion.length > 0; portion = this.portion(filter, portion.at(-1)?.id ?? Infinity)) yield* portion;
  }

  instances(image: ImageId): DatasetInstance[] {
    return this.read(() => this.ahead.of(image));
  }

  counts(filter: DatasetFilter): { images: number; instances: number; unlabelled: number } {
    return this.read(() => {
      const { total, done } = this.tables.images.counts();
      const byClass = filter === 'all' ? this.tables.instances.countByClass() : this.tables.instances.countByClassOfDone();
      return { images: filter === 'all' ? total : done, instances: [...byClass.values()].reduce((sum, n) => sum + n, 0), unlabelled: byClass.get(null) ?? 0 };
    });
  }

  /** How many instances of each class there are on each image, by image; images without any are left out. */
  *classesOnImages(): Generator<[ImageId, ClassId | null, number]> {
    for (let after = 0; ; ) {
      const portion = this.read(() => this.tables.instances.countByImageAndClass(after, CLASSES_PORTION));
      yield* portion.counts;
      if (portion.last === null) return;
      after = portion.last;
    }
  }

  /** What the pictures that were looked at look like (datasets/fingerprint.ts), by image. */
  *fingerprints(): Generator<{ readonly image: ImageId; readonly fingerprint: Uint8Array }> {
    for (let after = 0; ; ) {
      const portion = this.read(() => this.tables.fingerprints.after(after, CLASSES_PORTION));
      yield* portion;
      const last = portion.at(-1);
      if (last === undefined) return;
      after = last.image;
    }
  }

  *ownIds(format: string): Generator<[InstanceId, unknown]> {
    for (let after = 0; ; ) {
      const portion = this.read(() => this.tables.instances.ownIds(format, after, OWN_IDS_PORTION));
      yield* portion;
      const last = portion.at(-1);
      if (last === undefined) return;
      [after] = last;
    }
  }

  extras(): Extras {
    return this.read(() => decodeExtras(this.tables.connection.value<string>("SELECT value FROM meta WHERE key = 'extras'") ?? null, 'The data set’s own fields'));
  }

  image(id: ImageId): ImageRecord | null {
    return this.read(() => this.tables.images.after(id - 1, 1, false).find((image) => image.id === id) ?? null);
  }

  /** As a snapshot that is taken now would store them. */
  *hashes(): Generator<EncodedImage> {
    yield* imagesOf(this.tables);
  }

  close(): void {
    this.tables.connection.close();
  }

  private portion(filter: DatasetFilter, afterId: ImageId): ImageRecord[] {
    return this.read(() => this.tables.images.after(afterId, PORTION, filter === 'done'));
  }

  private read<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw explainSqlite(error, this.file);
    }
  }
}
