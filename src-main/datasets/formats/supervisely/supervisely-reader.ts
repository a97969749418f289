import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { Colour } from '../../../../src-shared/domain/schema.ts';
import type { Extras } from '../../extras.ts';
import { readText } from '../codecs/files.ts';
import { parsePythonJson } from '../codecs/python-json.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { extrasOf } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import { ClassesTold } from '../parts/classes-told.ts';
import { counted } from '../parts/counted.ts';
import { fieldsOf, Forgiven, numeral } from '../parts/forgiven.ts';
import { readJsonFiles } from '../parts/json-files.ts';
import type { ImageDocument } from '../parts/json-files.ts';
import { ImagePaths, splitWord } from '../parts/split-sink.ts';
import { shapeFrom, WITHOUT_AREA } from './supervisely-shape.ts';

/** The tag in which splits of any name are kept; without it a dataset's own name counts where it is a split's. */
export const SPLIT_TAG = 'split';
/** Values of a tag that stands for yes or no. */
export const YES_NO = ['true', 'false'] as const;

/**
 * Reads a Supervisely project: meta.json, and in each of its datasets ann/IMAGE.json for img/IMAGE. A single annotation file works
 * too. Figures without an area are kept with their image and written back.
 */
export async function readSupervisely(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  const reader = new SuperviselyReader(folder, sink, run);
  await reader.meta();
  await readJsonFiles(path, sink, run, {
    name: 'Supervisely',
    takes: ({ size, objects }) => fieldsOf(size) !== null && Array.isArray(objects),
    tell: (entry) => reader.tell(entry),
  });
  reader.end();
}

class SuperviselyReader {
  readonly #folder: string;
  readonly #sink: DatasetSink;
  readonly #run: ReadRun;
  readonly #classes: ClassesTold;
  readonly #forgiven = new Forgiven();
  readonly #paths = new ImagePaths();
  readonly #yesNo = new Set<string>();
  #withoutArea = 0;

  constructor(folder: string, sink: DatasetSink, run: ReadRun) {
    this.#folder = folder;
    this.#sink = sink;
    this.#run = run;
    this.#classes = new ClassesTold(sink);
  }

