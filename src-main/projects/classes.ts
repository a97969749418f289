import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ClassFate, ClassState } from '../../src-shared/domain/edits.ts';
import { Colour, type ClassId, type LabelClass } from '../../src-shared/domain/schema.ts';
import { nameKey } from '../../src-shared/domain/class-names.ts';
import { PALETTE } from '../../src-shared/domain/palette.ts';
import type { Extras } from '../datasets/extras.ts';
import { decodeExtras } from './codec.ts';
import type { Connection } from './connection.ts';

interface ClassRow {
  readonly id: number;
  readonly name: string;
  readonly colour: string;
  readonly key: number | null;
  readonly position: number;
  readonly fate: 'delete' | 'unlabel' | 'move' | null;
  readonly moved_to: number | null;
}

/** What a class stored with an instance means now: a class, none, or that the instance went with its class. */
export type Resolved = ClassId | null | 'gone';

/** The label classes. All of them, removed ones too, are few and kept in memory. */
export class Classes {
  private readonly connection: Connection;
  private states: Map<ClassId, ClassState> | null = null;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** The classes that are there, in their order. */
  list(): LabelClass[] {
    return [...this.all()]
      .filter(([, state]) => state.fate === null)
      .map(([id, { name, colour, key, position }]) => ({ id, name, colour, key, position }))
      .sort((a, b) => a.position - b.position || a.id - b.id);
  }

  /** Of the classes that have some. */
  extras(): Map<ClassId, Extras> {
    const rows = this.connection.all<{ id: number; name: string; extras: string }>('SELECT id, name, extras FROM classes WHERE extras IS NOT NULL');
    return new Map(rows.map(({ id, name, extras }) => [id, decodeExtras(extras, `Class "${name}"`)]));
  }

  /** The class as it is. A class that is not there throws 'no-such-class'. */
  get(id: ClassId): ClassState {
    const state = this.all().get(id);
    if (state === undefined || state.fate !== null) throw new MaskwrightError('no-such-class', `There is no class ${id} in this project any more. Choose another one.`, String(id));
    return state;
  }

  /** The row whatever became of the class; null when there never was one. */
  state(id: ClassId): ClassState | null {
    return this.all().get(id) ?? null;
  }

  /** Follows removed classes from the class stored with an instance to what it means now. */
  resolve(stored: ClassId | null): Resolved {
    let id = stored;
    // Classes only move to ones that were there, so a chain cannot be longer than the list, unless the file was tampered with.
    for (let hops = this.all().size; id !== null && hops >= 0; hops--) {
      const fate: ClassFate | null = this.all().get(id)?.fate ?? null;
      if (fate === null) return id;
      if (fate.action === 'delete') return 'gone';
      id = fate.action === 'move' ? fate.to : null;
    }
    return id === null ? null : 'gone';
  }

  /** The ids under which instances of which a class means this now may be stored; beside them null always means none. */
  storedAs(now: Resolved): ClassId[] {
    return [...this.all().keys()].filter((stored) => this.resolve(stored) === now);
  }

  /** An id that no class has had. */
  nextId(): ClassId {
    return 1 + (this.connection.value<number>("SELECT seq FROM sqlite_sequence WHERE name = 'classes'") ?? 0);
  }

  put(id: ClassId, state: ClassState | null): void {
    if (state === null) {
      this.connection.run("UPDATE classes SET fate = 'undone', moved_to = NULL WHERE id = ?", id);
    } else {
      const { name, colour, key, position, fate } = state;
      this.connection.run(
        `INSERT INTO classes (id, name, name_key, colour, key, position, fate, moved_to) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, colour = excluded.colour, key = excluded.key,
           position = excluded.position, fate = excluded.fate, moved_to = excluded.moved_to`,
        id, name, nameKey(name), colour, key, position, fate?.action ?? null, fate?.action === 'move' ? fate.to : null,
      );
    }
    if (state === null) this.states?.delete(id);
    else this.states?.set(id, state);
  }

  /** How many classes there are and were. */
  count(): number {
    return this.all().size;
  }

  /** Deletes the row of a class that was undone and can no longer be redone. */
  purge(id: ClassId): void {
    this.connection.run("DELETE FROM classes WHERE id = ? AND fate = 'undone'", id);
  }

  /** After a rollback or another program's write. */
  forget(): void {
    this.states = null;
  }

  private all(): Map<ClassId, ClassState> {
    this.states ??= new Map(
      this.connection
        .all<ClassRow>("SELECT id, name, colour, key, position, fate, moved_to FROM classes WHERE fate IS NOT 'undone' ORDER BY id")
        .map(({ id, name, colour, key, position, fate, moved_to }) => [id, { name, colour: Colour.catch(PALETTE[0]).parse(colour), key, position, fate: fateOf(fate, moved_to) }]),
    );
    return this.states;
  }
}

function fateOf(action: ClassRow['fate'], to: number | null): ClassFate | null {
  if (action === null) return null;
  return action === 'move' && to !== null ? { action, to } : { action: action === 'delete' ? 'delete' : 'unlabel' };
}
