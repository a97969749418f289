import { packIds } from '../../../src-shared/domain/packed-ids.ts';
import type { SplitPlan, SplitReport } from '../../../src-shared/contract/splits.ts';
import type { ClassId, ImageId } from '../../../src-shared/domain/schema.ts';
import { pauses } from '../pauses.ts';
import type { DatasetImage, DatasetSource } from '../source.ts';
import { assignByNeed, assignStratified } from './assign.ts';
import type { Unit } from './assign.ts';
import { groupPattern } from './group-pattern.ts';
import { reportClasses, reportParts } from './report.ts';
import type { ReportedImage } from './report.ts';
import { DisjointSets, drawOf, joinByKey } from './units.ts';

/** What dividing a data set reads of it. */
export interface SplitSource extends Pick<DatasetSource, 'classes'> {
  images(filter: 'all'): Iterable<Pick<DatasetImage, 'id' | 'root' | 'path' | 'split'>>;
  /** How many instances of each class there are on each image, by image; images without any are left out. */
  classesOnImages(): Iterable<readonly [image: ImageId, cls: ClassId | null, instances: number]>;
}

/** Images that look alike, and how many could not be compared. */
export interface LookAlikes {
  readonly groups: readonly (readonly ImageId[])[];
  readonly unseen: number;
}

export interface SplitChange {
  readonly split: string;
  /** packIds. */
  readonly ids: Uint8Array;
}

export interface PlannedSplit {
  readonly report: SplitReport;
  /** Only images whose split is to be another; one entry for each part. */
  readonly changes: readonly SplitChange[];
}

const MOST_EXAMPLES = 20;
const LOCKED = -1;

interface Image extends ReportedImage {
  readonly id: ImageId;
  readonly path: string;
  readonly folder: string;
  readonly labels: [label: number, instances: number][];
  instances: number;
}

/**
 * Divides the images of a data set as a plan says. The same names, labels and plan give the same splits, in whatever order the
 * images came: chance is a hash of seed and name (units.ts). Images that have a split keep it unless the plan divides them again;
 * those that join a group with such images go where most of these are. Throws 'cancelled' and what groupPattern throws.
 *
 * @param alike near-duplicates, where the plan keeps them together
 */
export async function planSplits(source: SplitSource, plan: SplitPlan, alike: LookAlikes | null, signal?: AbortSignal): Promise<PlannedSplit> {
  const pause = pauses(signal);
  const names = plan.parts.map(({ name }) => name);
  const total = plan.parts.reduce((sum, { share }) => sum + share, 0);
  const shares = plan.parts.map(({ share }) => share / total);
  // By name: the order in which classes came must not matter.
  const classes = source.classes().map(({ id, name }) => ({ id, name })).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id));
  const images = await readImages(source, new Map(classes.map(({ id }, label) => [id, label])), pause);
  const { sets, unmatched } = await grouped(images, plan, alike, pause);
  const { groups, straddling } = await groupsInDraw(images, sets, plan, pause);

  /** By image: the number of its part, LOCKED for a split that is none of the plan's. */
  const part = new Int32Array(images.length).fill(LOCKED);
  const free: Group[] = [];
  for (const group of groups) {
    const joined = group.kept === null ? null : names.indexOf(group.kept);
    for (const i of group.images) {
      const { split } = images[i] as Image;
      if (split !== null && !plan.again) part[i] = names.indexOf(split);
      else if (joined !== null) part[i] = joined;
    }
    if (joined === null) free.push(group);
  }
  const units = free.map(({ images: members }) => unitOf(members.map((i) => images[i] as Image)));
  const { needs, labelNeeds } = lacking(images, part, units, shares, classes.length);
  const assigned = plan.stratify ? await assignStratified(units, needs, labelNeeds, shares, pause) : new Int32Array(units.length);
  if (!plan.stratify) assignByNeed(units, units.map((_, unit) => unit), needs, shares, assigned);
  for (const [n, { images: members }] of free.entries()) for (const i of members) part[i] = assigned[n] ?? 0;

  const after = images.map(({ split }, i) => names[part[i] ?? LOCKED] ?? split);
  // A group may keep a split that is none of the plan's, and its new images share it.
  for (const { kept, images: members } of groups) {
    if (kept !== null && !names.includes(kept)) for (const i of members) after[i] ??= kept;
  }
  await pause();
  const grouping = plan.groups.folder || plan.groups.duplicates || plan.groups.pattern !== null;
  return {
    changes: changesOf(images, after),
    report: {
      images: images.length,
      changed: images.filter(({ split }, i) => split !== after[i]).length,
      locked: plan.again ? 0 : images.filter(({ split }) => split !== null).length,
      parts: reportParts(images, after, names, shares),
      ...reportClasses(images, after, names, shares, classes),
      groups: grouping ? { ...groupCounts(groups), unmatched, straddling: straddling.length, examples: straddling.slice(0, MOST_EXAMPLES) } : null,
      unseen: plan.groups.duplicates ? (alike?.unseen ?? images.length) : null,
    },
  };
}

async function readImages(source: SplitSource, labelOf: ReadonlyMap<ClassId, number>, pause: () => Promise<void>): Promise<Image[]> {
  const images: Image[] = [];
  const byId = new Map<ImageId, Image>();
  for (const { id, root, path, split } of source.images('all')) {
    await pause();
    const image: Image = { id, path, folder: `${root}\n${path.slice(0, path.lastIndexOf('/') + 1)}`, split, labels: [], instances: 0 };
    images.push(image);
    byId.set(id, image);
  }
  for (const [id, cls, instances] of source.classesOnImages()) {
    await pause();
    const image = byId.get(id);
    if (image === undefined) continue;
    image.instances += instances;
    const label = cls === null ? undefined : labelOf.get(cls);
    if (label !== undefined) image.labels.push([label, instances]);
  }
  return images;
}

