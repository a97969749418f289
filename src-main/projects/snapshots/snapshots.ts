import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { SnapshotId, SnapshotRow } from '../../../src-shared/contract/snapshots.ts';
import { foldedName } from '../../../src-shared/domain/class-names.ts';
import type { Connection } from '../connection.ts';
import type { Tables } from '../tables.ts';
import { noSuchSnapshot } from './named-snapshot.ts';

/** What it needs of the project. Throws as ProjectStore does. */
interface Access {
  read<Result>(work: (tables: Tables) => Result): Result;
  write<Result>(work: (tables: Tables) => Result): Result;
}

interface StoredRow {
  readonly id: number;
  readonly name: string;
  readonly note: string;
  readonly at_ms: number;
  readonly hash: Uint8Array;
  readonly images: number;
  readonly done: number;
  readonly instances: number;
}

const SELECT = 'SELECT id, name, note, at_ms, hash, images, done, instances FROM snapshots WHERE complete = 1';

/** The snapshots of an open project: what is cheap. Making one and clearing one away is a piece of work of its own (take-snapshot.ts). */
export class Snapshots {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /** The newest first. */
  list(): SnapshotRow[] {
    return this.#access.read(({ connection }) => connection.all<StoredRow>(`${SELECT} ORDER BY at_ms DESC, id DESC`).map(toRow));
  }

  /** Throws 'not-found'. */
  get(id: SnapshotId): SnapshotRow {
    return this.#access.read(({ connection }) => get(connection, id));
  }

  /** Gives a snapshot another name or note; what it holds never changes. Throws 'not-found', and 'conflict' for a name that is in use. */
  change(id: SnapshotId, { name, note }: { readonly name?: string | undefined; readonly note?: string | undefined }): SnapshotRow {
    return this.#access.write(({ connection }) => {
      const before = get(connection, id);
      const after = { ...before, name: name?.trim() ?? before.name, note: note ?? before.note };
      if (connection.get('SELECT 1 FROM snapshots WHERE name_key = ? AND complete = 1 AND id <> ?', foldedName(after.name), id) !== undefined) throw nameTaken(after.name);
      connection.run('UPDATE snapshots SET name = ?, name_key = ?, note = ? WHERE id = ?', after.name, foldedName(after.name), after.note, id);
      return after;
    });
  }

  /** It is gone at once; what only it held is freed by clearUnfinished. Throws 'not-found'. */
  drop(id: SnapshotId): void {
    this.#access.write(({ connection }) => {
      get(connection, id);
      connection.run('UPDATE snapshots SET complete = 0 WHERE id = ?', id);
    });
  }

  /** Throws what a change would throw, of a project that cannot be written or a name that is taken. */
  checkNew(name: string): void {
    this.#access.write(({ connection }) => {
      if (connection.get('SELECT 1 FROM snapshots WHERE name_key = ? AND complete = 1', foldedName(name)) !== undefined) throw nameTaken(name);
    });
  }
}

function get(connection: Connection, id: SnapshotId): SnapshotRow {
  const row = connection.get<StoredRow>(`${SELECT} AND id = ?`, id);
  if (row === undefined) throw noSuchSnapshot(id);
  return toRow(row);
}

const toRow = ({ id, at_ms, hash, ...row }: StoredRow): SnapshotRow => ({ ...row, snapshot: id, at: at_ms, hash: Buffer.from(hash).toString('hex') });

export const nameTaken = (name: string): MaskwrightError =>
  new MaskwrightError('conflict', `There is already a snapshot named "${name.trim()}". Choose another name, or delete that one.`, name);
