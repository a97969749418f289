import type { TFunction } from 'i18next';
import type { AutomaticCandidate } from '../../src-shared/contract/automatic.ts';
import { formatCount } from '../components/format.ts';

/** What is said of a candidate of everything mode: its scores and its size. */
export function tipOf(t: TFunction, { predictedIou, stability, area }: AutomaticCandidate): string {
  return t('everything.tip', { iou: predictedIou.toFixed(2), stability: stability.toFixed(2), area: formatCount(area) });
}
