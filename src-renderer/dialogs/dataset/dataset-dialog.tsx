import { Tabs } from '@base-ui/react/tabs';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Modal } from '../../components/modal.tsx';
import { showDialog } from '../../state/ui-store.ts';
import type { DatasetTab } from '../../state/ui-store.ts';
import { CheckTab } from './check-tab.tsx';
import { SnapshotsTab } from './snapshots-tab.tsx';
import { SplitsTab } from './splits-tab.tsx';
import { StatisticsTab } from './statistics-tab.tsx';

const TABS: Readonly<Record<DatasetTab, () => ReactElement | null>> = { statistics: StatisticsTab, check: CheckTab, splits: SplitsTab, snapshots: SnapshotsTab };
const NAMES = Object.keys(TABS) as DatasetTab[];

/** What concerns the data set as a whole. A tab is there only while it is shown: what it needs is fetched as it opens. */
export function DatasetDialog({ tab }: { readonly tab: DatasetTab }): ReactElement {
  const { t } = useTranslation();
  return (
    <Modal title={t('dataset.title')} size="large">
      <Tabs.Root className="tabs" value={tab} onValueChange={(next) => showDialog({ kind: 'dataset', tab: next as DatasetTab })}>
        <Tabs.List className="tab-list" activateOnFocus aria-label={t('dataset.title')}>
          {NAMES.map((name) => <Tabs.Tab key={name} className="tab" value={name} {...(name === tab ? { 'data-autofocus': '' } : {})}>{t(`dataset.${name}`)}</Tabs.Tab>)}
        </Tabs.List>
        {NAMES.map((name) => {
          const Tab = TABS[name];
          return <Tabs.Panel key={name} className="tab-panel" value={name}><Tab /></Tabs.Panel>;
        })}
      </Tabs.Root>
    </Modal>
  );
}
