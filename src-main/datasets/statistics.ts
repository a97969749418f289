import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { FolderStatistics, SplitStatistics, Statistics } from '../../src-shared/contract/statistics.ts';
import type { ClassId } from '../../src-shared/domain/schema.ts';
import type { Rle } from '../../src-shared/geometry/rle.ts';
import { maskRle, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { CoverageGrid } from './coverage-grid.ts';
import { pauses } from './pauses.ts';
import { hasSize } from './source.ts';
import type { DatasetImage, DatasetInstance, DatasetSource } from './source.ts';
import { measuresOf, Tally } from './statistics-tally.ts';

/** So that memory has a bound whatever is in a project. */
const MOST_SPLITS = 200;
/** Pairs of a class and a split that have histograms and a grid of their own, about 13 kB each while counting. */
const MOST_DETAILED = 2_000;
const MOST_LISTED = 5_000;
const MOST_PAIRS = 20_000;
/** Classes on one image; of more no pairs are made. */
const MOST_PAIRED = 200;
const MOST_PROBLEMS = 100;

export interface StatisticsRun {
  readonly signal?: AbortSignal;
  /** Images looked at, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Counts a project in one pass. What cannot be read is told of and not counted. Throws 'cancelled', and 'too-large' for hundreds of splits. */
export async function datasetStatistics(source: DatasetSource, run: StatisticsRun = {}): Promise<Statistics> {
  const pause = pauses(run.signal);
  const total = source.counts('all').images;
  const count = new Count(source);
  let done = 0;
  for (const image of source.images('all')) {
    await count.addImage(image, pause);
    done++;
    run.onProgress?.(done, total);
  }
  return count.result();
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface SplitCount {
  readonly images: Mutable<SplitStatistics['images']>;
  pixels: number;
  readonly tally: Tally;
  readonly classes: Map<ClassId | null, GroupCount>;
}

interface GroupCount {
  images: number;
  readonly tally: Tally;
}

/** Things counted by what they are, of which only so many different ones are kept. */
class Listed<Row> {
  readonly #rows = new Map<string, Row>();
  readonly #most: number;
  leftOut = 0;

  constructor(most: number) {
    this.#most = most;
  }

  count(key: string, make: () => Row, add: (row: Row) => void): void {
    let row = this.#rows.get(key);
    if (row === undefined && this.#rows.size >= this.#most) {
      this.leftOut++;
      return;
    }
    if (row === undefined) this.#rows.set(key, (row = make()));
    add(row);
  }

  rows(): Row[] {
    return [...this.#rows.values()];
  }
}

class Count {
  readonly #source: DatasetSource;
  readonly #classes: Statistics['classes'];
  readonly #order: ReadonlyMap<ClassId, number>;
  readonly #roots: ReadonlyMap<number, string>;
  readonly #splits = new Map<string | null, SplitCount>();
  readonly #folders = new Listed<Mutable<FolderStatistics>>(MOST_LISTED);
  readonly #sizes = new Listed<Mutable<Statistics['sizes'][number]>>(MOST_LISTED);
  readonly #pairs = new Listed<Mutable<Statistics['pairs'][number]>>(MOST_PAIRS);
  readonly #problems: Problem[] = [];
  readonly #grid = new CoverageGrid();
  #problemCount = 0;
  #detailed = 0;

  constructor(source: DatasetSource) {
    this.#source = source;
    this.#classes = source.classes().map(({ id, name, colour }) => ({ id, name, colour }));
    this.#order = new Map(this.#classes.map(({ id }, i) => [id, i]));
    this.#roots = new Map(source.roots().map(({ id, path }) => [id, path]));
  }

  async addImage(image: DatasetImage, pause: () => Promise<void>): Promise<void> {
    const split = this.#split(image.split);
    const byClass = new Map<ClassId | null, number>();
    let instances = 0;
    for (const instance of this.#read(image)) {
      await pause();
      if (!this.#addInstance(instance, image, split)) continue;
      instances++;
      byClass.set(instance.class, (byClass.get(instance.class) ?? 0) + 1);
    }
    await pause();
    this.#addPicture(image, split, instances);
    if (instances > 0) split.tally.addImage(instances);
    for (const [cls, n] of byClass) {
      const group = this.#group(split, cls);
      group.images++;
      group.tally.addImage(n);
    }
    this.#addPairs(image, [...byClass.keys()].filter((id) => id !== null));
  }

  result(): Statistics {
    const splits = [...this.#splits].sort(([a], [b]) => compareSplits(a, b));
    return {
      classes: this.#classes,
      splits: splits.map(([split, { images, pixels, tally }]) => ({ split, images, pixels, ...tally.result() })),
      groups: splits.flatMap(([split, { classes }]) => [...classes].map(([cls, { images, tally }]) => ({ split, class: cls, images, ...tally.result() }))),
      folders: this.#folders.rows(),
      sizes: this.#sizes.rows(),
      pairs: this.#pairs.rows(),
      leftOut: { folders: this.#folders.leftOut, sizes: this.#sizes.leftOut, pairs: this.#pairs.leftOut },
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }

  #addInstance(instance: DatasetInstance, image: DatasetImage, split: SplitCount): boolean {
    try {
      const rle = maskOf(instance, image);
      const measures = measuresOf(instance, image, rle);
      const { tally } = this.#group(split, instance.class);
      split.tally.add(measures);
      tally.add(measures);
      if (rle !== null) this.#grid.addMask(rle, [split.tally.coverage, tally.coverage].filter((grid) => grid !== null));
      return true;
    } catch (error) {
      this.#problem(error, image);
      return false;
    }
  }

  #addPicture(image: DatasetImage, split: SplitCount, instances: number): void {
    const { images } = split;
    images.total++;
    images[image.status === 'in-progress' ? 'inProgress' : image.status]++;
    if (instances === 0) images.empty++;
    const folder = image.path.slice(0, Math.max(0, image.path.lastIndexOf('/')));
    this.#folders.count(
      JSON.stringify([image.split, image.root, folder]),
      () => ({ split: image.split, root: this.#roots.get(image.root) ?? '', folder, images: 0, done: 0, empty: 0, instances: 0 }),
      (row) => {
        row.images++;
        if (image.status === 'done') row.done++;
        if (instances === 0) row.empty++;
        row.instances += instances;
      },
    );
    if (!hasSize(image)) {
      images.unknownSize++;
      return;
    }
    const { width, height } = image;
    split.pixels += width * height;
    images[width > height ? 'landscape' : width < height ? 'portrait' : 'square']++;
    this.#sizes.count(JSON.stringify([image.split, width, height]), () => ({ split: image.split, width, height, images: 0 }), (row) => row.images++);
  }

  #addPairs({ split }: DatasetImage, classes: readonly ClassId[]): void {
    if (classes.length > MOST_PAIRED) {
      this.#pairs.leftOut += (classes.length * (classes.length - 1)) / 2;
      return;
    }
    const inOrder = [...classes].sort((a, b) => (this.#order.get(a) ?? 0) - (this.#order.get(b) ?? 0));
    for (const [i, a] of inOrder.entries()) {
      for (const b of inOrder.slice(i + 1)) this.#pairs.count(JSON.stringify([split, a, b]), () => ({ split, a, b, images: 0 }), (row) => row.images++);
    }
  }

  /** Damage of one image is no reason not to count the others. */
  #read(image: DatasetImage): DatasetInstance[] {
    try {
      return this.#source.instances(image.id);
    } catch (error) {
      this.#problem(error, image);
      return [];
    }
  }

  #split(name: string | null): SplitCount {
    let split = this.#splits.get(name);
    if (split === undefined) {
      if (this.#splits.size >= MOST_SPLITS) throw new MaskwrightError('too-large', `The images are in more than ${MOST_SPLITS} different splits, too many for statistics. Put them in fewer.`);
      const images = { total: 0, todo: 0, inProgress: 0, done: 0, empty: 0, landscape: 0, portrait: 0, square: 0, unknownSize: 0 };
      this.#splits.set(name, (split = { images, pixels: 0, tally: new Tally(true), classes: new Map() }));
    }
    return split;
  }

  #group({ classes }: SplitCount, cls: ClassId | null): GroupCount {
    let group = classes.get(cls);
    if (group === undefined) {
      const detailed = this.#detailed < MOST_DETAILED;
      if (detailed) this.#detailed++;
      classes.set(cls, (group = { images: 0, tally: new Tally(detailed) }));
    }
    return group;
  }

  #problem(error: unknown, { path }: DatasetImage): void {
    if (!(error instanceof MaskwrightError)) throw error;
    this.#problemCount++;
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push({ ...error.toProblem(), item: path });
  }
}

/** Null for what has no place on a picture: a drawn shape on one of unknown size. Throws 'bad-request' for a damaged mask, 'too-large' for an endless outline. */
function maskOf({ shape }: DatasetInstance, image: DatasetImage): Rle | null {
  if (hasSize(image)) return shapeToRle(shape, image.height, image.width);
  return shape.kind === 'mask' ? maskRle(shape) : null;
}

const USUAL = ['train', 'val', 'test'];

/** The usual splits in their usual order, others by name, images in none last. */
const compareSplits = (a: string | null, b: string | null): number => rank(a) - rank(b) || (String(a) < String(b) ? -1 : 1);
const rank = (name: string | null): number => (name === null ? USUAL.length + 1 : USUAL.includes(name) ? USUAL.indexOf(name) : USUAL.length);
