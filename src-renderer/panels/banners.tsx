import { CloudOff, Download, HardDrive, Lock, PackageX, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProjectInfo } from '../../src-shared/contract/types.ts';
import { useApp } from '../state/app-store.ts';
import { call } from '../state/backend.ts';
import { discardKept, retryKept, useEdits } from '../state/edits.ts';
import { chooseModel, downloadOf, useModels } from '../state/models-store.ts';
import { notify, notifyError } from '../state/notices-store.ts';
import { useProject } from '../state/project-store.ts';
import { showDialog } from '../state/ui-store.ts';
import { putUpdateAway, useUpdates } from '../state/updates-store.ts';

function Banner({ icon, tone, text, children }: { readonly icon: ReactElement; readonly tone?: 'error' | 'quiet'; readonly text: string; readonly children?: ReactNode }): ReactElement {
  return (
    <div className={tone === undefined ? 'banner' : `banner ${tone}`} role={tone === 'error' ? 'alert' : 'status'}>
      {icon}<span className="grow">{text}</span>{children}
    </div>
  );
}

function BackupButton({ project }: { readonly project: string }): ReactElement {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const backup = async (): Promise<void> => {
    setBusy(true);
    try {
      const { path } = await call('project.backup', { project });
      notify({ level: 'success', message: t('backup.done'), item: path });
    } catch (error) {
      notifyError(error);
    }
    setBusy(false);
  };
  return <button type="button" className="button small" disabled={busy} onClick={() => void backup()}>{t('backup.make')}</button>;
}

/** The project's model is not on this machine: it can be had, or another one taken. */
function ModelMissing({ missing, used }: { readonly missing: string; readonly used: string }): ReactElement {
  const { t } = useTranslation();
  const models = useModels((s) => s.models);
  const nameOf = (id: string): string => models?.find((m) => m.id === id)?.name ?? id;
  const download = downloadOf(missing, models ?? []);
  return (
    <Banner icon={<PackageX size={16} />} text={t('banner.modelMissing', { missing: download?.row.name ?? missing, used: nameOf(used) })}>
      {download !== null
        ? <button type="button" className="button small primary" onClick={() => showDialog({ kind: 'download-model', model: download.row.id, precision: download.precision })}>{t('banner.modelDownload')}</button>
        : <button type="button" className="button small" onClick={() => showDialog({ kind: 'import-model', paths: [] })}>{t('models.import')}</button>}
      <button type="button" className="button small" onClick={() => showDialog({ kind: 'models' })}>{t('banner.modelOther')}</button>
      <button type="button" className="button small" onClick={() => void chooseModel(used)}>{t('banner.modelKeep', { used: nameOf(used) })}</button>
    </Banner>
  );
}

/** A newer version, or one that waits to be installed, until it is put away. */
function NewerVersion(): ReactElement | null {
  const { t } = useTranslation();
  const { state, putAway } = useUpdates();
  if (state === null || (state.is !== 'offered' && state.is !== 'ready')) return null;
  const { offer: { version }, is } = state;
  if (putAway === `${is} ${version}`) return null;
  return (
    <Banner tone="quiet" icon={<Download size={16} />} text={is === 'offered' ? t('updates.there', { version }) : t('updates.readyBanner', { version })}>
      {is === 'offered' && <button type="button" className="button small" onClick={() => showDialog({ kind: 'settings' })}>{t('updates.look')}</button>}
      <button type="button" className="button small" onClick={() => putUpdateAway(`${is} ${version}`)}>{t('updates.later')}</button>
    </Banner>
  );
}

/** What the person should know of the project, until it is put away; something new comes back. */
function Warnings({ warnings }: Pick<ProjectInfo, 'warnings'>): ReactElement {
  const { t } = useTranslation();
  const [putAway, setPutAway] = useState<readonly string[]>([]);
  return (
    <>
      {warnings.filter(({ message }) => !putAway.includes(message)).map(({ message }) => (
        <Banner key={message} icon={<TriangleAlert size={16} />} text={message}>
          <button type="button" className="button small" onClick={() => setPutAway([...putAway, message])}>{t('banner.putAway')}</button>
        </Banner>
      ))}
    </>
  );
}

/** The program cannot be reached; also on the page without a project. */
export function ConnectionBanner(): ReactElement | null {
  const { t } = useTranslation();
  const connection = useApp((s) => s.connection);
  return connection === 'open' ? null : <Banner tone="error" icon={<CloudOff size={16} />} text={t(`banner.${connection}`)} />;
}

/** What stays on the window until it is settled. */
export function Banners(): ReactElement {
  const { t } = useTranslation();
  const info = useProject((s) => s.info);
  const { kept, problem, retrying } = useEdits();
  const missing = info?.roots.filter((r) => r.missing) ?? [];
  return (
    <div className="banners">
      <ConnectionBanner />
      {kept.length > 0 && problem !== null && (
        <Banner tone="error" icon={<HardDrive size={16} />} text={t('banner.kept', { count: kept.length, message: problem.message })}>
          <button type="button" className="button small" onClick={discardKept} disabled={retrying}>{t('banner.discard')}</button>
          <button type="button" className="button small primary" onClick={() => void retryKept()} disabled={retrying}>{t('banner.retry')}</button>
        </Banner>
      )}
      {info !== null && info.readOnly !== null && (
        <Banner icon={info.readOnly.code === 'project-damaged' ? <TriangleAlert size={16} /> : <Lock size={16} />} text={t('banner.readOnly', { message: info.readOnly.message })}>
          {info.readOnly.code === 'project-damaged' && <BackupButton project={info.project} />}
        </Banner>
      )}
      {info !== null && <Warnings key={info.project} warnings={info.warnings} />}
      {info !== null && info.model.missing !== null && <ModelMissing missing={info.model.missing} used={info.model.id} />}
      <NewerVersion />
      {missing.map((root) => (
        <Banner key={root.id} icon={<TriangleAlert size={16} />} text={t('banner.rootMissing', { path: root.path })}>
          {info?.readOnly === null && <button type="button" className="button small" onClick={() => showDialog({ kind: 'relocate', root: root.id, path: root.path })}>{t('banner.relocate')}</button>}
        </Banner>
      ))}
    </div>
  );
}
