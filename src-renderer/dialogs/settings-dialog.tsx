import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Modal } from '../components/modal.tsx';
import { RadioCards } from '../components/radio-cards.tsx';
import { changeSettings, useApp } from '../state/app-store.ts';
import { showDialog } from '../state/ui-store.ts';
import { UpdateSettings } from './update-settings.tsx';

const THEMES = ['system', 'dark', 'light'] as const;
const GIB = 1024 ** 3;
const QUOTAS_GIB = [1, 2, 4, 8, 16, 32] as const;

export function SettingsDialog(): ReactElement | null {
  const { t } = useTranslation();
  const settings = useApp((s) => s.settings);
  const sam = useApp((s) => s.sam);
  if (settings === null) return null;
  const quota = settings.cacheQuota / GIB;
  return (
    <Modal title={t('settings.title')}>
      <RadioCards label={t('settings.theme')} value={settings.theme} onChange={(theme) => changeSettings({ theme })} choices={THEMES.map((value) => ({ value, title: t(`settings.theme-${value}`) }))} />
      <label className="label">
        {t('settings.cache')}
        <select className="field" value={quota} onChange={(e) => changeSettings({ cacheQuota: Number(e.target.value) * GIB })}>
          {[...new Set([...QUOTAS_GIB, quota])].sort((a, b) => a - b).map((n) => <option key={n} value={n}>{t('settings.gib', { n: Number(n.toFixed(2)) })}</option>)}
        </select>
      </label>
      <p>{t('settings.cacheDetail')}</p>
      <div className="label">
        {t('settings.model')}
        <span className="with-button">
          <span className="grow ellipsis setting-value">{sam?.wanted.name ?? '–'}</span>
          <button type="button" className="button" onClick={() => showDialog({ kind: 'models' })}>{t('command.models')}</button>
        </span>
      </div>
      <UpdateSettings />
    </Modal>
  );
}
