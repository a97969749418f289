import type { ReactElement } from 'react';
import { Modal } from '../components/modal.tsx';
import { useJobs } from '../state/jobs-store.ts';
import { JobReport } from './job-report.tsx';

/** One job: how far it is, how it ended, and the items that failed. */
export function JobDialog({ id }: { readonly id: string }): ReactElement | null {
  const job = useJobs((s) => s.jobs.get(id));
  return job === undefined ? null : <Modal title={job.title} size="wide"><JobReport job={job} /></Modal>;
}
