import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { masksOfLabels } from '../../../../src-shared/geometry/label-map.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import { within } from '../coco/coco-files.ts';
import { cocoContent } from '../coco/coco-kind.ts';
import { cocoPasses } from '../coco/coco-lists.ts';
import { CocoTables } from '../coco/coco-tables.ts';
import { statOf } from '../codecs/files.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import { coloursAsLabels, readPng } from '../codecs/label-picture.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { fieldsOf, Forgiven, idOf, numeral } from '../parts/forgiven.ts';
import { splitPlaces, SplitSink, SplitsTold } from '../parts/split-sink.ts';
import { NO_SPLIT } from './panoptic-writer.ts';

const MOST_SEGMENTS = 1_000_000;
/** In a folder with more JSON files than this, as of LabelMe, only names that say what they are are looked into. */
const MOST_LOOKED_INTO = 50;

/** One row of "annotations": an image's PNG, and what its segments are. */
interface Annotation {
  readonly image: string;
  readonly png: string;
  readonly segments: readonly unknown[];
}

/** The panoptic files (absolute paths) at a path: itself, or those of a folder and of its folder "annotations". */
export async function panopticFiles(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const files: string[] = [];
  for (const folder of [path, join(path, 'annotations')]) {
    const names = await readdir(folder).catch(() => []);
    const documents = names.filter((entry) => entry.toLowerCase().endsWith('.json')).toSorted();
    for (const name of documents.length > MOST_LOOKED_INTO ? documents.filter((entry) => /^panoptic/i.test(entry)) : documents) {
      const file = join(folder, name);
      if ((await statOf(file))?.isFile() === true && (await cocoContent(file)) === 'segments') files.push(file);
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
  const told = new SplitsTold();
  for (const [i, file] of files.entries()) {
    const split = splitOf(file);
    const part = file === path ? sink : new SplitSink(sink, within(path, file), split, splitPlaces(path, dirname(file), split), told);
    await new PanopticReader(file, part).read({ ...run, progress: (done, total) => run.progress(i * 2 + (total === null || total === 0 ? 0 : done / total), files.length * 2) });
  }
}

/** "panoptic_train2017.json" is the split "train2017"; "panoptic.json" and "panoptic_default.json" are none. */
function splitOf(file: string): string | null {
  const name = basename(file).replace(/\.json$/i, '').replace(/^panoptic[_-]?/, '');
  return name === '' || name === NO_SPLIT ? null : name;
}

class PanopticReader {
  readonly #file: string;
  readonly #sink: DatasetSink;
  readonly #tables: CocoTables;
  readonly #labelled = new Set<string>();
  readonly #own: Record<string, z.core.util.JSONType> = {};
  readonly #forgiven = new Forgiven();
  #waiting: Annotation[] = [];
  #folder: { readonly root: string; readonly inside: string } | null = null;

  constructor(file: string, sink: DatasetSink) {
    this.#file = file;
    this.#sink = sink;
    this.#tables = new CocoTables({
      format: 'panoptic', sink, forgiven: this.#forgiven, leaveOut: (item, why) => this.#leaveOut(item, why),
      // Things are the rule and need no mark.
      categoryFields: ({ isthing, ...rest }) => ({ ...(this.#forgiven.flag('category', 'isthing', isthing) === false ? { isthing: 0 } : {}), ...rest }),
    });
  }

  async read(run: ReadRun): Promise<void> {
    // Each pass goes over the whole file.
    const { first, second } = cocoPasses({
      image: (index, value) => this.#tables.image(index, value),
      category: (index, value) => this.#tables.category(index, value),
      annotation: (index, value) => this.#row(index, value),
      leaveOut: (item, why) => this.#leaveOut(item, why),
      own: this.#own,
    });
    await readJsonLists(this.#file, first, run);
    if (this.#tables.images.size === 0) throw new MaskwrightError('dataset-invalid', `"${basename(this.#file)}" is not a panoptic file: it has no list of images.`, this.#file);
    await readJsonLists(this.#file, { ...second, settle: () => this.#settle() }, { ...run, progress: (done, total) => run.progress((total ?? 0) + done, total) });
    const own = this.#forgiven.kept('file', this.#own);
    if (Object.keys(own).length > 0) this.#sink.extras({ own: { panoptic: own } });
    this.#forgiven.tell(this.#sink);
  }

  async #settle(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const annotation of waiting) {
      try {
        await this.#annotation(annotation);
      } catch (error) {
        if (!(error instanceof MaskwrightError)) throw error;
        this.#sink.problem(annotation.png, toProblem(error));
      }
    }
  }

  #row(index: number, value: unknown): void {
    const row = fieldsOf(value);
    const id = idOf(row?.['image_id']);
    if (row === null || id === null) return this.#leaveOut(`annotation ${index + 1}`, 'it does not name an image');
    const { file_name, segments_info: segments } = row;
    const image = this.#tables.images.get(String(id));
    const png = typeof file_name === 'string' && file_name !== '' && file_name.length <= 4096 ? file_name : image?.path.replace(/\.[^./]*$/, '.png');
    if (image === undefined || png === undefined) return this.#leaveOut(png ?? `annotation ${index + 1}`, `it belongs to image ${id}, which the file does not have`);
    if (!Array.isArray(segments) || segments.length > MOST_SEGMENTS) return this.#leaveOut(png, `it has no list of segments`);
    if (png !== file_name) this.#forgiven.add('annotation', 'it does not name its PNG, which was looked for by the image name');
    this.#waiting.push({ image: String(id), png, segments });
  }

  async #annotation({ image: key, png, segments }: Annotation): Promise<void> {
    const image = this.#tables.images.get(key);
    if (image === undefined) return;
    if (this.#labelled.has(key)) return this.#leaveOut(png, `"${image.path}" has another annotation`);
    this.#labelled.add(key);
    const { root, inside } = (this.#folder ??= await this.#pictures());
    const picture = await readPng(root, `${inside}${png}`, image.size === null ? undefined : { height: image.size[0], width: image.size[1] });
    if ((picture.kind !== 'rgb' && picture.kind !== 'rgba') || picture.samples instanceof Uint16Array) return this.#leaveOut(png, 'it is not of 8-bit colours, which number the segments');
    const masks = masksOfLabels(coloursAsLabels(picture, (red, green, blue) => red + (green << 8) + (blue << 16)), picture.height, picture.width);
    for (const [i, value] of segments.entries()) {
      const row = fieldsOf(value) ?? {};
      const id = numeral(row['id']);
      const category = idOf(row['category_id']);
      const item = `${image.path}, segment ${id ?? i + 1}`;
      if (id === undefined || !Number.isInteger(id) || id < 1 || id > 0xff_ffff) {
        this.#leaveOut(`${image.path}, segment ${i + 1}`, 'its id is not a whole number from 1 to 16,777,215');
        continue;
      }
      const { id: _id, category_id: _category, iscrowd, area, bbox: _bbox, ...rest } = row;
      if (area !== undefined && area !== null && numeral(area) === undefined) this.#forgiven.add('segment', '“area” is not a number and was computed anew');
      const mask = masks.get(id);
      masks.delete(id);
      if (mask === undefined) this.#leaveOut(item, `no pixel of "${png}" has its number, or it is listed twice`);
      else if (category === null || !this.#tables.categories.has(String(category))) this.#leaveOut(item, category === null ? 'it has no category' : `its category ${category} is not in the file`);
      else this.#sink.instance({ image: key, class: String(category), shape: maskShape(mask), extras: { ...(this.#forgiven.flag('segment', 'iscrowd', iscrowd) ? { crowd: true as const } : {}), ...this.#tables.kept('segment', { id, ...rest }) } });
    }
    if (masks.size > 0) this.#leaveOut(`${image.path}, ${masks.size === 1 ? 'a segment' : `${masks.size} segments`}`, `"${png}" shows what the list of segments does not have`);
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
