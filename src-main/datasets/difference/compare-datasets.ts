import { DIFFERENCE_ROW } from '../../../src-shared/contract/snapshots.ts';
import type { ClassDifference, Difference, DifferenceSummary, ImageDifference } from '../../../src-shared/contract/snapshots.ts';
import type { ClassId, ImageId } from '../../../src-shared/domain/schema.ts';
import { foldedName, nameKey } from '../../../src-shared/domain/class-names.ts';
import { pauses } from '../pauses.ts';
import type { DatasetClass, DatasetImage, DatasetSource } from '../source.ts';
import { compareImage } from './compare-image.ts';
import type { ComparedSide, Relation } from './compare-image.ts';

/** A data set whose images can be told to be the same without looking into them. */
export interface ComparableSource extends DatasetSource {
  /** By id: equal hashes, equal content, as long as it is of one project. */
  hashes(): Iterable<{ readonly image: ImageId; readonly hash: Uint8Array }>;
  image(id: ImageId): DatasetImage | null;
}

export interface Comparison {
  readonly before: ComparableSource;
  readonly after: ComparableSource;
  readonly sameProject: boolean;
}

export interface CompareRun {
  readonly signal: AbortSignal;
  progress?(done: number, total: number): void;
}

/** All that is different between two data sets, image by image, in memory that does not grow with them. Throws 'cancelled'. */
export async function* differences({ before, after, sameProject }: Comparison, { signal, progress }: CompareRun): AsyncGenerator<ImageDifference> {
  const pause = pauses(signal);
  const relation = relationOf({ before, after, sameProject });
  const total = Math.max(before.counts('all').images, after.counts('all').images);
  let done = 0;
  for (const pair of sameProject ? pairsById(before, after) : pairsByPath(before, after)) {
    await pause();
    progress?.(Math.min(++done, total), total);
    if (pair === null) continue;
    const difference = compareImage(side(before, pair.before), side(after, pair.after), relation);
    if (difference !== null) yield difference;
  }
}

/** What is different about one image of two states of a project; null when nothing is. */
export function differenceOfImage({ before, after }: Pick<Comparison, 'before' | 'after'>, image: ImageId): ImageDifference | null {
  return compareImage(side(before, before.image(image)), side(after, after.image(image)), relationOf({ before, after, sameProject: true }));
}

/** The difference in numbers, and which images it concerns. Throws 'cancelled'. */
export async function compareDatasets(comparison: Comparison, run: CompareRun): Promise<Difference> {
  const summary = noDifference(classDifferences(comparison));
  let rows = new Uint32Array(64 * DIFFERENCE_ROW);
  let used = 0;
  for await (const difference of differences(comparison, run)) {
    const counts = addDifference(summary, difference);
    if (used === rows.length) {
      const grown = new Uint32Array(rows.length * 2);
      grown.set(rows);
      rows = grown;
    }
    const { before, after } = difference;
    rows.set([(after ?? before)?.image ?? 0, counts.added, counts.removed, counts.changed, before === null ? 1 : after === null ? 2 : 0], used);
    used += DIFFERENCE_ROW;
  }
  return { summary, rows: new Uint8Array(rows.buffer.slice(0, used * 4)) };
}

const none = (): { added: number; removed: number; changed: number } => ({ added: 0, removed: 0, changed: 0 });
/** A summary to be added to. */
export const noDifference = (classes: ClassDifference[]): DifferenceSummary => ({
  images: none(), instances: none(), aspects: { class: 0, shape: 0, order: 0, attributes: 0 }, imageAspects: { split: 0, status: 0, size: 0, attributes: 0 }, classes,
});

/** Counts an image's difference in; gives what it adds to the instances. */
export function addDifference(summary: DifferenceSummary, { before, after, aspects, instances }: ImageDifference): DifferenceSummary['instances'] {
  summary.images[before === null ? 'added' : after === null ? 'removed' : 'changed']++;
  for (const aspect of aspects) summary.imageAspects[aspect]++;
  const here = none();
  for (const instance of instances) {
    const change = instance.before === null ? 'added' : instance.after === null ? 'removed' : 'changed';
    here[change]++;
    summary.instances[change]++;
    for (const aspect of instance.aspects) summary.aspects[aspect]++;
  }
  return here;
}

