import { t } from 'i18next';
import type { Histogram } from '../../../src-shared/statistics/layout.ts';
import { EDGES } from '../../../src-shared/statistics/layout.ts';
import { formatCount } from '../../components/format.ts';

/** A part of a whole, as finely as it needs. */
export function formatShare(share: number): string {
  const percent = 100 * share;
  const digits = percent === 0 || percent >= 10 ? 0 : percent >= 1 ? 1 : percent >= 0.1 ? 2 : 3;
  return t('statistics.percent', { n: percent.toFixed(digits) });
}

/** A number large enough to be shortened: 12 k, 3.4 M. */
export const formatShort = (n: number): string => new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(n);

export const splitName = (split: string | null): string => split ?? t('statistics.noSplit');

/** An edge of a histogram as its axis and its bars name it. */
function edgeName(histogram: Histogram, edge: number): string {
  switch (histogram) {
    case 'area':
      return `${formatCount(Math.sqrt(edge))}²`;
    case 'share':
      return formatShare(edge);
    case 'aspect':
      return edge < 1 ? `1:${Number((1 / edge).toFixed(2))}` : `${Number(edge.toFixed(2))}:1`;
    default:
      return formatCount(edge);
  }
}

/** Of what whole numbers are the only values. */
const WHOLE: ReadonlySet<Histogram> = new Set(['parts', 'holes', 'perImage']);

/** What a bin holds, in words. */
export function binName(histogram: Histogram, bin: number): string {
  const edges: readonly number[] = EDGES[histogram];
  const from = edges[bin - 1];
  const to = edges[bin];
  if (from === undefined) return WHOLE.has(histogram) && to === 1 ? '0' : t('statistics.below', { to: edgeName(histogram, to ?? 0) });
  if (to === undefined) return t('statistics.from', { from: edgeName(histogram, from) });
  if (!WHOLE.has(histogram)) return t('statistics.between', { from: edgeName(histogram, from), to: edgeName(histogram, to) });
  return to - from === 1 ? formatCount(from) : t('statistics.between', { from: formatCount(from), to: formatCount(to - 1) });
}

/** The axis's word where a bin begins; empty for most, so that they have room. */
export function tickName(histogram: Histogram, bin: number, first: number): string {
  const edges: readonly number[] = EDGES[histogram];
  if (WHOLE.has(histogram)) return bin === 0 ? '0' : bin <= 6 ? formatCount(edges[bin - 1] ?? 0) : `${formatCount(edges[bin - 1] ?? 0)}+`;
  const edge = edges[bin - 1];
  if (edge === undefined || bin < first) return '';
  const every = histogram === 'share' ? 2 : histogram === 'aspect' ? 2 : 2;
  return bin % every === 0 ? edgeName(histogram, edge) : '';
}
