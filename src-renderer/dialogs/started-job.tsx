import { useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../src-shared/contract/types.ts';
import { Modal } from '../components/modal.tsx';
import { call } from '../state/backend.ts';
import { receiveJob, useJobs } from '../state/jobs-store.ts';
import { closeDialog } from '../state/ui-store.ts';
import { JobReport } from './job-report.tsx';

interface Started {
  readonly id: string | null;
  readonly job: Job | undefined;
  /** Waits for the call that starts a job, and shows that from then on. Throws what the call throws. */
  follow(starting: Promise<{ readonly job: string }>): Promise<void>;
  forget(): void;
}

/** The job that a dialog started. */
export function useStartedJob(): Started {
  const [id, setId] = useState<string | null>(null);
  const job = useJobs((s) => (id === null ? undefined : s.jobs.get(id)));
  return {
    id, job,
    follow: async (starting) => {
      const { job: begun } = await starting;
      setId(begun);
      const listed = (await call('jobs.list', {})).find((j) => j.job === begun);
      if (listed !== undefined && useJobs.getState().jobs.get(begun) === undefined) receiveJob(listed);
    },
    forget: () => setId(null),
  };
}

/** How far the job is and how it ended; after a failure a way back to the form. */
export function StartedJob({ title, job, onBack }: { readonly title: string; readonly job: Job | undefined; readonly onBack: () => void }): ReactElement {
  const { t } = useTranslation();
  const ended = job !== undefined && job.state !== 'running';
  return (
    <Modal
      title={title}
      footer={<><span className="grow" />{ended && job.state !== 'done' && <button type="button" className="button" onClick={onBack}>{t('export.back')}</button>}<button type="button" className="button primary" onClick={closeDialog}>{t(ended ? 'dialog.close' : 'export.background')}</button></>}
    >
      {job === undefined ? <p>{t('export.starting')}</p> : <JobReport job={job} />}
    </Modal>
  );
}
