import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { masksOfLabels } from '../../../../src-shared/geometry/label-map.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import type { Extras } from '../../extras.ts';
import { readHead, statOf } from '../codecs/files.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { cocoPasses } from '../coco/coco-lists.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import { coloursAsLabels, readPng } from '../codecs/label-picture.ts';
import { NO_SPLIT } from './panoptic-writer.ts';

const id = z.union([z.int(), z.string().min(1).max(500)]);
const side = z.int().min(1).max(65_535);
const byte = z.int().min(0).max(255);
const flag = z.union([z.literal(0), z.literal(1), z.boolean()]);

const Image = z.looseObject({ id, file_name: z.string().min(1).max(4096), width: side.optional(), height: side.optional() });
const Category = z.looseObject({ id, name: z.string().trim().min(1).max(200), supercategory: z.string().max(500).nullish(), isthing: flag.optional(), color: z.tuple([byte, byte, byte]).optional().catch(undefined) });
const Segment = z.looseObject({ id: z.int().min(1).max(0xff_ffff), category_id: id, iscrowd: flag.optional(), area: z.unknown().optional(), bbox: z.unknown().optional() });
const Annotation = z.object({ image_id: id, file_name: z.string().min(1).max(4096), segments_info: z.array(z.unknown()).max(1_000_000) });
type Annotation = z.infer<typeof Annotation>;

/** Bytes of a file's end in which the categories lie where they come last. */
const TAIL = 256 * 1024;

/** Whether a file (absolute path) has COCO's lists with segments, or categories of things and stuff, near its beginning or its end. */
export async function looksPanoptic(file: string): Promise<boolean> {
  const start = await readHead(file);
  if (!/^\ufeff?\s*\{/.test(start)) return false;
  const marks = /"(segments_info|isthing)"\s*:/;
  if (marks.test(start)) return true;
  await using handle = await open(file);
  const { size } = await handle.stat();
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(TAIL), 0, TAIL, Math.max(0, size - TAIL));
  return marks.test(buffer.toString('latin1', 0, bytesRead));
}

/** The panoptic files (absolute paths) at a path: itself, or those of a folder and of its folder "annotations". */
export async function panopticFiles(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const files: string[] = [];
  for (const folder of [path, join(path, 'annotations')]) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((entry) => entry.toLowerCase().endsWith('.json')).toSorted()) {
      const file = join(folder, name);
      if ((await statOf(file))?.isFile() === true && (await looksPanoptic(file))) files.push(file);
    }
  }
  return files;
}

/**
 * Reads COCO's panoptic annotations (https://cocodataset.org/#format-data): the JSON file, and the PNGs in the folder of its
 * name beside it (also in "panoptic", "masks", or the file's own folder). A segment becomes a mask; areas and boxes are
 * recomputed. What means nothing here is kept as `own.panoptic`. The files of a folder are its splits.
 */
export async function readPanoptic(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const files = await panopticFiles(path);
  if (files.length === 0) throw new MaskwrightError('dataset-invalid', `"${path}" holds no panoptic annotations: a JSON file with "segments_info".`, path);
  const told = new Set<string>();
  for (const [i, file] of files.entries()) {
    const reader = new PanopticReader(file, file === path ? null : splitOf(file), sink, told);
    await reader.read({ ...run, progress: (done, total) => run.progress(i * 2 + (total === null || total === 0 ? 0 : done / total), files.length * 2) });
  }
}

/** "panoptic_train2017.json" is the split "train2017"; "panoptic.json" and "panoptic_default.json" are none. */
function splitOf(file: string): string | null {
  const name = basename(file).replace(/\.json$/i, '').replace(/^panoptic[_-]?/, '');
  return name === '' || name === NO_SPLIT ? null : name;
}

class PanopticReader {
  readonly #file: string;
  readonly #split: string | null;
  readonly #sink: DatasetSink;
  /** Classes of files before. */
  readonly #told: Set<string>;
  readonly #images = new Map<string, { readonly key: string; readonly path: string; readonly size: { readonly width: number; readonly height: number } | null }>();
  readonly #categories = new Set<string>();
  readonly #labelled = new Set<string>();
  readonly #own: Record<string, z.core.util.JSONType> = {};
  #waiting: Annotation[] = [];
  #folder: { readonly root: string; readonly inside: string } | null = null;

  constructor(file: string, split: string | null, sink: DatasetSink, told: Set<string>) {
    this.#file = file;
    this.#split = split;
    this.#sink = sink;
    this.#told = told;
  }

