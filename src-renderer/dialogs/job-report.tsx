import { CircleCheck, CircleX, Info } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../src-shared/contract/types.ts';
import { formatCount, formatDuration } from '../components/format.ts';
import { ProgressBar } from '../components/progress.tsx';
import { cancelJob } from '../state/jobs-store.ts';

const ENDS = { done: ['note ok', CircleCheck], failed: ['note error', CircleX], cancelled: ['note', Info] } as const;

/** A job's progress with a way to cancel, or its end in a sentence. */
export function JobReport({ job }: { readonly job: Job }): ReactElement {
  const { t } = useTranslation();
  if (job.state !== 'running') {
    const [className, Icon] = ENDS[job.state];
    return <div className={className} role="status"><Icon size={16} /><span className="selectable">{job.message ?? t(`job.${job.state}`, { title: job.title })}</span></div>;
  }
  return (
    <div className="job-progress">
      <ProgressBar label={job.title} done={job.done} total={job.total} />
      <p className="numeric">
        <span>{job.total === null ? formatCount(job.done) : t('job.of', { done: formatCount(job.done), total: formatCount(job.total) })}{job.etaMs !== null && ` · ${t('job.left', { time: formatDuration(job.etaMs) })}`}</span>
        <button type="button" className="button small" onClick={() => cancelJob(job.job)}>{t('dialog.cancel')}</button>
      </p>
    </div>
  );
}
