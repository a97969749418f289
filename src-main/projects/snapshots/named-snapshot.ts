import { dirname, join } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { SnapshotId } from '../../../src-shared/contract/snapshots.ts';
import type { ImageId, InstanceId, RootId } from '../../../src-shared/domain/schema.ts';
import { NO_EXTRAS } from '../../datasets/extras.ts';
import type { Extras } from '../../datasets/extras.ts';
import type { ComparableSource } from '../../datasets/difference/compare-datasets.ts';
import type { DatasetClass, DatasetFilter, DatasetImage, DatasetInstance } from '../../datasets/source.ts';
import { decodeExtras, decodeProvenance, decodeShape } from '../codec.ts';
import { Connection } from '../connection.ts';
import { explainSqlite } from '../sqlite-errors.ts';
import { Tables } from '../tables.ts';
import { decodeHead, decodeImage } from './records.ts';
import type { RecordedHead, RecordedImage, RecordedInstance } from './records.ts';

/** Images whose records are kept after they were read: their instances are mostly asked for next. */
const PORTION = 100;

/** A snapshot as a data set: a connection of its own inside one read transaction, so that it may be deleted meanwhile. */
export class NamedSnapshot implements ComparableSource {
  readonly #connection: Connection;
  readonly #file: string;
  readonly #id: SnapshotId;
  readonly #head: RecordedHead;
  /** The project's. */
  readonly name: string;
  readonly taken: { readonly name: string; readonly at: number };
  /** sha256 of all that it holds. */
  readonly contentHash: Uint8Array;
  #portion = new Map<ImageId, RecordedImage>();

  /**
   * `opened` is the file that the store's connection reads; `file` the project that roots lie beside.
   * Throws 'not-found' when there is no such snapshot.
   */
  constructor(opened: string, file: string, id: SnapshotId) {
    this.#file = file;
    this.#id = id;
    this.#connection = Connection.readOnly(opened);
    try {
      this.#connection.db.exec('BEGIN');
      const row = this.#connection.get<{ name: string; at_ms: number; hash: Uint8Array; bytes: Uint8Array }>('SELECT s.name, s.at_ms, s.hash, r.bytes FROM snapshots s JOIN snapshot_records r ON r.id = s.head WHERE s.id = ? AND s.complete = 1', id);
      if (row === undefined) throw noSuchSnapshot(id);
      this.#head = decodeHead(row.bytes, 'The snapshot');
      this.name = new Tables(this.#connection, file).name();
      this.taken = { name: row.name, at: row.at_ms };
      this.contentHash = row.hash;
    } catch (error) {
      this.close();
      throw explainSqlite(error, file);
    }
  }

  classes(): DatasetClass[] {
    return this.#head[1].map(([id, name, colour, key, position, extras]) => ({ id, name, colour, key, position, extras: decodeExtras(extras, `Class "${name}"`) }));
  }

  roots(): { id: RootId; path: string }[] {
    return this.#head[2].map(([id, path, beside]) => ({ id, path: beside === 1 ? join(dirname(this.#file), path) : path }));
  }

  *images(filter: DatasetFilter): Generator<DatasetImage> {
    const roots = this.#roots();
    for (let after = 0; ; ) {
      const portion = this.#records(filter, after);
      this.#portion = portion;
      for (const [id, record] of portion) {
        yield imageOf(id, record, roots);
        after = id;
      }
      if (portion.size === 0) return;
    }
  }

  instances(image: ImageId): DatasetInstance[] {
    const record = this.#portion.get(image) ?? this.#record(image);
    if (record === null) return [];
    const provenances = record[9];
    return record[10].map((instance) => instanceOf(image, instance, provenances));
  }

  counts(filter: DatasetFilter): { images: number; instances: number } {
    return this.#read(
      () => this.#connection.get<{ images: number; instances: number }>(`SELECT count(*) AS images, coalesce(sum(instances), 0) AS instances FROM snapshot_images WHERE snapshot = ? ${filter === 'done' ? 'AND done = 1' : ''}`, this.#id) ?? { images: 0, instances: 0 },
    );
  }

