import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { ClassName, Colour, MAX_SIDE } from '../../../../src-shared/domain/schema.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import { decodeCocoCounts } from '../../../../src-shared/geometry/coco-counts.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import type { Extras } from '../../extras.ts';
import { extrasOf } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import { listFiles, namedFile, statOf } from '../codecs/files.ts';
import type { DatasetSink, FormatRun, ReadRun } from '../format.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import type { TextRun } from '../codecs/text.ts';

type Json = z.core.util.JSONType;

/** Datumaro's name for the part of a data set that images without a split are in. */
export const NO_SUBSET = 'default';

const pixel = z.number().gte(-1e7).lte(1e7);
const side = z.int().min(1).max(MAX_SIDE);
const index = z.int().nonnegative();
const Label = z.looseObject({ name: z.string(), parent: z.string().max(500).nullish() });
const Categories = z.looseObject({
  label: z.looseObject({ labels: z.array(z.unknown()) }).optional(),
  points: z.object({ items: z.array(z.looseObject({ label_id: z.int().nonnegative() })) }).optional().catch(undefined),
  mask: z.object({ colormap: z.array(z.object({ label_id: z.coerce.number(), r: z.int().min(0).max(255), g: z.int().min(0).max(255), b: z.int().min(0).max(255) })) }).optional().catch(undefined),
});
const Labelled = z.looseObject({ label_id: index.nullish() });
const Item = z.looseObject({
  id: z.union([z.string(), z.number()]),
  image: z.looseObject({ path: z.string().max(4096).nullish(), size: z.tuple([side, side]).nullish().catch(null) }).nullish(),
  media: z.object({ path: z.string().max(4096) }).nullish().catch(null),
  attr: z.record(z.string(), z.json()).nullish().catch(null),
  annotations: z.array(z.unknown()).default([]),
});
const Annotation = Labelled.extend({
  type: z.string(),
  attributes: z.record(z.string(), z.json()).nullish().catch(null),
  group: z.int().nullish().catch(null),
  z_order: z.int().nullish().catch(null),
});
const Polygon = z.object({ points: z.array(pixel).min(6).refine((points) => points.length % 2 === 0, 'it has an odd number of coordinates') });
const Bbox = z.object({ bbox: z.tuple([pixel, pixel, pixel.nonnegative(), pixel.nonnegative()]) });
const Mask = z.object({ rle: z.object({ size: z.tuple([side, side]), counts: z.union([z.string(), z.array(z.int().min(0).max(0xffff_ffff))]) }) });

const nothing = (): void => undefined;
/** Said of the whole image, so that nothing of them is missing on it. */
const NOT_REGIONS = new Set(['label', 'caption', 'hash_key', 'feature_vector', 'tabular']);

/**
 * Reads Datumaro's JSON (https://openvinotoolkit.github.io/datumaro, Datumaro format): a file, or a folder with
 * annotations/SUBSET.json, each in two passes: its categories, then its items. Polygons, masks and boxes become shapes;
 * all else is kept as `own.datumaro` and written back, with labels by their names; what would be drawn and is not, is told.
 */
export async function readDatumaro(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const folder = (await statOf(path))?.isDirectory() === true;
  const root = folder ? path : dirname(dirname(path));
  const problem = sink.problem.bind(sink);
  const files = folder ? (await listFiles(join(path, 'annotations'), new Set(['.json']), { signal: run.signal, problem })).map((file) => join(path, 'annotations', file)) : [path];
  if (files.length === 0) throw new MaskwrightError('dataset-invalid', `"${path}" has no JSON files in its folder annotations.`, path);
  const reader = new DatumaroReader(sink, root);
  for (const [i, file] of files.entries()) {
    const part = (pass: 0 | 1): FormatRun & TextRun => ({ signal: run.signal, encoding: run.encoding, progress: (done, total) => run.progress(2 * i + pass + (total === null || total === 0 ? 1 : done / total), 2 * files.length) });
    await reader.read(file, part);
  }
}

class DatumaroReader {
  readonly #sink: DatasetSink;
  readonly #root: string;
  /** Names of classes that were told. */
  readonly #classes = new Set<string>();
  /** Of the file at hand. */
  #file = '';
  #subset = '';
  #labels: readonly (string | null)[] = [];
  /** Where Datumaro puts pictures: images/SUBSET, or images alone. */
  #pictureFolders: readonly string[] = [];
  #images = 0;
  #waiting: { readonly index: number; readonly value: unknown }[] = [];

