import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { className } from '../state/project-store.ts';
import { setInstancesFilter, useList } from '../state/list-store.ts';

/** By which instances the list is filtered, with the way back; nothing where it is not. */
export function InstancesFilterChip(): ReactElement | null {
  const { t } = useTranslation();
  const wanted = useList((s) => s.filter.instances);
  if (wanted === undefined) return null;
  return (
    <div className="filter-chip">
      <span className="ellipsis">{wanted === 'empty' ? t('images.withoutInstances') : t('images.withClass', { name: className(wanted.class) })}</span>
      <button type="button" className="icon-button" aria-label={t('images.dropFilter')} onClick={() => setInstancesFilter(undefined)}><X size={13} /></button>
    </div>
  );
}
