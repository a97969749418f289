import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { InstanceContent, InstanceFields } from '../../src-shared/domain/edits.ts';
import type { NewInstance } from '../../src-shared/domain/plan-edits.ts';
import type { ClassId, ImageId, Instance, InstanceId } from '../../src-shared/domain/schema.ts';
import { maskFlaw } from '../../src-shared/geometry/mask-flaw.ts';
import type { Extras } from '../datasets/extras.ts';
import type { Classes } from './classes.ts';
import { decodeExtras, decodeProvenance, decodeShape, encodeProvenance, encodeShape } from './codec.ts';
import type { Connection } from './connection.ts';
import { DamagedShape } from './damaged-shape.ts';
import type { Unreadable } from './warnings.ts';

export interface InstanceRow {
  readonly id: number;
  readonly image: number;
  readonly class: number | null;
  readonly area: number;
  readonly box_x: number;
  readonly box_y: number;
  readonly box_width: number;
  readonly box_height: number;
  readonly z: number;
  readonly shape: Uint8Array;
  readonly provenance: string;
}

const SELECT = `SELECT i.id, i.image, i.class, i.area, i.box_x, i.box_y, i.box_width, i.box_height, i.z, s.shape, s.provenance
  FROM instances i JOIN shapes s ON s.instance = i.id`;

const SELECT_WITH_EXTRAS = `${SELECT.replace('s.provenance', 's.provenance, s.extras')} WHERE i.image BETWEEN ? AND ? AND i.live = 1 ORDER BY i.image, i.id LIMIT ?`;

type InstanceRowWithExtras = InstanceRow & { readonly extras: string | null };
export type InstanceWithExtras = Instance & { readonly extras: Extras };

export class Instances {
  private readonly connection: Connection;
  private readonly classes: Classes;
  /** Live instances by stored class, so that showing the counts does not count 200,000 rows after each edit. */
  private counts: Map<ClassId | null, number> | null = null;

  constructor(connection: Connection, classes: Classes) {
    this.connection = connection;
    this.classes = classes;
  }

  /** The instances on an image, in painting order. One whose shape is damaged does not keep the others away. */
  ofImage(image: ImageId): { instances: Instance[]; unreadable: Unreadable[] } {
    const rows = this.connection.all<InstanceRow>(`${SELECT} WHERE i.image = ? AND i.live = 1 ORDER BY i.z, i.id`, image);
    const instances: Instance[] = [];
    const unreadable: Unreadable[] = [];
    for (const row of rows) {
      try {
        const instance = this.readSound(row);
        if (instance !== null) instances.push(instance);
      } catch (error) {
        if (!(error instanceof DamagedShape)) throw error;
        unreadable.push({ id: row.id, why: error.why });
      }
    }
    return { instances, unreadable };
  }

  /** One instance. One that is not there throws 'no-such-instance'. */
  get(id: InstanceId): Instance {
    const row = this.connection.get<InstanceRow>(`${SELECT} WHERE i.id = ? AND i.live = 1`, id);
    const instance = row === undefined ? null : this.readSound(row);
    if (instance === null) throw noSuchInstance(id);
    return instance;
  }

  /** Whether an instance that was read before is there still, with the shape that it had. */
  isUnchanged(before: Instance): boolean {
    const row = this.connection.get<InstanceRow>(`${SELECT} WHERE i.id = ? AND i.live = 1`, before.id);
    const now = row === undefined ? null : this.read(row);
    return now !== null && Buffer.compare(encodeShape(now.shape), encodeShape(before.shape)) === 0 && encodeProvenance(now.provenance) === encodeProvenance(before.provenance);
  }

  /** What `instances.set` may change, as stored, without the shape. An instance that is not there throws 'no-such-instance'. */
  stored(id: InstanceId): { image: ImageId; class: ClassId | null; z: number } {
    const row = this.connection.get<{ image: number; class: number | null; z: number }>('SELECT image, class, z FROM instances WHERE id = ? AND live = 1', id);
    if (row === undefined || this.classes.resolve(row.class) === 'gone') throw noSuchInstance(id);
    return row;
  }

  /**
   * The rows of the instances on images with their extras, by image, then by id: of all images from `first` to `last` that have any,
   * or of the first of these, as `most` rows allow. One image is read whole.
   */
  rowsOfImages(first: ImageId, last: ImageId, most: number): { through: ImageId; rows: Map<ImageId, InstanceRowWithExtras[]> } {
    const rows = this.connection.all<InstanceRowWithExtras>(SELECT_WITH_EXTRAS, first, last, first === last ? -1 : most);
    const byImage = Map.groupBy(rows, (row) => row.image);
    if (first === last || rows.length < most) return { through: last, rows: byImage };
    // Of the last one there may be more.
    const cut = rows.at(-1)?.image ?? last;
    byImage.delete(cut);
    return cut === first ? this.rowsOfImages(first, first, most) : { through: cut - 1, rows: byImage };
  }

