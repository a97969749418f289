import { Check, CloudOff, TriangleAlert, X } from 'lucide-react';
import { useEffect } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { command, runCommand } from '../commands/registry.ts';
import { formatCount, formatTime } from '../components/format.ts';
import { progressWords } from '../components/model-words.ts';
import { ProgressBar } from '../components/progress.tsx';
import { Tip } from '../components/tip.tsx';
import { useEdits } from '../state/edits.ts';
import { useImage } from '../state/image-store.ts';
import { cancelJob, jobToShow, markJobSeen, useJobs } from '../state/jobs-store.ts';
import { useProject } from '../state/project-store.ts';
import { showDialog, useUi } from '../state/ui-store.ts';

/** How long an ended job without failures stays in the bar. */
const ENDED_SHOWN_MS = 6_000;

export function StatusBar(): ReactElement {
  const { t } = useTranslation();
  const row = useImage((s) => s.open?.row);
  return (
    <footer className="status-bar" aria-label={t('status.name')}>
      <Zoom />
      <Pixel />
      {row?.width != null && row.height != null && <span className="numeric" title={t('status.size')}>{row.width} × {row.height}</span>}
      <span className="grow" />
      <JobProgress />
      <Saved />
    </footer>
  );
}

function Zoom(): ReactElement {
  const { t } = useTranslation();
  const zoom = useUi((s) => s.viewport?.zoom ?? null);
  const percent = zoom === null ? '–' : t('status.percent', { n: zoom < 0.1 ? (zoom * 100).toFixed(1) : Math.round(zoom * 100) });
  return (
    <Tip text={t('command.fit')} commandId="view.fit" side="top">
      <button type="button" className="zoom numeric" aria-label={t('status.zoom', { percent })} onClick={() => runCommand(command('view.fit'))}>{percent}</button>
    </Tip>
  );
}

function Pixel(): ReactElement {
  const pointer = useUi((s) => s.pointer);
  return <span className="pixel numeric" aria-hidden>{pointer === null ? '' : `x ${Math.floor(pointer.x)}  y ${Math.floor(pointer.y)}`}</span>;
}

function JobProgress(): ReactElement | null {
  const { t } = useTranslation();
  const { jobs, seen } = useJobs();
  const project = useProject((s) => s.info?.project ?? null);
  const job = jobToShow([...jobs.values()], seen, project);
  const clean = job !== null && job.state !== 'running' && job.state !== 'failed' && job.problemCount === 0 && job.notes.length === 0;
  const id = job?.job;
  useEffect(() => {
    if (!clean || id === undefined) return undefined;
    const timer = setTimeout(() => markJobSeen(id), ENDED_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [clean, id]);
  if (job === null) return null;
  const failures = job.problemCount > 0 && (
    <button type="button" className="problems-link" onClick={() => showDialog({ kind: 'job', job: job.job })}>{t('job.failed', { count: job.problemCount, n: formatCount(job.problemCount) })}</button>
  );
  if (job.state === 'running') {
    return (
      <div className="status-job">
        {failures}
        <span className="ellipsis">{job.title}</span>
        <ProgressBar label={job.title} done={job.done} total={job.total} />
        <span className="numeric">{progressWords(job)}</span>
        <button type="button" className="icon-button" aria-label={t('job.cancel', { title: job.title })} title={t('job.cancel', { title: job.title })} onClick={() => cancelJob(job.job)}><X size={13} /></button>
      </div>
    );
  }
  return (
    <div className="status-job" role="status">
      {job.code === 'offline' ? <CloudOff size={13} /> : job.state === 'failed' ? <TriangleAlert size={13} /> : <Check size={13} />}
      <button type="button" className="ellipsis" title={job.message ?? undefined} onClick={() => showDialog({ kind: 'job', job: job.job })}>{job.message ?? t(`job.${job.state}`, { title: job.title })}</button>
      {failures}
      <button type="button" className="icon-button" aria-label={t('job.dismiss')} onClick={() => markJobSeen(job.job)}><X size={13} /></button>
    </div>
  );
}

function Saved(): ReactElement | null {
  const { t } = useTranslation();
  const savedAt = useProject((s) => s.info?.savedAt ?? null);
  const readOnly = useProject((s) => s.info?.readOnly != null);
  const kept = useEdits((s) => s.kept.length);
  if (kept > 0) return <span className="saved kept" role="alert"><TriangleAlert size={13} />{t('save.notSaved', { count: kept })}</span>;
  if (readOnly) return <span className="saved">{t('save.readOnly')}</span>;
  return savedAt === null ? null : <span className="saved numeric" title={t('save.explain')}>{t('save.at', { time: formatTime(savedAt) })}</span>;
}