  constructor(sink: DatasetSink, root: string) {
    this.#sink = sink;
    this.#root = root;
  }

  async read(path: string, part: (pass: 0 | 1) => FormatRun & TextRun & TextRun): Promise<void> {
    this.#file = basename(path);
    this.#subset = this.#file.replace(/\.json$/i, '');
    const fields = new Map<string, unknown>();
    const broken = (key: string, at: number | null, why: string): void => this.#leaveOut(`${this.#file}, ${key}${at === null ? '' : ` ${at + 1}`}`, why);
    await readJsonLists(path, { skips: new Set(['items']), element: nothing, value: (key, value) => fields.set(key, value), broken }, part(0));
    const categories = Categories.safeParse(fields.get('categories'));
    if (!categories.success) throw new MaskwrightError('dataset-invalid', `"${this.#file}" is no Datumaro file: it has no categories.`, path);
    this.#categories(categories.data);
    const infos = fields.get('infos') ?? fields.get('info');
    const { label, mask: _, points, ...others } = categories.data;
    const { labels: _labels, ...rest } = label ?? { labels: [] };
    const skeletons = points === undefined ? {} : { points: points.items.map((entry) => named(entry, this.#labels)) };
    this.#sink.extras(own({ infos: infos ?? {}, label: rest, ...skeletons, categories: others }));
    this.#pictureFolders = await existing([join(this.#root, 'images', this.#subset), join(this.#root, 'images')]);
    await readJsonLists(path, {
      element: (key, at, value) => {
        if (key === 'items') this.#waiting.push({ index: at, value });
      },
      value: nothing,
      broken: (key, at, why) => {
        if (key === 'items') broken('item', at, why);
      },
      settle: async () => {
        const items = this.#waiting;
        this.#waiting = [];
        for (const { index: at, value } of items) await this.#item(at, value);
      },
    }, part(1));
  }

  #categories({ label, mask }: z.infer<typeof Categories>): void {
    const colours = new Map((mask?.colormap ?? []).map(({ label_id, r, g, b }) => [label_id, `#${[r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('')}`]));
    this.#labels = (label?.labels ?? []).map((value, i) => {
      const read = Label.safeParse(value);
      const name = ClassName.safeParse(read.data?.name);
      if (!read.success || !name.success) {
        this.#leaveOut(`${this.#file}, label ${i}`, 'it has no name of 1 to 200 characters');
        return null;
      }
      if (!this.#classes.has(name.data)) {
        this.#classes.add(name.data);
        const { name: _, parent, ...rest } = read.data;
        const colour = Colour.safeParse(colours.get(i));
        this.#sink.class({ key: name.data, name: name.data, ...(colour.success ? { colour: colour.data } : {}), extras: { ...(parent ? { supercategory: parent } : {}), ...own(rest) } });
      }
      return name.data;
    });
  }

  async #item(at: number, value: unknown): Promise<void> {
    const read = Item.safeParse(value);
    if (!read.success) return this.#leaveOut(`${this.#file}, item ${at + 1}`, said(read.error));
    const { id, image, media, attr, annotations, ...rest } = read.data;
    // Datumaro's own default for what names no picture.
    const name = (image?.path || media?.path || `${id}.jpg`).replaceAll('\\', '/');
    const [height, width] = image?.size ?? [null, null];
    const shapes: [z.infer<typeof Annotation>, Shape][] = [];
    const others: Record<string, unknown>[] = [];
    for (const [i, each] of annotations.entries()) {
      const item = `${name}, annotation ${i + 1}`;
      try {
        const annotation = checked(Annotation, each);
        if (typeof annotation.label_id === 'number' && (this.#labels[annotation.label_id] ?? null) === null) throw new MaskwrightError('dataset-invalid', `its label ${annotation.label_id} is not in the file`);
        const shape = shapeOf(annotation, height, width);
        if (shape !== null) shapes.push([annotation, shape]);
        else {
          others.push(named(annotation, this.#labels));
          if (!NOT_REGIONS.has(annotation.type)) this.#tell(item, `${item} is of the type ${annotation.type.slice(0, 40)}, which is not shown here. It is kept, and written back to Datumaro files.`);
        }
      } catch (error) {
        if (!(error instanceof MaskwrightError)) throw error;
        this.#leaveOut(item, toProblem(error).message);
      }
    }
    const { path: _path, size: _size, ...more } = image ?? {};
    const { scalars, others: nested } = divided(attr);
    const key = String(this.#images++);
    this.#sink.image({
      key, path: name, file: await this.#picture(name), width, height, split: this.#subset === NO_SUBSET ? null : this.#subset,
      extras: { ...(Object.keys(scalars).length > 0 ? { attributes: scalars } : {}), ...own({ id: String(id), ...rest, ...(Object.keys(more).length > 0 ? { image: more } : {}), ...nested, ...(others.length > 0 ? { annotations: others } : {}) }) },
    });
    for (const [annotation, shape] of shapes) this.#instance(key, annotation, shape);
  }

  #instance(image: string, annotation: z.infer<typeof Annotation>, shape: Shape): void {
    const { type: _, label_id, attributes, group, z_order, points: _points, rle: _rle, bbox: _bbox, ...rest } = annotation;
    const { scalars, others } = divided(attributes);
    const extras: Extras = { ...extrasOf(scalars), ...(group ? { group } : {}), ...own({ ...rest, ...others }) };
    this.#sink.instance({ image, class: typeof label_id === 'number' ? (this.#labels[label_id] ?? null) : null, shape, z: z_order ?? 0, extras });
  }

  async #picture(name: string): Promise<string | null> {
    for (const base of this.#pictureFolders) {
      const found = await namedFile(this.#root, base, name);
      if (found !== null) return found.file;
    }
    return null;
  }

  #leaveOut(item: string, why: string): void {
    this.#tell(item, `${item} was left out: ${why.replace(/\.$/, '')}.`);
  }

