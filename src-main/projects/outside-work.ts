import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { EditResult, WorkId } from '../../src-shared/contract/types.ts';
import { Touched } from './apply.ts';
import type { Tables } from './tables.ts';

/** What it needs of the project. Throws as ProjectStore does. */
interface Access {
  read<Result>(work: (tables: Tables) => Result): Result;
  /** Another process is about to write. */
  begin(): void;
  /** It has written, or may have. */
  end(): void;
  /** What is kept in memory is no longer what the file holds. */
  forget(): void;
  edit(label: string, touched: Touched, created: EditResult['created']): EditResult;
}

/** Has a piece of work done by another process, under the id given, and gives its answer. */
export type Ask = (work: WorkId) => Promise<unknown>;

export interface WriteOptions<Result> {
  /** A fresh one when absent. */
  readonly work?: WorkId;
  /** Names the edit; the journal's last step does when absent. */
  readonly label?: (result: Result) => string;
  /** When absent: everything, and nothing was created. */
  readonly changed?: (result: Result) => { readonly touched: Touched; readonly created: EditResult['created'] };
}

/** Work that other processes write into an open project, each piece once whatever dies on the way. */
export class OutsideWork {
  private readonly access: Access;
  private yielding = false;

  constructor(access: Access) {
    this.access = access;
  }

  /** While another process writes, changes outside their turn throw 'conflict'. */
  assertFree(project: string): void {
    if (this.yielding) throw new MaskwrightError('conflict', 'A large change is being written into the project. Try again in a moment.', project);
  }

  /**
   * Lets another process write while the project lets it be, as an import does; to be called in turn. When asking fails although
   * the work was committed, the answer is the one noted with it (DoneWork). Gives the answer, checked, and what changed.
   */
  async write<Result>(ask: Ask, answer: z.ZodType<Result>, { work = randomUUID(), label, changed = everything }: WriteOptions<Result> = {}): Promise<{ result: Result; edit: EditResult }> {
    this.access.begin();
    this.yielding = true;
    let result: Result;
    try {
      result = await this.done(work, ask, answer);
    } finally {
      this.yielding = false;
      this.access.forget();
      this.access.end();
    }
    const { touched, created } = changed(result);
    return { result, edit: this.access.edit(label?.(result) ?? this.access.read(({ journal }) => journal.state().undo) ?? '', touched, created) };
  }

  /** Lets another process write in small portions, and only what no edit touches: editing goes on. Otherwise as write. */
  async writeBeside<Result>(ask: Ask, answer: z.ZodType<Result>): Promise<Result> {
    this.access.begin();
    try {
      return await this.done(randomUUID(), ask, answer);
    } finally {
      this.access.end();
    }
  }

  /** Whether a piece of work was committed. */
  isDone(work: WorkId): boolean {
    return this.access.read(({ doneWork }) => doneWork.find(work)) !== undefined;
  }

  private async done<Result>(work: WorkId, ask: Ask, answer: z.ZodType<Result>): Promise<Result> {
    try {
      return answer.parse(await ask(work));
    } catch (error) {
      const done = this.noted(work);
      if (done === undefined) throw error;
      return answer.parse(done.result);
    }
  }

  /** A project that cannot be read has its own error; the work's is the one that matters here. */
  private noted(work: WorkId): { readonly result: unknown } | undefined {
    try {
      return this.access.read(({ doneWork }) => doneWork.find(work));
    } catch {
      return undefined;
    }
  }
}

function everything(): { touched: Touched; created: EditResult['created'] } {
  const touched = new Touched();
  touched.classes = true;
  touched.manyImages = true;
  touched.instances = null;
  return { touched, created: { instances: [], classes: [] } };
}
