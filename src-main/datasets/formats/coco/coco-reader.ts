import { basename } from 'node:path';
import { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import type { Extras } from '../../extras.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import type { TextRun } from '../codecs/text.ts';
import type { JsonListsHandler } from '../codecs/json-lists.ts';
import type { DatasetSink, FormatRun } from '../format.ts';
import { fieldsOf, Forgiven, idOf, numeral } from '../parts/forgiven.ts';
import { cocoPasses } from './coco-lists.ts';
import { segmentationShape } from './coco-segmentation.ts';
import { CocoTables } from './coco-tables.ts';

const Attributes = z.record(z.string().max(500), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/**
 * Reads COCO's object annotations (https://cocodataset.org/#format-data), its lists in any order: once for pictures and
 * categories, once for annotations. Polygons stay polygons, each list a part; both forms of run lengths become masks;
 * an annotation without a polygon that can be drawn is a box. Areas are recomputed. Fields of COCO that mean nothing here
 * (licences, keypoints, dates, the ids) are kept as `own.coco`. Needed are ids, names and shapes; other fields that are
 * not what the format says are ignored, counted and noted.
 */
export async function readCoco(path: string, sink: DatasetSink, run: FormatRun & TextRun): Promise<void> {
  await readLists(path, path, sink, run);
}

/**
 * Reads COCO's results (https://cocodataset.org/#format-results), a list of a model's detections with their scores, as the
 * annotations of the images and categories of an annotation file, whose own annotations are not read.
 */
export async function readCocoResults(annotationFile: string, results: string, sink: DatasetSink, run: FormatRun & TextRun): Promise<void> {
  sink.note(`Images and categories were taken from ${basename(annotationFile)}; its own annotations were not read.`);
  await readLists(annotationFile, results, sink, run);
}

async function readLists(path: string, annotations: string, sink: DatasetSink, { signal, progress, encoding }: FormatRun & TextRun): Promise<void> {
  const reader = new CocoReader(path, sink);
  // Each pass goes over a whole file.
  await readJsonLists(path, reader.first, { signal, encoding, progress: (done, total) => progress(done, total === null ? null : total * 2) });
  await readJsonLists(annotations, reader.second, { signal, encoding, progress: (done, total) => progress((total ?? 0) + done, total === null ? null : total * 2) });
  reader.end();
}

class CocoReader {
  readonly first: JsonListsHandler;
  readonly second: JsonListsHandler;
  readonly #path: string;
  readonly #sink: DatasetSink;
  readonly #tables: CocoTables;
  readonly #annotations = new Set<number | string>();
  readonly #own: Record<string, z.core.util.JSONType> = {};
  readonly #forgiven = new Forgiven();
  #hasImages = false;

  constructor(path: string, sink: DatasetSink) {
    this.#path = path;
    this.#sink = sink;
    const leaveOut = (item: string, why: string): void => this.#leaveOut(item, why);
    const tables = new CocoTables({ format: 'coco', sink, forgiven: this.#forgiven, leaveOut });
    this.#tables = tables;
    const { first, second } = cocoPasses({
      image: (index, value) => {
        this.#hasImages = true;
        tables.image(index, value);
      },
      category: (index, value) => tables.category(index, value),
      annotation: (index, value) => this.#annotation(index, value),
      leaveOut,
      own: this.#own,
    });
    this.first = first;
    this.second = second;
  }

  end(): void {
    if (!this.#hasImages) throw new MaskwrightError('dataset-invalid', `"${basename(this.#path)}" is not a COCO file: it has no list of images.`, this.#path);
    const own = this.#forgiven.kept('file', this.#own);
    if (Object.keys(own).length > 0) this.#sink.extras({ own: { coco: own } });
    this.#forgiven.tell(this.#sink);
  }

  #annotation(index: number, value: unknown): void {
    const row = fieldsOf(value);
    const image_id = idOf(row?.['image_id']);
    if (row === null || image_id === null) return this.#leaveOut(`annotation ${index + 1}`, 'it does not name an image');
    const id = idOf(row['id']);
    const name = `annotation ${id ?? `number ${index + 1}`}`;
    const image = this.#tables.images.get(String(image_id));
    if (image === undefined) return this.#leaveOut(name, `it belongs to image ${image_id}, which the file does not have`);
    const item = `${image.path}, ${name}`;
    const category = this.#categoryOf(row['category_id']);
    if (category !== null && !this.#tables.categories.has(category)) return this.#leaveOut(item, `its category ${category} is not in the file`);
    if (id !== null && this.#annotations.has(id)) return this.#leaveOut(item, 'its id is another annotation’s');
    if (id !== null) this.#annotations.add(id);
    try {
      const shape = segmentationShape(row['segmentation'], row['bbox'], image.size, this.#forgiven);
      this.#sink.instance({ image: String(image_id), class: category, shape, extras: this.#extras(id, row) });
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      this.#leaveOut(item, toProblem(error).message);
    }
  }

  /** Null for none. What is there but cannot be an id is an object without a class, as tables write what is missing as NaN. */
  #categoryOf(value: unknown): string | null {
    if (value === undefined || value === null) return null;
    const id = idOf(value);
    if (id === null) this.#forgiven.ignored('annotation', 'category_id', 'is not an id');
    return id === null ? null : String(id);
  }

  #extras(id: number | string | null, row: Readonly<Record<string, unknown>>): Extras {
    const { id: _id, image_id: _image, category_id: _category, iscrowd, bbox: _bbox, segmentation: _segmentation, area, score: said, attributes: given, ...rest } = row;
    if (area !== undefined && area !== null && numeral(area) === undefined) this.#forgiven.add('annotation', '“area” is not a number and was computed anew');
    const score = this.#forgiven.number('annotation', 'score', said);
    const attributes = this.#forgiven.field('annotation', 'attributes', given, Attributes);
    return {
      ...(this.#forgiven.flag('annotation', 'iscrowd', iscrowd) ? { crowd: true as const } : {}), ...(score === undefined ? {} : { score }), ...(attributes === undefined ? {} : { attributes }),
      ...this.#tables.kept('annotation', { ...(id === null ? {} : { id }), ...rest }),
    };
  }

  #leaveOut(item: string, why: string): void {
    this.#sink.problem(item, { code: 'dataset-invalid', message: `${item} was left out: ${why}.`.replace(/\.\.$/, '.'), item });
  }
}
