import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Provenance } from '../../src-shared/domain/schema.ts';
import { formatScore } from './format.ts';

/** Where an instance comes from: drawn, imported, or SAM with its predicted IoU. */
export function SourceBadge({ provenance }: { readonly provenance: Provenance }): ReactElement {
  const { t } = useTranslation();
  const { sam, source } = provenance;
  const text = sam !== null ? t('source.sam', { score: formatScore(sam.predictedIou) }) : t(`source.${source}`);
  const title = sam !== null ? t('source.samDetail', { model: sam.model, iou: sam.predictedIou.toFixed(3), stability: sam.stability.toFixed(3) }) : undefined;
  return <span className="source numeric" title={title}>{text}</span>;
}
