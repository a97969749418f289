import type { SnapshotId } from '../../../src-shared/contract/snapshots.ts';
import { pauses } from '../../datasets/pauses.ts';
import { foldedName } from '../../../src-shared/domain/class-names.ts';
import { Connection } from '../connection.ts';
import { DoneWork } from '../done-work.ts';
import { explainSqlite } from '../sqlite-errors.ts';
import { Tables } from '../tables.ts';
import { clearUnfinished } from './clear-unfinished.ts';
import { ContentHash, headOf, imagesOf } from './records.ts';
import type { EncodedImage, EncodedRecord } from './records.ts';
import { nameTaken } from './snapshots.ts';
import { PORTION_MS, writingBeside } from './writing-beside.ts';

export interface SnapshotToTake {
  /** The project's file; its store is in another process, and may write meanwhile. */
  readonly project: string;
  /** See writeFromOutside. */
  readonly work: string;
  readonly name: string;
  readonly note: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface SnapshotRun {
  readonly signal: AbortSignal;
  /** Images, of how many. */
  progress(done: number, total: number): void;
}

export interface TakenSnapshot {
  readonly snapshot: SnapshotId;
  readonly images: number;
  readonly instances: number;
  /** Images of which no snapshot held the same before. */
  readonly stored: number;
}

/**
 * Makes a snapshot of the project as it is at this moment, whatever is edited meanwhile. It is written in small portions, so
 * that the store can go on writing; nobody sees it before the last one, which makes it complete. What an end by force
 * leaves behind is cleared away the next time (clearUnfinished).
 * Throws 'conflict' for a name that is in use, 'cancelled', and what a project's file throws; then there is no new snapshot.
 */
export async function takeSnapshot({ project, work, name, note, at }: SnapshotToTake, run: SnapshotRun): Promise<TakenSnapshot> {
  try {
    using writer = writingBeside(project);
    const before = new DoneWork(writer.connection).find(work);
    if (before !== undefined) return before.result as TakenSnapshot;
    await clearUnfinished(writer.connection);
    try {
      return await take(writer.connection, { project, work, name, note, at }, run);
    } catch (error) {
      // On a full disk that fails, too; it is done before the next snapshot is taken.
      await clearUnfinished(writer.connection).catch(() => undefined);
      throw error;
    }
  } catch (error) {
    throw explainSqlite(error, project);
  }
}

async function take(to: Connection, { project, work, name, note, at }: SnapshotToTake, { signal, progress }: SnapshotRun): Promise<TakenSnapshot> {
  const from = Connection.readOnly(project);
  try {
    const tables = new Tables(from, project);
    // The first read fixes the moment.
    from.db.exec('BEGIN; SELECT count(*) FROM meta');
    if (from.get('SELECT 1 FROM snapshots WHERE name_key = ? AND complete = 1', foldedName(name)) !== undefined) throw nameTaken(name);
    const total = tables.images.counts().total;
    const pause = pauses(signal);
    const writing = new Writing(to, { name, note, at });
    const head = headOf(tables);
    writing.head(head);
    const content = new ContentHash(head);
    let portion: EncodedImage[] = [];
    let began = performance.now();
    for (const image of imagesOf(tables)) {
      content.image(image);
      portion.push(image);
      if (performance.now() - began < PORTION_MS) continue;
      writing.images(portion);
      progress(writing.written, total);
      portion = [];
      // Lets the store write and this process hear that the work was cancelled.
      await pause();
      began = performance.now();
    }
    writing.images(portion);
    await pause();
    return writing.complete(work, content.end());
  } finally {
    // Before the log is emptied, which can be done only as far as nobody reads an older moment.
    from.close();
  }
}

class Writing {
  readonly #to: Connection;
  readonly #id: SnapshotId;
  readonly #name: string;
  written = 0;
  #done = 0;
  #instances = 0;
  #stored = 0;

  constructor(to: Connection, { name, note, at }: { readonly name: string; readonly note: string; readonly at: number }) {
    this.#to = to;
    this.#name = name;
    this.#id = to.run('INSERT INTO snapshots (name, name_key, note, at_ms, complete) VALUES (?, ?, ?, ?, 0)', name.trim(), foldedName(name), note, at).id;
  }

  head(record: EncodedRecord): void {
    this.#to.transaction(() => this.#to.run('UPDATE snapshots SET head = ? WHERE id = ?', this.#record(record).id, this.#id));
  }

  images(images: readonly EncodedImage[]): void {
    this.#to.transaction(() => {
      for (const image of images) {
        const { id, fresh } = this.#record(image);
        if (fresh) this.#stored++;
        this.#to.run('INSERT INTO snapshot_images (snapshot, image, record, done, instances) VALUES (?, ?, ?, ?, ?)', this.#id, image.image, id, Number(image.done), image.instances);
        this.written++;
        this.#done += Number(image.done);
        this.#instances += image.instances;
      }
    });
  }

  /** Everything before it goes to the disk with it. */
  complete(work: string, hash: Uint8Array): TakenSnapshot {
    this.#to.durable = true;
    try {
      return this.#to.transaction(() => new DoneWork(this.#to).once(work, () => {
        this.#to.run('UPDATE snapshots SET complete = 1, hash = ?, images = ?, done = ?, instances = ? WHERE id = ?', hash, this.written, this.#done, this.#instances, this.#id);
        return { snapshot: this.#id, images: this.written, instances: this.#instances, stored: this.#stored };
      }));
    } catch (error) {
      // Another one was given the name meanwhile.
      if (error instanceof Error && /UNIQUE.*name_key/.test(error.message)) throw nameTaken(this.#name);
      throw error;
    }
  }

  #record({ hash, bytes }: EncodedRecord): { id: number; fresh: boolean } {
    const known = this.#to.value<number>('SELECT id FROM snapshot_records WHERE hash = ?', hash);
    return known === undefined ? { id: this.#to.run('INSERT INTO snapshot_records (hash, bytes) VALUES (?, ?)', hash, bytes).id, fresh: true } : { id: known, fresh: false };
  }
}
