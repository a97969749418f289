import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { ClassName, Colour, MAX_SIDE } from '../../../../src-shared/domain/schema.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import type { Extras } from '../../extras.ts';
import { extrasOf } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import { listFiles, namedFile, readHead, statOf } from '../codecs/files.ts';
import type { DatasetSink, FormatRun, ReadRun } from '../format.ts';
import { fieldsOf, Forgiven, numeral } from '../parts/forgiven.ts';
import { ImagePaths } from '../parts/split-sink.ts';
import { datumaroShape } from './datumaro-shape.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import type { TextRun } from '../codecs/text.ts';

/** Datumaro's name for the part of a data set that images without a split are in. */
export const NO_SUBSET = 'default';

const side = z.preprocess(numeral, z.int().min(1).max(MAX_SIDE));
const Size = z.tuple([side, side]);
const word = z.string().max(500);
const Fields = z.record(z.string(), z.unknown());
const Categories = z.looseObject({
  label: z.looseObject({ labels: z.array(z.unknown()) }).nullish().catch(undefined),
  points: z.object({ items: z.array(z.looseObject({ label_id: z.int().nonnegative() })) }).nullish().catch(undefined),
  mask: z.object({ colormap: z.array(z.object({ label_id: z.coerce.number(), r: z.int().min(0).max(255), g: z.int().min(0).max(255), b: z.int().min(0).max(255) })) }).nullish().catch(undefined),
});
/** Limit for painting orders and groups: far beyond any real one, so that sums stay exact. */
const MOST_WHOLE = 2 ** 31;
const whole = z.preprocess(numeral, z.int().gte(-MOST_WHOLE).lte(MOST_WHOLE));

const nothing = (): void => undefined;
/** Said of the whole image, so that nothing of them is missing on it. */
const NOT_REGIONS = new Set(['label', 'caption', 'hash_key', 'feature_vector', 'tabular']);

/**
 * Reads Datumaro's JSON (https://openvinotoolkit.github.io/datumaro, Datumaro format): a file, or a folder with
 * annotations/SUBSET.json, each in two passes: its categories, then its items. Polygons, masks, boxes and ellipses become shapes;
 * all else is kept as `own.datumaro` and written back, with labels by their names; shapes that could be drawn but are not are reported.
 */
export async function readDatumaro(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const folder = (await statOf(path))?.isDirectory() === true;
  const root = folder ? path : dirname(dirname(path));
  const problem = sink.problem.bind(sink);
  const all = folder ? (await listFiles(join(path, 'annotations'), new Set(['.json']), { signal: run.signal, problem })).map((file) => join(path, 'annotations', file)) : [path];
  const ours = await Promise.all(all.map(isDatumaro));
  const files = ours.includes(true) ? all.filter((_, i) => ours[i] === true) : all;
  for (const file of all) if (!files.includes(file)) sink.note(`annotations/${basename(file)} was passed over: it is not a Datumaro file.`);
  if (files.length === 0) throw new MaskwrightError('dataset-invalid', `"${path}" has no JSON files in its folder annotations.`, path);
  const reader = new DatumaroReader(sink, root);
  for (const [i, file] of files.entries()) {
    const part = (pass: 0 | 1): FormatRun & TextRun => ({ signal: run.signal, encoding: run.encoding, progress: (done, total) => run.progress(2 * i + pass + (total === null || total === 0 ? 1 : done / total), 2 * files.length) });
    await reader.read(file, part);
  }
  reader.end();
}

