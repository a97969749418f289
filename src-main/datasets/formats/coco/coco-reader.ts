import { basename } from 'node:path';
import { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { Colour } from '../../../../src-shared/domain/schema.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import { decodeCocoCounts } from '../../../../src-shared/geometry/coco-counts.ts';
import { canonicalRle } from '../../../../src-shared/geometry/rle.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import type { Extras } from '../../extras.ts';
import { cocoPasses } from './coco-lists.ts';
import type { DatasetSink, FormatRun } from '../format.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import type { JsonListsHandler } from '../codecs/json-lists.ts';

const id = z.union([z.int(), z.string().min(1).max(500)]);
/** Pixels; far beyond any picture, so that sums stay exact. */
const MOST_PIXELS = 1e7;
const pixel = z.number().gte(-MOST_PIXELS).lte(MOST_PIXELS);
const side = z.int().min(1).max(65_535);

const Image = z.looseObject({ id, file_name: z.string().min(1).max(4096), width: side.optional(), height: side.optional() });
const Category = z.looseObject({ id, name: z.string().trim().min(1).max(200), supercategory: z.string().max(500).nullish(), color: z.tuple([z.int().min(0).max(255), z.int().min(0).max(255), z.int().min(0).max(255)]).optional().catch(undefined) });
const RunLengths = z.object({ size: z.tuple([side, side]), counts: z.union([z.string(), z.array(z.int().min(0).max(0xffff_ffff))]) });
const Annotation = z.looseObject({
  id: id.optional(),
  image_id: id,
  category_id: id.nullish(),
  iscrowd: z.union([z.literal(0), z.literal(1), z.boolean()]).optional(),
  bbox: z.array(z.number()).optional(),
  segmentation: z.unknown().optional(),
  area: z.unknown().optional(),
  score: z.number().optional(),
  attributes: z.record(z.string().max(500), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional().catch(undefined),
});

/**
 * Reads COCO's object annotations (https://cocodataset.org/#format-data), its lists in any order: once for pictures and
 * categories, once for annotations. Polygons stay polygons, each list a part; both forms of run lengths become masks;
 * an annotation without a segmentation is a box. Areas are recomputed. Fields of COCO that mean nothing here (licences,
 * keypoints, dates, the ids) are kept as `own.coco`.
 */
export async function readCoco(path: string, sink: DatasetSink, { signal, progress }: FormatRun): Promise<void> {
  const reader = new CocoReader(path, sink);
  // Each pass goes over the whole file.
  await readJsonLists(path, reader.first, { signal, progress: (done, total) => progress(done, total === null ? null : total * 2) });
  await readJsonLists(path, reader.second, { signal, progress: (done, total) => progress((total ?? 0) + done, total === null ? null : total * 2) });
  reader.end();
}

class CocoReader {
  readonly first: JsonListsHandler;
  readonly second: JsonListsHandler;
  readonly #path: string;
  readonly #sink: DatasetSink;
  readonly #images = new Map<string, { readonly path: string; readonly size: readonly [number, number] | null }>();
  readonly #categories = new Set<string>();
  readonly #annotations = new Set<number | string>();
  readonly #own: Record<string, z.core.util.JSONType> = {};
  #lists = 0;

  constructor(path: string, sink: DatasetSink) {
    this.#path = path;
    this.#sink = sink;
    const { first, second } = cocoPasses({
      image: (index, value) => this.#image(index, value),
      category: (index, value) => this.#category(index, value),
      annotation: (index, value) => this.#annotation(index, value),
      leaveOut: (item, why) => this.#leaveOut(item, why),
      own: this.#own,
    });
    this.first = first;
    this.second = second;
  }

  end(): void {
    if (this.#lists === 0) throw new MaskwrightError('dataset-invalid', `"${basename(this.#path)}" is no COCO file: it has no list of images.`, this.#path);
    if (Object.keys(this.#own).length > 0) this.#sink.extras({ own: { coco: this.#own } });
  }

  #image(index: number, value: unknown): void {
    this.#lists++;
    const read = Image.safeParse(value);
    if (!read.success) return this.#leaveOut(`image ${index + 1}`, said(read.error));
    const { id, file_name, width, height, ...rest } = read.data;
    const key = String(id);
    if (this.#images.has(key)) return this.#leaveOut(`image ${index + 1} (${file_name})`, `its id ${key} is another image’s`);
    const path = file_name.replaceAll('\\', '/');
    this.#images.set(key, { path, size: width === undefined || height === undefined ? null : [height, width] });
    this.#sink.image({ key, path, file: null, width: width ?? null, height: height ?? null, split: null, extras: own({ id, ...rest }) });
  }

  #category(index: number, value: unknown): void {
    const read = Category.safeParse(value);
    if (!read.success) return this.#leaveOut(`category ${index + 1}`, said(read.error));
    const { id, name, supercategory, color, ...rest } = read.data;
    const key = String(id);
    if (this.#categories.has(key)) return this.#leaveOut(`category ${index + 1} (${name})`, `its id ${key} is another category’s`);
    this.#categories.add(key);
    const colour = Colour.safeParse(`#${(color ?? []).map((part) => part.toString(16).padStart(2, '0')).join('')}`);
    this.#sink.class({ key, name, ...(colour.success ? { colour: colour.data } : {}), extras: { ...(supercategory ? { supercategory } : {}), ...own({ id, ...rest }) } });
  }

  #annotation(index: number, value: unknown): void {
    const read = Annotation.safeParse(value);
    if (!read.success) return this.#leaveOut(`annotation ${index + 1}`, said(read.error));
    const { id, image_id, category_id = null, iscrowd, bbox, segmentation, area: _area, score, attributes, ...rest } = read.data;
    const name = `annotation ${id ?? `number ${index + 1}`}`;
    const image = this.#images.get(String(image_id));
    if (image === undefined) return this.#leaveOut(name, `it belongs to image ${image_id}, which the file does not have`);
    const item = `${image.path}, ${name}`;
    if (category_id !== null && !this.#categories.has(String(category_id))) return this.#leaveOut(item, `its category ${category_id} is not in the file`);
    if (id !== undefined && this.#annotations.has(id)) return this.#leaveOut(item, 'its id is another annotation’s');
    if (id !== undefined) this.#annotations.add(id);
    try {
      const shape = shapeOf(segmentation, bbox, image.size);
      const extras: Extras = {
        ...(iscrowd ? { crowd: true } : {}), ...(score === undefined ? {} : { score }), ...(attributes === undefined ? {} : { attributes }),
        ...own({ ...(id === undefined ? {} : { id }), ...rest }),
      };
      this.#sink.instance({ image: String(image_id), class: category_id === null ? null : String(category_id), shape, extras });
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      this.#leaveOut(item, toProblem(error).message);
    }
  }

  #leaveOut(item: string, why: string): void {
    this.#sink.problem(item, { code: 'dataset-invalid', message: `${item} was left out: ${why}.`.replace(/\.\.$/, '.'), item });
  }
}

const own = (fields: Record<string, unknown>): Extras => (Object.keys(fields).length === 0 ? {} : { own: { coco: fields as Record<string, z.core.util.JSONType> } });

const said = (error: z.ZodError): string => {
  const [issue] = error.issues;
  return issue === undefined ? 'it is impossible' : `${issue.path.join('.') || 'it'}: ${issue.message}`;
};

/** By hand: a check for each coordinate would take as long as all the rest of reading. */
const Polygons = z.array(z.custom<number[]>((points) => Array.isArray(points) && points.every((value) => typeof value === 'number' && Math.abs(value) <= MOST_PIXELS), 'a polygon is no list of numbers that are possible').refine((points) => points.length % 2 === 0, 'a polygon has an odd number of coordinates'));

/** @param size [height, width] of the picture, where the file says it */
function shapeOf(segmentation: unknown, bbox: readonly number[] | undefined, size: readonly [number, number] | null): Shape {
  if (Array.isArray(segmentation) && segmentation.length > 0) return polygonShape(segmentation);
  if (segmentation !== null && typeof segmentation === 'object' && !Array.isArray(segmentation)) return runLengthShape(segmentation, size);
  const box = z.tuple([pixel, pixel, pixel.nonnegative(), pixel.nonnegative()]).safeParse(bbox);
  if (!box.success) throw new MaskwrightError('dataset-invalid', 'it has neither a segmentation nor a box that is possible');
  const [x, y, width, height] = box.data;
  return { kind: 'box', box: { x, y, width, height } };
}

function polygonShape(segmentation: unknown[]): Shape {
  // Some programs write a single polygon without the list around it.
  const read = Polygons.safeParse(typeof segmentation[0] === 'number' ? [segmentation] : segmentation);
  if (!read.success) throw new MaskwrightError('dataset-invalid', said(read.error));
  const parts = read.data.filter((points) => points.length >= 6).map((outer) => ({ outer, holes: [] }));
  if (parts.length === 0) throw new MaskwrightError('dataset-invalid', 'no polygon of it has three corners');
  return { kind: 'polygon', parts };
}

function runLengthShape(segmentation: object, size: readonly [number, number] | null): Shape {
  const read = RunLengths.safeParse(segmentation);
  if (!read.success) throw new MaskwrightError('dataset-invalid', `its run lengths cannot be read (${said(read.error)})`);
  const { counts } = read.data;
  const [height, width] = read.data.size;
  if (size !== null && (size[0] !== height || size[1] !== width)) throw new MaskwrightError('dataset-invalid', `its run lengths are for ${width} × ${height} pixels, the picture has ${size[1]} × ${size[0]}`);
  const lengths = typeof counts === 'string' ? decodeCocoCounts(counts) : Uint32Array.from(counts);
  const sum = lengths.reduce((total, count) => total + count, 0);
  if (sum !== height * width) throw new MaskwrightError('dataset-invalid', `its run lengths add up to ${sum} pixels, the picture has ${height * width}`);
  return maskShape(canonicalRle({ size: [height, width], counts: lengths }));
}