async function grouped(images: readonly Image[], { groups }: SplitPlan, alike: LookAlikes | null, pause: () => Promise<void>): Promise<{ sets: DisjointSets; unmatched: number | null }> {
  const sets = new DisjointSets(images.length);
  if (groups.folder) joinByKey(sets, images.map(({ folder }) => folder));
  let unmatched: number | null = null;
  if (groups.pattern !== null) {
    const nameOf = groupPattern(groups.pattern);
    const keys: (string | null)[] = [];
    for (const { path } of images) {
      await pause();
      keys.push(nameOf(path));
    }
    unmatched = keys.filter((key) => key === null).length;
    joinByKey(sets, keys);
  }
  const at = new Map(alike === null ? [] : images.map(({ id }, i) => [id, i]));
  for (const group of alike?.groups ?? []) {
    const [first, ...others] = group.flatMap((id) => at.get(id) ?? []);
    for (const other of others) if (first !== undefined) sets.join(first, other);
  }
  return { sets, unmatched };
}

interface Group {
  /** Indexes of images. */
  readonly images: number[];
  /** The least of its images, and which that is. */
  readonly draw: number;
  readonly first: number;
  /** The split that most of its locked images have; null where none is locked. */
  readonly kept: string | null;
}

type Straddling = NonNullable<SplitReport['groups']>['examples'][number];

async function groupsInDraw(images: readonly Image[], sets: DisjointSets, { seed, again }: SplitPlan, pause: () => Promise<void>): Promise<{ groups: Group[]; straddling: Straddling[] }> {
  const byRoot = Map.groupBy(images.keys(), (i) => sets.find(i));
  const straddling: Straddling[] = [];
  const groups: Group[] = [];
  for (const members of byRoot.values()) {
    await pause();
    let [draw, first] = [Infinity, 0];
    for (const i of members) {
      const own = drawOf(seed, images[i]?.path ?? '');
      if (own < draw) [draw, first] = [own, i];
    }
    const counts = new Map<string, number>();
    if (!again) for (const i of members) count(counts, images[i]?.split ?? null);
    const kept = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([split]) => split);
    if (kept.length > 1) straddling.push({ path: images[first]?.path ?? '', splits: kept });
    groups.push({ images: members, draw, first, kept: kept[0] ?? null });
  }
  // Files of one path in several folders that were added draw the same.
  groups.sort((a, b) => a.draw - b.draw || ((images[a.first]?.folder ?? '') < (images[b.first]?.folder ?? '') ? -1 : 1));
  return { groups, straddling };
}

function count(counts: Map<string, number>, split: string | null): void {
  if (split !== null) counts.set(split, (counts.get(split) ?? 0) + 1);
}

function unitOf(members: readonly Image[]): Unit {
  const labels = new Map<number, number>();
  for (const { labels: own } of members) for (const [label] of own) labels.set(label, (labels.get(label) ?? 0) + 1);
  return { size: members.length, labels: [...labels] };
}

/** What the parts lack of the images, and of those with each label, when those that have a part are counted. */
function lacking(images: readonly Image[], part: Int32Array, units: readonly Unit[], shares: readonly number[], labelCount: number): { needs: number[]; labelNeeds: Float64Array } {
  const parts = shares.length;
  const have = new Float64Array(parts);
  const labelsHave = new Float64Array(labelCount * parts);
  const labelTotal = new Float64Array(labelCount);
  let total = 0;
  for (const { size, labels } of units) {
    total += size;
    for (const [label, n] of labels) labelTotal[label] = (labelTotal[label] ?? 0) + n;
  }
  for (const [i, { labels }] of images.entries()) {
    const at = part[i] ?? LOCKED;
    if (at === LOCKED) continue;
    total++;
    have[at] = (have[at] ?? 0) + 1;
    for (const [label] of labels) {
      labelTotal[label] = (labelTotal[label] ?? 0) + 1;
      labelsHave[label * parts + at] = (labelsHave[label * parts + at] ?? 0) + 1;
    }
  }
  return {
    needs: shares.map((share, at) => share * total - (have[at] ?? 0)),
    labelNeeds: labelsHave.map((had, i) => (shares[i % parts] ?? 0) * (labelTotal[Math.floor(i / parts)] ?? 0) - had),
  };
}

function changesOf(images: readonly Image[], after: readonly (string | null)[]): SplitChange[] {
  const ids = new Map<string, ImageId[]>();
  for (const [i, { id, split }] of images.entries()) {
    const now = after[i] ?? null;
    if (now === null || now === split) continue;
    const list = ids.get(now);
    if (list === undefined) ids.set(now, [id]);
    else list.push(id);
  }
  return [...ids].map(([split, list]) => ({ split, ids: packIds(list) }));
}

function groupCounts(groups: readonly Group[]): { count: number; images: number; largest: number } {
  const several = groups.map(({ images }) => images.length).filter((size) => size > 1);
  return { count: several.length, images: several.reduce((a, b) => a + b, 0), largest: several.reduce((a, b) => Math.max(a, b), 0) };
}
