import { t } from 'i18next';
import type { FindingRow } from '../../src-shared/contract/check.ts';
import { formatCount } from './format.ts';

/** Small ones are not said to be none. */
const formatIou = (iou: number): string => (iou > 0 && iou < 0.01 ? '< 0.01' : iou.toFixed(2));

/** What was found, in a sentence. */
export function findingWords({ rule, measures }: Pick<FindingRow, 'rule' | 'measures'>): string {
  const shown = Object.fromEntries(Object.entries(measures).map(([name, value]) => [name, name === 'iou' ? formatIou(value) : name === 'contained' ? `${Math.round(value * 100)} %` : formatCount(Math.ceil(value))]));
  if (rule === 'outside' && measures['inside'] === 0) return t('check.found.outsideWholly', shown);
  return t(`check.found.${rule}`, { ...shown, count: Math.ceil(measures['count'] ?? measures['pixels'] ?? measures['distance'] ?? 1), n: shown['count'] ?? '' });
}
