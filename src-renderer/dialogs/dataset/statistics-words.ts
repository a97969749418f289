import i18next, { t } from 'i18next';
import type { Histogram } from '../../../src-shared/statistics/layout.ts';
import { EDGES } from '../../../src-shared/statistics/layout.ts';
import { formatCount } from '../../components/format.ts';

/** A part of a whole, to two digits however small it is. */
export const formatPercent = (share: number): string => t('statistics.percent', { n: Number((100 * share).toPrecision(2)) });

/** A number large enough to be shortened: 12 k, 3.4 M. */
export const formatShort = (n: number): string => new Intl.NumberFormat(i18next.language, { notation: 'compact', maximumFractionDigits: 1 }).format(n);

export const splitName = (split: string | null): string => split ?? t('statistics.noSplit');

/** An edge of a histogram as its axis and its bars name it. */
function edgeName(histogram: Histogram, edge: number): string {
  switch (histogram) {
    case 'area':
      return `${formatCount(Math.sqrt(edge))}²`;
    case 'share':
      return formatPercent(edge);
    case 'aspect':
      return ratioName(edge);
    default:
      return formatCount(edge);
  }
}

/** As small whole numbers, which all edges of ratios are made of. */
function ratioName(ratio: number): string {
  const height = [1, 2, 3, 4, 5, 6, 7, 8].find((n) => Math.abs(ratio * n - Math.round(ratio * n)) < 1e-9) ?? 1;
  return `${Math.round(ratio * height)}:${height}`;
}

const WHOLE: ReadonlySet<Histogram> = new Set(['parts', 'holes', 'perImage']);

/** Whether whole numbers are the only values. */
export const ofWholeNumbers = (histogram: Histogram): boolean => WHOLE.has(histogram);

/** What a bin holds, in words. */
export function binName(histogram: Histogram, bin: number): string {
  const edges: readonly number[] = EDGES[histogram];
  const from = edges[bin - 1];
  const to = edges[bin];
  if (from === undefined) return WHOLE.has(histogram) ? '0' : t('statistics.below', { to: edgeName(histogram, to ?? 0) });
  if (to === undefined) return t('statistics.from', { from: edgeName(histogram, from) });
  if (!WHOLE.has(histogram)) return t('statistics.between', { from: edgeName(histogram, from), to: edgeName(histogram, to) });
  return to - from === 1 ? formatCount(from) : t('statistics.between', { from: formatCount(from), to: formatCount(to - 1) });
}

/** The axis's word where a bin begins, or of whole numbers for the bin; empty for every other, so that they have room. */
export function tickName(histogram: Histogram, bin: number): string {
  if (WHOLE.has(histogram)) return binName(histogram, bin).replaceAll(' ', '');
  const edges: readonly number[] = EDGES[histogram];
  const edge = edges[bin - 1];
  return edge === undefined || bin % 2 === 1 ? '' : edgeName(histogram, edge);
}
