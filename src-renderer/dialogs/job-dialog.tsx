import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../components/format.ts';
import { Modal } from '../components/modal.tsx';
import { useJobs } from '../state/jobs-store.ts';
import { JobReport } from './job-report.tsx';

/** One job: how far it is, how it ended, and the items that failed. */
export function JobDialog({ id }: { readonly id: string }): ReactElement | null {
  const { t } = useTranslation();
  const job = useJobs((s) => s.jobs.get(id));
  if (job === undefined) return null;
  return (
    <Modal title={job.title} size="wide">
      <JobReport job={job} />
      {job.problems.length > 0 && (
        <section aria-labelledby="job-problems">
          <p id="job-problems">{t('job.failed', { count: job.problemCount, n: formatCount(job.problemCount) })}</p>
          <ul className="problem-list" tabIndex={0}>
            {job.problems.map((p) => <li key={`${p.item}${p.problem.code}`}><b>{p.item}</b><span>{p.problem.message}</span></li>)}
          </ul>
          {job.problemCount > job.problems.length && <p>{t('job.more', { n: formatCount(job.problemCount - job.problems.length) })}</p>}
        </section>
      )}
    </Modal>
  );
}
