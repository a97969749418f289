import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { ClassName, MAX_SIDE } from '../../../../src-shared/domain/schema.ts';
import { namedFile } from '../codecs/files.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import { regionOf, Row } from './label-studio-region.ts';
import type { Region } from './label-studio-region.ts';

type Json = z.core.util.JSONType;

const Annotation = z.looseObject({ result: z.array(z.unknown()).default([]), was_cancelled: z.boolean().nullish(), ground_truth: z.boolean().nullish() });
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Task = z.looseObject({
  id: z.int().nonnegative().optional().catch(undefined),
  data: z.record(z.string(), z.json()),
  annotations: z.array(Annotation).nullish(),
  /** As old versions call them. */
  completions: z.array(Annotation).nullish(),
  meta: z.looseObject({ attributes: z.record(z.string(), scalar).optional() }).nullish().catch(undefined),
});
const side = z.int().min(1).max(MAX_SIDE);

/** Said of the whole picture, or between regions, so that nothing of them is missing on it. */
const NOT_REGIONS = new Set(['choices', 'textarea', 'number', 'rating', 'taxonomy', 'pairwise', 'relation', 'datetime']);
/** Where a picture is named in a task, best first; any other field otherwise. */
const PICTURE_FIELDS = ['image', 'img', 'picture', 'photo', 'url'];

/**
 * Reads Label Studio's JSON export (https://labelstud.io/guide/task_format), task by task: brushes, polygons and rectangles
 * of one annotation of each task, the one marked as ground truth or else the first that was not cancelled. Everything else, other
 * annotations and predictions too, is kept as `own.label-studio` and written back; what would be drawn and is not, is told.
 */
export async function readLabelStudio(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
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
  if (tasks === 0) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" is no Label Studio export: it holds no tasks.`, path);
}

class LabelStudioReader {
  readonly #folder: string;
  readonly #sink: DatasetSink;
  readonly #run: ReadRun;
  readonly #classes = new Set<string>();
  #images = 0;

  constructor(path: string, sink: DatasetSink, run: ReadRun) {
    this.#folder = dirname(path);
    this.#sink = sink;
    this.#run = run;
  }

  async task(index: number, value: unknown): Promise<void> {
    const read = Task.safeParse(value);
    const path = read.success ? picturePath(read.data.data) : null;
    if (!read.success || path === null) {
      const [issue] = read.error?.issues ?? [];
      return this.leaveOut(`task ${index + 1}`, issue === undefined ? 'it names no picture' : `${issue.path.join('.') || 'it'}: ${issue.message}`);
    }
    const { id, data, annotations, completions, meta, ...rest } = read.data;
    const { split, ...keptData } = data;
    const all = annotations ?? completions ?? [];
    const usable = all.filter((annotation) => annotation.was_cancelled !== true);
    const chosen = usable.find((annotation) => annotation.ground_truth === true) ?? usable[0];
    if (usable.length > 1) this.#tell(path, `"${path}" has ${usable.length} annotations, of which one is shown. The others are kept, and written back to Label Studio files.`);
    const rows: Row[] = [];
    const others: unknown[] = [];
    for (const [i, result] of (chosen?.result ?? []).entries()) {
      const row = Row.safeParse(result);
      if (row.success) rows.push(row.data);
      else this.leaveOut(`${path}, result ${i + 1}`, row.error.issues[0]?.message ?? 'it is impossible');
    }
    const size = await this.#size(path, rows, data);
    const regions: Region[] = [];
    for (const group of grouped(rows)) this.#region(group, size, path, regions, others);
    const { attributes, ...keptMeta } = meta ?? {};
    const { result: _, ...annotation } = chosen ?? { result: [] };
    const own = {
      ...(id === undefined ? {} : { id }), data: keptData, ...rest, ...(Object.keys(keptMeta).length > 0 ? { meta: keptMeta } : {}), ...(chosen === undefined ? {} : { annotation }),
      ...(all.length > (chosen === undefined ? 0 : 1) ? { annotations: all.filter((each) => each !== chosen) } : {}), ...(others.length > 0 ? { results: others } : {}),
    };
    const key = String(this.#images++);
    this.#sink.image({
      key, path, file: null, width: size?.width ?? null, height: size?.height ?? null, split: typeof split === 'string' && split !== '' ? split : null,
      extras: { ...(attributes === undefined ? {} : { attributes }), own: { 'label-studio': own as Record<string, Json> } },
    });
    for (const { shape, labels: [label], extras } of regions) this.#sink.instance({ image: key, class: label === undefined ? null : this.#class(label), shape, extras });
  }

  leaveOut(item: string, why: string): void {
    this.#tell(item, `${item} was left out: ${why.replace(/\.$/, '')}.`);
  }

  #region(rows: readonly Row[], size: { width: number; height: number } | null, path: string, regions: Region[], others: unknown[]): void {
    const [first] = rows;
    const item = `${path}, region ${first?.id ?? '?'}`;
    try {
      const region = regionOf(rows, size);
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
  async #size(path: string, rows: readonly Row[], data: Readonly<Record<string, Json>>): Promise<{ width: number; height: number } | null> {
    const said = rows.find((row) => row.original_width != null && row.original_height != null);
    const width = side.safeParse(said?.original_width ?? data['width']);
    const height = side.safeParse(said?.original_height ?? data['height']);
    if (width.success && height.success) return { width: width.data, height: height.data };
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

/** Null when no field names a picture. Addresses become paths: nothing is fetched. */
function picturePath(data: Readonly<Record<string, Json>>): string | null {
  const field = PICTURE_FIELDS.find((name) => typeof data[name] === 'string') ?? Object.keys(data).find((name) => typeof data[name] === 'string');
  const value = field === undefined ? undefined : data[field];
  if (typeof value !== 'string' || value === '' || value.length > 4096) return null;
  const local = /^\/data\/local-files\/\?d=([^&]*)/.exec(value)?.[1];
  if (local !== undefined) return decoded(local).replaceAll('\\', '/');
  // What is uploaded gets eight digits before its name, so that no two files are the same.
  const uploaded = /^\/data\/upload\/(?:\d+\/)?(?:[0-9a-f]{8}-)?(.+)$/.exec(value)?.[1];
  if (uploaded !== undefined) return decoded(uploaded);
  const address = /^[a-z][a-z0-9+.-]+:\/\/[^/?#]*\/([^?#]+)/i.exec(value)?.[1];
  return address === undefined ? value.replaceAll('\\', '/') : decoded(address);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
