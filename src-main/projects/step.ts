import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { EditResult } from '../../src-shared/contract/types.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import { invertAll, type Edit } from '../../src-shared/domain/edits.ts';
import { planEdits } from '../../src-shared/domain/plan-edits.ts';
import type { ClassId, Instance, InstanceId } from '../../src-shared/domain/schema.ts';
import { apply, purge, Touched } from './apply.ts';
import { Connection } from './connection.ts';
import { DamagedShape } from './damaged-shape.ts';
import { DoneWork } from './done-work.ts';
import { editView } from './edit-view.ts';
import { explainSqlite } from './sqlite-errors.ts';
import { Tables } from './tables.ts';

/** Steps of undo on the tables of a project, inside the caller's transaction. */

/** Carries commands out as one step. See planEdits() for what is refused. */
export function takeStep(tables: Tables, label: string, commands: Iterable<EditCommand>): { touched: Touched; created: EditResult['created'] } {
  const touched = new Touched();
  const created = { instances: [] as InstanceId[], classes: [] as ClassId[] };
  const done: Edit[] = [];
  const view = editView(tables);
  for (const command of commands) {
    const { edits, added, classes } = planEdits(view, command);
    for (const instance of added) tables.instances.insert(instance);
    for (const edit of edits) apply(tables, edit, touched);
    done.push(...edits);
    created.instances.push(...added.map(({ id }) => id));
    created.classes.push(...classes);
  }
  if (done.length > 0) {
    purge(tables, tables.journal.dropUndone());
    tables.journal.record(label, done);
  }
  return { touched, created };
}

/**
 * Takes the last step back (`undone`), or does the one again that was undone last. 'nothing-to-undo' when there is none.
 * @param only the number of the step: when that is not the next one, it has been done, and nothing happens
 */
export function repeatStep(tables: Tables, undone: boolean, only?: number): { label: string; touched: Touched } {
  const step = undone ? tables.journal.lastDone() : tables.journal.firstUndone();
  if (only !== undefined && step?.step !== only) return { label: tables.journal.label(only), touched: new Touched() };
  if (step === null) throw new MaskwrightError('nothing-to-undo', `There is nothing to ${undone ? 'undo' : 'redo'}.`);
  const touched = new Touched();
  for (const edit of undone ? invertAll(step.edits) : step.edits) apply(tables, edit, touched);
  tables.journal.setUndone(step.step, undone);
  return { label: step.label, touched };
}

/** Edits of all projects, in this run of the program. */
let edits = 0;

/** A step as its caller and the windows learn of it. */
export function editResult(tables: Tables, label: string, touched: Touched, created: EditResult['created']): EditResult {
  return {
    number: ++edits,
    request: null,
    label,
    created,
    images: [...touched.images],
    manyImages: touched.manyImages,
    instances: touched.instances === null ? null : carried(tables, touched.instances),
    classes: touched.classes,
    undo: tables.journal.state(),
    savedAt: Date.now(),
  };
}

/** Null also when one cannot be read: then whoever looks at its image learns why. */
function carried(tables: Tables, ids: Iterable<InstanceId>): EditResult['instances'] {
  const found = { set: [] as Instance[], removed: [] as InstanceId[] };
  for (const id of ids) {
    try {
      found.set.push(tables.instances.get(id));
    } catch (error) {
      if (error instanceof DamagedShape) return null;
      if (!(error instanceof MaskwrightError) || error.code !== 'no-such-instance') throw error;
      found.removed.push(id);
    }
  }
  return found;
}

/** Packed ids take a byte or two each: beyond so many rows, writing them takes longer than main may stand still. */
const LONG_STEP_BYTES = 2_000;
/** Of a step as it is stored, shapes included: one such is taken apart only by who carries it out. */
const HUGE_STEP_BYTES = 1_000_000;

/** The number of the step that undo (or redo) comes to next, if it is better done by another process; else null. */
export function longStep({ journal }: Tables, undone: boolean): number | null {
  const next = journal.next(undone);
  if (next !== null && next.bytes > HUGE_STEP_BYTES) return next.step;
  const step = undone ? journal.lastDone() : journal.firstUndone();
  const bytes = step?.edits.reduce((sum, edit) => sum + ('ids' in edit ? edit.ids.length : 0), 0) ?? 0;
  return step === null || bytes <= LONG_STEP_BYTES ? null : step.step;
}

/** What a piece of work answered that was done before by another process; undefined when it was not. Throws what a project's file throws. */
export function doneBefore(projectFile: string, work: string): { readonly result: unknown } | undefined {
  try {
    const connection = Connection.readOnly(projectFile);
    try {
      return new DoneWork(connection).find(work);
    } finally {
      connection.close();
    }
  } catch (error) {
    throw explainSqlite(error, projectFile);
  }
}

/** Longer than any edit of the program holds the project. */
const BUSY_MS = 10_000;

/**
 * Writes to a project from another process than the one whose store yields to it (ProjectStore.yieldTo), in one transaction.
 * Throws what a project's file throws; then nothing was written.
 * @param work id of the piece of work: under the same id it is done once, and answers the same again (plain JSON)
 */
export function writeFromOutside<Result>(projectFile: string, work: string, write: (tables: Tables) => Result): Result {
  try {
    const connection = Connection.writable(projectFile);
    try {
      connection.pragma(`busy_timeout = ${BUSY_MS}`);
      const tables = new Tables(connection, projectFile);
      return connection.transaction(() => tables.doneWork.once(work, () => write(tables)));
    } finally {
      connection.close();
    }
  } catch (error) {
    throw explainSqlite(error, projectFile);
  }
}

/** Carries out what a project starts with, without a step of undo. */
export function begin(tables: Tables, commands: readonly EditCommand[]): void {
  takeStep(tables, '', commands);
  tables.journal.clear();
}
