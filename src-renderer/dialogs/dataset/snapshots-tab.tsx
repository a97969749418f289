import { Camera, LoaderCircle } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { FormEvent, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import { progressWords } from '../../components/model-words.ts';
import { ProgressBar } from '../../components/progress.tsx';
import { cancelJob, useJobs } from '../../state/jobs-store.ts';
import { useProject } from '../../state/project-store.ts';
import { refreshSnapshots, runningSnapshot, takeSnapshot, useSnapshots } from '../../state/snapshots-store.ts';
import { SnapshotComparison } from './snapshot-comparison.tsx';
import { SnapshotList } from './snapshot-list.tsx';

/** The named states of the project: a list, or two of them compared. */
export function SnapshotsTab(): ReactElement {
  const comparison = useSnapshots((s) => s.comparison);
  const rows = useSnapshots((s) => s.rows);
  useEffect(() => void refreshSnapshots(), []);
  if (comparison !== null && rows !== null) return <SnapshotComparison comparison={comparison} rows={rows} />;
  return (
    <div className="snapshots-tab">
      <Head />
      {rows !== null && (rows.length === 0 ? <Empty /> : <SnapshotList rows={rows} />)}
    </div>
  );
}

/** The work that runs, or a form for the next snapshot. */
function Head(): ReactElement {
  const { t } = useTranslation();
  const project = useProject((s) => s.info?.project ?? null);
  const readOnly = useProject((s) => s.info?.readOnly ?? null);
  const running = useJobs((s) => runningSnapshot(s.jobs.values(), project));
  if (readOnly !== null) return <p className="note">{readOnly.message}</p>;
  if (running === undefined) return <Take />;
  return (
    <div className="snapshot-head" role="status">
      <span className="numeric"><LoaderCircle size={14} className="spin" />{running.title}<small>{progressWords(running)}</small></span>
      <ProgressBar label={running.title} done={running.done} total={running.total} />
      <button type="button" className="button small" onClick={() => cancelJob(running.job)}>{t('dialog.cancel')}</button>
    </div>
  );
}

function Take(): ReactElement {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (name.trim() === '') return;
    try {
      await takeSnapshot(name, note);
      setName('');
      setNote('');
      setProblem(null);
    } catch (error) {
      setProblem(toProblem(error).message);
    }
  };
  return (
    <form className="snapshot-form" onSubmit={(event) => void submit(event)}>
      <label className="label">
        {t('snapshots.name')}
        <input type="text" className="field" value={name} maxLength={200} spellCheck={false} placeholder={t('snapshots.namePlaceholder')} aria-invalid={problem !== null} onChange={(e) => { setName(e.target.value); setProblem(null); }} />
      </label>
      <label className="label grow">
        {t('snapshots.note')}
        <input type="text" className="field" value={note} maxLength={10_000} placeholder={t('snapshots.notePlaceholder')} onChange={(e) => setNote(e.target.value)} />
      </label>
      <button type="submit" className="button primary" disabled={name.trim() === ''}><Camera size={14} />{t('snapshots.take')}</button>
      {problem !== null && <p className="inline-error" role="alert">{problem}</p>}
    </form>
  );
}

function Empty(): ReactElement {
  const { t } = useTranslation();
  return <div className="empty"><Camera size={24} strokeWidth={1.5} /><strong>{t('snapshots.none')}</strong><span>{t('snapshots.noneDetail')}</span></div>;
}
