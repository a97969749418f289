import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import type { Extras } from '../../extras.ts';
import { withoutExtension } from '../../safe-names.ts';
import { listFiles, readText, statOf } from '../codecs/files.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { yoloDescription, yoloPictures } from './yolo-layout.ts';
import type { YoloDescription, YoloPicture } from './yolo-layout.ts';
import { numbersOf } from './yolo-pose.ts';
import { boxOf, ringOf } from './yolo-shape.ts';

/** Pictures looked at and label files read at once. */
const AT_ONCE = 8;
/** How far outside of the picture Ultralytics lets coordinates be. */
const TOLERANCE = 0.01;
/** Ultralytics' lists and notes, which are no labels. */
const NO_LABELS = /^(classes|notes|readme.*|requirements)\.txt$/i;

/**
 * Reads Ultralytics' YOLO layout (https://docs.ultralytics.com/datasets/segment/): data.yaml with its splits, or the
 * older classes.txt and obj.names with pictures and labels anywhere below. A row of 5 numbers is a box, of 6 a box and its
 * score, of an odd number from 7 a polygon, of an even one a polygon and its score; with `kpt_shape`, a box and its
 * keypoints (kept as `own.yolo`, as is what data.yaml says of them). Labels are fractions, so a picture that cannot be looked at is left out with them.
 */
