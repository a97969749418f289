import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Problem } from '../../../../src-shared/contract/errors.ts';
import type { Extras } from '../../extras.ts';
import type { DatasetSink, ReadClass, ReadImage, ReadInstance } from '../format.ts';

const SPLIT_WORD = /^(train|training|val|valid|validation|test|testing|dev|trainval|minitrain|minival)\d*$/i;

/** The one word of a file's name (without extension) that is a split's: "train" of lvis_v1_train. Null for none, or several. */
export function splitWord(name: string): string | null {
  const words = name.split(/[_\-. ]+/).filter((word) => SPLIT_WORD.test(word));
  return words.length === 1 ? (words[0] ?? null) : null;
}

/** What several files of a dataset, one for each split, have told. Ids are each file's own; classes of one name and supercategory are the same in all. */
export class SplitsTold {
  /** By name and supercategory, the key. */
  readonly classes = new Map<string, string>();
  readonly paths = new ImagePaths();
  extras = false;
}

/**
 * Names that images of several splits share: each is an image of its own. Where its file is found, that tells it apart;
 * where it is not, all but the first get the split before the name.
 */
export class ImagePaths {
  readonly #splits = new Map<string, string | null>();

  /** @param file where it was found, or null */
  of(path: string, split: string | null, file: string | null): string {
    const first = this.#splits.get(path);
    if (first === undefined && !this.#splits.has(path)) this.#splits.set(path, split);
    return first === undefined || first === split || split === null || file !== null ? path : `${split}/${path}`;
  }
}

/** One file's part of a dataset of splits: its ids become the whole's, its images get the split and are looked for in its folders. */
export class SplitSink implements DatasetSink {
  readonly #sink: DatasetSink;
  readonly #name: string;
  readonly #split: string | null;
  readonly #places: readonly string[];
  readonly #told: SplitsTold;
  /** Keys of the whole by keys of the file. */
  readonly #classes = new Map<string, string>();
  readonly #used = new Set<string>();

  /** @param name of the file, for a person @param places folders where images of this split lie with many programs, absolute */
  constructor(sink: DatasetSink, name: string, split: string | null, places: readonly string[], told: SplitsTold) {
    this.#sink = sink;
    this.#name = name;
    this.#split = split;
    this.#places = places;
    this.#told = told;
  }

  class(entry: ReadClass): void {
    const identity = JSON.stringify([entry.name, entry.extras?.supercategory ?? '']);
    const known = this.#told.classes.get(identity);
    // Two of one identity in the same file are two.
    if (known !== undefined && !this.#used.has(known)) {
      this.#used.add(known);
      this.#classes.set(entry.key, known);
      return;
    }
    const key = `${this.#name} ${entry.key}`;
    this.#classes.set(entry.key, key);
    this.#used.add(key);
    if (known === undefined) this.#told.classes.set(identity, key);
    this.#sink.class({ ...entry, key });
  }

  image(entry: ReadImage): void {
    const file = entry.file ?? this.#picture(entry.path);
    const split = entry.split ?? this.#split;
    this.#sink.image({ ...entry, key: `${this.#name} ${entry.key}`, split, file, path: this.#told.paths.of(entry.path, split, file) });
  }

  instance(entry: ReadInstance): void {
    this.#sink.instance({ ...entry, image: `${this.#name} ${entry.image}`, class: entry.class === null ? null : (this.#classes.get(entry.class) ?? null) });
  }

  extras(extras: Extras): void {
    if (!this.#told.extras) this.#sink.extras(extras);
    this.#told.extras = true;
  }

  problem(item: string, problem: Problem): void {
    this.#sink.problem(item, problem);
  }

  note(text: string): void {
    this.#sink.note(`${this.#name}: ${text}`);
  }

  /** Null when it is in none of the places: then it is looked for like any other. */
  #picture(path: string): string | null {
    if (isAbsolute(path) || path.includes('\0') || path.split('/').includes('..')) return null;
    return this.#places.map((folder) => join(folder, path)).find((file) => existsSync(file)) ?? null;
  }
}

/** Where the images of a split lie with many programs, best first; absolute. @param beside the folder of its annotations */
export const splitPlaces = (folder: string, beside: string, split: string | null): string[] =>
  split === null ? [beside, join(folder, 'data')] : [beside, join(folder, split), join(folder, 'images', split), join(folder, split, 'images'), join(folder, 'images'), folder, join(folder, 'data')];
