import { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { removeFileNow } from '../../files/move-and-remove.ts';
import { quietly } from '../../quietly.ts';

/**
 * cookies: the schema cookies that the project's own file may have, without its log (header.ts); changes: how many changes were
 * made to the project (Connection.changes).
 */
const NoteContent = z.object({ cookies: z.array(z.int()).min(1), changes: z.int().nonnegative() });
export type NoteContent = z.infer<typeof NoteContent>;

const BYTES = 128;

const nameOf = (project: string): string => `${project}.count`;

/**
 * FILE.count beside a project that is being changed: what a program that is killed must have left in the project and its
 * write-ahead log. Written after each change without waiting for the disk, so after a power failure it may say less than there is, never more.
 */
export class ChangeNote {
  readonly #file: string;
  readonly #descriptor: number;
  #content: NoteContent;

  private constructor(file: string, descriptor: number, content: NoteContent) {
    this.#file = file;
    this.#descriptor = descriptor;
    this.#content = content;
  }

  /** What a program that did not end properly left, or null when there is nothing that can be read. */
  static read(project: string): NoteContent | null {
    try {
      return NoteContent.parse(JSON.parse(readFileSync(nameOf(project), 'utf8')));
    } catch {
      return null;
    }
  }

  static remove(project: string): void {
    quietly(() => removeFileNow(nameOf(project)));
  }

  /** Takes the place of what was noted before, and is on the disk when this returns. Null when it cannot be written: the changes do not depend on it. */
  static begin(project: string, content: NoteContent): ChangeNote | null {
    const file = nameOf(project);
    try {
      const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o666);
      const note = new ChangeNote(file, descriptor, content);
      try {
        note.#write();
        fsyncSync(descriptor);
        return note;
      } catch {
        quietly(() => closeSync(descriptor));
        ChangeNote.remove(project);
        return null;
      }
    } catch {
      return null;
    }
  }

  set(content: Partial<NoteContent>): void {
    this.#content = { ...this.#content, ...content };
    // An older note is still true.
    quietly(() => this.#write());
  }

  /** As set; on the disk when this returns. False when it could not be written. */
  setDurably(content: Partial<NoteContent>): boolean {
    try {
      this.#content = { ...this.#content, ...content };
      this.#write();
      fsyncSync(this.#descriptor);
      return true;
    } catch {
      return false;
    }
  }

  /** @param keep whether the log must still be there when the project is next opened */
  close(keep: boolean): void {
    quietly(() => closeSync(this.#descriptor));
    if (!keep) quietly(() => removeFileNow(this.#file));
  }

  #write(): void {
    writeSync(this.#descriptor, JSON.stringify(this.#content).padEnd(BYTES), 0);
  }
}
