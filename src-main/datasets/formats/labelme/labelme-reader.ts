import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { ClassName } from '../../../../src-shared/domain/schema.ts';
import type { Shape } from '../../../../src-shared/domain/schema.ts';
import type { Extras } from '../../extras.ts';
import { IMAGE_EXTENSIONS } from '../../../images/extensions.ts';
import { listFiles } from '../codecs/files.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { counted } from '../parts/counted.ts';
import { Forgiven } from '../parts/forgiven.ts';
import { LabelmeImages } from './labelme-images.ts';
import type { LabelmeImage, Renamed } from './labelme-images.ts';
import { shapeFrom, shapesOf, WITHOUT_AREA } from './labelme-shape.ts';

type Json = z.core.util.JSONType;
/** Some programs write numbers as text. */
const side = z.union([z.number(), z.string().trim().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(1).max(65_535));
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Scalars = z.record(z.string().max(500), scalar).catch({});
const yes = z.boolean().optional().catch(undefined);
/** Shapes of one image, and entries of any other list of its file. */
const MOST_SHAPES = 1_000_000;

const Entry = z.looseObject({
  label: z.unknown().optional(), points: z.unknown().optional(), shape_type: z.string().max(100).nullish().catch(null), mask: z.unknown().optional(),
  group_id: z.union([z.int(), z.string().max(500)]).nullish().catch(null), description: z.string().max(100_000).nullish().catch(null),
  flags: Scalars.nullish(), attributes: Scalars.nullish(), difficult: yes, occluded: yes, truncated: yes, crowd: yes, score: z.number().nullish().catch(null),
});

/**
 * Reads LabelMe's files (https://github.com/wkentaro/labelme), one for each image. Files that are not annotations of an image are reported;
 * alone, one is refused. Files that name an image of another name come last, when it is known which images the others have.
 */
export async function readLabelme(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const isFolder = (await stat(path)).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const list = { signal: run.signal, problem: sink.problem.bind(sink) };
  const files = isFolder ? await listFiles(path, new Set(['.json']), list) : [basename(path)];
  const images = isFolder ? await listFiles(path, undefined, { ...list, problem: () => undefined }) : (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile() && isImage(entry.name)).map(({ name }) => name);
  const reader = new LabelmeReader(folder, new LabelmeImages(folder, images), sink, run);
  let done = 0;
  const each = async (some: readonly string[], read: (file: string) => Promise<void>): Promise<void> => {
    for (const file of some) {
      try {
        await read(file);
      } catch (error) {
        if (!isFolder || !(error instanceof MaskwrightError) || error.code === 'cancelled') throw error;
        sink.problem(file, { ...toProblem(error), message: `"${file}" was left out: ${error.message}`, item: file });
      }
      run.progress(Math.min(++done, files.length), files.length);
    }
  };
  await each(files, (file) => reader.first(file));
  await each(await reader.placeRenamed(), (file) => reader.renamed(file));
  reader.notes();
  if (reader.images === 0) throw new MaskwrightError('dataset-invalid', `"${basename(path)}" holds no LabelMe annotations: no JSON file in it has a list of shapes.`, path);
}

const isImage = (name: string): boolean => IMAGE_EXTENSIONS.has(extname(name).toLowerCase());

/** One file, as it was read. */
interface Parsed {
  readonly shapes: readonly unknown[];
  readonly values: ReadonlyMap<string, unknown>;
  /** Whether the image itself is in the file (imageData). */
  readonly embedded: boolean;
}

class LabelmeReader {
  readonly #folder: string;
  readonly #images: LabelmeImages;
  readonly #sink: DatasetSink;
  readonly #run: ReadRun;
  readonly #classes = new Set<string>();
  readonly #renamed: Renamed[] = [];
  #places: ReadonlyMap<string, LabelmeImage | null> = new Map();
  readonly #byOwnName: string[] = [];
  readonly #forgiven = new Forgiven();
  #unlabeled = 0;
  images = 0;

  constructor(folder: string, images: LabelmeImages, sink: DatasetSink, run: ReadRun) {
    this.#folder = folder;
    this.#images = images;
    this.#sink = sink;
    this.#run = run;
  }

  /** Reads a file, or puts it off when its image has another name. @param file relative to the folder, with forward slashes */
  async first(file: string): Promise<void> {
    const parsed = await this.#parse(file, true);
    const named = parsed.values.get('imagePath');
    const imagePath = typeof named === 'string' && named.trim() !== '' ? named.trim().replaceAll('\\', '/') : `${file.slice(0, -5)}.jpg`;
    if (this.#images.isOwn(file, imagePath)) await this.#tell(file, parsed, await this.#images.own(file, imagePath), imagePath);
    else this.#renamed.push({ file, imagePath });
  }

  /** Finds the images of the files that were put off, which are to be read now. */
  async placeRenamed(): Promise<string[]> {
    this.#places = await this.#images.renamed(this.#renamed);
    return this.#renamed.map(({ file }) => file);
  }

  async renamed(file: string): Promise<void> {
    await this.#tell(file, await this.#parse(file, false), this.#places.get(file) ?? null, this.#renamed.find((one) => one.file === file)?.imagePath ?? file);
  }

  notes(): void {
    const files = this.#byOwnName;
    if (files.length > 0) this.#sink.note(`${counted(files.length, 'file')} took the image of ${files.length === 1 ? 'its' : 'their'} own name, because the image in "imagePath" is missing or belongs to another file: ${files.slice(0, 5).join(', ')}${files.length > 5 ? ' and more' : ''}.`);
    if (this.#unlabeled > 0) this.#sink.note(`${counted(this.#unlabeled, 'shape')} without a label came in without a class.`);
    this.#forgiven.tell(this.#sink);
  }

  /** @param tells whether elements that are not JSON are reported: once for each file */
  async #parse(file: string, tells: boolean): Promise<Parsed> {
    const lists = new Map<string, unknown[]>();
    const values = new Map<string, unknown>();
    let embedded = false;
    const problem = (item: string, why: string): void => {
      if (tells) this.#leaveOut(item, why);
    };
    await readJsonLists(join(this.#folder, ...file.split('/')), {
      element: (key, index, value) => {
        let list = lists.get(key);
        // The last of two equal names counts, as everywhere in JSON.
        if (list === undefined || index === 0) lists.set(key, (list = []));
        values.delete(key);
        if (list.push(value) > MOST_SHAPES) throw new MaskwrightError('too-large', `it has more than ${MOST_SHAPES} ${key === 'shapes' ? 'shapes' : `entries in "${key.slice(0, 40)}"`}.`, file);
      },
      value: (key, value) => {
        lists.delete(key);
        // The image itself, in base64, may be larger than anything else.
        if (key === 'imageData') embedded = typeof value === 'string' && value !== '';
        else values.set(key, value);
      },
      broken: (key, index, why) => {
        if (key === 'imageData') embedded = true;
        else problem(`${file}, ${key}${index === null ? '' : ` ${index + 1}`}`, why);
      },
    }, { ...this.#run, progress: () => undefined });
    const shapes = lists.get('shapes');
    if (shapes === undefined && !values.has('imagePath')) throw new MaskwrightError('dataset-invalid', 'it is no LabelMe file: it has neither shapes nor the path of an image.', file);
    lists.delete('shapes');
    return { shapes: shapes ?? [], values: new Map([...values, ...lists]), embedded };
  }

  async #tell(file: string, { shapes, values, embedded }: Parsed, image: LabelmeImage | null, imagePath: string): Promise<void> {
    if (image === null) throw new MaskwrightError('conflict', `another file has annotations of "${imagePath}" too, and no image has its own name.`, file);
    if (image.by === 'own name') this.#byOwnName.push(file);
    if (image.file === null && embedded) this.#sink.problem(file, { code: 'image-missing', message: `The image of "${file}" was not found beside it; a copy is inside the file (imageData), which is not used. Save it as "${posix.basename(image.path)}" beside "${file}", as labelme_export_json does, and import again.`, item: file });
    const size = await this.#size(values, image.file);
    const kept: unknown[] = [];
    const found = shapes.flatMap((shape, i) => this.#shape(shape, `${file}, shape ${i + 1}`, size, kept));
    if (kept.length > 0) this.#sink.problem(file, { code: 'dataset-invalid', message: `${counted(kept.length, 'point or line', 'points or lines')} of "${file}" ${kept.length === 1 ? 'has' : 'have'} no area: kept for LabelMe, not shown.`, item: file });
    this.#sink.image({ key: file, path: image.path, file: image.file, width: size?.[1] ?? null, height: size?.[0] ?? null, split: null, extras: imageExtras(values, kept, this.#forgiven) });
    for (const { class: cls, shape, extras } of found) this.#sink.instance({ image: file, class: cls, shape, extras });
    this.images++;
  }

  async #size(values: ReadonlyMap<string, unknown>, image: string | null): Promise<readonly [number, number] | null> {
    const [height, width] = [side.safeParse(values.get('imageHeight')), side.safeParse(values.get('imageWidth'))];
    if (height.success && width.success) return [height.data, width.data];
    const found = image === null ? null : await this.#run.sizeOf(image);
    return found === null ? null : [found.height, found.width];
  }

  /** Nothing for what cannot be used, which has been told, and for what has no area, which goes to `kept`. */
  #shape(value: unknown, item: string, size: readonly [number, number] | null, kept: unknown[]): { class: string | null; shape: Shape; extras: Extras }[] {
    const read = Entry.safeParse(value);
    if (!read.success) {
      this.#leaveOut(item, 'it is no object');
      return [];
    }
    const { label, points, shape_type, mask } = read.data;
    const type = shape_type ?? 'polygon';
    if (WITHOUT_AREA.has(type)) {
      kept.push(value);
      return [];
    }
    try {
      const shape = shapeFrom(type, points, mask, size);
      const name = ClassName.safeParse(typeof label === 'number' ? String(label) : label);
      if (name.success && !this.#classes.has(name.data)) {
        this.#classes.add(name.data);
        this.#sink.class({ key: name.data, name: name.data });
      }
      if (!name.success) this.#unlabeled++;
      return [{ class: name.success ? name.data : null, shape, extras: shapeExtras(read.data, type, shape, this.#forgiven) }];
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      this.#leaveOut(item, error.message);
      return [];
    }
  }

  #leaveOut(item: string, why: string): void {
    this.#sink.problem(item, { code: 'dataset-invalid', message: `${item} was left out: ${why}.`.replace(/\.\.$/, '.'), item });
  }
}

const own = (fields: Record<string, Json>): Extras => (Object.keys(fields).length === 0 ? {} : { own: { labelme: fields } });
const attributes = (...from: (Record<string, z.infer<typeof scalar>> | null | undefined)[]): Extras => {
  const all = Object.fromEntries(from.flatMap((some) => Object.entries(some ?? {})));
  return Object.keys(all).length === 0 ? {} : { attributes: all };
};

const OF_FILE = new Set(['version', 'flags', 'attributes', 'imagePath', 'imageData', 'imageHeight', 'imageWidth']);

function imageExtras(values: ReadonlyMap<string, unknown>, kept: readonly unknown[], forgiven: Forgiven): Extras {
  const rest = Object.fromEntries([...values].filter(([key]) => !OF_FILE.has(key)));
  return { ...attributes(Scalars.parse(values.get('flags')), Scalars.parse(values.get('attributes'))), ...own(forgiven.kept('image', { ...rest, ...(kept.length === 0 ? {} : { shapes: kept }) })) };
}

function shapeExtras(entry: z.infer<typeof Entry>, type: string, shape: Shape, forgiven: Forgiven): Extras {
  const { label: _label, shape_type: _type, mask: _mask, points, group_id, description, flags, attributes: others, difficult, occluded, truncated, crowd, score, ...rest } = entry;
  // What would be written otherwise than it was drawn, as a circle, is kept as it was.
  const asItIs = type === 'mask' || isDeepStrictEqual(shapesOf(shape, 1, 1, 'polygons').map((one) => [one.shape_type, one.points]), [[type, points]]);
  return {
    ...attributes(flags, others), ...(group_id == null ? {} : { group: group_id }), ...(description ? { description } : {}), ...(score == null ? {} : { score }),
    ...(difficult ? { difficult: true } : {}), ...(occluded ? { occluded: true } : {}), ...(truncated ? { truncated: true } : {}), ...(crowd ? { crowd: true } : {}),
    ...own(forgiven.kept('shape', { ...rest, ...(asItIs ? {} : { drawn: { shape_type: type, points } }) })),
  };
}
