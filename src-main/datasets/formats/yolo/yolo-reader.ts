import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { listFiles, readHead, readText } from '../codecs/files.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { counted } from '../parts/counted.ts';
import { YoloLabels } from './yolo-labels.ts';
import { yoloDescription, yoloPictures } from './yolo-layout.ts';
import type { YoloDescription, YoloPicture } from './yolo-layout.ts';
import { yoloRow } from './yolo-row.ts';
import type { YoloRow } from './yolo-row.ts';

/** Images looked at and label files read at once. */
const AT_ONCE = 8;
/** Ultralytics' lists and notes, which are no labels. */
const NO_LABELS = /^(classes|labels|notes|readme.*|requirements|licen[cs]e)\.txt$/i;
/** A row of labels: a class and at least four numbers. */
export const YOLO_ROW = /^\s*\d+(?:[ \t]+-?\d*\.?\d+(?:e[-+]?\d+)?){4,}[ \t]*$/im;

/**
 * Reads Ultralytics' YOLO layout (https://docs.ultralytics.com/datasets/segment/): data.yaml with its splits, Darknet's obj.data, or
 * names in classes.txt, obj.names or _darknet.labels with images and labels anywhere below. Rows are read as yoloRow says; keypoints
 * are kept as `own.yolo`, as is what data.yaml says of them. Labels are fractions, so an image that cannot be looked at is left out with them.
 */
