import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { masksOfLabels } from '../../../../src-shared/geometry/label-map.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import { imageName } from '../coco/coco-file-name.ts';
import { within } from '../coco/coco-files.ts';
import { cocoContent } from '../coco/coco-kind.ts';
import { cocoPasses } from '../coco/coco-lists.ts';
import { statOf } from '../codecs/files.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import { coloursAsLabels, readPng } from '../codecs/label-picture.ts';
import type { Extras } from '../../extras.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { fieldsOf, Forgiven, idOf, numeral } from '../parts/forgiven.ts';
import { splitPlaces, SplitSink, SplitsTold } from '../parts/split-sink.ts';
import { NO_SPLIT } from './panoptic-writer.ts';

const byte = z.int().min(0).max(255);
const Colour = z.tuple([byte, byte, byte]);
const Supercategory = z.string().max(500);
const MOST_SIDE = 65_535;
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
  readonly #images = new Map<string, { readonly path: string; readonly size: { readonly width: number; readonly height: number } | null }>();
  readonly #categories = new Set<string>();
  readonly #labelled = new Set<string>();
  readonly #own: Record<string, z.core.util.JSONType> = {};
  readonly #forgiven = new Forgiven();
  #waiting: Annotation[] = [];
  #folder: { readonly root: string; readonly inside: string } | null = null;

  constructor(file: string, sink: DatasetSink) {
    this.#file = file;
    this.#sink = sink;
  }

  async read(run: ReadRun): Promise<void> {
    // Each pass goes over the whole file.
    const { first, second } = cocoPasses({
      image: (index, value) => this.#image(index, value),
      category: (index, value) => this.#category(index, value),
      annotation: (index, value) => this.#row(index, value),
      leaveOut: (item, why) => this.#leaveOut(item, why),
      own: this.#own,
    });
    await readJsonLists(this.#file, first, run);
    if (this.#images.size === 0) throw new MaskwrightError('dataset-invalid', `"${basename(this.#file)}" is not a panoptic file: it has no list of images.`, this.#file);
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

  #image(index: number, value: unknown): void {
    const row = fieldsOf(value);
    const id = idOf(row?.['id']);
    if (row === null || id === null) return this.#leaveOut(`image ${index + 1}`, 'it has no id');
    const named = imageName(row);
    if (named === null) return this.#leaveOut(`image ${index + 1}`, 'it has no file name');
    const { name: path, from } = named;
    const key = String(id);
    if (this.#images.has(key)) return this.#leaveOut(`image ${index + 1} (${path})`, `its id ${key} is another image’s`);
    if (from !== 'file_name') this.#forgiven.add('image', `no file_name, so the name was taken from “${from}”`);
    const { id: _id, file_name: _name, width: across, height: down, ...rest } = row;
    const [width, height] = [this.#side('width', across), this.#side('height', down)];
    const size = width === null || height === null ? null : { width, height };
    this.#images.set(key, { path, size });
    this.#sink.image({ key, path, file: null, width: size?.width ?? null, height: size?.height ?? null, split: null, extras: this.#kept('image', { id, ...rest }) });
  }

  #side(field: string, value: unknown): number | null {
    const side = this.#forgiven.number('image', field, value);
    if (side === undefined || (Number.isInteger(side) && side >= 1 && side <= MOST_SIDE)) return side ?? null;
    this.#forgiven.ignored('image', field, `is not a size from 1 to ${MOST_SIDE} pixels`);
    return null;
  }

  #category(index: number, value: unknown): void {
    const row = fieldsOf(value);
    const id = idOf(row?.['id']);
    if (row === null || id === null) return this.#leaveOut(`category ${index + 1}`, 'it has no id');
    const { id: _id, name: said, supercategory: above, color, isthing, ...rest } = row;
    const name = typeof said === 'string' || typeof said === 'number' ? String(said).trim() : '';
    if (name === '' || name.length > 200) return this.#leaveOut(`category ${index + 1}`, 'it has no name of 1 to 200 characters');
    const key = String(id);
    if (this.#categories.has(key)) return this.#leaveOut(`category ${index + 1} (${name})`, `its id ${key} is another category’s`);
    this.#categories.add(key);
    const colour = this.#forgiven.field('category', 'color', color, Colour);
    const supercategory = this.#forgiven.field('category', 'supercategory', above, Supercategory);
    const kind = this.#forgiven.flag('category', 'isthing', isthing) === false ? { isthing: 0 } : {};
    this.#sink.class({ key, name, ...(colour === undefined ? {} : { colour: `#${Buffer.from(colour).toString('hex')}` }), extras: { ...(supercategory ? { supercategory } : {}), ...this.#kept('category', { id, ...kind, ...rest }) } });
  }

  #row(index: number, value: unknown): void {
    const row = fieldsOf(value);
    const id = idOf(row?.['image_id']);
    if (row === null || id === null) return this.#leaveOut(`annotation ${index + 1}`, 'it does not name an image');
    const { file_name, segments_info: segments } = row;
    const image = this.#images.get(String(id));
    const png = typeof file_name === 'string' && file_name !== '' && file_name.length <= 4096 ? file_name : image?.path.replace(/\.[^./]*$/, '.png');
    if (image === undefined || png === undefined) return this.#leaveOut(png ?? `annotation ${index + 1}`, `it belongs to image ${id}, which the file does not have`);
    if (!Array.isArray(segments) || segments.length > MOST_SEGMENTS) return this.#leaveOut(png, `it has no list of segments`);
    if (png !== file_name) this.#forgiven.add('annotation', 'it does not name its PNG, which was looked for by the image name');
    this.#waiting.push({ image: String(id), png, segments });
  }

  async #annotation({ image: key, png, segments }: Annotation): Promise<void> {
    const image = this.#images.get(key);
    if (image === undefined) return;
    if (this.#labelled.has(key)) return this.#leaveOut(png, `"${image.path}" has another annotation`);
    this.#labelled.add(key);
    const { root, inside } = (this.#folder ??= await this.#pictures());
    const picture = await readPng(root, `${inside}${png}`, image.size ?? undefined);
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
      else if (category === null || !this.#categories.has(String(category))) this.#leaveOut(item, category === null ? 'it has no category' : `its category ${category} is not in the file`);
      else this.#sink.instance({ image: key, class: String(category), shape: maskShape(mask), extras: { ...(this.#forgiven.flag('segment', 'iscrowd', iscrowd) ? { crowd: true as const } : {}), ...this.#kept('segment', { id, ...rest }) } });
    }
    if (masks.size > 0) this.#leaveOut(`${image.path}, ${masks.size === 1 ? 'a segment' : `${masks.size} segments`}`, `"${png}" shows what the list of segments does not have`);
  }

  #kept(rows: string, fields: Readonly<Record<string, unknown>>): Extras {
    return { own: { panoptic: this.#forgiven.kept(rows, fields) } };
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
