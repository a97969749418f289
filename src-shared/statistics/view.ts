import type { SplitStatistics, Statistics } from '../contract/statistics.ts';
import type { ClassId } from '../domain/schema.ts';
import { COCO_LARGE, COCO_MEDIUM, COUNTS_LENGTH, COVERAGE_SIDE, EDGES, sectionOf } from './layout.ts';

/** What of a project is looked at. Absent: all; null: the images in no split, the instances without a class. */
export interface Wanted {
  readonly split?: string | null;
  readonly class?: ClassId | null;
}

/** The numbers of what is looked at. */
export interface StatisticsView {
  /** All images of the splits, whichever class is looked at. */
  readonly images: SplitStatistics['images'];
  readonly pixels: number;
  /** Images with such instances. */
  readonly imagesWith: number;
  readonly instances: number;
  readonly area: number;
  /** Laid out as layout.ts says, but `perImage` counts the images without such instances too. Null where they were not kept. */
  readonly counts: Uint32Array | null;
  /** Row-major COVERAGE_SIDE² numbers, 0 to 1: the part of the instances that lies over each place of the picture. */
  readonly coverage: Float64Array | null;
}

/** Sums up the splits and the class that are looked at. */
export function viewOf({ splits, groups }: Pick<Statistics, 'splits' | 'groups'>, wanted: Wanted): StatisticsView {
  const chosen = splits.filter(({ split }) => wanted.split === undefined || split === wanted.split);
  const ofClass = groups.filter((group) => group.class === wanted.class && (wanted.split === undefined || group.split === wanted.split));
  const rows = wanted.class === undefined ? chosen : ofClass;
  const images = { total: 0, todo: 0, inProgress: 0, done: 0, empty: 0, landscape: 0, portrait: 0, square: 0, unknownSize: 0 };
  for (const split of chosen) for (const key of Object.keys(images) as (keyof typeof images)[]) images[key] += split.images[key];
  const imagesWith = wanted.class === undefined ? images.total - images.empty : ofClass.reduce((sum, group) => sum + group.images, 0);
  const instances = rows.reduce((sum, row) => sum + row.instances, 0);
  return {
    images, imagesWith, instances,
    pixels: chosen.reduce((sum, { pixels }) => sum + pixels, 0),
    area: rows.reduce((sum, { area }) => sum + area, 0),
    counts: countsOf(rows, images.total - imagesWith),
    coverage: coverageOf(rows, instances),
  };
}

type Counted = Pick<SplitStatistics, 'counts' | 'coverage'>;

function countsOf(rows: readonly Counted[], without: number): Uint32Array | null {
  const sum = new Uint32Array(COUNTS_LENGTH);
  for (const { counts } of rows) {
    if (counts === null) return null;
    // Sliced, because numbers must begin at multiples of their size, and what came through a pipe begins anywhere.
    new Uint32Array(counts.slice().buffer).forEach((n, i) => (sum[i] = (sum[i] ?? 0) + n));
  }
  sectionOf(sum, 'perImage')[0] = without;
  return sum;
}

function coverageOf(rows: readonly Counted[], instances: number): Float64Array | null {
  const sum = new Float64Array(COVERAGE_SIDE ** 2);
  for (const { coverage } of rows) {
    if (coverage === null) return null;
    new Float32Array(coverage.slice().buffer).forEach((part, i) => (sum[i] = (sum[i] ?? 0) + part));
  }
  return instances === 0 ? sum : sum.map((part) => part / instances);
}

/** Instances by COCO's three sizes. */
export function cocoSizes(counts: Uint32Array): { small: number; medium: number; large: number } {
  const areas = sectionOf(counts, 'area');
  // The limits are edges: the bins before the first hold less.
  const [medium, large] = [COCO_MEDIUM, COCO_LARGE].map((limit) => EDGES.area.indexOf(limit) + 1);
  const sum = (from: number, to: number | undefined): number => areas.subarray(from, to).reduce((total, n) => total + n, 0);
  return { small: sum(0, medium), medium: sum(medium ?? 0, large), large: sum(large ?? 0, undefined) };
}
