import { CircleAlert, Import, LoaderCircle } from 'lucide-react';
import { useEffect } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { moveBetweenRows } from '../components/row-keys.ts';
import { Modal } from '../components/modal.tsx';
import { installsToShow, refreshModels, useModels } from '../state/models-store.ts';
import { useJobs } from '../state/jobs-store.ts';
import { useProject } from '../state/project-store.ts';
import { closeDialog, showDialog } from '../state/ui-store.ts';
import { AvailableModel, InstalledModel } from './model-rows.tsx';
import { ModelJob } from './model-job.tsx';

/** The models on this machine, those on their way, and those to be had. */
export function ModelsDialog(): ReactElement {
  const { t } = useTranslation();
  useEffect(refreshModels, []);
  const { models, problems, failure } = useModels();
  const { jobs, seen } = useJobs();
  const hasProject = useProject((s) => s.info !== null);
  const installs = installsToShow(jobs.values(), seen);
  const installed = models?.filter((m) => m.state === 'installed') ?? [];
  const available = models?.filter((m) => m.state === 'available') ?? [];
  return (
    <Modal
      title={t('models.title')} size="wide"
      footer={
        <>
          <button type="button" className="button" onClick={() => showDialog({ kind: 'import-model', paths: [] })}><Import size={14} />{t('models.import')}</button>
          <span className="grow" />
          <button type="button" className="button" onClick={closeDialog}>{t('dialog.close')}</button>
        </>
      }
    >
      <div className="models" onKeyDown={moveBetweenRows}>
        {failure !== null && <div className="note error" role="alert"><CircleAlert size={16} /><span>{failure.message}</span><button type="button" className="button small" onClick={refreshModels}>{t('models.again')}</button></div>}
        {models === null && failure === null && <div className="empty" role="status"><LoaderCircle size={18} className="spin" />{t('models.loading')}</div>}
        {installs.length > 0 && <Group title={t('models.underWay')}>{installs.map((job) => <ModelJob key={job.job} job={job} />)}</Group>}
        {installed.length > 0 && (
          <Group title={t('models.installed')} hint={t(hasProject ? 'models.choose' : 'models.chooseWithProject')} radios>{installed.map((m) => <InstalledModel key={m.id} model={m} />)}</Group>
        )}
        {problems.map((p) => <div key={`${p.item} ${p.message}`} className="note warning" role="status"><CircleAlert size={16} /><span className="selectable">{p.message}</span></div>)}
        {available.length > 0 && <Group title={t('models.available')} hint={t('models.availableHint')}>{available.map((m, i) => <AvailableModel key={m.id} model={m} first={i === 0} />)}</Group>}
      </div>
    </Modal>
  );
}

function Group({ title, hint, radios = false, children }: { readonly title: string; readonly hint?: string; readonly radios?: boolean; readonly children: ReactNode }): ReactElement {
  return (
    <section className="model-group" aria-label={title}>
      <h3>{title}{hint !== undefined && <span>{hint}</span>}</h3>
      <div className="model-list" {...(radios ? { role: 'radiogroup', 'aria-label': title } : {})}>{children}</div>
    </section>
  );
}
