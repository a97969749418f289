import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Modal } from '../components/modal.tsx';
import { useApp } from '../state/app-store.ts';

export function AboutDialog(): ReactElement {
  const { t } = useTranslation();
  const info = useApp((s) => s.info);
  return (
    <Modal title={t('about.title')}>
      <p className="selectable">{t('about.version', { version: info?.version ?? '', platform: info?.platform ?? '', host: info?.host ?? '' })}</p>
      <p>{t('about.lead')}</p>
      <p>{t('about.licence')}</p>
    </Modal>
  );
}