export async function readYolo(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  const description = await yoloDescription(path, run);
  if (description === null) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" is no YOLO data set: there is neither a data.yaml with names nor a classes.txt. Write the names of the classes, a line each, into classes.txt.`, path);
  for (const [i, name] of description.names) sink.class({ key: String(i), name });
  if (description.pose !== null) sink.extras({ own: { yolo: { ...description.pose } } });
  const problem = sink.problem.bind(sink);
  const pictures = await yoloPictures(folder, description, { signal: run.signal, problem, encoding: run.encoding });
  if (pictures.length === 0) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" holds no pictures where its description says they are. YOLO's labels are fractions of them, so they are needed.`, path);
  const reader = new YoloReader(folder, description, sink, run);
  for (let i = 0; i < pictures.length; i += AT_ONCE) {
    if (run.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    const found = await Promise.all(pictures.slice(i, i + AT_ONCE).map((picture) => reader.open(picture)));
    for (const opened of found) reader.tell(opened);
    run.progress(Math.min(i + AT_ONCE, pictures.length), pictures.length);
  }
  for (const file of await listFiles(folder, new Set(['.txt']), { signal: run.signal, problem: () => undefined })) reader.orphan(file);
}

interface Opened {
  readonly picture: YoloPicture;
  readonly size: { readonly width: number; readonly height: number } | null;
  /** Relative to the data set's folder, with its text; null when the picture has no labels. */
  readonly labels: { readonly path: string; readonly text: string | MaskwrightError } | null;
}

class YoloReader {
  readonly #folder: string;
  readonly #description: YoloDescription;
  readonly #sink: DatasetSink;
  readonly #run: ReadRun;
  readonly #used = new Set<string>();

  constructor(folder: string, description: YoloDescription, sink: DatasetSink, run: ReadRun) {
    this.#folder = folder;
    this.#description = description;
    this.#sink = sink;
    this.#run = run;
  }

  async open(picture: YoloPicture): Promise<Opened> {
    const [size, labels] = await Promise.all([this.#run.sizeOf(picture.file), this.#labels(picture)]);
    return { picture, size, labels };
  }

  async #labels({ place }: YoloPicture): Promise<Opened['labels']> {
    for (const path of new Set([labelPath(place), `${withoutExtension(place)}.txt`])) {
      const file = join(this.#folder, ...path.split('/'));
      if ((await statOf(file))?.isFile() !== true) continue;
      const text = await readText(file, path, this.#run).catch((error: unknown) => (error instanceof MaskwrightError ? error : new MaskwrightError('io', `"${path}" cannot be read.`, path, { cause: error })));
      return { path, text };
    }
    return null;
  }

  tell({ picture, size, labels }: Opened): void {
    if (labels !== null) this.#used.add(labels.path);
    if (size === null) {
      this.#sink.problem(picture.place, { code: 'image-unreadable', message: `"${picture.place}" was left out with its labels: the picture cannot be read, and YOLO's labels are fractions of it.`, item: picture.place });
      return;
    }
    this.#sink.image({ key: picture.place, path: picture.path, file: picture.file, ...size, split: picture.split });
    if (labels === null) return;
    if (typeof labels.text !== 'string') {
      this.#sink.problem(labels.path, labels.text.toProblem());
      return;
    }
    for (const [i, line] of labels.text.split(/\r\n|\r|\n/).entries()) {
      const values = line.trim().split(/\s+/);
      if (values[0] === '') continue;
      try {
        const { shape, class: cls, extras } = this.#row(values, size);
        this.#sink.instance({ image: picture.place, class: cls, shape, extras });
      } catch (error) {
        if (!(error instanceof MaskwrightError)) throw error;
        const item = `${labels.path}, line ${i + 1}`;
        this.#sink.problem(item, { code: 'dataset-invalid', message: `${item} was left out: ${error.message}.`, item });
      }
    }
  }

  #row(values: readonly string[], { width, height }: { readonly width: number; readonly height: number }): { shape: Shape; class: string; extras: Extras } {
    const numbers = values.map((value) => (value === '' ? Number.NaN : Number(value)));
    if (!numbers.every(Number.isFinite)) throw invalid(`"${values.find((_, i) => !Number.isFinite(numbers[i]))?.slice(0, 40)}" is no number`);
    const [cls = -1, ...rest] = numbers;
    if (!this.#description.names.has(cls)) throw invalid(`its class ${cls} is not among the ${this.#description.names.size} names`);
    const { pose } = this.#description;
    if (pose !== null) {
      const keypoints = numbersOf(pose);
      if (rest.length !== 4 + keypoints) throw invalid(`it has ${values.length} numbers, and ${5 + keypoints} are needed with these keypoints`);
      return { class: String(cls), shape: { kind: 'box', box: boxOf(inside(rest.slice(0, 4)), width, height) }, extras: { own: { yolo: { keypoints: rest.slice(4) } } } };
    }
    if (rest.length < 4) throw invalid(`it has ${values.length} numbers; a box needs 5, a polygon 7 or more`);
    const score = rest.length === 5 || (rest.length > 5 && rest.length % 2 === 1) ? rest.pop() : undefined;
    const extras = score === undefined ? {} : { score };
    inside(rest);
    if (rest.length === 4) return { class: String(cls), shape: { kind: 'box', box: boxOf(rest, width, height) }, extras };
    return { class: String(cls), shape: { kind: 'polygon', parts: [{ outer: ringOf(rest, width, height), holes: [] }] }, extras };
  }

  /** Labels without a picture are told; lists and notes are none. */
  orphan(path: string): void {
    if (this.#used.has(path) || !`/${path}`.includes('/labels/') || NO_LABELS.test(basename(path))) return;
    this.#sink.problem(path, { code: 'image-missing', message: `"${path}" was left out: its picture is not in the data set.`, item: path });
  }
}

/** Where Ultralytics looks for the labels of a picture: the last folder "images" becomes "labels". */
export function labelPath(place: string): string {
  const at = `/${place}`.lastIndexOf('/images/');
  const moved = at === -1 ? place : `${place.slice(0, at)}labels${place.slice(at + 'images'.length)}`;
  return `${withoutExtension(moved)}.txt`;
}

const invalid = (why: string): MaskwrightError => new MaskwrightError('dataset-invalid', why);

function inside(values: number[]): number[] {
  const outside = values.find((value) => value < -TOLERANCE || value > 1 + TOLERANCE);
  if (outside !== undefined) throw invalid(`${outside} is not between 0 and 1: coordinates are fractions of the picture's width and height, not pixels`);
  return values;
}
