import { CircleCheck, CircleX, FolderOpen, Info } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../src-shared/contract/types.ts';
import { formatCount } from '../components/format.ts';
import { CopyText } from '../components/copy-text.tsx';
import { progressWords } from '../components/model-words.ts';
import { ProgressBar } from '../components/progress.tsx';
import { exportedTo, showInFolder } from '../state/exported.ts';
import { cancelJob } from '../state/jobs-store.ts';
import { hasShell } from '../state/shell.ts';

const ENDS = { done: ['note ok', CircleCheck], failed: ['note error', CircleX], cancelled: ['note', Info] } as const;

/** A job's progress with a way to cancel, or its end in a sentence, and the items that failed. */
export function JobReport({ job }: { readonly job: Job }): ReactElement {
  const path = exportedTo(job);
  return <>{job.state === 'running' ? <Running job={job} /> : <Ended job={job} state={job.state} />}{path !== null && <WrittenTo path={path} />}{job.notes.length > 0 && <Notes notes={job.notes} />}{job.problems.length > 0 && <Problems job={job} />}</>;
}

function Ended({ job, state }: { readonly job: Job; readonly state: keyof typeof ENDS }): ReactElement {
  const { t } = useTranslation();
  const [className, Icon] = ENDS[state];
  return <div className={className} role="status"><Icon size={16} /><span className="selectable">{job.message ?? t(`job.${state}`, { title: job.title })}</span></div>;
}

function WrittenTo({ path }: { readonly path: string }): ReactElement {
  const { t } = useTranslation();
  return (
    <section className="written-to" aria-label={t('exported.to')}>
      <CopyText text={path} className="selectable" />
      {hasShell() && <button type="button" className="button small" onClick={() => showInFolder(path)}><FolderOpen size={13} />{t('exported.show')}</button>}
    </section>
  );
}

function Running({ job }: { readonly job: Job }): ReactElement {
  const { t } = useTranslation();
  return (
    <div className="job-progress">
      <ProgressBar label={job.title} done={job.done} total={job.total} />
      <p className="numeric">
        <span>{progressWords(job)}</span>
        <button type="button" className="button small" onClick={() => cancelJob(job.job)}>{t('dialog.cancel')}</button>
      </p>
    </div>
  );
}

function Notes({ notes }: { readonly notes: readonly string[] }): ReactElement {
  const { t } = useTranslation();
  return (
    <section className="job-progress" aria-labelledby="job-notes">
      <p id="job-notes">{t('job.notes')}</p>
      <ul className="problem-list" tabIndex={0} aria-labelledby="job-notes">
        {[...new Set(notes)].map((note) => <li key={note}>{note}</li>)}
      </ul>
    </section>
  );
}

function Problems({ job }: { readonly job: Job }): ReactElement {
  const { t } = useTranslation();
  return (
    <section className="job-progress" aria-labelledby="job-problems">
      <p id="job-problems">{t('job.failed', { count: job.problemCount, n: formatCount(job.problemCount) })}</p>
      <ul className="problem-list" tabIndex={0} aria-labelledby="job-problems">
        {job.problems.map((p) => <li key={`${p.item} ${p.problem.code}`}><b>{p.item}</b><span>{p.problem.message}</span></li>)}
      </ul>
      {job.problemCount > job.problems.length && <p>{t('job.more', { n: formatCount(job.problemCount - job.problems.length) })}</p>}
    </section>
  );
}