  /** Gathered, because the promised order is that of the instances, over all images. */
  *ownIds(format: string): Generator<[InstanceId, unknown]> {
    const found: [InstanceId, unknown][] = [];
    for (let after = 0; ; ) {
      const portion = this.#records('all', after);
      for (const [image, record] of portion) {
        after = image;
        for (const instance of record[10]) {
          const own = decodeExtras(instance[10], `Instance ${instance[0]}`).own?.[format]?.['id'];
          if (own !== undefined) found.push([instance[0], own]);
        }
      }
      if (portion.size === 0) break;
    }
    yield* found.sort(([a], [b]) => a - b);
  }

  extras(): Extras {
    return decodeExtras(this.#head[3], 'The data set’s own fields');
  }

  image(id: ImageId): DatasetImage | null {
    const record = this.#portion.get(id) ?? this.#record(id);
    return record === null ? null : imageOf(id, record, this.#roots());
  }

  *hashes(): Generator<{ image: ImageId; hash: Uint8Array }> {
    for (let after = 0; ; ) {
      const rows = this.#read(() =>
        this.#connection.all<{ image: number; hash: Uint8Array }>('SELECT i.image, r.hash FROM snapshot_images i JOIN snapshot_records r ON r.id = i.record WHERE i.snapshot = ? AND i.image > ? ORDER BY i.image LIMIT 1000', this.#id, after),
      );
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.image;
    }
  }

  /** sha256 (hex) that the file of each image's picture had; null where it was not known. */
  pictureHash(image: ImageId): string | null {
    return (this.#portion.get(image) ?? this.#record(image))?.[8] ?? null;
  }

  close(): void {
    this.#connection.close();
  }

  #roots(): Map<RootId, string> {
    return new Map(this.roots().map(({ id, path }) => [id, path]));
  }

  #records(filter: DatasetFilter, after: ImageId): Map<ImageId, RecordedImage> {
    const rows = this.#read(() =>
      this.#connection.all<{ image: number; bytes: Uint8Array }>(
        `SELECT i.image, r.bytes FROM snapshot_images i JOIN snapshot_records r ON r.id = i.record WHERE i.snapshot = ? AND i.image > ? ${filter === 'done' ? 'AND i.done = 1' : ''} ORDER BY i.image LIMIT ?`,
        this.#id, after, PORTION,
      ),
    );
    return new Map(rows.map(({ image, bytes }) => [image, decodeImage(bytes, `Image ${image} of the snapshot`)]));
  }

  #record(image: ImageId): RecordedImage | null {
    const bytes = this.#read(() => this.#connection.value<Uint8Array>('SELECT r.bytes FROM snapshot_images i JOIN snapshot_records r ON r.id = i.record WHERE i.snapshot = ? AND i.image = ?', this.#id, image));
    return bytes === undefined ? null : decodeImage(bytes, `Image ${image} of the snapshot`);
  }

  #read<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw explainSqlite(error, this.#file);
    }
  }
}

function imageOf(id: ImageId, [, root, path, width, height, status, split, extras]: RecordedImage, roots: ReadonlyMap<RootId, string>): DatasetImage {
  return { id, root, path, width, height, status, split, absolutePath: join(roots.get(root) ?? '', path), extras: decodeExtras(extras, path) };
}

/** @param provenances of the image's record */
export function instanceOf(image: ImageId, [id, cls, area, x, y, width, height, z, shape, provenance, extras]: RecordedInstance, provenances: readonly string[]): DatasetInstance {
  const name = `Instance ${id}`;
  return {
    id, image, class: cls, area, z,
    box: { x, y, width, height },
    shape: decodeShape(shape, name),
    provenance: decodeProvenance(provenances[provenance] ?? '', name),
    extras: extras === null ? NO_EXTRAS : decodeExtras(extras, name),
  };
}

export const noSuchSnapshot = (id: SnapshotId): MaskwrightError => new MaskwrightError('not-found', 'This snapshot is not there any more: it was deleted. Choose another one.', String(id));
