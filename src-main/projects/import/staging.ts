import Database from 'better-sqlite3';
import type { Problem } from '../../../src-shared/contract/errors.ts';
import { MaskwrightError, toProblem } from '../../../src-shared/contract/errors.ts';
import { Shape } from '../../../src-shared/domain/schema.ts';
import { orientShape, swapsSides } from '../../../src-shared/geometry/orient-shape.ts';
import { Extras } from '../../datasets/extras.ts';
import type { DatasetSink, ReadClass, ReadImage, ReadInstance } from '../../datasets/formats/format.ts';
import { quietly } from '../../quietly.ts';
import { decodeShape, encodeExtras, encodeShape } from '../codec.ts';
import { fitShape } from '../../../src-shared/geometry/fit-shape.ts';

/** An image as it was read, and what became of it. */
export interface StagedImage {
  readonly n: number;
  readonly path: string;
  readonly file: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly split: string | null;
  readonly extras: string | null;
}

export interface StagedClass {
  readonly n: number;
  readonly name: string;
  readonly colour: string | null;
  readonly extras: string | null;
}

/** Rows of one transaction while reading: SQLite keeps what a transaction changed. */
const PORTION = 50_000;

/**
 * A data set as it is read, in a file of its own beside the project's, so that neither the memory nor the project holds a
 * half-read one. Rows that cannot be taken are told to `onProblem`, and the rest goes on.
 */
export class Staging implements DatasetSink {
  readonly #db: Database.Database;
  readonly #onProblem: (item: string, problem: Problem) => void;
  readonly #onNote: (text: string) => void;
  readonly #classes = new Map<string, number>();
  readonly #images = new Map<string, { readonly n: number; readonly path: string; readonly width: number | null; readonly height: number | null; instances: number }>();
  readonly #insertClass: Database.Statement;
  readonly #insertImage: Database.Statement;
  readonly #insertInstance: Database.Statement;
  #rows = 0;
  #instances = 0;
  #extras: Extras = {};

