import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { SnapshotId } from '../../../src-shared/contract/snapshots.ts';
import type { ClassState, Edit, InstanceContent, InstanceFields } from '../../../src-shared/domain/edits.ts';
import { packIds } from '../../../src-shared/domain/packed-ids.ts';
import type { ClassId, ImageId, InstanceId } from '../../../src-shared/domain/schema.ts';
import { apply, purge, Touched } from '../apply.ts';
import { nameKey } from '../../../src-shared/domain/class-names.ts';
import { decodeProvenance, decodeShape } from '../codec.ts';
import { writeFromOutside } from '../step.ts';
import type { Tables } from '../tables.ts';
import { noSuchSnapshot } from './named-snapshot.ts';
import { decodeHead, decodeImage, imagesOf } from './records.ts';
import type { RecordedHead, RecordedImage, RecordedInstance } from './records.ts';

export interface Restored {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** Both shapes of each lie in the one step of the journal, which undo reads as a whole. */
const MOST_SHAPES = 50_000;

/**
 * Makes classes, instances, status and splits what they were in a snapshot: one transaction, one step of undo. Images that came
 * later stay, without instances. The project's store is in another process, and does not write meanwhile.
 * @param work see writeFromOutside
 * Throws 'not-found', 'too-large' when too many shapes have changed for one step, and what a project's file throws; then nothing changed.
 */
export const restoreSnapshot = (project: string, work: string, snapshot: SnapshotId, label: string): Restored =>
  writeFromOutside(project, work, (tables) => new Restoring(tables, snapshot).run(label));

/** An instance's row, whatever became of it. */
interface Row {
  readonly class: ClassId | null;
  readonly z: number;
  readonly live: number;
  readonly area: number;
  readonly box_x: number;
  readonly box_y: number;
  readonly box_width: number;
  readonly box_height: number;
  readonly shape: Uint8Array;
  readonly provenance: string;
}

class Restoring {
  readonly #tables: Tables;
  readonly #snapshot: SnapshotId;
  readonly #edits: Edit[] = [];
  readonly #touched = new Touched();
  /** Images and instances that change alike, by what changes. */
  readonly #alike = new Map<string, { readonly edit: (ids: Uint8Array<ArrayBuffer>) => Edit; readonly ids: number[] }>();
  #shapes = 0;
  #added = 0;
  #removed = 0;
  #changed = 0;

  constructor(tables: Tables, snapshot: SnapshotId) {
    this.#tables = tables;
    this.#snapshot = snapshot;
  }

