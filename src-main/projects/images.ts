import { z } from 'zod';
import { ErrorCode, MaskwrightError, type Problem } from '../../src-shared/contract/errors.ts';
import type { ImageFilter, ImageRow, ProjectInfo } from '../../src-shared/contract/types.ts';
import { ImageStatus, type ImageId, type RootId } from '../../src-shared/domain/schema.ts';
import type { Extras } from '../datasets/extras.ts';
import { decodeExtras } from './codec.ts';
import type { Classes } from './classes.ts';
import type { Connection, SqlValue } from './connection.ts';
import { ImageIndex } from './image-index.ts';
import type { Instances } from './instances.ts';
import { naturalKey } from './natural-order.ts';
import type { Roots } from './roots.ts';

/** All that is known of an image file. Fields are null until the file has been looked at. */
export interface ImageRecord {
  readonly id: ImageId;
  readonly root: RootId;
  /** Relative to the root, with forward slashes, as the file system spells it. */
  readonly path: string;
  readonly absolutePath: string;
  readonly bytes: number | null;
  readonly mtimeMs: number | null;
  readonly contentHash: string | null;
  readonly pixelHash: string | null;
  /** After orientation. */
  readonly width: number | null;
  readonly height: number | null;
  /** EXIF orientation, 1–8. */
  readonly orientation: number | null;
  readonly format: string | null;
  readonly status: ImageStatus;
  readonly problem: Problem | null;
  /** Part of the data set, such as train; null for none. */
  readonly split: string | null;
  readonly extras: Extras;
  /** As ImageRow.version. */
  readonly version: string;
}

export interface FileStat {
  readonly bytes: number;
  readonly mtimeMs: number;
}

/** What looking at an image's file found: its facts, or why it cannot be used. */
export type Probe =
  | {
      readonly id: ImageId;
      readonly width: number;
      readonly height: number;
      readonly orientation: number;
      readonly format: string;
      readonly bytes: number;
      readonly mtimeMs: number;
      readonly contentHash: string;
    }
  | { readonly id: ImageId; readonly problem: Problem };

interface ImageTableRow {
  readonly id: number;
  readonly root: number;
  readonly rel_path: string;
  readonly bytes: number | null;
  readonly mtime_ms: number | null;
  readonly content_hash: string | null;
  readonly pixel_hash: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly orientation: number | null;
  readonly format: string | null;
  readonly status: string;
  readonly problem_code: string | null;
  readonly problem_message: string | null;
  readonly split: string | null;
  readonly extras: string | null;
}