  async read(run: ReadRun): Promise<void> {
    // Each pass goes over the whole file.
    const { first, second } = cocoPasses({
      image: (index, value) => this.#image(index, value),
      category: (index, value) => this.#category(index, value),
      annotation: (index, value) => {
        const read = Annotation.safeParse(value);
        if (read.success) this.#waiting.push(read.data);
        else this.#leaveOut(`annotation ${index + 1}`, said(read.error));
      },
      leaveOut: (item, why) => this.#leaveOut(item, why),
      own: this.#own,
    });
    await readJsonLists(this.#file, first, run);
    if (this.#images.size === 0) throw new MaskwrightError('dataset-invalid', `"${basename(this.#file)}" is no panoptic file: it has no list of images.`, this.#file);
    await readJsonLists(this.#file, { ...second, settle: () => this.#settle() }, { ...run, progress: (done, total) => run.progress((total ?? 0) + done, total) });
    if (Object.keys(this.#own).length > 0) this.#sink.extras({ own: { panoptic: this.#own } });
  }

  async #settle(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const annotation of waiting) {
      try {
        await this.#annotation(annotation);
      } catch (error) {
        if (!(error instanceof MaskwrightError)) throw error;
        this.#sink.problem(annotation.file_name, toProblem(error));
      }
    }
  }

  #image(index: number, value: unknown): void {
    const read = Image.safeParse(value);
    if (!read.success) return this.#leaveOut(`image ${index + 1}`, said(read.error));
    const { id, file_name, width, height, ...rest } = read.data;
    if (this.#images.has(String(id))) return this.#leaveOut(`image ${index + 1} (${file_name})`, `its id ${id} is another image’s`);
    const path = file_name.replaceAll('\\', '/');
    const key = `${basename(this.#file)}/${id}`;
    this.#images.set(String(id), { key, path, size: width === undefined || height === undefined ? null : { width, height } });
    this.#sink.image({ key, path, file: null, width: width ?? null, height: height ?? null, split: this.#split, extras: own({ id, ...rest }) });
  }

  #category(index: number, value: unknown): void {
    const read = Category.safeParse(value);
    if (!read.success) return this.#leaveOut(`category ${index + 1}`, said(read.error));
    const { id, name, supercategory, color, isthing, ...rest } = read.data;
    const key = String(id);
    if (this.#categories.has(key)) return this.#leaveOut(`category ${index + 1} (${name})`, `its id ${key} is another category’s`);
    this.#categories.add(key);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    const colour = color === undefined ? {} : { colour: `#${Buffer.from(color).toString('hex')}` };
    const kind = isthing === undefined || isthing === true || isthing === 1 ? {} : { isthing: 0 };
    this.#sink.class({ key, name, ...colour, extras: { ...(supercategory ? { supercategory } : {}), ...own({ id, ...kind, ...rest }) } });
  }

  async #annotation({ image_id, file_name, segments_info }: Annotation): Promise<void> {
    const image = this.#images.get(String(image_id));
    if (image === undefined) return this.#leaveOut(file_name, `it belongs to image ${image_id}, which the file does not have`);
    if (this.#labelled.has(image.key)) return this.#leaveOut(file_name, `"${image.path}" has another annotation`);
    this.#labelled.add(image.key);
    const { root, inside } = (this.#folder ??= await this.#pictures());
    const picture = await readPng(root, `${inside}${file_name}`, image.size ?? undefined);
    if ((picture.kind !== 'rgb' && picture.kind !== 'rgba') || picture.samples instanceof Uint16Array) return this.#leaveOut(file_name, 'it is not of 8-bit colours, which number the segments');
    const masks = masksOfLabels(coloursAsLabels(picture, (red, green, blue) => red + (green << 8) + (blue << 16)), picture.height, picture.width);
    for (const [i, value] of segments_info.entries()) {
      const read = Segment.safeParse(value);
      if (!read.success) {
        this.#leaveOut(`${image.path}, segment ${i + 1}`, said(read.error));
        continue;
      }
      const { id, category_id, iscrowd, area: _area, bbox: _bbox, ...rest } = read.data;
      const mask = masks.get(id);
      masks.delete(id);
      if (mask === undefined) this.#leaveOut(`${image.path}, segment ${id}`, `no pixel of "${file_name}" has its number, or it is listed twice`);
      else if (!this.#categories.has(String(category_id))) this.#leaveOut(`${image.path}, segment ${id}`, `its category ${category_id} is not in the file`);
      else this.#sink.instance({ image: image.key, class: String(category_id), shape: maskShape(mask), extras: { ...(iscrowd ? { crowd: true as const } : {}), ...own({ id, ...rest }) } });
    }
    if (masks.size > 0) this.#leaveOut(`${image.path}, ${masks.size === 1 ? 'a segment' : `${masks.size} segments`}`, `"${file_name}" shows what the list of segments does not have`);
  }

  /** Where the PNGs lie, best guess first. The folder of the file is the root that nothing may lead out of. */
  async #pictures(): Promise<{ root: string; inside: string }> {
    const root = dirname(this.#file);
    const name = basename(this.#file).replace(/\.json$/i, '');
    for (const folder of [name, 'panoptic', 'masks']) {
      if ((await statOf(join(root, folder)))?.isDirectory() === true) return { root, inside: `${folder}/` };
    }
    // In the folder of a whole data set the files lie in "annotations" and the PNGs may lie beside that.
    const beside = join(dirname(root), name);
    return (await statOf(beside))?.isDirectory() === true ? { root: beside, inside: '' } : { root, inside: '' };
  }

  #leaveOut(item: string, why: string): void {
    this.#sink.problem(item, { code: 'dataset-invalid', message: `"${item}" was left out: ${why}.`, item });
  }
}

const own = (fields: Record<string, unknown>): Extras => ({ own: { panoptic: fields as Record<string, z.core.util.JSONType> } });

const said = (error: z.ZodError): string => {
  const [issue] = error.issues;
  return issue === undefined ? 'it is impossible' : `${issue.path.join('.') || 'it'}: ${issue.message}`;
};
