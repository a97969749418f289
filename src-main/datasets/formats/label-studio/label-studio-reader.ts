import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { ClassName, MAX_SIDE } from '../../../../src-shared/domain/schema.ts';
import type { Extras } from '../../extras.ts';
import { namedFile, readHead, statOf } from '../codecs/files.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { fieldsOf, Forgiven, numeral } from '../parts/forgiven.ts';
import { imageOf } from './label-studio-image.ts';
import type { TaskImage } from './label-studio-image.ts';
import { isDrawn, regionOf, rowOf } from './label-studio-region.ts';
import type { Region, Row } from './label-studio-region.ts';

type Fields = Readonly<Record<string, unknown>>;

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Attributes = z.record(z.string().max(500), scalar);
/** A folder with more JSON files than this, as of LabelMe, is none of Label Studio. */
const MOST_LOOKED_INTO = 20;
const side = z.int().min(1).max(MAX_SIDE);

/** Said of the whole picture, or between regions, so that nothing of them is missing on it. */
const NOT_REGIONS = new Set(['choices', 'textarea', 'number', 'rating', 'taxonomy', 'pairwise', 'relation', 'datetime']);

/**
 * Reads Label Studio's JSON export (https://labelstud.io/guide/task_format), task by task: brushes, polygons, rectangles and
 * ellipses of one annotation of each task, the one marked as ground truth or else the first that was not cancelled; with
 * `run.predictions`, of tasks without one their best prediction, with its score. Everything else, other annotations and
 * predictions too, is kept as `own.label-studio` and written back; shapes that could be drawn but are not are reported.
 */
export async function readLabelStudio(given: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const path = await labelStudioFile(given);
  if (path === null) throw new MaskwrightError('dataset-invalid', `"${given}" does not hold one Label Studio export: a JSON file that is a list of tasks.`, given);
  const reader = new LabelStudioReader(path, sink, run);
  let tasks = 0;
  let waiting: { readonly index: number; readonly value: unknown }[] = [];
  await readJsonLists(path, {
    element: (key, index, value) => {
      if (key !== '') throw new MaskwrightError('dataset-invalid', `"${basename(path)}" is no Label Studio export: it is no list of tasks.`, path);
      tasks++;
      waiting.push({ index, value });
    },
    value: () => {
      throw new MaskwrightError('dataset-invalid', `"${basename(path)}" is no Label Studio export: it is no list of tasks.`, path);
    },
    broken: (_, index, why) => reader.leaveOut(`task ${(index ?? 0) + 1}`, why),
    settle: async () => {
      const gathered = waiting;
      waiting = [];
      for (const { index, value } of gathered) await reader.task(index, value);
    },
  }, run);
  reader.end();
  if (tasks === 0) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" is no Label Studio export: it holds no tasks.`, path);
}

/** The export at a path: the file itself, or the only one in a folder; null for none or several. */
export async function labelStudioFile(path: string): Promise<string | null> {
  if ((await statOf(path))?.isDirectory() !== true) return path;
  const names = (await readdir(path)).filter((name) => name.toLowerCase().endsWith('.json') && !name.startsWith('.'));
  if (names.length > MOST_LOOKED_INTO) return null;
  const found: string[] = [];
  for (const name of names) if (await isLabelStudio(join(path, name))) found.push(join(path, name));
  return found.length === 1 ? (found[0] ?? null) : null;
}

