import type { LabelNumbers } from '../../../../src-shared/contract/datasets.ts';
import type { LabelMap } from '../../../../src-shared/geometry/label-map.ts';
import { componentsOf } from './masks-components.ts';
import type { LooseLabels } from './masks-picture.ts';

/** What the numbers of a dataset's label images are, where no legend says it. */
export type Meaning =
  /** One value beside the background: an object of one class in each image. */
  | { readonly kind: 'binary'; readonly soft: boolean }
  /** Numbers of objects without a class. */
  | { readonly kind: 'objects'; readonly why: string }
  /** Values of classes. */
  | { readonly kind: 'classes' };

/** What was seen of some label images of a dataset. */
export interface Seen {
  readonly file: string;
  readonly bits: LooseLabels['bits'];
  /** Values beside 0, ascending; null for colors. */
  readonly values: readonly number[] | null;
  /** Whether it is black and white with gray edges. */
  readonly isSoft: boolean;
  /** Whether each value is one piece. */
  readonly isWhole: boolean;
}

/** Names that say that numbers are objects: cellpose's, and the word itself. */
const OF_OBJECTS = /cp_masks?\.|(?:^|[_\-/. ])instances?(?:[_\-/. ]|$)|instance_?ids?\./i;
/** Values of a mask that is only inside and outside. */
const INSIDE: ReadonlySet<number> = new Set([1, 255, 65_535]);
/** Objects of an image from which consecutive numbers, each in one piece, are taken for objects and not for classes. */
const MANY = 4;

/** A picture with more values than this, of whose pixels this share is black or white, has gray edges, as scaling makes them. */
const FEW = 8;
const CLEAR = 0.9;

function shareOfEnds(map: LabelMap): number {
  let ends = 0;
  for (const value of map) if (value === 0 || value === 255) ends++;
  return ends / map.length;
}

/** A label image for `meaningOf`. */
export function seen(file: string, { kind, map, bits, width, height }: LooseLabels): Seen {
  if (kind === 'colors') return { file, bits, values: null, isSoft: false, isWhole: false };
  const values = [...new Set<number>(map)].filter((value) => value !== 0).toSorted((a, b) => a - b);
  return { file, bits, values, isSoft: bits === 8 && values.length > FEW && values.includes(255) && shareOfEnds(map) >= CLEAR, isWhole: values.length >= MANY && values.length <= 10_000 && componentsOf(map, width, height) === values.length };
}

/**
 * What a person chose; else decides for a whole dataset by some of its label images, so that all are read alike. Names decide first, then whether there is
 * one value only; then numbers of more than 8 bits are objects, and so are 8-bit ones that count from 1 without a gap, each in one
 * piece, up to another number in each image, as cellpose, StarDist and napari write them. All else are classes.
 */
export function meaningOf(all: readonly Seen[], chosen: LabelNumbers): Meaning {
  if (chosen !== 'auto') return chosen === 'objects' ? { kind: 'objects', why: 'that was asked for' } : { kind: 'classes' };
  const numbers = all.filter(({ values }) => values !== null && values.length > 0);
  if (numbers.length === 0) return { kind: 'classes' };
  if (numbers.every(({ file }) => OF_OBJECTS.test(file))) return { kind: 'objects', why: 'their names say so' };
  const different = new Set(numbers.flatMap(({ values }) => values ?? []));
  const [only] = different;
  if (different.size === 1 && only !== undefined && INSIDE.has(only) && !numbers.some(({ bits }) => bits > 8 && only === 1)) return { kind: 'binary', soft: false };
  if (numbers.every(({ values, isSoft }) => isSoft || (values?.length === 1 && values[0] === 255))) return { kind: 'binary', soft: true };
  if (numbers.some(({ bits }) => bits > 8)) return { kind: 'objects', why: 'they have more than 8 bits' };
  const counted = numbers.filter(({ values, isWhole }) => isWhole && values !== null && values.at(-1) === values.length);
  const most = counted.map(({ values }) => values?.length ?? 0);
  const varies = new Set(most).size > 1 || Math.max(0, ...most) >= 5 * MANY;
  const small = numbers.filter(({ values }) => (values?.length ?? 0) < MANY && values?.at(-1) === values?.length);
  if (counted.length > 0 && varies && counted.length + small.length === numbers.length) return { kind: 'objects', why: 'they count from 1, each number in one piece' };
  return { kind: 'classes' };
}