  run(label: string): Restored {
    const { connection, journal } = this.#tables;
    const head = connection.value<Uint8Array>('SELECT r.bytes FROM snapshots s JOIN snapshot_records r ON r.id = s.head WHERE s.id = ? AND s.complete = 1', this.#snapshot);
    if (head === undefined) throw noSuchSnapshot(this.#snapshot);
    this.#classes(decodeHead(head, 'The snapshot')[1]);
    for (const { image, hash } of imagesOf(this.#tables)) {
      const record = connection.get<{ hash: Uint8Array; bytes: Uint8Array }>('SELECT r.hash, r.bytes FROM snapshot_images i JOIN snapshot_records r ON r.id = i.record WHERE i.snapshot = ? AND i.image = ?', this.#snapshot, image);
      if (record === undefined) this.#imageThatCameLater(image);
      else if (Buffer.compare(record.hash, hash) !== 0) this.#image(image, decodeImage(record.bytes, `Image ${image} of the snapshot`));
    }
    for (const { edit, ids } of this.#alike.values()) this.#do(edit(packIds(ids)));
    if (this.#edits.length > 0) {
      purge(this.#tables, journal.dropUndone());
      journal.record(label, this.#edits);
    }
    return { added: this.#added, removed: this.#removed, changed: this.#changed };
  }

  /** First, so that what instances are stored with means what it will mean. */
  #classes(wanted: RecordedHead[1]): void {
    const { classes } = this.#tables;
    const ids = new Set(wanted.map(([id]) => id));
    // Their instances stay in sight, without a class, and are dealt with like all others.
    for (const { id } of classes.list()) if (!ids.has(id)) this.#putClass(id, { ...classes.get(id), fate: { action: 'unlabel' } });
    // Two classes may have exchanged their names or keys, of which no two may have the same at any moment.
    const names = new Map(wanted.map(([id, name]) => [nameKey(name), id]));
    const keys = new Map(wanted.map(([id, , , key]) => [key, id]));
    for (const { id, name, key } of classes.list()) {
      const nameIsOthers = (names.get(nameKey(name)) ?? id) !== id;
      const keyIsOthers = key !== null && (keys.get(key) ?? id) !== id;
      if (nameIsOthers || keyIsOthers) this.#putClass(id, { ...classes.get(id), name: nameIsOthers ? `${name.slice(0, 150)} (restoring ${id})` : name, key: keyIsOthers ? null : key });
    }
    for (const [id, name, colour, key, position] of wanted) this.#putClass(id, { name, colour, key, position, fate: null });
  }

  #putClass(id: ClassId, after: ClassState): void {
    const before = this.#tables.classes.state(id);
    if (JSON.stringify(before) !== JSON.stringify(after)) this.#do({ type: 'class.put', id, before, after });
  }

  #imageThatCameLater(image: ImageId): void {
    this.#remove(this.#seen(image));
    this.#status(image, 'todo');
  }

  #image(image: ImageId, record: RecordedImage): void {
    const wanted = record[10];
    const ids = new Set(wanted.map(([id]) => id));
    this.#remove(this.#seen(image).filter((id) => !ids.has(id)));
    for (const instance of wanted) this.#instance(image, instance, record[9]);
    this.#status(image, record[5]);
    this.#split(image, record[6]);
  }

  #instance(image: ImageId, wanted: RecordedInstance, provenances: readonly string[]): void {
    const { connection, classes } = this.#tables;
    const [id, cls, area, x, y, width, height, z, shape, provenanceAt, extras] = wanted;
    const provenance = provenances[provenanceAt] ?? '';
    const row = connection.get<Row>('SELECT i.class, i.z, i.live, i.area, i.box_x, i.box_y, i.box_width, i.box_height, s.shape, s.provenance FROM instances i JOIN shapes s ON s.instance = i.id WHERE i.id = ?', id);
    if (row === undefined) {
      // No step of undo could bring it back any more.
      connection.run('INSERT INTO instances (id, image, class, live, area, box_x, box_y, box_width, box_height, z) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?)', id, image, cls, area, x, y, width, height, z);
      connection.run('INSERT INTO shapes (instance, kind, shape, provenance, extras) VALUES (?, ?, ?, ?, ?)', id, decodeShape(shape, `Instance ${id}`).kind, shape, provenance, extras);
      this.#show(id);
      return;
    }
    const before: InstanceFields = {};
    const after: InstanceFields = {};
    const meant = classes.resolve(row.class);
    if (meant !== cls) {
      before.class = row.class;
      after.class = cls;
    }
    if (row.z !== z) {
      before.z = row.z;
      after.z = z;
    }
    if (row.provenance !== provenance || Buffer.compare(row.shape, shape) !== 0) {
      if (++this.#shapes > MOST_SHAPES) throw new MaskwrightError('too-large', `More than ${MOST_SHAPES.toLocaleString('en')} shapes are other ones now, which are too many to go back to in one step. Export the snapshot and import it into a new project.`);
      before.content = contentOf(id, row.shape, row.area, [row.box_x, row.box_y, row.box_width, row.box_height], row.provenance);
      after.content = contentOf(id, shape, area, [x, y, width, height], provenance);
    }
    if (Object.keys(after).length > 0) {
      if (after.content === undefined) this.#gather(`set ${JSON.stringify([before, after])}`, id, (ids) => ({ type: 'instances.set', ids, before, after }));
      else this.#do({ type: 'instances.set', ids: packIds([id]), before, after });
      if (row.live === 1 && meant !== 'gone') this.#changed++;
    }
    if (row.live === 0) this.#show(id);
    else if (meant === 'gone') this.#added++;
  }

  #show(id: InstanceId): void {
    this.#added++;
    this.#gather('add', id, (ids) => ({ type: 'instances.add', ids }));
  }

  #remove(those: readonly InstanceId[]): void {
    this.#removed += those.length;
    for (const id of those) this.#gather('remove', id, (ids) => ({ type: 'instances.remove', ids }));
  }

  #status(image: ImageId, after: ReturnType<Tables['images']['status']>): void {
    const before = this.#tables.images.status(image);
    if (before !== after) this.#gather(`status ${before} ${after}`, image, (ids) => ({ type: 'images.status', ids, before, after }));
  }

  #split(image: ImageId, after: string | null): void {
    const before = this.#tables.images.split(image);
    if (before !== after) this.#gather(`split ${JSON.stringify([before, after])}`, image, (ids) => ({ type: 'images.split', ids, before, after }));
  }

  /** Ids of the instances that are seen on an image. */
  #seen(image: ImageId): InstanceId[] {
    const { connection, classes } = this.#tables;
    return connection.all<{ id: number; class: number | null }>('SELECT id, class FROM instances WHERE image = ? AND live = 1 ORDER BY id', image).flatMap(({ id, class: cls }) => (classes.resolve(cls) === 'gone' ? [] : [id]));
  }

  #gather(key: string, id: number, edit: (ids: Uint8Array<ArrayBuffer>) => Edit): void {
    const alike = this.#alike.get(key);
    if (alike === undefined) this.#alike.set(key, { edit, ids: [id] });
    else alike.ids.push(id);
  }

  #do(edit: Edit): void {
    apply(this.#tables, edit, this.#touched);
    this.#edits.push(edit);
  }
}

function contentOf(id: InstanceId, shape: Uint8Array, area: number, [x, y, width, height]: readonly [number, number, number, number], provenance: string): InstanceContent {
  const name = `Instance ${id}`;
  return { shape: decodeShape(shape, name), area, box: { x, y, width, height }, provenance: decodeProvenance(provenance, name) };
}