export async function isLabelStudio(file: string): Promise<boolean> {
  if (!file.toLowerCase().endsWith('.json') || (await statOf(file))?.isFile() !== true) return false;
  const head = await readHead(file);
  return /^\ufeff?\s*\[\s*(\]\s*$|\{)/.test(head) && /"(annotations|completions|predictions)"\s*:\s*\[|"data"\s*:\s*\{/.test(head);
}

class LabelStudioReader {
  readonly #folder: string;
  readonly #sink: DatasetSink;
  readonly #run: ReadRun;
  readonly #classes = new Set<string>();
  readonly #forgiven = new Forgiven();
  /** By path, how the task that has it says it. */
  readonly #stored = new Map<string, string>();
  readonly #unseen = { tasks: 0, regions: 0 };
  #images = 0;

  constructor(path: string, sink: DatasetSink, run: ReadRun) {
    this.#folder = dirname(path);
    this.#sink = sink;
    this.#run = run;
  }

  end(): void {
    this.#forgiven.tell(this.#sink);
    const { tasks, regions } = this.#unseen;
    if (tasks > 0) this.#tell('predictions', `${tasks === 1 ? '1 task has' : `${tasks} tasks have`} predictions but no annotations; ${regions === 1 ? '1 predicted region was' : `${regions} predicted regions were`} not read. Import with predictions (--predictions) to read them.`);
  }

  async task(index: number, value: unknown): Promise<void> {
    const task = fieldsOf(value);
    const data = fieldsOf(task?.['data']);
    if (task === null || data === null) return this.leaveOut(`task ${index + 1}`, 'it has no data');
    const { id, data: _data, annotations, completions, predictions, meta, ...rest } = task;
    const all = listOf(annotations ?? completions);
    const usable = all.filter((annotation) => annotation['was_cancelled'] !== true);
    const isPredicted = usable.length === 0 && this.#run.predictions === true;
    const chosen = usable.find((annotation) => annotation['ground_truth'] === true) ?? usable[0] ?? (isPredicted ? best(listOf(predictions)) : undefined);
    const rows = this.#rows(chosen, `task ${index + 1}`);
    const image = imageOf(data, new Set(rows.flatMap((row) => (isDrawn(row) && row.to_name !== undefined ? [row.to_name] : []))));
    if (image === null) return this.leaveOut(`task ${index + 1}`, 'none of its data fields names an image');
    const path = this.#path(image);
    if (usable.length > 1) this.#tell(path, `"${path}" has ${usable.length} annotations, of which one is shown. The others are kept, and written back to Label Studio files.`);
    if (usable.length === 0 && !isPredicted) this.#count(listOf(predictions));
    const file = this.#file(image);
    const size = await this.#size(path, file, rows.length > 0 ? rows : [...all, ...listOf(predictions)].flatMap(rowsQuietly), data);
    const { regions, others } = this.#regions(rows, size, path, new Set(image.others));
    const predicted = isPredicted && chosen !== undefined ? chosen : null;
    const { split, ...keptData } = data;
    const { attributes: given, ...keptMeta } = fieldsOf(meta) ?? {};
    const attributes = this.#forgiven.field('task', 'meta.attributes', given, Attributes);
    const { result: _, ...annotation } = predicted === null ? (chosen ?? { result: [] }) : { result: [] };
    const own = {
      ...(typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? { id } : {}), data: keptData, ...(predictions === undefined ? {} : { predictions }), ...rest, ...(Object.keys(keptMeta).length > 0 ? { meta: keptMeta } : {}), ...(chosen === undefined || predicted !== null ? {} : { annotation }),
      ...(all.length > (chosen === undefined || predicted !== null ? 0 : 1) ? { annotations: all.filter((each) => each !== chosen) } : {}), ...(others.length > 0 ? { results: others } : {}),
    };
    const key = String(this.#images++);
    this.#sink.image({
      key, path, file, width: size?.width ?? null, height: size?.height ?? null, split: typeof split === 'string' && split !== '' ? split : null,
      extras: { ...(attributes === undefined ? {} : { attributes }), own: { 'label-studio': this.#forgiven.kept('task', own) } },
    });
    for (const { shape, labels: [label], extras } of regions) this.#sink.instance({ image: key, class: label === undefined ? null : this.#class(label), shape, extras: predicted === null ? extras : asPrediction(extras, predicted) });
  }

  #rows(annotation: Fields | undefined, item: string): Row[] {
    const result = annotation?.['result'];
    const rows: Row[] = [];
    for (const [i, value] of (Array.isArray(result) ? result : []).entries()) {
      const row = rowOf(value, this.#forgiven);
      if (row === null) this.leaveOut(`${item}, result ${i + 1}`, 'it has no type');
      else rows.push(row);
    }
    return rows;
  }

  /** Predictions of a task without annotations, of which nothing is shown. */
  #count(predictions: readonly Fields[]): void {
    const regions = rowsQuietly(best(predictions) ?? {}).filter(isDrawn).length;
    if (regions === 0) return;
    this.#unseen.tasks++;
    this.#unseen.regions += regions;
  }

  /** Two uploads of one name are two images: all but the first keep what the upload put before the name. */
  #path({ field, others, path, stored }: TaskImage): string {
    if (field !== 'image') this.#forgiven.add('task', `its image was taken from “${field.slice(0, 60)}”${others.length > 0 ? `, although “${others.slice(0, 3).map((other) => other.slice(0, 60)).join('”, “')}” may be one too` : ''}`);
    const first = this.#stored.get(path);
    if (first === undefined) this.#stored.set(path, stored);
    return first === undefined || first === stored ? path : stored;
  }

  /** The uploaded file itself, where it lies beside the export. */
  #file({ path, stored }: TaskImage): string | null {
    if (stored === path || isAbsolute(stored) || stored.includes('\0') || stored.split('/').includes('..')) return null;
    return [stored, join('media', stored), join('images', basename(stored)), basename(stored)].map((name) => join(this.#folder, name)).find((file) => existsSync(file)) ?? null;
  }

  #regions(rows: readonly Row[], size: { width: number; height: number } | null, path: string, otherImages: ReadonlySet<string>): { regions: Region[]; others: unknown[] } {
    const regions: Region[] = [];
    const others: unknown[] = [];
    for (const group of grouped(rows)) {
      const elsewhere = group.find(({ to_name }) => to_name !== undefined && otherImages.has(to_name));
      if (elsewhere === undefined || !group.some(isDrawn)) this.#region(group, size, path, regions, others);
      else this.leaveOut(`${path}, region ${group[0]?.id ?? '?'}`, `it is on “${elsewhere.to_name}”, another image of the task`);
    }
    return { regions, others };
  }

  leaveOut(item: string, why: string): void {
    this.#tell(item, `${item} was left out: ${why.replace(/\.$/, '')}.`);
  }

  #region(rows: readonly Row[], size: { width: number; height: number } | null, path: string, regions: Region[], others: unknown[]): void {
    const [first] = rows;
    const item = `${path}, region ${first?.id ?? '?'}`;
    try {
      const region = regionOf(rows, size, this.#forgiven);
      const [label] = region?.labels ?? [];
      if (label !== undefined && !ClassName.safeParse(label).success) throw new MaskwrightError('dataset-invalid', 'a class has a name of 1 to 200 characters');
      if (region !== null) regions.push(region);
      else {
        others.push(...rows);
        const drawn = rows.find(({ type }) => !NOT_REGIONS.has(type));
        if (drawn !== undefined) this.#tell(item, `${item} is of the type ${drawn.type.slice(0, 40)}, which is not shown here. It is kept, and written back to Label Studio files.`);
      }
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      this.leaveOut(item, toProblem(error).message);
    }
  }

  #class(label: string): string {
    const name = ClassName.parse(label);
    if (!this.#classes.has(name)) {
      this.#classes.add(name);
      this.#sink.class({ key: name, name });
    }
    return name;
  }

  /** As results say it, or the task's data, or the picture itself where it lies beside the file. */
  async #size(path: string, file: string | null, rows: readonly Row[], data: Fields): Promise<{ width: number; height: number } | null> {
    const said = rows.find((row) => row.original_width !== undefined && row.original_height !== undefined);
    const width = side.safeParse(said?.original_width ?? numeral(data['width']));
    const height = side.safeParse(said?.original_height ?? numeral(data['height']));
    if (width.success && height.success) return { width: width.data, height: height.data };
    if (file !== null) return this.#run.sizeOf(file);
    for (const base of [this.#folder, join(this.#folder, 'images')]) {
      const found = await namedFile(this.#folder, base, path);
      if (found !== null) return this.#run.sizeOf(found.file);
    }
    return null;
  }

  #tell(item: string, message: string): void {
    this.#sink.problem(item, { code: 'dataset-invalid', message, item });
  }
}

/** Rows of one id together; those without an id each by itself. */
function grouped(rows: readonly Row[]): Row[][] {
  const groups = new Map<string | Row, Row[]>();
  for (const row of rows) groups.set(row.id ?? row, [...(groups.get(row.id ?? row) ?? []), row]);
  return [...groups.values()];
}

/** Objects of a list; none for what is no list. */
const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fieldsOf).filter((each) => each !== null) : []);

/** The results of an annotation or prediction that is not shown. */
const rowsQuietly = ({ result }: Fields): Row[] => (Array.isArray(result) ? result : []).flatMap((value) => rowOf(value, new Forgiven()) ?? []);

/** The prediction with the highest score, of those without one the first. */
const best = (predictions: readonly Fields[]): Fields | undefined => predictions.toSorted((a, b) => (numeral(b['score']) ?? -Infinity) - (numeral(a['score']) ?? -Infinity) || 0)[0];

/** Marked as a model's work: with its own score or else that of the whole prediction, and the model's version. */
function asPrediction(extras: Extras, prediction: Fields): Extras {
  const score = extras.score ?? numeral(prediction['score']);
  const version = prediction['model_version'];
  const own = { ...extras.own?.['label-studio'], prediction: typeof version === 'string' ? version : true };
  return { ...extras, ...(score === undefined ? {} : { score }), own: { 'label-studio': own } };
}
