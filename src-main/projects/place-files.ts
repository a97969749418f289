import type { EditResult } from '../../src-shared/contract/types.ts';
import type { Edit } from '../../src-shared/domain/edits.ts';
import type { ImageId, RootId } from '../../src-shared/domain/schema.ts';
import { apply, purge, Touched } from './apply.ts';
import type { ImageRecord } from './images.ts';
import { editResult } from './step.ts';
import type { Tables } from './tables.ts';

/** What it needs of the project. Throws as ProjectStore does. */
interface Access {
  read<Result>(work: (tables: Tables) => Result): Result;
  write<Result>(work: (tables: Tables) => Result): Result;
}

export interface ImagePlace {
  readonly id: ImageId;
  readonly root: RootId;
  /** Relative to it, with forward slashes. */
  readonly path: string;
}

/** Names of `meta` that is not told to anybody: ids of the folders that a person added, as JSON. */
const ADDED = 'added-roots';

/** Where the files of a project's images are. */
export class PlaceFiles {
  private readonly access: Access;

  constructor(access: Access) {
    this.access = access;
  }

  /** Marks a folder as one whose new files belong to the project; folders that an import found images in are not. */
  noteAdded(root: RootId): void {
    if (!this.added().has(root)) this.access.write(({ connection }) => connection.run('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value', ADDED, JSON.stringify([...this.added(), root])));
  }

  /** The folders whose new files belong to the project. */
  added(): Set<RootId> {
    const value = this.access.read(({ connection }) => connection.value<string>('SELECT value FROM meta WHERE key = ?', ADDED));
    const ids: unknown = value === undefined ? [] : JSON.parse(value);
    return new Set(Array.isArray(ids) ? ids.filter((id): id is number => typeof id === 'number') : []);
  }

  /** Relative paths of a root's images. */
  paths(root: RootId): Set<string> {
    return this.access.read(({ images }) => images.paths(root));
  }

  /** The next images by id. */
  after(id: ImageId, limit: number): ImageRecord[] {
    return this.access.read(({ images }) => images.after(id, limit, false));
  }

  /** Says where the files of images are now, in one step of undo. */
  moveImages(label: string, places: readonly ImagePlace[]): EditResult {
    return this.step(label, ({ images }) => places.map(({ id, root, path }): Edit => {
      const before = images.record(id);
      return { type: 'image.place', id, before: { root: before.root, path: before.path }, after: { root, path } };
    }));
  }

  /** Says where a folder (absolute path) is now, in one step of undo. */
  moveRoot(label: string, root: RootId, folder: string): EditResult {
    return this.step(label, ({ roots }) => [{ type: 'root.place', id: root, before: roots.stored(root), after: roots.placeOf(folder) }]);
  }

  private step(label: string, plan: (tables: Tables) => Edit[]): EditResult {
    return this.access.write((tables) => {
      const touched = new Touched();
      const edits = plan(tables);
      for (const edit of edits) apply(tables, edit, touched);
      purge(tables, tables.journal.dropUndone());
      tables.journal.record(label, edits);
      return editResult(tables, label, touched, { instances: [], classes: [] });
    });
  }
}