/** Whether a file (absolute path) is one: its labels are an object's field, where COCO has lists; and there is the version, in files of Datumaro 1. */
export async function isDatumaro(path: string): Promise<boolean> {
  if (!path.toLowerCase().endsWith('.json') || (await statOf(path))?.isFile() !== true) return false;
  const head = await readHead(path);
  return /"dm_format_version"\s*:/.test(head) || /"categories"\s*:\s*\{\s*("(label|mask|points)"\s*:\s*\{|\})/.test(head);
}

/** A label of the file at hand, as a class was told. */
interface Known {
  readonly name: string;
  readonly key: string;
}

interface Annotation {
  readonly type: string;
  readonly label: Known | null;
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
  readonly group: number | undefined;
  readonly z: number | undefined;
  /** Other fields, the geometry's too. */
  readonly rest: Readonly<Record<string, unknown>>;
}

class DatumaroReader {
  readonly #sink: DatasetSink;
  readonly #root: string;
  readonly #forgiven = new Forgiven();
  readonly #paths = new ImagePaths();
  /** Classes that were told: keys by name and parent. */
  readonly #classes = new Map<string, string>();
  readonly #keys = new Set<string>();
  /** For the current file. */
  #file = '';
  #subset = '';
  #labels: readonly (Known | null)[] = [];
  /** Where Datumaro puts pictures: images/SUBSET, or images alone. */
  #pictureFolders: readonly string[] = [];
  #images = 0;
  #waiting: { readonly index: number; readonly value: unknown }[] = [];

  constructor(sink: DatasetSink, root: string) {
    this.#sink = sink;
    this.#root = root;
  }

  end(): void {
    this.#forgiven.tell(this.#sink);
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
    const skeletons = points == null ? {} : { points: points.items.map((entry) => named(entry, this.#labels)) };
    this.#sink.extras(this.#own('file', { infos: infos ?? {}, label: rest, ...skeletons, categories: others }));
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
    // Two labels of one name and parent in the same file are two.
    const used = new Set<string>();
    this.#labels = (label?.labels ?? []).map((value, i) => {
      const { name: said, parent: above, ...rest } = fieldsOf(value) ?? {};
      const name = ClassName.safeParse(typeof said === 'number' ? String(said) : said);
      if (!name.success) {
        this.#leaveOut(`${this.#file}, label ${i}`, 'it has no name of 1 to 200 characters');
        return null;
      }
      const parent = this.#forgiven.field('label', 'parent', above, word);
      const identity = JSON.stringify([name.data, parent ?? '']);
      const known = this.#classes.get(identity);
      if (known !== undefined && !used.has(known)) {
        used.add(known);
        return { name: name.data, key: known };
      }
      const key = this.#keys.has(name.data) ? `${this.#file} ${i} ${name.data}` : name.data;
      this.#keys.add(key);
      used.add(key);
      if (known === undefined) this.#classes.set(identity, key);
      const colour = Colour.safeParse(colours.get(i));
      this.#sink.class({ key, name: name.data, ...(colour.success ? { colour: colour.data } : {}), extras: { ...(parent ? { supercategory: parent } : {}), ...this.#own('label', rest) } });
      return { name: name.data, key };
    });
  }

  async #item(at: number, value: unknown): Promise<void> {
    const item = fieldsOf(value);
    const said = item?.['id'];
    const id = typeof said === 'string' || typeof said === 'number' ? String(said) : null;
    if (item === null || id === null) return this.#leaveOut(`${this.#file}, item ${at + 1}`, 'it has no id');
    const { id: _id, image: picture, media: medium, attr, annotations, ...rest } = item;
    const { path: imagePath, size: imageSize, ...more } = fieldsOf(picture) ?? {};
    // Datumaro's own default for what names no picture.
    const name = (textOf(imagePath) ?? textOf(fieldsOf(medium)?.['path']) ?? `${id}.jpg`).replaceAll('\\', '/');
    const size = this.#forgiven.field('item', 'size', imageSize, Size) ?? null;
    const shapes: [Annotation, Shape][] = [];
    const others: Record<string, unknown>[] = [];
    for (const [i, each] of (Array.isArray(annotations) ? (annotations as unknown[]) : []).entries()) this.#annotation(`${name}, annotation ${i + 1}`, each, size, shapes, others);
    const { scalars, others: nested } = divided(this.#forgiven.field('item', 'attr', attr, Fields));
    const key = String(this.#images++);
    const file = await this.#picture(name);
    const split = this.#subset === NO_SUBSET ? null : this.#subset;
    this.#sink.image({
      key, path: this.#paths.of(name, split, file), file, width: size?.[1] ?? null, height: size?.[0] ?? null, split,
      extras: { ...(Object.keys(scalars).length > 0 ? { attributes: scalars } : {}), ...this.#own('item', { id, ...rest, ...(Object.keys(more).length > 0 ? { image: more } : {}), ...nested, ...(others.length > 0 ? { annotations: others } : {}) }) },
    });
    for (const [annotation, shape] of shapes) this.#instance(key, annotation, shape);
  }

  #annotation(item: string, value: unknown, size: readonly [number, number] | null, shapes: [Annotation, Shape][], others: Record<string, unknown>[]): void {
    try {
      const annotation = this.#read(value);
      const shape = datumaroShape(annotation.type, annotation.rest, size);
      if (shape !== null) shapes.push([annotation, shape]);
      else {
        const { label_id: _, ...kept } = fieldsOf(value) ?? {};
        others.push({ ...kept, ...(annotation.label === null ? {} : { label: annotation.label.name }) });
        if (!NOT_REGIONS.has(annotation.type)) this.#tell(item, `${item} is of the type ${annotation.type.slice(0, 40)}, which is not shown here. It is kept, and written back to Datumaro files.`);
      }
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      this.#leaveOut(item, toProblem(error).message);
    }
  }

  /** Throws 'dataset-invalid' for what has no type, or a label that the file does not have. */
  #read(value: unknown): Annotation {
    const { type, label_id: number, attributes, group, z_order, ...rest } = fieldsOf(value) ?? {};
    if (typeof type !== 'string') throw new MaskwrightError('dataset-invalid', 'it has no type');
    const at = this.#forgiven.number('annotation', 'label_id', number);
    const label = at === undefined ? null : (this.#labels[at] ?? null);
    if (at !== undefined && label === null) throw new MaskwrightError('dataset-invalid', `its label ${at} is not in the file`);
    return {
      type, label, rest, attributes: this.#forgiven.field('annotation', 'attributes', attributes, Fields),
      group: this.#forgiven.field('annotation', 'group', group, whole), z: this.#forgiven.field('annotation', 'z_order', z_order, whole),
    };
  }

  #instance(image: string, { type, label, attributes, group, z: order, rest }: Annotation, shape: Shape): void {
    const { points, rle: _rle, bbox: _bbox, ...more } = rest;
    const { scalars, others } = divided(attributes);
    // So that it is written back as the ellipse that it was.
    const ellipse = type === 'ellipse' ? { ellipse: points } : {};
    const extras: Extras = { ...extrasOf(scalars), ...(group ? { group } : {}), ...this.#own('annotation', { ...more, ...others, ...ellipse }) };
    this.#sink.instance({ image, class: label?.key ?? null, shape, z: order ?? 0, extras });
  }

  /** What is only kept, of a row of the file. */
  #own(rows: string, fields: Readonly<Record<string, unknown>>): Extras {
    const kept = this.#forgiven.kept(rows, Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined)));
    return Object.keys(kept).length === 0 ? {} : { own: { datumaro: kept } };
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

const isScalar = (entry: [string, unknown]): entry is [string, Scalar] => entry[0].length <= 500 && (entry[1] === null || typeof entry[1] === 'string' || typeof entry[1] === 'boolean' || Number.isFinite(entry[1]));

/** Attributes that Extras can hold, and the rest, such as lists, as what is kept. */
function divided(attributes: Readonly<Record<string, unknown>> | undefined): { scalars: Record<string, Scalar>; others: { attributes?: Record<string, unknown> } } {
  const entries = Object.entries(attributes ?? {});
  const nested = entries.filter((entry) => !isScalar(entry));
  return { scalars: Object.fromEntries(entries.filter(isScalar)), others: nested.length === 0 ? {} : { attributes: Object.fromEntries(nested) } };
}

/** With its label by name, which stays true when classes are added or removed. */
function named({ label_id, ...rest }: { readonly label_id: number } & Readonly<Record<string, unknown>>, labels: readonly (Known | null)[]): Record<string, unknown> {
  const label = labels[label_id] ?? null;
  return { ...rest, ...(label === null ? {} : { label: label.name }) };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' && value.length <= 4096 ? value : null);

async function existing(folders: readonly string[]): Promise<string[]> {
  const stats = await Promise.all(folders.map(statOf));
  return folders.filter((_, i) => stats[i]?.isDirectory() === true);
}
