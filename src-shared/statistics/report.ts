import type { Statistics } from '../contract/statistics.ts';
import { csvRow } from '../text/csv-row.ts';
import { COVERAGE_SIDE, EDGES, HISTOGRAMS, JOINT_SIDE, KINDS, ORIGINS, sectionOf } from './layout.ts';
import type { Histogram } from './layout.ts';
import { cocoSizes, viewOf } from './view.ts';
import type { StatisticsView } from './view.ts';

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** All statistics as JSON that explains itself: edges beside the histograms' numbers, grids as rows. Meant for programs, described in docs/statistics.md. */
export function statisticsReport(statistics: Statistics): object {
  const { classes, splits, folders, sizes, pairs, leftOut, problems, problemCount } = statistics;
  const names = new Map(classes.map(({ id, name }) => [id, name]));
  return {
    all: part(viewOf(statistics, {})),
    splits: splits.map(({ split }) => ({ split, ...part(viewOf(statistics, { split })) })),
    classes: labelsOf(statistics).map(({ id, name }) => {
      const { images: _images, pixels: _pixels, ...numbers } = part(viewOf(statistics, { class: id }));
      return { class: name, ...numbers, splits: splits.map(({ split }) => ({ split, ...few(viewOf(statistics, { class: id, split })) })) };
    }),
    folders, sizes,
    pairs: pairs.map(({ split, a, b, images }) => ({ split, classes: [names.get(a) ?? null, names.get(b) ?? null], images })),
    leftOut, problems, problemCount,
  };
}

function part(view: StatisticsView): { images: object; pixels: number } & Record<string, unknown> {
  const { images, pixels, counts, coverage, area } = view;
  return {
    images, pixels, ...few(view),
    shareOfPixels: pixels === 0 ? null : round(area / pixels, 6),
    ...(counts === null ? {} : {
      cocoSizes: cocoSizes(counts),
      origins: named(ORIGINS, sectionOf(counts, 'origin')),
      kinds: named(KINDS, sectionOf(counts, 'kind')),
      histograms: Object.fromEntries(HISTOGRAMS.map((name) => [name, { edges: EDGES[name], counts: [...sectionOf(counts, name)] }])) as Record<Histogram, object>,
      widthByHeight: rows([...sectionOf(counts, 'joint')], JOINT_SIDE),
    }),
    ...(coverage === null ? {} : { coverage: rows([...coverage].map((value) => round(value, 4)), COVERAGE_SIDE) }),
  };
}

const few = ({ instances, imagesWith, area }: StatisticsView): { instances: number; imagesWith: number; area: number } => ({ instances, imagesWith, area });
const named = (names: readonly string[], numbers: Uint32Array): Record<string, number> => Object.fromEntries(names.map((name, i) => [name, numbers[i] ?? 0]));
const rows = (cells: readonly number[], side: number): number[][] => Array.from({ length: side }, (_, y) => cells.slice(y * side, (y + 1) * side));

/** The classes, and null for the instances without one where there are some. */
function labelsOf({ classes, groups }: Statistics): { id: number | null; name: string | null }[] {
  return [...classes, ...(groups.some((group) => group.class === null) ? [{ id: null, name: null }] : [])];
}

const HEAD = ['class', 'split', 'images', 'instances', 'area', 'mean_area', 'share_of_pixels', 'small', 'medium', 'large', 'drawn', 'sam', 'sam_corrected', 'model', 'imported', 'imported_corrected', 'masks', 'polygons', 'boxes'];

/** A row for each class in each split, those without instances too; an empty class or split stands for none. */
export function statisticsCsv(statistics: Statistics): string {
  const lines = labelsOf(statistics).flatMap(({ id, name }) => statistics.splits.map(({ split }) => {
    const { imagesWith, instances, area, pixels, counts } = viewOf(statistics, { class: id, split });
    const sizes = counts === null ? [null, null, null] : Object.values(cocoSizes(counts));
    const made = counts === null ? [...ORIGINS, ...KINDS].map(() => null) : [...sectionOf(counts, 'origin'), ...sectionOf(counts, 'kind')];
    return csvRow([name, split, imagesWith, instances, area, instances === 0 ? null : round(area / instances, 2), pixels === 0 ? null : round(area / pixels, 6), ...sizes, ...made]);
  }));
  return csvRow(HEAD) + lines.join('');
}
