import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Edit } from '../../../src-shared/domain/edits.ts';
import { packIds } from '../../../src-shared/domain/packed-ids.ts';
import { planClass } from '../../../src-shared/domain/plan-edits.ts';
import type { Extras } from '../../datasets/extras.ts';
import { apply, purge, Touched } from '../apply.ts';
import { nameKey } from '../../../src-shared/domain/class-names.ts';
import { encodeExtras, encodeProvenance } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { DoneWork } from '../done-work.ts';
import { naturalKey } from '../natural-order.ts';
import { editView } from '../edit-view.ts';
import { Tables } from '../tables.ts';
import type { NewImage, PlacedImage } from './place-images.ts';
import type { StagedClass } from './staging.ts';

export interface WrittenImport {
  /** The folder that the project has the images of an archive in since; null when none of them are needed, or there is no archive. */
  readonly unpackedTo: string | null;
  readonly images: number;
  /** Of them, those that the project did not have. */
  readonly newImages: number;
  readonly instances: number;
  readonly newClasses: number;
}

export interface ImportToWrite {
  /** See writeFromOutside. */
  readonly work: string;
  /** The project; its store is in another process or thread, and does not write meanwhile. */
  readonly connection: Connection;
  readonly projectFile: string;
  /** The closed staging. */
  readonly stagingFile: string;
  readonly classes: readonly StagedClass[];
  readonly images: readonly PlacedImage[];
  readonly extras: Extras;
  /** What undo will call it. */
  readonly label: string;
  readonly unpackedTo: string | null;
}

/** Longer than any edit of the program holds the project. */
const BUSY_MS = 10_000;

/**
 * Writes a staged data set into the project: one transaction, one step of undo. Images that are new stay when it is undone,
 * as those of a folder that was added do. Throws SQLite's errors; then nothing of it is in the project. The connection is of no
 * further use: the staging stays attached to it.
 */
export function writeImport(request: ImportToWrite): WrittenImport {
  const { connection, stagingFile } = request;
  connection.pragma(`busy_timeout = ${BUSY_MS}`);
  connection.run('ATTACH ? AS staged', stagingFile);
  return connection.transaction(() => new DoneWork(connection).once(request.work, () => write(request)));
}

function write({ connection, projectFile, classes, images, extras, label, unpackedTo }: ImportToWrite): WrittenImport {
  const tables = new Tables(connection, projectFile);
  const edits: Edit[] = [];
  const newClasses = writeClasses(tables, classes, edits);
  const newImages = writeImages(tables, images);
  const instances = writeInstances(connection, edits);
  writeExtras(connection, extras);
  if (edits.length > 0) {
    purge(tables, tables.journal.dropUndone());
    tables.journal.record(label, edits);
  }
  return { unpackedTo, images: connection.value<number>('SELECT count(DISTINCT id) FROM staged.images') ?? 0, newImages, instances, newClasses };
}

/** A class of the same name is the same class; placeClasses has seen to it that no two of a dataset are. */
function writeClasses(tables: Tables, classes: readonly StagedClass[], edits: Edit[]): number {
  const { connection } = tables;
  const touched = new Touched();
  let added = 0;
  for (const { n, name, colour, extras } of classes) {
    let id = tables.classes.list().find((cls) => nameKey(cls.name) === nameKey(name))?.id;
    if (id === undefined) {
      const planned = planClass(editView(tables), { name, ...(colour === null ? {} : { colour }) });
      for (const edit of planned.edits) apply(tables, edit, touched);
      edits.push(...planned.edits);
      id = planned.classes[0];
      added++;
    }
    if (id === undefined) throw new MaskwrightError('internal', `The class "${name}" was not made.`, name);
    connection.run('UPDATE staged.classes SET id = ? WHERE n = ?', id, n);
    if (extras !== null) connection.run('UPDATE classes SET extras = coalesce(extras, ?) WHERE id = ?', extras, id);
  }
  return added;
}