const SELECT = `SELECT id, root, rel_path, bytes, mtime_ms, content_hash, pixel_hash, width, height, orientation, format, status, problem_code, problem_message, split, extras FROM images`;
const RelPath = z.string().min(1).max(4096).refine((path) => !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'));

export class Images {
  private readonly connection: Connection;
  private readonly roots: Roots;
  private readonly classes: Classes;
  private readonly instances: Instances;
  private index: ImageIndex | null = null;

  constructor(connection: Connection, roots: Roots, classes: Classes, instances: Instances) {
    this.connection = connection;
    this.roots = roots;
    this.classes = classes;
    this.instances = instances;
  }

  /** Ids of the images that pass the filter, by root, then in natural order of their paths. */
  ids(filter: ImageFilter): Uint32Array {
    this.index ??= new ImageIndex(this.connection, this.classes);
    return this.index.ids(filter);
  }

  /** Rows in the order of `ids`; ids that no image has are left out. */
  rows(ids: readonly ImageId[]): ImageRow[] {
    return ids.flatMap((id) => {
      const row = this.row(id);
      if (row === undefined) return [];
      return {
        id,
        name: row.rel_path.slice(row.rel_path.lastIndexOf('/') + 1),
        path: row.rel_path,
        status: ImageStatus.parse(row.status),
        width: row.width,
        height: row.height,
        instances: this.instances.countOfImage(id),
        problem: problemOf(row),
        split: row.split,
        version: versionOf(row),
      };
    });
  }

  /** An unknown id throws 'no-such-image'. */
  record(id: ImageId): ImageRecord {
    const row = this.row(id);
    if (row === undefined) throw noSuchImage(id);
    return this.toRecord(row);
  }

  /** Images whose files have not been looked at, by id, those after `afterId`. */
  unprobed(limit: number, afterId: ImageId): ImageRecord[] {
    return this.connection
      .all<ImageTableRow>(`${SELECT} WHERE width IS NULL AND problem_code IS NULL AND id > ? ORDER BY id LIMIT ?`, afterId, limit)
      .map((row) => this.toRecord(row));
  }

  /** The next images by id, of all or only of those that are done. */
  after(id: ImageId, limit: number, onlyDone: boolean): ImageRecord[] {
    return this.connection
      .all<ImageTableRow>(`${SELECT} WHERE id > ? ${onlyDone ? "AND status = 'done'" : ''} ORDER BY id LIMIT ?`, id, limit)
      .map((row) => this.toRecord(row));
  }

  counts(): ProjectInfo['images'] {
    const byStatus = new Map(this.connection.all<{ status: string; n: number }>('SELECT status, count(*) AS n FROM images GROUP BY status').map(({ status, n }) => [status, n]));
    const todo = byStatus.get('todo') ?? 0;
    const inProgress = byStatus.get('in-progress') ?? 0;
    const done = byStatus.get('done') ?? 0;
    return { total: todo + inProgress + done, todo, inProgress, done };
  }

  /** Adds images by their paths relative to `root`; known ones are passed over. Gives how many were new. `stats` lies beside `relPaths`. */
  add(root: RootId, relPaths: readonly string[], stats: readonly (FileStat | null)[]): number {
    this.roots.absolute(root, '');
    let added = 0;
    relPaths.forEach((path, i) => {
      if (!RelPath.safeParse(path).success) {
        throw new MaskwrightError('bad-request', `"${path}" is no path of a file inside its folder. Add the folder that holds it instead.`, path);
      }
      const stat = stats[i] ?? null;
      added += this.connection.run(
        'INSERT INTO images (root, rel_path, sort_key, bytes, mtime_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT (root, rel_path) DO NOTHING',
        root, path, naturalKey(path), stat?.bytes ?? null, stat?.mtimeMs ?? null,
      ).changes;
    });
    if (added > 0) this.index = null;
    return added;
  }

  /**
   * Notes what was found in a file. When there are labels on the image and its file has changed since, the size and hash
   * that the labels were made on stay, and the image gets the problem 'image-changed'.
   */
  setProbe(probe: Probe): void {
    const row = this.row(probe.id);
    if (row === undefined) throw noSuchImage(probe.id);
    if ('problem' in probe) {
      this.connection.run('UPDATE images SET problem_code = ?, problem_message = ? WHERE id = ?', probe.problem.code, probe.problem.message, probe.id);
      return;
    }
    const { width, height, orientation, format, bytes, mtimeMs, contentHash } = probe;
    const changed = row.content_hash !== null && row.content_hash !== contentHash;
    if (changed && this.instances.everOnImage(probe.id)) {
      const size = row.width === width && row.height === height ? '' : ` It was ${row.width} × ${row.height} pixels and is now ${width} × ${height}.`;
      this.connection.run(
        'UPDATE images SET bytes = ?, mtime_ms = ?, problem_code = ?, problem_message = ? WHERE id = ?',
        bytes, mtimeMs, 'image-changed', `${row.rel_path} was changed after it was labeled.${size} Its labels are kept as they were; put the old file back, or check them.`, probe.id,
      );
      return;
    }
    // While the file was another one, its pixels may have been hashed.
    const pixelHash = changed || row.problem_code === 'image-changed' ? null : row.pixel_hash;
    this.connection.run(
      `UPDATE images SET width = ?, height = ?, orientation = ?, format = ?, bytes = ?, mtime_ms = ?, content_hash = ?,
         pixel_hash = ?, problem_code = NULL, problem_message = NULL WHERE id = ?`,
      width, height, orientation, format, bytes, mtimeMs, contentHash, pixelHash, probe.id,
    );
  }

  /** The relative paths that a root has. */
  paths(root: RootId): Set<string> {
    return new Set(this.connection.all<{ rel_path: string }>('SELECT rel_path FROM images WHERE root = ?', root).map(({ rel_path }) => rel_path));
  }

  /** Says where an image's file is. Nothing happens where another image of the project has come to be at that place. */
  place(id: ImageId, root: RootId, path: string): void {
    this.connection.run('UPDATE OR IGNORE images SET root = ?, rel_path = ?, sort_key = ? WHERE id = ?', root, path, naturalKey(path), id);
    this.index = null;
  }

  setPixelHash(id: ImageId, hash: string): void {
    this.connection.run('UPDATE images SET pixel_hash = ? WHERE id = ?', hash, id);
  }

  status(id: ImageId): ImageStatus {
    const status = this.connection.value<string>('SELECT status FROM images WHERE id = ?', id);
    if (status === undefined) throw noSuchImage(id);
    return ImageStatus.parse(status);
  }

  setStatus(ids: readonly ImageId[], status: ImageStatus): void {
    for (const id of ids) this.connection.run('UPDATE images SET status = ? WHERE id = ?', status, id);
  }

  /** An unknown id throws 'no-such-image'. */
  split(id: ImageId): string | null {
    const row = this.connection.get<{ split: string | null }>('SELECT split FROM images WHERE id = ?', id);
    if (row === undefined) throw noSuchImage(id);
    return row.split;
  }

  setSplit(ids: readonly ImageId[], split: string | null): void {
    for (const id of ids) this.connection.run('UPDATE images SET split = ? WHERE id = ?', split, id);
  }

  /** How many images each split has, by name, at most `most` of them; those without one last, as null. */
  countBySplit(most: number): { name: string | null; images: number }[] {
    const named = this.connection.all<{ name: string; images: number }>('SELECT split AS name, count(*) AS images FROM images WHERE split IS NOT NULL GROUP BY split ORDER BY split LIMIT ?', most);
    const without = this.connection.value<number>('SELECT count(*) FROM images WHERE split IS NULL') ?? 0;
    return without === 0 ? named : [...named, { name: null, images: without }];
  }

  /** After a rollback or another program's write. */
  forget(): void {
    this.index = null;
  }

  private row(id: SqlValue): ImageTableRow | undefined {
    return this.connection.get<ImageTableRow>(`${SELECT} WHERE id = ?`, id);
  }

  private toRecord(row: ImageTableRow): ImageRecord {
    return {
      id: row.id,
      root: row.root,
      path: row.rel_path,
      absolutePath: this.roots.absolute(row.root, row.rel_path),
      bytes: row.bytes,
      mtimeMs: row.mtime_ms,
      contentHash: row.content_hash,
      pixelHash: row.pixel_hash,
      width: row.width,
      height: row.height,
      orientation: row.orientation,
      format: row.format,
      status: ImageStatus.parse(row.status),
      problem: problemOf(row),
      split: row.split,
      extras: decodeExtras(row.extras, row.rel_path),
      version: versionOf(row),
    };
  }
}

/** A code of a newer program is kept readable. */
function problemOf(row: ImageTableRow): Problem | null {
  if (row.problem_code === null) return null;
  return { code: ErrorCode.catch('image-unreadable').parse(row.problem_code), message: row.problem_message ?? '', item: row.rel_path };
}

/** From the file's size and time, which are known before its hash is; safe in an address. */
const versionOf = (row: ImageTableRow): string => `${(row.bytes ?? 0).toString(36)}-${Math.round(row.mtime_ms ?? 0).toString(36)}`;

const noSuchImage = (id: ImageId): MaskwrightError => new MaskwrightError('no-such-image', `There is no image ${id} in this project. Choose another one.`, String(id));
