import { MOST_CLASSES_REPORTED, MOST_SPLITS_LISTED } from '../../../src-shared/contract/splits.ts';
import type { SplitReport } from '../../../src-shared/contract/splits.ts';
import type { ClassId } from '../../../src-shared/domain/schema.ts';

/** What is told about images that were divided. */

export interface ReportedImage {
  /** Before. */
  readonly split: string | null;
  /** Number of a class in the list of classes, and instances with it. */
  readonly labels: readonly (readonly [label: number, instances: number])[];
  /** Also those without a class. */
  readonly instances: number;
}

/** The plan's parts in their order, then other splits. @param after the split of each image then */
export function reportParts(images: readonly ReportedImage[], after: readonly (string | null)[], names: readonly string[], shares: readonly number[]): SplitReport['parts'] {
  const rows = new Map(names.map((name) => [name, { before: 0, images: 0, instances: 0 }]));
  const row = (name: string): { before: number; images: number; instances: number } => {
    const known = rows.get(name) ?? { before: 0, images: 0, instances: 0 };
    rows.set(name, known);
    return known;
  };
  for (const [i, { split, instances }] of images.entries()) {
    if (split !== null) row(split).before++;
    const now = after[i] ?? null;
    if (now === null) continue;
    row(now).images++;
    row(now).instances += instances;
  }
  const total = names.reduce((sum, name) => sum + row(name).images, 0);
  const others = [...rows.keys()].filter((name) => !names.includes(name)).sort().slice(0, MOST_SPLITS_LISTED);
  return [
    ...names.map((name, i) => ({ name, wanted: shares[i] ?? 0, reached: total === 0 ? 0 : row(name).images / total, ...row(name) })),
    ...others.map((name) => ({ name, wanted: null, reached: null, ...row(name) })),
  ];
}

/** How the images with each class are divided; those with most images first. */
export function reportClasses(images: readonly ReportedImage[], after: readonly (string | null)[], names: readonly string[], shares: readonly number[], classes: readonly { id: ClassId; name: string }[]): Pick<SplitReport, 'classes' | 'classCount'> {
  const partOf = new Map(names.map((name, i) => [name, i]));
  const empty = (): number[] => names.map(() => 0);
  const rows = classes.map(({ id, name }) => ({ class: id, name, images: empty(), instances: empty(), deviation: 0 }));
  for (const [i, { labels }] of images.entries()) {
    const at = partOf.get(after[i] ?? '');
    if (at === undefined) continue;
    for (const [label, instances] of labels) {
      const row = rows[label];
      if (row === undefined) continue;
      row.images[at] = (row.images[at] ?? 0) + 1;
      row.instances[at] = (row.instances[at] ?? 0) + instances;
    }
  }
  const used = rows.filter((row) => sum(row.images) > 0);
  for (const row of used) row.deviation = Math.max(...row.images.map((n, i) => Math.abs(n / sum(row.images) - (shares[i] ?? 0))));
  return { classes: used.sort((a, b) => sum(b.images) - sum(a.images)).slice(0, MOST_CLASSES_REPORTED), classCount: used.length };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