function writeImages(tables: Tables, images: readonly PlacedImage[]): number {
  const { connection } = tables;
  const roots = new Map<string, number>();
  let added = 0;
  for (const { n, at, split, extras } of images) {
    let id: number;
    if ('id' in at) id = at.id;
    else {
      let root = roots.get(at.root);
      if (root === undefined) roots.set(at.root, (root = tables.roots.add(at.root)));
      const found = addImage(connection, root, at);
      id = found.id;
      if (found.added) added++;
    }
    connection.run('UPDATE staged.images SET id = ? WHERE n = ?', id, n);
    if (split !== null || extras !== null) connection.run('UPDATE images SET split = coalesce(split, ?), extras = coalesce(extras, ?) WHERE id = ?', split, extras, id);
  }
  return added;
}

function addImage(connection: Connection, root: number, { path, width, height, look }: NewImage): { id: number; added: boolean } {
  const known = connection.value<number>('SELECT id FROM images WHERE root = ? AND rel_path = ?', root, path);
  if (known !== undefined) return { id: known, added: false };
  const { id } = connection.run(
    'INSERT INTO images (root, rel_path, sort_key, width, height, orientation, format, bytes, mtime_ms, content_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    root, path, naturalKey(path), width, height, look?.orientation ?? null, look?.format ?? null, look?.bytes ?? null, look?.mtimeMs ?? null, look?.contentHash ?? null,
  );
  return { id, added: true };
}

function writeInstances(connection: Connection, edits: Edit[]): number {
  const base = connection.value<number>("SELECT seq FROM sqlite_sequence WHERE name = 'instances'") ?? 0;
  const above = 'coalesce((SELECT max(z) FROM instances WHERE image = m.id AND live = 1), 0)';
  connection.db.exec(`CREATE TEMP TABLE imported_z AS SELECT m.id AS image, ${above} AS above FROM staged.images m GROUP BY m.id; CREATE UNIQUE INDEX temp.imported_z_by_image ON imported_z (image)`);
  const { changes } = connection.run(
    `INSERT INTO instances (id, image, class, live, area, box_x, box_y, box_width, box_height, z)
     SELECT ? + i.n, m.id, c.id, 1, i.area, i.box_x, i.box_y, i.box_width, i.box_height, i.z + z.above
     FROM staged.instances i JOIN staged.images m ON m.n = i.image JOIN imported_z z ON z.image = m.id LEFT JOIN staged.classes c ON c.n = i.class ORDER BY i.n`,
    base,
  );
  const provenance = encodeProvenance({ source: 'import', touched: false, sam: null });
  connection.run('INSERT INTO shapes (instance, kind, shape, provenance, extras) SELECT ? + n, kind, shape, ?, extras FROM staged.instances ORDER BY n', base, provenance);
  if (changes === 0) return 0;
  const ids = connection.db.prepare<[number], number>('SELECT ? + n FROM staged.instances ORDER BY n').pluck().all(base);
  edits.push({ type: 'instances.add', ids: packIds(ids) });
  startImages(connection, edits);
  return changes;
}

/** As drawing on an image does. */
function startImages(connection: Connection, edits: Edit[]): void {
  const ids = connection.db.prepare<[], number>("UPDATE images SET status = 'in-progress' WHERE status = 'todo' AND id IN (SELECT m.id FROM staged.images m JOIN staged.instances i ON i.image = m.n) RETURNING id").pluck().all();
  if (ids.length > 0) edits.push({ type: 'images.status', ids: packIds(ids.sort((a, b) => a - b)), before: 'todo', after: 'in-progress' });
}

/** What the project says of itself already stays. */
function writeExtras(connection: Connection, extras: Extras): void {
  const value = encodeExtras(extras);
  if (value !== null) connection.run("INSERT INTO meta (key, value) VALUES ('extras', ?) ON CONFLICT (key) DO NOTHING", value);
}
