import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';

/**
 * A small file of settings: read leniently (absent or damaged gives `fallback`), written whole
 * to a temporary file that is then renamed, one write after the other.
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

  /** Keeps the new value for this run even when it cannot be written; the error is the caller's to tell. */
  write(value: z.output<S>): Promise<void> {
    this.#value = value;
    this.#writing = this.#writing.catch(() => undefined).then(() => writeWhole(this.#path, `${JSON.stringify(value, null, 2)}\n`));
    return this.#writing;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await using file = await open(temporary, 'w');
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await rename(temporary, path);
}