/** The class of `before` that each class of `after` is, by its id: the one of the same name, else the only one that differs from it in case alone. */
function counterparts(before: DatasetSource, after: DatasetSource): Map<ClassId, DatasetClass> {
  const left = new Map(before.classes().map((cls) => [nameKey(cls.name), cls]));
  const same = new Map<ClassId, DatasetClass>();
  const take = (id: ClassId, old: DatasetClass | undefined): void => {
    if (old === undefined) return;
    same.set(id, old);
    left.delete(nameKey(old.name));
  };
  for (const { id, name } of after.classes()) take(id, left.get(nameKey(name)));
  for (const [folded, news] of Map.groupBy(after.classes().filter(({ id }) => !same.has(id)), ({ name }) => foldedName(name))) {
    const olds = [...left.values()].filter(({ name }) => foldedName(name) === folded);
    if (news[0] !== undefined && news.length === 1 && olds.length === 1) take(news[0].id, olds[0]);
  }
  return same;
}

/** Classes are the same by id in one project, else as counterparts says. */
export function classDifferences({ before, after, sameProject }: Comparison): ClassDifference[] {
  const same = sameProject ? new Map(before.classes().map((cls) => [cls.id, cls])) : counterparts(before, after);
  const olds = new Map(before.classes().map((cls) => [cls.id, cls]));
  const found: ClassDifference[] = [];
  for (const cls of after.classes()) {
    const old = same.get(cls.id);
    if (old !== undefined) olds.delete(old.id);
    if (old === undefined) found.push({ change: 'added', name: cls.name, was: null });
    else if (sameProject && (old.name !== cls.name || old.colour !== cls.colour)) found.push({ change: 'changed', name: cls.name, was: old.name === cls.name ? null : old.name });
  }
  return [...found, ...[...olds.values()].map(({ name }): ClassDifference => ({ change: 'removed', name, was: null }))];
}

function relationOf({ before, after, sameProject }: Comparison): Relation {
  return { sameProject, classBefore: namesOf(before, new Map()), classAfter: namesOf(after, sameProject ? new Map() : counterparts(before, after)) };
}

/** @param same classes whose names are used instead, by id */
function namesOf(source: DatasetSource, same: ReadonlyMap<ClassId, DatasetClass>): (id: ClassId | null) => string | null {
  const names = new Map(source.classes().map(({ id, name }) => [id, same.get(id)?.name ?? name]));
  return (id) => (id === null ? null : (names.get(id) ?? null));
}

const side = (source: DatasetSource, image: DatasetImage | null): ComparedSide | null => (image === null ? null : { image, instances: source.instances(image.id) });

interface Pair {
  readonly before: DatasetImage | null;
  readonly after: DatasetImage | null;
}

/** Both lists are by id; null for an image that is the same. */
function* pairsById(before: ComparableSource, after: ComparableSource): Generator<Pair | null> {
  const olds = before.hashes()[Symbol.iterator]();
  const news = after.hashes()[Symbol.iterator]();
  let a = olds.next();
  let b = news.next();
  while (a.done !== true || b.done !== true) {
    const idA = a.done === true ? Infinity : a.value.image;
    const idB = b.done === true ? Infinity : b.value.image;
    if (idA === idB && a.done !== true && b.done !== true && Buffer.compare(a.value.hash, b.value.hash) === 0) yield null;
    else yield { before: idA <= idB ? before.image(idA) : null, after: idB <= idA ? after.image(idB) : null };
    if (idA <= idB) a = olds.next();
    if (idB <= idA) b = news.next();
  }
}

/** Images are the same by path, else by file name where that is unique on both sides. */
function* pairsByPath(before: ComparableSource, after: ComparableSource): Generator<Pair> {
  const news = new Paths(after);
  const olds = new Paths(before);
  const taken = new Set<ImageId>();
  for (const image of before.images('all')) {
    const other = news.byPath.get(image.path) ?? (olds.unique(image.path) === null ? null : news.unique(image.path)) ?? null;
    const found = other === null || taken.has(other) ? null : after.image(other);
    if (found !== null) taken.add(found.id);
    yield { before: image, after: found };
  }
  for (const image of after.images('all')) if (!taken.has(image.id)) yield { before: null, after: image };
}

class Paths {
  readonly byPath = new Map<string, ImageId>();
  /** Null where several images are called so. */
  readonly #byName = new Map<string, ImageId | null>();

  constructor(source: DatasetSource) {
    for (const { id, path } of source.images('all')) {
      this.byPath.set(path, id);
      const name = fileName(path);
      this.#byName.set(name, this.#byName.has(name) ? null : id);
    }
  }

  /** The only image whose file is called like that of `path`. */
  unique(path: string): ImageId | null {
    return this.#byName.get(fileName(path)) ?? null;
  }
}

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