  constructor(file: string, onProblem: (item: string, problem: Problem) => void, onNote: (text: string) => void) {
    this.#onProblem = onProblem;
    this.#onNote = onNote;
    this.#db = new Database(file);
    // Nobody else reads it, and after a crash it is worth nothing.
    this.#db.pragma('journal_mode = OFF');
    this.#db.pragma('synchronous = OFF');
    this.#db.exec(`
CREATE TABLE classes (n INTEGER PRIMARY KEY, name TEXT NOT NULL, colour TEXT, extras TEXT, id INTEGER) STRICT;
CREATE TABLE images (n INTEGER PRIMARY KEY, path TEXT NOT NULL, file TEXT, width INTEGER, height INTEGER, split TEXT, extras TEXT, id INTEGER) STRICT;
CREATE TABLE instances (
  n INTEGER PRIMARY KEY, image INTEGER NOT NULL, class INTEGER, kind TEXT NOT NULL, shape BLOB NOT NULL, z INTEGER NOT NULL, extras TEXT,
  area REAL, box_x REAL, box_y REAL, box_width REAL, box_height REAL
) STRICT;
CREATE INDEX instances_by_image ON instances (image);
BEGIN`);
    this.#insertClass = this.#db.prepare('INSERT INTO classes (n, name, colour, extras) VALUES (?, ?, ?, ?)');
    this.#insertImage = this.#db.prepare('INSERT INTO images (n, path, file, width, height, split, extras) VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#insertInstance = this.#db.prepare('INSERT INTO instances (n, image, class, kind, shape, z, extras, area, box_x, box_y, box_width, box_height) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  }

  get images(): number {
    return this.#images.size;
  }

  get instances(): number {
    return this.#instances;
  }

  get datasetExtras(): Extras {
    return this.#extras;
  }

  class({ key, name, colour, extras = {} }: ReadClass): void {
    const n = this.#classes.size + 1;
    this.#classes.set(key, n);
    this.#insertClass.run(n, name, colour ?? null, this.#kept(extras, name));
    this.#count();
  }

  image({ key, path, file, width, height, split, extras = {} }: ReadImage): void {
    const n = this.#images.size + 1;
    this.#images.set(key, { n, path, width, height, instances: 0 });
    this.#insertImage.run(n, path, file, width, height, split, this.#kept(extras, path));
    this.#count();
  }

  instance({ image, class: cls, shape, z, extras = {} }: ReadInstance): void {
    const on = this.#images.get(image);
    if (on === undefined) throw new Error(`a reader told an instance of the image ${image} before that image`);
    on.instances++;
    const item = `${on.path}, annotation ${on.instances}`;
    const checked = Shape.safeParse(shape);
    if (!checked.success) {
      this.problem(item, { code: 'bad-request', message: `Annotation ${on.instances} of "${on.path}" was left out: its shape is impossible (${checked.error.issues[0]?.message ?? 'unknown'}).`, item });
      return;
    }
    const n = this.#instances + 1;
    const row = this.#fitted(checked.data, on.width, on.height, on.path, item);
    if (row === null) return;
    this.#insertInstance.run(n, on.n, cls === null ? null : (this.#classes.get(cls) ?? null), row.shape.kind, encodeShape(row.shape), Math.trunc(z ?? on.instances), this.#kept(extras, item), ...row.measures);
    this.#instances = n;
    this.#count();
  }

  extras(extras: Extras): void {
    this.#extras = Extras.parse(extras);
  }

  problem(item: string, problem: Problem): void {
    this.#onProblem(item, problem);
  }

  note(text: string): void {
    this.#onNote(text);
  }

  allImages(): StagedImage[] {
    return this.#db.prepare('SELECT n, path, file, width, height, split, extras FROM images ORDER BY n').all() as StagedImage[];
  }

  allClasses(): StagedClass[] {
    return this.#db.prepare('SELECT n, name, colour, extras FROM classes ORDER BY n').all() as StagedClass[];
  }

  /** The image is left out with its instances. */
  drop(image: number): void {
    this.#db.prepare('DELETE FROM instances WHERE image = ?').run(image);
    this.#db.prepare('DELETE FROM images WHERE n = ?').run(image);
  }

  /** Measures the instances of an image of which the data set did not say the size. */
  measure({ n, path }: StagedImage, width: number, height: number): void {
    const rows = this.#db.prepare('SELECT n, shape FROM instances WHERE image = ? AND area IS NULL ORDER BY n').all(n) as { n: number; shape: Uint8Array }[];
    const update = this.#db.prepare('UPDATE instances SET kind = ?, shape = ?, area = ?, box_x = ?, box_y = ?, box_width = ?, box_height = ? WHERE n = ?');
    for (const [i, { n: row, shape }] of rows.entries()) {
      const fitted = this.#fitted(decodeShape(shape, path), width, height, path, `${path}, annotation ${i + 1}`);
      if (fitted === null) this.#db.prepare('DELETE FROM instances WHERE n = ?').run(row);
      else update.run(fitted.shape.kind, encodeShape(fitted.shape), ...fitted.measures, row);
    }
  }

  /** Closes the complete file, so that it can be attached to the project. */
  seal(): void {
    if (this.#db.inTransaction) this.#db.exec('COMMIT');
    this.#db.close();
  }

  /** Turns the instances of an image, drawn on the stored image of width × height pixels, with it. */
  turn({ n, path }: StagedImage, orientation: number, width: number, height: number): void {
    const [w, h] = swapsSides(orientation) ? [height, width] : [width, height];
    const rows = this.#db.prepare('SELECT n, shape FROM instances WHERE image = ? ORDER BY n').all(n) as { n: number; shape: Uint8Array }[];
    const update = this.#db.prepare('UPDATE instances SET kind = ?, shape = ?, area = ?, box_x = ?, box_y = ?, box_width = ?, box_height = ? WHERE n = ?');
    for (const [i, { n: row, shape }] of rows.entries()) {
      const fitted = this.#fitted(orientShape(decodeShape(shape, path), orientation, width, height), w, h, path, `${path}, annotation ${i + 1}`);
      if (fitted === null) this.#db.prepare('DELETE FROM instances WHERE n = ?').run(row);
      else update.run(fitted.shape.kind, encodeShape(fitted.shape), ...fitted.measures, row);
    }
  }

  /** Closes the file, whose content is not wanted after all. Never throws: what went wrong before is what matters. */
  discard(): void {
    quietly(() => this.#db.close());
  }

  /** Null when nothing of the shape is left, which has then been told. Without a size it is taken as it is for now. */
  #fitted(shape: Shape, width: number | null, height: number | null, path: string, item: string): { shape: Shape; measures: (number | null)[] } | null {
    if (width === null || height === null) return { shape, measures: [null, null, null, null, null] };
    try {
      const { shape: kept, area, box } = fitShape(shape, width, height);
      if (area > 0) return { shape: kept, measures: [area, box.x, box.y, box.width, box.height] };
      throw new MaskwrightError('bad-request', `${item} was left out: nothing of it lies inside the picture of ${width} × ${height} pixels.`, item);
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      const problem = toProblem(error);
      this.problem(item, { ...problem, item, message: problem.message.includes(path) ? problem.message : `${item} was left out: ${problem.message}` });
      return null;
    }
  }

  #kept(extras: Extras, item: string): string | null {
    const checked = Extras.safeParse(extras);
    if (checked.success) return encodeExtras(checked.data);
    this.problem(item, { code: 'bad-request', message: `What "${item}" says beside its shape was left out: ${checked.error.issues[0]?.message ?? 'it is impossible'}.`, item });
    return null;
  }

  #count(): void {
    if (++this.#rows % PORTION === 0) this.#db.exec('COMMIT; BEGIN');
  }
}