  /** Passes on the classes of meta.json in their order; without that file, classes come as they are met. */
  async meta(): Promise<void> {
    const file = [join(this.#folder, 'meta.json'), join(this.#folder, '..', 'meta.json'), join(this.#folder, '..', '..', 'meta.json')].find((candidate) => existsSync(candidate));
    if (file === undefined) return;
    let meta: unknown;
    try {
      meta = parsePythonJson(await readText(file, 'meta.json', this.#run));
    } catch (error) {
      this.#sink.problem('meta.json', { code: 'dataset-invalid', message: `"meta.json" was left out with the colors of classes, because it cannot be read (${error instanceof Error ? error.message.replace(/\.$/, '') : String(error)}).`, item: 'meta.json' });
      return;
    }
    const { classes, tags, projectType: _type, projectSettings: _settings, ...rest } = fieldsOf(meta) ?? {};
    for (const value of Array.isArray(classes) ? classes : []) {
      const { title, color, ...more } = fieldsOf(value) ?? {};
      const colour = typeof color === 'string' ? this.#forgiven.field('class', 'color', color.toLowerCase(), Colour) : undefined;
      this.#classes.key(title, { ...(colour === undefined ? {} : { colour }), extras: own(this.#forgiven.kept('class', withoutDefaults(more))) });
    }
    for (const value of Array.isArray(tags) ? tags : []) {
      const { name, values } = fieldsOf(value) ?? {};
      if (typeof name === 'string' && Array.isArray(values) && values.length === 2 && YES_NO.every((word) => values.includes(word))) this.#yesNo.add(name);
    }
    this.#sink.extras(own(this.#forgiven.kept('project', rest)));
  }

  async tell({ file, document }: ImageDocument): Promise<void> {
    const place = placeOf(file);
    const image = join(this.#folder, ...place.image.split('/'));
    const found = existsSync(image) ? image : null;
    const size = await this.#size(document['size'], found);
    if (size === null) throw new MaskwrightError('dataset-invalid', 'it does not say the size of its image, and the image was not found.', file);
    const { size: _size, objects, tags, description, customBigData: _big, ...rest } = document;
    const told = this.#attributes(tags);
    const { [SPLIT_TAG]: said, ...attributes } = told;
    const split = typeof said === 'string' ? said : place.split;
    const kept: unknown[] = [];
    const read = (Array.isArray(objects) ? objects : []).flatMap((object: unknown, i) => this.#object(object, `${place.path}, object ${i + 1}`, size, kept));
    const more = this.#forgiven.kept('image', { ...rest, ...(kept.length === 0 ? {} : { objects: kept }) });
    this.#sink.image({
      key: file, path: this.#paths.of(place.path, split, found), file: found, width: size[1], height: size[0], split,
      extras: { ...(Object.keys(attributes).length === 0 ? {} : { attributes }), ...(typeof description === 'string' && description !== '' ? { description } : {}), ...own(more) },
    });
    for (const instance of read) this.#sink.instance({ image: file, ...instance });
  }

  end(): void {
    if (this.#withoutArea > 0) this.#sink.problem('figures without an area', { code: 'dataset-invalid', message: `${counted(this.#withoutArea, 'point or line', 'points or lines')} without an area ${this.#withoutArea === 1 ? 'is' : 'are'} kept for Supervisely, not shown.`, item: 'figures without an area' });
    this.#forgiven.tell(this.#sink);
  }

  async #size(value: unknown, image: string | null): Promise<readonly [number, number] | null> {
    const { height, width } = fieldsOf(value) ?? {};
    const said = [numeral(height), numeral(width)];
    if (said.every((side) => side !== undefined && Number.isInteger(side) && side >= 1 && side <= 65_535)) return said as [number, number];
    const found = image === null ? null : await this.#run.sizeOf(image);
    return found === null ? null : [found.height, found.width];
  }

  /** Nothing for what cannot be used, which has been reported, and for what has no area, which goes to `kept`. */
  #object(value: unknown, item: string, size: readonly [number, number], kept: unknown[]): { class: string | null; shape: ReturnType<typeof shapeFrom>; extras: Extras }[] {
    const object = fieldsOf(value);
    try {
      if (object === null) throw new MaskwrightError('dataset-invalid', 'it is not an object');
      const { geometryType, classTitle, points: _points, bitmap: _bitmap, tags, description, instance, ...rest } = object;
      if (typeof geometryType === 'string' && WITHOUT_AREA.has(geometryType)) {
        kept.push(value);
        this.#withoutArea++;
        return [];
      }
      const extras: Extras = {
        ...extrasOf(this.#attributes(tags), ['description']), ...(typeof description === 'string' && description !== '' ? { description } : {}),
        ...(typeof instance === 'string' && instance !== '' ? { group: /^(0|[1-9]\d{0,14})$/.test(instance) ? Number(instance) : instance } : {}), ...own(this.#forgiven.kept('object', rest)),
      };
      return [{ class: this.#classes.key(classTitle), shape: shapeFrom(geometryType, object, size), extras }];
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      this.#sink.problem(item, { code: 'dataset-invalid', message: `${item} was left out: ${error.message}.`.replace(/\.\.$/, '.'), item });
      return [];
    }
  }

  #attributes(tags: unknown): Record<string, Scalar> {
    const out: Record<string, Scalar> = {};
    for (const tag of Array.isArray(tags) ? tags : []) {
      const { name, value } = fieldsOf(tag) ?? {};
      if (typeof name !== 'string' || name === '__proto__') this.#forgiven.add('tag', 'it has no name and was ignored');
      else if (this.#yesNo.has(name) && (value === 'true' || value === 'false')) out[name] = value === 'true';
      else if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) out[name] = value ?? null;
      else this.#forgiven.add('tag', 'its value is neither text nor a number and was ignored');
    }
    return out;
  }
}

/** Where the image of ann/IMAGE.json lies, and what it is called. Annotation files that lie elsewhere have it beside them. */
function placeOf(file: string): { readonly image: string; readonly path: string; readonly split: string | null } {
  const folders = posix.dirname(file).split('/').filter((name) => name !== '.');
  const name = basename(file).replace(/\.json$/i, '');
  if (folders.at(-1) !== 'ann') return { image: posix.join(...folders, name), path: posix.join(...folders, name), split: null };
  const dataset = folders.slice(0, -1).filter((folder, i, all) => !(folder === 'datasets' && i < all.length - 1));
  const split = dataset.length === 1 ? splitWord(dataset[0] ?? '') : null;
  const isOnlyLayout = split !== null || dataset.length === 0 || (dataset.length === 1 && dataset[0] === DATASET);
  return { image: posix.join(...folders.slice(0, -1), 'img', name), path: isOnlyLayout ? name : posix.join(...dataset, name), split };
}

/** The dataset of images without a split. */
export const DATASET = 'dataset';

/** What every class has and nobody chose. */
const withoutDefaults = ({ shape, geometry_config, hotkey, ...rest }: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  ...rest, ...(shape === undefined || shape === 'any' ? {} : { shape }), ...(geometry_config === undefined || Object.keys(fieldsOf(geometry_config) ?? {}).length === 0 ? {} : { geometry_config }), ...(typeof hotkey === 'string' && hotkey !== '' ? { hotkey } : {}),
});

const own = (fields: NonNullable<Extras['own']>[string]): Extras => (Object.keys(fields).length === 0 ? {} : { own: { supervisely: fields } });
