import { CircleX, CloudOff, X } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../src-shared/contract/types.ts';
import { progressWords } from '../components/model-words.ts';
import { ProgressBar } from '../components/progress.tsx';
import { cancelJob, markJobSeen } from '../state/jobs-store.ts';
import { install, useModels } from '../state/models-store.ts';
import { notifyError } from '../state/notices-store.ts';
import { showDialog } from '../state/ui-store.ts';

/** An import or a download: how far it is, or why it failed. */
export function ModelJob({ job }: { readonly job: Job }): ReactElement {
  return job.state === 'running' ? <Running job={job} /> : <Failed job={job} />;
}

function Running({ job }: { readonly job: Job }): ReactElement {
  const { t } = useTranslation();
  return (
    <div className="model-row model-job">
      <span className="ellipsis" title={job.title}>{job.title}</span>
      <span className="faint numeric">{progressWords(job)}</span>
      <button type="button" className="button small" aria-label={t('job.cancel', { title: job.title })} onClick={() => cancelJob(job.job)}>{t('dialog.cancel')}</button>
      <ProgressBar label={job.title} done={job.done} total={job.total} />
    </div>
  );
}

/** Being offline is no fault: it is said as quietly as it is common. */
function Failed({ job }: { readonly job: Job }): ReactElement {
  const { t } = useTranslation();
  const request = useModels((s) => s.requests.get(job.job));
  const offline = job.code === 'offline';
  const again = (): void => {
    markJobSeen(job.job);
    if (request !== undefined) install(request).catch(notifyError);
    else if (job.kind === 'model-download' && job.subject !== null) showDialog({ kind: 'download-model', model: job.subject });
    else showDialog({ kind: 'import-model', paths: [] });
  };
  return (
    <div className={offline ? 'model-row model-job offline' : 'model-row model-job failed'} role={offline ? 'status' : 'alert'}>
      {offline ? <CloudOff size={16} /> : <CircleX size={16} />}
      <span className="selectable"><b>{job.title}</b><small>{job.message}</small></span>
      <button type="button" className="button small" onClick={again}>{t('models.again')}</button>
      <button type="button" className="icon-button" aria-label={t('job.dismiss')} onClick={() => markJobSeen(job.job)}><X size={14} /></button>
    </div>
  );
}
