import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { masksOfLabels } from '../../../../src-shared/geometry/label-map.ts';
import { rleArea, rleFromBitmap } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { maskShape } from '../../../../src-shared/geometry/shape.ts';
import { Extras } from '../../extras.ts';
import { statOf } from '../codecs/files.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { readJsonLists } from '../codecs/json-lists.ts';
import { readLabelPicture } from '../codecs/label-picture.ts';
import { INDEX, IndexClass, IndexImage, MasksLayout } from './masks-index.ts';
import { readLooseMasks } from './masks-loose.ts';

/** Reads a folder of label pictures, or its table; without a table what can be told from names (readLooseMasks). */
export async function readMasks(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  const index = folder === path ? join(path, INDEX) : path;
  if ((await statOf(index))?.isFile() !== true) {
    await readLooseMasks(folder, sink, run);
    return;
  }
  const reader = new IndexReader(folder, index, sink);
  // Each pass goes over the whole file.
  await readJsonLists(index, reader.first, { ...run, progress: (done, total) => run.progress(done, total === null ? null : total * 2) });
  reader.checkLayout();
  await readJsonLists(index, reader.second, { ...run, progress: (done, total) => run.progress((total ?? 0) + done, total === null ? null : total * 2) });
}

class IndexReader {
  readonly #folder: string;
  readonly #index: string;
  readonly #sink: DatasetSink;
  readonly #classes = new Set<number>();
  readonly #images = new Set<string>();
  #layout: MasksLayout | null = null;
  #waiting: IndexImage[] = [];

  constructor(folder: string, index: string, sink: DatasetSink) {
    this.#folder = folder;
    this.#index = index;
    this.#sink = sink;
  }

  readonly first = {
    skips: new Set(['images']),
    element: (key: string, index: number, value: unknown): void => {
      if (key === 'classes') this.#class(index, value);
    },
    value: (key: string, value: unknown): void => {
      if (key === 'layout') this.#layout = MasksLayout.safeParse(value).data ?? null;
      if (key !== 'extras') return;
      const extras = Extras.safeParse(value);
      if (extras.success) this.#sink.extras(extras.data);
      else this.#leaveOut('extras', said(extras.error));
    },
    broken: (key: string, index: number | null, why: string): void => {
      if (key !== 'images') this.#leaveOut(`${key}${index === null ? '' : ` ${index + 1}`}`, why);
    },
  };

  readonly second = {
    skips: new Set(['classes']),
    element: (key: string, index: number, value: unknown): void => {
      if (key !== 'images') return;
      const read = IndexImage.safeParse(value);
      if (read.success) this.#waiting.push(read.data);
      else this.#leaveOut(`image ${index + 1}`, said(read.error));
    },
    value: (): void => undefined,
    broken: (key: string, index: number | null, why: string): void => {
      if (key === 'images') this.#leaveOut(`image ${(index ?? 0) + 1}`, why);
    },
    settle: async (): Promise<void> => {
      const images = this.#waiting;
      this.#waiting = [];
      for (const image of images) await this.#image(image);
    },
  };

  checkLayout(): void {
    if (this.#layout === null) throw new MaskwrightError('dataset-invalid', `"${basename(this.#index)}" does not say how its masks are laid out: "layout" is to be one of ${MasksLayout.options.join(', ')}.`, this.#index);
  }

  #class(index: number, value: unknown): void {
    const read = IndexClass.safeParse(value);
    if (!read.success) return this.#leaveOut(`class ${index + 1}`, said(read.error));
    const { value: number, name, colour, extras = {} } = read.data;
    if (this.#classes.has(number)) return this.#leaveOut(`class ${index + 1} (${name})`, `its value ${number} is another class’s`);
    this.#classes.add(number);
    this.#sink.class({ key: String(number), name, ...(colour === undefined ? {} : { colour }), extras: { ...extras, own: { ...extras.own, masks: { value: number } } } });
  }

  async #image(row: IndexImage): Promise<void> {
    const { width, height, split = null, extras = {} } = row;
    const path = row.file_name.replaceAll('\\', '/');
    if (this.#images.has(path)) return this.#leaveOut(path, 'it is listed twice');
    this.#images.add(path);
    this.#sink.image({ key: path, path, file: null, width, height, split, extras });
    try {
      if (this.#layout === 'separate') await this.#separate(path, row);
      else if (row.mask === undefined) this.#leaveOut(path, 'no picture of its masks is named');
      else await this.#labels(path, row, row.mask);
    } catch (error) {
      if (!(error instanceof MaskwrightError) || error.code === 'cancelled') throw error;
      this.#sink.problem(path, toProblem(error));
    }
  }

  async #labels(path: string, row: IndexImage, mask: string): Promise<void> {
    const { map } = await readLabelPicture(this.#folder, mask, row);
    const masks = masksOfLabels(map, row.height, row.width);
    if (this.#layout === 'semantic') {
      for (const [value, rle] of [...masks].sort(([a], [b]) => a - b)) {
        if (this.#classes.has(value)) this.#instance(path, value, rle);
        else this.#leaveOut(`${path}, value ${value}`, 'no class has this value');
      }
      return;
    }
    for (const { value = 0, class: label = null, extras } of row.instances) {
      const rle = masks.get(value);
      masks.delete(value);
      if (rle === undefined) this.#leaveOut(`${path}, instance ${value}`, `no pixel of "${mask}" belongs to it, or it is listed twice`);
      else this.#instance(path, label, rle, extras);
    }
    for (const value of masks.keys()) this.#leaveOut(`${path}, instance ${value}`, `it is in "${mask}" but not in the table`);
  }

  async #separate(path: string, row: IndexImage): Promise<void> {
    for (const [i, { mask, class: label = null, extras }] of row.instances.entries()) {
      const item = `${path}, instance ${i + 1}`;
      if (mask === undefined) {
        this.#leaveOut(item, 'no picture of its mask is named');
        continue;
      }
      try {
        const { map } = await readLabelPicture(this.#folder, mask, row);
        const rle = rleFromBitmap(map instanceof Uint8Array ? map : Uint8Array.from(map, (sample) => (sample > 0 ? 1 : 0)), row.height, row.width);
        if (rleArea(rle) === 0) this.#leaveOut(item, 'its mask has no pixel');
        else this.#instance(path, label, rle, extras);
      } catch (error) {
        if (!(error instanceof MaskwrightError)) throw error;
        this.#sink.problem(item, toProblem(error));
      }
    }
  }

  #instance(image: string, label: number | null, rle: Rle, extras: Extras = {}): void {
    const known = label === null || this.#classes.has(label);
    if (known) this.#sink.instance({ image, class: label === null ? null : String(label), shape: maskShape(rle), extras });
    else this.#leaveOut(image, `an instance has the class ${label}, which the table does not have`);
  }

  #leaveOut(item: string, why: string): void {
    this.#sink.problem(item, { code: 'dataset-invalid', message: `"${item}" was left out: ${why}.`, item });
  }
}

const said = (error: z.ZodError): string => {
  const [issue] = error.issues;
  return issue === undefined ? 'it is impossible' : `${issue.path.join('.') || 'it'}: ${issue.message}`;
};