export async function readYolo(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  const found = await yoloDescription(path, run);
  const description: YoloDescription = found ?? { file: null, names: new Map(), root: folder, splits: null, pose: null, count: null };
  for (const [i, name] of description.names) sink.class({ key: String(i), name });
  const problem = sink.problem.bind(sink);
  const pictures = await yoloPictures(folder, description, { signal: run.signal, problem, note: sink.note.bind(sink), encoding: run.encoding });
  const texts = await listFiles(folder, new Set(['.txt']), { signal: run.signal, problem: () => undefined });
  const isAny = found !== null || (pictures.length > 0 && (await anyRow(folder, texts)));
  if (!isAny) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" is not a YOLO dataset: there is neither a data.yaml with names nor a classes.txt. Write the names of the classes, a line each, into classes.txt.`, path);
  if (pictures.length === 0) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" holds no images where its description says they are. YOLO's labels are fractions of them, so they are needed.`, path);
  const labels = new YoloLabels(texts, pictures.map(({ place }) => place));
  const reader = new YoloReader(folder, description, labels, sink, run);
  for (let i = 0; i < pictures.length; i += AT_ONCE) {
    if (run.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    const opened = await Promise.all(pictures.slice(i, i + AT_ONCE).map((picture) => reader.open(picture)));
    for (const one of opened) reader.tell(one);
    run.progress(Math.min(i + AT_ONCE, pictures.length), pictures.length);
  }
  for (const file of labels.unused()) await reader.orphan(file);
  reader.end();
}

async function anyRow(folder: string, files: readonly string[]): Promise<boolean> {
  for (const file of files.slice(0, 100)) if (YOLO_ROW.test(await readHead(join(folder, ...file.split('/'))))) return true;
  return false;
}

interface Opened {
  readonly picture: YoloPicture;
  readonly size: { readonly width: number; readonly height: number } | null;
  /** Relative to the dataset's folder, with its text; null when the image has no labels. */
  readonly labels: { readonly path: string; readonly text: string | MaskwrightError } | null;
}

class YoloReader {
  readonly #folder: string;
  readonly #description: YoloDescription;
  readonly #labels: YoloLabels;
  readonly #sink: DatasetSink;
  readonly #run: ReadRun;
  readonly #kinds: Record<YoloRow['kind'], number> = { box: 0, polygon: 0, 'oriented box': 0, pose: 0 };
  readonly #nameless = new Set<number>();
  /** How many numbers keypoints have, where no kpt_shape says it. */
  readonly #keypoints = new Set<number>();

  constructor(folder: string, description: YoloDescription, labels: YoloLabels, sink: DatasetSink, run: ReadRun) {
    this.#folder = folder;
    this.#description = description;
    this.#labels = labels;
    this.#sink = sink;
    this.#run = run;
  }

  async open(picture: YoloPicture): Promise<Opened> {
    const path = this.#labels.of(picture.place);
    const [size, text] = await Promise.all([this.#run.sizeOf(picture.file), path === null ? null : this.#text(path)]);
    return { picture, size, labels: path === null || text === null ? null : { path, text } };
  }

  #text(path: string): Promise<string | MaskwrightError> {
    return readText(join(this.#folder, ...path.split('/')), path, this.#run).catch((error: unknown) => (error instanceof MaskwrightError ? error : new MaskwrightError('io', `"${path}" cannot be read.`, path, { cause: error })));
  }

  tell({ picture, size, labels }: Opened): void {
    if (size === null) {
      this.#sink.problem(picture.place, { code: 'image-unreadable', message: `"${picture.place}" was left out with its labels: the image cannot be read, and YOLO's labels are fractions of it.`, item: picture.place });
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
        const row = yoloRow(values, size, this.#description.pose);
        this.#count(row);
        this.#sink.instance({ image: picture.place, class: String(row.class), shape: row.shape, extras: row.extras });
      } catch (error) {
        if (!(error instanceof MaskwrightError)) throw error;
        const item = `${labels.path}, line ${i + 1}`;
        this.#sink.problem(item, { code: 'dataset-invalid', message: `${item} was left out: ${error.message}.`, item });
      }
    }
  }

  /** A class without a name is passed to the sink before its first object. */
  #count({ class: cls, kind, extras }: YoloRow): void {
    this.#kinds[kind]++;
    const keypoints = extras.own?.['yolo']?.['keypoints'];
    if (Array.isArray(keypoints)) this.#keypoints.add(keypoints.length);
    if (this.#description.names.has(cls) || this.#nameless.has(cls)) return;
    this.#nameless.add(cls);
    this.#sink.class({ key: String(cls), name: `class ${cls}` });
  }

  /** Labels without an image are reported; lists and notes are not labels. */
  async orphan(path: string): Promise<void> {
    if (NO_LABELS.test(basename(path)) || this.#isList(path)) return;
    if (!`/${path}`.includes('/labels/') && !YOLO_ROW.test(await readHead(join(this.#folder, ...path.split('/'))))) return;
    this.#sink.problem(path, { code: 'image-missing', message: `"${path}" was left out: there is no image for it in the dataset, or more than one.`, item: path });
  }

  #isList(path: string): boolean {
    return [...(this.#description.splits?.values() ?? [])].flat().some((name) => name.replaceAll('\\', '/').split('/').at(-1) === basename(path));
  }

  /** What was chosen or derived, once all is read, and what keypoints are. */
  end(): void {
    const { file, names, count, pose } = this.#description;
    const note = this.#sink.note.bind(this.#sink);
    const ids = [...this.#nameless].toSorted((a, b) => a - b);
    if (ids.length > 0) note(`${counted(ids.length, 'class', 'classes')} that ${file === null ? 'no file names' : `"${file}" does not name`} became ${ids.slice(0, 5).map((id) => `"class ${id}"`).join(', ')}${ids.length > 5 ? ' and so on' : ''}.`);
    if (count !== null && count !== names.size) note(`"${file}" says there are ${counted(count, 'class', 'classes')} (nc) but names ${names.size}. The names count.`);
    for (const [folder, files] of this.#labels.elsewhere) note(`${counted(files, 'label file')} found in ${folder === '.' ? 'the dataset’s folder' : `"${folder}"`}, by the names of the images.`);
    if (this.#kinds['oriented box'] > 0) note(`${counted(this.#kinds['oriented box'], 'row')} of four corners of a rectangle (oriented ${this.#kinds['oriented box'] === 1 ? 'box' : 'boxes'}) came in as ${this.#kinds['oriented box'] === 1 ? 'a polygon' : 'polygons'}.`);
    const [numbers] = this.#keypoints;
    if (pose !== null) this.#sink.extras({ own: { yolo: { ...pose } } });
    else if (numbers !== undefined) {
      if (this.#keypoints.size === 1) this.#sink.extras({ own: { yolo: { kpt_shape: [numbers / 3, 3] } } });
      note(`${counted(this.#kinds.pose, 'row')} ${this.#kinds.pose === 1 ? 'has' : 'have'} keypoints, though no kpt_shape says so: their boxes came in, and the keypoints are kept with them.`);
    }
  }
}
