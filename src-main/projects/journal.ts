import type { UndoState } from '../../src-shared/contract/types.ts';
import type { Edit } from '../../src-shared/domain/edits.ts';
import { decodeEdits, encodeEdits } from './codec.ts';
import type { Connection } from './connection.ts';

export interface Step {
  readonly step: number;
  readonly label: string;
  readonly edits: Edit[];
}

interface StepRow {
  readonly step: number;
  readonly label: string;
  readonly edits: Uint8Array;
}

/** The steps of undo. Undone steps are always the newest ones. */
export class Journal {
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  record(label: string, edits: readonly Edit[]): void {
    this.connection.run('INSERT INTO journal (label, edits, at_ms) VALUES (?, ?, ?)', label, encodeEdits(edits), Date.now());
  }

  /** The step that undo takes back next. */
  lastDone(): Step | null {
    return this.read(this.connection.get<StepRow>(`SELECT step, label, edits ${LAST_DONE}`));
  }

  /** The step that redo does next. */
  firstUndone(): Step | null {
    return this.read(this.connection.get<StepRow>(`SELECT step, label, edits ${FIRST_UNDONE}`));
  }

  /** The step that undo (or redo) comes to next, and how large it is as it is stored. */
  next(undone: boolean): { step: number; bytes: number } | null {
    return this.connection.get<{ step: number; bytes: number }>(`SELECT step, length(edits) AS bytes ${undone ? LAST_DONE : FIRST_UNDONE}`) ?? null;
  }

  label(step: number): string {
    return this.connection.value<string>('SELECT label FROM journal WHERE step = ?', step) ?? '';
  }

  setUndone(step: number, undone: boolean): void {
    this.connection.run('UPDATE journal SET undone = ? WHERE step = ?', Number(undone), step);
  }

  /** Forgets the undone steps, as a new edit does, and gives what they held. */
  dropUndone(): Edit[] {
    const edits = this.undoneSteps().flatMap((step) => step.edits);
    if (edits.length > 0) this.connection.run('DELETE FROM journal WHERE undone = 1');
    return edits;
  }

  /** About how many instances a new edit deletes for good, because steps that made them were undone: at most as many as this. */
  undoneRows(): number {
    const { steps = 0, bytes = 0 } = this.connection.get<{ steps: number; bytes: number | null }>('SELECT count(*) AS steps, sum(length(edits)) AS bytes FROM journal WHERE undone = 1') ?? {};
    if (steps === 0 || bytes === null || bytes > HUGE_STEPS_BYTES) return bytes ?? 0;
    return this.undoneSteps().reduce((sum, { edits }) => sum + edits.reduce((rows, edit) => rows + (edit.type === 'instances.add' ? edit.ids.length : 0), 0), 0);
  }

  /** Forgets all steps: what they did stays. */
  clear(): void {
    this.connection.run('DELETE FROM journal');
  }

  state(): UndoState {
    return {
      undo: this.connection.value<string>(`SELECT label ${LAST_DONE}`) ?? null,
      redo: this.connection.value<string>(`SELECT label ${FIRST_UNDONE}`) ?? null,
    };
  }

  private undoneSteps(): Step[] {
    return this.connection.all<StepRow>('SELECT step, label, edits FROM journal WHERE undone = 1 ORDER BY step').flatMap((row) => this.read(row) ?? []);
  }

  private read(row: StepRow | undefined): Step | null {
    if (row === undefined) return null;
    return { step: row.step, label: row.label, edits: decodeEdits(row.edits, `Step "${row.label}" of the history`) };
  }
}

/** Steps that take so much are not taken apart to find out what is in them. */
const HUGE_STEPS_BYTES = 500_000;

const FIRST_UNDONE = 'FROM journal WHERE undone = 1 ORDER BY step LIMIT 1';
/** Both ends are looked up, not scanned, however many steps were undone. */
const LAST_DONE = `FROM journal WHERE step < coalesce((SELECT step ${FIRST_UNDONE}), 9223372036854775807) ORDER BY step DESC LIMIT 1`;
