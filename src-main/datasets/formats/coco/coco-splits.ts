import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Problem } from '../../../../src-shared/contract/errors.ts';
import type { Extras } from '../../extras.ts';
import { readCoco } from './coco-reader.ts';
import { statOf } from '../codecs/files.ts';
import type { DatasetSink, ReadClass, ReadImage, ReadInstance, ReadRun } from '../format.ts';

interface SplitFile {
  /** Absolute. */
  readonly file: string;
  readonly split: string | null;
}

/** What comes before the split's name: COCO's own files of objects, and of people with keypoints. */
const PREFIX = /^(instances|person_keypoints)_/;

/** The files of a data set in a folder (absolute path): annotations/instances_SPLIT.json as COCO's own, else SPLIT/_annotations.coco.json as Roboflow's; in order of names. */
export async function splitFiles(folder: string): Promise<SplitFile[]> {
  const annotations = join(folder, 'annotations');
  const files = (await namesIn(annotations)).filter((name) => name.toLowerCase().endsWith('.json')).map((name) => ({ file: join(annotations, name), split: splitOf(name) }));
  if (files.length > 0) return files;
  const splits = (await namesIn(folder)).map((split) => ({ file: join(folder, split, '_annotations.coco.json'), split }));
  const there = await Promise.all(splits.map(({ file }) => statOf(file)));
  return splits.filter((_, i) => there[i]?.isFile() === true);
}

/** "default" is what CVAT, Datumaro and Maskwright call images of no split. */
function splitOf(name: string): string | null {
  const split = name.replace(/\.json$/i, '').replace(PREFIX, '');
  return split === 'default' || split === 'instances' ? null : split;
}

const namesIn = async (folder: string): Promise<string[]> => (await readdir(folder).catch(() => [])).sort();

/** Reads the files of a folder's splits one after another. Throws as readCoco, and 'dataset-invalid' when there are none. */
export async function readCocoFolder(folder: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const files = await splitFiles(folder);
  if (files.length === 0) throw new MaskwrightError('dataset-invalid', `"${basename(folder)}" is no folder of COCO files: it has no annotations/instances_….json.`, folder);
  const told: Told = { classes: new Set(), extras: false };
  for (const [n, { file, split }] of files.entries()) {
    const places = [dirname(file), ...(split === null ? [] : [join(folder, split), join(folder, 'images', split)])];
    await readCoco(file, new SplitSink(sink, `${n} `, split, places, told), { signal: run.signal, progress: (done, total) => run.progress(n + (total === null ? 0 : done / total), files.length) });
  }
}

/** What files said that is the same in all of them. */
interface Told {
  readonly classes: Set<string>;
  extras: boolean;
}

/** One file's part of the data set. Its numbers are its own; classes of the same number and name in several files are the same. */
class SplitSink implements DatasetSink {
  readonly #sink: DatasetSink;
  readonly #prefix: string;
  readonly #split: string | null;
  readonly #places: readonly string[];
  readonly #told: Told;
  readonly #classes = new Map<string, string>();

  /** @param places folders where pictures of this split lie with many programs, absolute */
  constructor(sink: DatasetSink, prefix: string, split: string | null, places: readonly string[], told: Told) {
    this.#sink = sink;
    this.#prefix = prefix;
    this.#split = split;
    this.#places = places;
    this.#told = told;
  }

  class(entry: ReadClass): void {
    const key = `${entry.key} ${entry.name}`;
    this.#classes.set(entry.key, key);
    if (this.#told.classes.has(key)) return;
    this.#told.classes.add(key);
    this.#sink.class({ ...entry, key });
  }

  image(entry: ReadImage): void {
    this.#sink.image({ ...entry, key: this.#prefix + entry.key, split: this.#split, file: this.#picture(entry.path) });
  }

  instance(entry: ReadInstance): void {
    this.#sink.instance({ ...entry, image: this.#prefix + entry.image, class: entry.class === null ? null : (this.#classes.get(entry.class) ?? null) });
  }

  extras(extras: Extras): void {
    if (!this.#told.extras) this.#sink.extras(extras);
    this.#told.extras = true;
  }

  problem(item: string, problem: Problem): void {
    this.#sink.problem(item, problem);
  }

  note(text: string): void {
    this.#sink.note(text);
  }

  /** Null where it lies in none of the places: then it is looked for as any other. */
  #picture(path: string): string | null {
    if (isAbsolute(path) || path.includes('\0') || path.split('/').includes('..')) return null;
    return this.#places.map((folder) => join(folder, path)).find((file) => existsSync(file)) ?? null;
  }
}
