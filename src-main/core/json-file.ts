import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { writeWhole } from '../datasets/atomic-file.ts';

/**
 * A small file of settings: read leniently (absent or damaged gives `fallback`), written whole (writeWhole), one write after the other.
 */
export class JsonFile<S extends z.ZodType> {
  readonly #path: string;
  readonly #schema: S;
  readonly #fallback: () => z.output<S>;
  #value: z.output<S> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, schema: S, fallback: () => z.output<S>) {
    this.#path = path;
    this.#schema = schema;
    this.#fallback = fallback;
  }

  async read(): Promise<z.output<S>> {
    if (this.#value === undefined) {
      try {
        this.#value = this.#schema.parse(JSON.parse(await readFile(this.#path, 'utf8')));
      } catch {
        this.#value = this.#fallback();
      }
    }
    return this.#value;
  }

  /** Keeps the new value for this run even when it cannot be written; writeWhole's error is the caller's to tell. */
  write(value: z.output<S>): Promise<void> {
    this.#value = value;
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#writeWhole(`${JSON.stringify(value, null, 2)}\n`));
    return this.#writing;
  }

  async #writeWhole(text: string): Promise<void> {
    // A folder that cannot be made shows in the writing, with a sentence.
    await mkdir(dirname(this.#path), { recursive: true }).catch(() => undefined);
    await writeWhole(this.#path, true, (sink) => sink.write(text));
  }
}
