import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { RootPlace } from '../../src-shared/domain/edits.ts';
import type { RootId } from '../../src-shared/domain/schema.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Connection } from './connection.ts';

export interface Root {
  readonly id: RootId;
  /** Absolute path. */
  readonly path: string;
  readonly missing: boolean;
}

/** The folders that hold a project's images. Those inside the project file's folder move with it. */
export class Roots {
  private readonly connection: Connection;
  private readonly folder: string;
  private paths: Map<RootId, string> | null = null;

  constructor(connection: Connection, projectFile: string) {
    this.connection = connection;
    this.folder = dirname(projectFile);
  }

  /** The id of the folder `path` (absolute), adding it when it is new. */
  add(path: string): RootId {
    const { path: stored, beside } = this.placeOf(path);
    const known = this.connection.value<number>('SELECT id FROM roots WHERE path = ? AND beside = ?', stored, Number(beside));
    if (known !== undefined) return known;
    this.paths = null;
    return this.connection.run('INSERT INTO roots (path, beside) VALUES (?, ?)', stored, Number(beside)).id;
  }

  /** How the folder `path` (absolute) is stored. Throws 'bad-request' and 'not-found'. */
  placeOf(path: string): RootPlace {
    if (!isAbsolute(path)) throw new MaskwrightError('bad-request', `"${path}" is no absolute path. Give the folder's whole path.`, path);
    let real: string;
    try {
      real = realpathSync.native(path);
    } catch (error) {
      throw new MaskwrightError('not-found', `The folder "${path}" is not there or cannot be read. Check its name and your rights.`, path, { cause: error });
    }
    const inside = relative(this.folder, real);
    const beside = !isAbsolute(inside) && inside.split(sep)[0] !== '..';
    return { path: beside ? inside.split(sep).join('/') : real, beside };
  }

  /** A root as it is stored. */
  stored(root: RootId): RootPlace {
    const row = this.connection.get<{ path: string; beside: number }>('SELECT path, beside FROM roots WHERE id = ?', root);
    if (row === undefined) throw new MaskwrightError('not-found', `The project has no folder ${root}.`, String(root));
    return { path: row.path, beside: row.beside === 1 };
  }

  place(root: RootId, { path, beside }: RootPlace): void {
    this.connection.run('UPDATE roots SET path = ?, beside = ? WHERE id = ?', path, Number(beside), root);
    this.paths = null;
  }

  list(): Root[] {
    return [...this.all()].map(([id, path]) => ({ id, path, missing: !existsSync(path) }));
  }

  /** Absolute path of the image `relPath` of a root. */
  absolute(root: RootId, relPath: string): string {
    const path = this.all().get(root);
    if (path === undefined) throw new MaskwrightError('not-found', `The project has no folder ${root}.`, relPath);
    return join(path, relPath);
  }

  /** After a rollback or another program's write. */
  forget(): void {
    this.paths = null;
  }

  private all(): Map<RootId, string> {
    this.paths ??= new Map(
      this.connection
        .all<{ id: number; path: string; beside: number }>('SELECT id, path, beside FROM roots ORDER BY id')
        .map(({ id, path, beside }) => [id, beside === 1 ? join(this.folder, path) : path]),
    );
    return this.paths;
  }
}