  /** What rowsOfImages gave. One that cannot be read throws 'project-damaged': what is written elsewhere must not lack it in silence. */
  readRows(rows: readonly InstanceRowWithExtras[]): InstanceWithExtras[] {
    const instances: InstanceWithExtras[] = [];
    for (const row of rows) {
      const instance = this.read(row);
      if (instance !== null) instances.push({ ...instance, extras: decodeExtras(row.extras, `Instance ${row.id}`) });
    }
    return instances;
  }

  /** Of live instances with extras after an id: the field `id` that a format's own extras have, null for none. */
  ownIds(format: string, after: InstanceId, limit: number): [InstanceId, unknown][] {
    const rows = this.connection.all<{ id: number; class: number | null; own: unknown }>(
      'SELECT i.id, i.class, json_extract(s.extras, ?) AS own FROM shapes s JOIN instances i ON i.id = s.instance WHERE s.instance > ? AND i.live = 1 AND s.extras IS NOT NULL ORDER BY s.instance LIMIT ?',
      `$.own."${format}".id`, after, limit,
    );
    return rows.map(({ id, class: cls, own }) => [id, this.classes.resolve(cls) === 'gone' ? null : own]);
  }

  countOfImage(image: ImageId): number {
    return this.connection
      .all<{ class: number | null; n: number }>('SELECT class, count(*) AS n FROM instances WHERE image = ? AND live = 1 GROUP BY class', image)
      .reduce((sum, row) => (this.classes.resolve(row.class) === 'gone' ? sum : sum + row.n), 0);
  }

  /** Whether anything was ever drawn on the image that is there or that undo may bring back. */
  everOnImage(image: ImageId): boolean {
    return this.connection.get('SELECT 1 FROM instances WHERE image = ? LIMIT 1', image) !== undefined;
  }

  /** How many instances each class has now; the key null is for those without a class. */
  countByClass(): Map<ClassId | null, number> {
    this.counts ??= new Map(
      this.connection
        .all<{ class: number | null; n: number }>('SELECT class, count(*) AS n FROM instances WHERE live = 1 GROUP BY class')
        .map((row) => [row.class, row.n]),
    );
    return this.resolved(this.counts);
  }

  /** How many instances of each class the next `limit` images after an id have, each image and class once; `last` is the last of these images, null at the end. */
  countByImageAndClass(after: ImageId, limit: number): { counts: [ImageId, ClassId | null, number][]; last: ImageId | null } {
    const last = this.connection.value<number>('SELECT max(id) FROM (SELECT id FROM images WHERE id > ? ORDER BY id LIMIT ?)', after, limit) ?? null;
    const rows = this.connection.all<{ image: number; class: number | null; n: number }>(
      'SELECT image, class, count(*) AS n FROM instances WHERE image > ? AND image <= ? AND live = 1 GROUP BY image, class', after, last ?? after,
    );
    const counts: [ImageId, ClassId | null, number][] = [];
    for (const [image, ofImage] of Map.groupBy(rows, (row) => row.image)) {
      for (const [cls, n] of this.resolved(ofImage.map((row) => [row.class, row.n]))) counts.push([image, cls, n]);
    }
    return { counts, last };
  }

  /** As countByClass, of the images that are done. */
  countByClassOfDone(): Map<ClassId | null, number> {
    const rows = this.connection.all<{ class: number | null; n: number }>(
      "SELECT i.class, count(*) AS n FROM instances i JOIN images m ON m.id = i.image WHERE i.live = 1 AND m.status = 'done' GROUP BY i.class",
    );
    return this.resolved(rows.map((row) => [row.class, row.n]));
  }

  /** An id that no instance has had. */
  nextId(): InstanceId {
    return 1 + (this.connection.value<number>("SELECT seq FROM sqlite_sequence WHERE name = 'instances'") ?? 0);
  }

  /** Writes a new instance that is out of sight until an 'instances.add' edit shows it. */
  insert({ id, image, class: cls, z, content: { shape, area, box, provenance } }: NewInstance): void {
    this.connection.run(
      'INSERT INTO instances (id, image, class, live, area, box_x, box_y, box_width, box_height, z) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?)',
      id, image, cls, area, box.x, box.y, box.width, box.height, z,
    );
    this.connection.run('INSERT INTO shapes (instance, kind, shape, provenance) VALUES (?, ?, ?, ?)', id, shape.kind, encodeShape(shape), encodeProvenance(provenance));
  }