  #tell(item: string, message: string): void {
    this.#sink.problem(item, { code: 'dataset-invalid', message, item });
  }
}

const own = (fields: Record<string, unknown>): Extras => (Object.keys(fields).length === 0 ? {} : { own: { datumaro: fields as Record<string, Json> } });

/** Attributes that Extras can hold, and the rest, such as lists, as what is kept. */
function divided(attributes: Readonly<Record<string, Json>> | null | undefined): { scalars: Record<string, Scalar>; others: { attributes?: Record<string, Json> } } {
  const entries = Object.entries(attributes ?? {});
  const isScalar = (entry: [string, Json]): entry is [string, Scalar] => entry[1] === null || typeof entry[1] !== 'object';
  const nested = entries.filter((entry) => !isScalar(entry));
  return { scalars: Object.fromEntries(entries.filter(isScalar)), others: nested.length === 0 ? {} : { attributes: Object.fromEntries(nested) } };
}

/** With its label by name, which stays true when classes are added or removed. */
function named({ label_id, ...rest }: z.infer<typeof Labelled>, labels: readonly (string | null)[]): Record<string, unknown> {
  const label = typeof label_id === 'number' ? labels[label_id] : null;
  return { ...rest, ...(typeof label === 'string' ? { label } : {}) };
}

async function existing(folders: readonly string[]): Promise<string[]> {
  const stats = await Promise.all(folders.map(statOf));
  return folders.filter((_, i) => stats[i]?.isDirectory() === true);
}

const said = (error: z.ZodError): string => {
  const [issue] = error.issues;
  return issue === undefined ? 'it is impossible' : `${issue.path.join('.') || 'it'}: ${issue.message}`;
};

function checked<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const read = schema.safeParse(value);
  if (!read.success) throw new MaskwrightError('dataset-invalid', said(read.error));
  return read.data;
}

/** Null for what is no region. Throws 'dataset-invalid' for what cannot be one. */
function shapeOf(annotation: z.infer<typeof Annotation>, height: number | null, width: number | null): Shape | null {
  switch (annotation.type) {
    case 'polygon':
      return { kind: 'polygon', parts: [{ outer: checked(Polygon, annotation).points, holes: [] }] };
    case 'bbox': {
      const [x, y, w, h] = checked(Bbox, annotation).bbox;
      return { kind: 'box', box: { x, y, width: w, height: h } };
    }
    case 'mask': {
      const { size, counts } = checked(Mask, annotation).rle;
      if (height !== null && (size[0] !== height || size[1] !== width)) throw new MaskwrightError('dataset-invalid', `its mask has ${size[1]} × ${size[0]} pixels, the picture ${width} × ${height}`);
      const lengths = typeof counts === 'string' ? decodeCocoCounts(counts) : Uint32Array.from(counts);
      const sum = lengths.reduce((total, count) => total + count, 0);
      if (sum !== size[0] * size[1]) throw new MaskwrightError('dataset-invalid', `its run lengths add up to ${sum} pixels, its mask has ${size[0] * size[1]}`);
      return maskShape({ size, counts: lengths });
    }
    default:
      return null;
  }
}
