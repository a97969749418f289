import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Precision } from '../../src-shared/contract/models.ts';
import { RadioCards } from './radio-cards.tsx';

export const PRECISIONS: readonly Precision[] = ['fp32', 'fp16', 'int8'];

/** How a model's weights are to be stored, with what that means. */
export function PrecisionCards({ value, choices, onChange }: { readonly value: Precision; readonly choices: readonly Precision[]; readonly onChange: (precision: Precision) => void }): ReactElement {
  const { t } = useTranslation();
  return <RadioCards label={t('precision.name')} value={value} onChange={onChange} choices={choices.map((p) => ({ value: p, title: t(`precision.${p}`), detail: t(`precision.${p}Detail`) }))} />;
}