  /** The z that puts a new instance on top of all others of its image. */
  nextZ(image: ImageId): number {
    return this.connection
      .all<{ class: number | null; z: number }>('SELECT class, max(z) AS z FROM instances WHERE image = ? AND live = 1 GROUP BY class', image)
      .reduce((next, row) => (this.classes.resolve(row.class) === 'gone' ? next : Math.max(next, row.z + 1)), 1);
  }

  /** Shows (or hides) instances; gives the images of those that changed. */
  setLive(ids: readonly InstanceId[], live: boolean): Set<ImageId> {
    const images = new Set<ImageId>();
    for (const id of ids) {
      const row = this.connection.get<{ image: number; class: number | null }>('UPDATE instances SET live = ? WHERE id = ? AND live <> ? RETURNING image, class', Number(live), id, Number(live));
      if (row === undefined) continue;
      images.add(row.image);
      this.count(row.class, live ? 1 : -1);
    }
    return images;
  }

  /** Sets fields of instances; gives their images. */
  set(ids: readonly InstanceId[], fields: InstanceFields): Set<ImageId> {
    const images = new Set<ImageId>();
    for (const id of ids) {
      const before = this.connection.get<{ image: number; class: number | null; live: number }>('SELECT image, class, live FROM instances WHERE id = ?', id);
      if (before === undefined) throw noSuchInstance(id);
      images.add(before.image);
      if (fields.class !== undefined) {
        this.connection.run('UPDATE instances SET class = ? WHERE id = ?', fields.class, id);
        if (before.live === 1) {
          this.count(before.class, -1);
          this.count(fields.class, 1);
        }
      }
      if (fields.z !== undefined) this.connection.run('UPDATE instances SET z = ? WHERE id = ?', fields.z, id);
      if (fields.content !== undefined) this.setContent(id, fields.content);
    }
    return images;
  }

  /** Deletes rows that no step of the journal can bring back any more. */
  purge(ids: readonly InstanceId[]): void {
    for (const id of ids) this.connection.run('DELETE FROM instances WHERE id = ? AND live = 0', id);
  }

  /** Images with instances stored under a class, at most `limit`. */
  imagesOfStoredClass(cls: ClassId, limit: number): ImageId[] {
    return this.connection.all<{ image: number }>('SELECT DISTINCT image FROM instances WHERE class = ? AND live = 1 LIMIT ?', cls, limit).map((row) => row.image);
  }

  /** After a rollback or another program's write. */
  forget(): void {
    this.counts = null;
  }

  private setContent(id: InstanceId, { shape, area, box, provenance }: InstanceContent): void {
    this.connection.run('UPDATE instances SET area = ?, box_x = ?, box_y = ?, box_width = ?, box_height = ? WHERE id = ?', area, box.x, box.y, box.width, box.height, id);
    this.connection.run('UPDATE shapes SET kind = ?, shape = ?, provenance = ? WHERE instance = ?', shape.kind, encodeShape(shape), encodeProvenance(provenance), id);
    // It was made to be compared with the shape before.
    this.connection.run('DELETE FROM proposals WHERE instance = ?', id);
  }

  private resolved(counts: Iterable<readonly [ClassId | null, number]>): Map<ClassId | null, number> {
    const byClass = new Map<ClassId | null, number>();
    for (const [stored, n] of counts) {
      const id = this.classes.resolve(stored);
      if (id !== 'gone') byClass.set(id, (byClass.get(id) ?? 0) + n);
    }
    return byClass;
  }

  private count(stored: ClassId | null, change: number): void {
    this.counts?.set(stored, (this.counts.get(stored) ?? 0) + change);
  }

  /** As it may be shown. Throws DamagedShape also for a mask that can be read, but is none: exports and checks name those themselves. */
  private readSound(row: InstanceRow): Instance | null {
    const instance = this.read(row);
    const flaw = instance?.shape.kind === 'mask' ? maskFlaw(instance.shape) : null;
    if (flaw !== null) throw new DamagedShape(`Instance ${row.id}`, flaw);
    return instance;
  }

  private read(row: InstanceRow): Instance | null {
    const cls = this.classes.resolve(row.class);
    if (cls === 'gone') return null;
    const name = `Instance ${row.id}`;
    return {
      id: row.id,
      image: row.image,
      class: cls,
      shape: decodeShape(row.shape, name),
      area: row.area,
      box: { x: row.box_x, y: row.box_y, width: row.box_width, height: row.box_height },
      z: row.z,
      provenance: decodeProvenance(row.provenance, name),
    };
  }
}

const noSuchInstance = (id: InstanceId): MaskwrightError =>
  new MaskwrightError('no-such-instance', `Instance ${id} is not there any more: it was deleted, or taken back by undo. Choose another one.`, String(id));
