import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { keepFocus } from '../components/keep-focus.ts';
import { Slider } from '../components/slider.tsx';
import { LOOSEST, OFFICIAL } from '../state/automatic-filters.ts';
import { resetFilters, setFilters, useAutomatic } from '../state/automatic-store.ts';
import { formatShare, placeOf, shareAt, SHARE_PLACES } from './share-scale.ts';

/** The sliders: each change shows at once, without asking the model anything. */
export function EverythingFilters(): ReactElement {
  const { t } = useTranslation();
  const filters = useAutomatic((s) => s.filters);
  const chosen = useAutomatic((s) => s.chosen);
  const official = Object.entries(OFFICIAL).every(([key, value]) => filters[key as keyof typeof filters] === value);
  return (
    <div className="everything-filters">
      <Slider label={t('everything.iou')} shown={filters.predIou.toFixed(2)} value={[filters.predIou]} min={LOOSEST.predIou} max={1} step={0.01} side="above" onChange={([predIou]) => predIou !== undefined && setFilters({ predIou })} />
      <Slider label={t('everything.stability')} shown={filters.stability.toFixed(2)} value={[filters.stability]} min={LOOSEST.stability} max={1} step={0.01} side="above" onChange={([stability]) => stability !== undefined && setFilters({ stability })} />
      <Slider
        label={t('everything.size')} shown={`${formatShare(filters.minShare)} – ${formatShare(filters.maxShare)}`} thumbs={[t('everything.smallest'), t('everything.largest')]}
        value={[placeOf(filters.minShare), placeOf(filters.maxShare)]} min={0} max={SHARE_PLACES} step={1}
        onChange={([from, to]) => from !== undefined && to !== undefined && setFilters({ minShare: shareAt(from), maxShare: shareAt(to) })}
      />
      <Slider label={t('everything.overlap')} shown={filters.overlap.toFixed(2)} value={[filters.overlap]} min={0.1} max={0.95} step={0.01} onChange={([overlap]) => overlap !== undefined && setFilters({ overlap })} />
      {chosen === null
        ? !official && <p className="everything-note">{t('everything.lowered')}</p>
        : <p className="everything-note"><button type="button" className="link" onMouseDown={keepFocus} onClick={resetFilters}>{t('everything.reset')}</button></p>}
    </div>
  );
}
