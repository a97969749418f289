import { Tabs } from '@base-ui/react/tabs';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Versions } from '../../src-shared/contract/help.ts';
import { Modal } from '../components/modal.tsx';
import { providerName } from '../components/model-words.ts';
import { useApp } from '../state/app-store.ts';
import { call } from '../state/backend.ts';
import { notifyError } from '../state/notices-store.ts';
import { showDialog } from '../state/ui-store.ts';
import type { AboutTab } from '../state/ui-store.ts';
import { LicenceList } from './licence-list.tsx';

const TABS: Readonly<Record<AboutTab, () => ReactElement>> = { versions: VersionsTab, licences: LicenceList };
const NAMES = Object.keys(TABS) as AboutTab[];

/** What runs here, and under which licences. */
export function AboutDialog({ tab }: { readonly tab: AboutTab }): ReactElement {
  const { t } = useTranslation();
  return (
    <Modal title={t('about.title')} size="wide">
      <p>{t('about.lead')} {t('about.licence')}</p>
      <Tabs.Root className="tabs" value={tab} onValueChange={(next) => showDialog({ kind: 'about', tab: next as AboutTab })}>
        <Tabs.List className="tab-list" activateOnFocus aria-label={t('about.title')}>
          {NAMES.map((name) => <Tabs.Tab key={name} className="tab" value={name} {...(name === tab ? { 'data-autofocus': '' } : {})}>{t(`about.${name}`)}</Tabs.Tab>)}
        </Tabs.List>
        {NAMES.map((name) => {
          const Tab = TABS[name];
          return <Tabs.Panel key={name} className="tab-panel" value={name}><Tab /></Tabs.Panel>;
        })}
      </Tabs.Root>
    </Modal>
  );
}

function VersionsTab(): ReactElement {
  const { t } = useTranslation();
  const host = useApp((s) => s.info?.host ?? 'browser');
  const sam = useApp((s) => s.sam);
  const [versions, setVersions] = useState<Versions | null>(null);
  useEffect(() => {
    call('app.versions', {}).then(setVersions, notifyError);
  }, []);
  const provider = sam?.provider == null ? '–' : providerName(sam.provider);
  const rows: readonly (readonly [string, string])[] = versions === null ? [] : [
    [t('about.program'), versions.program],
    [t('about.host'), t(`about.host-${host}`)],
    [t('about.system'), versions.system],
    ...(versions.electron === null ? [] : [['Electron', versions.electron], ['Chromium', versions.chromium ?? '–']] as const),
    ['Node', versions.node],
    ['onnxruntime', versions.onnxruntime],
    ['sharp', versions.libvips === null ? versions.sharp : t('about.libvips', { sharp: versions.sharp, libvips: versions.libvips })],
    ['SQLite', versions.sqlite],
    [t('sam.model'), sam?.wanted.name ?? '–'],
    [t('sam.provider'), sam?.reason == null ? provider : `${provider}. ${sam.reason}`],
    [t('about.logs'), versions.logs],
  ];
  return <dl className="versions selectable">{rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="numeric">{value}</dd></div>)}</dl>;
}
