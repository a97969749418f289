import { CircleCheck, LoaderCircle, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { SplitPlan, SplitReport } from '../../../src-shared/contract/splits.ts';
import type { Job, ProjectInfo } from '../../../src-shared/contract/types.ts';
import { formatCount } from '../../components/format.ts';
import { call } from '../../state/backend.ts';
import { applyEdit } from '../../state/edits.ts';
import { useJobs } from '../../state/jobs-store.ts';
import { notify, notifyError } from '../../state/notices-store.ts';
import { useProject } from '../../state/project-store.ts';
import { planOf, problemOf, useSplitForm } from '../../state/split-form.ts';
import { JobReport } from '../job-report.tsx';
import { SplitByHand } from './split-by-hand.tsx';
import { SplitFormView } from './split-form-view.tsx';
import { SplitPreview } from './split-preview.tsx';

/** Divides the images among train, val, test or other parts: a form, and beside it what would come of it. */
export function SplitsTab(): ReactElement | null {
  const { t } = useTranslation();
  const info = useProject((s) => s.info);
  if (info === null) return null;
  if (info.images.total === 0) return <div className="empty"><strong>{t('splits.noImages')}</strong><span>{t('splits.noImagesDetail')}</span></div>;
  return <Splits info={info} />;
}

function Splits({ info }: { readonly info: ProjectInfo }): ReactElement {
  const { t } = useTranslation();
  const form = useSplitForm();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const comparing = useComparing(info.project, form.duplicates && info.readOnly === null);
  const wrong = problemOf(form);
  const plan = wrong === null && comparing.ready ? planOf(form) : null;
  const preview = usePreview(info.project, plan);
  const apply = async (): Promise<void> => {
    if (plan === null) return;
    setBusy(true);
    setProblem(null);
    try {
      const { report, edit } = await call('splits.apply', { project: info.project, plan, label: t('splits.undo') });
      if (edit !== null) applyEdit(info.project, edit);
      notify({ level: 'success', message: t('splits.applied', { count: report.changed, n: formatCount(report.changed) }) });
    } catch (error) {
      setProblem(toProblem(error).message);
    } finally {
      setBusy(false);
      preview.refresh();
    }
  };
  const changed = preview.report?.changed ?? 0;
  return (
    <div className="splits">
      <div className="splits-form">
        <SplitFormView form={form} />
        {wrong !== null && <p className="inline-error" role="alert">{t(`splits.${wrong}`)}</p>}
        {problem !== null && <p className="inline-error" role="alert">{problem}</p>}
        {info.readOnly !== null && <p className="note warning"><TriangleAlert size={16} />{info.readOnly.message}</p>}
        <button type="button" className="button primary" disabled={plan === null || preview.report === null || changed === 0 || busy || info.readOnly !== null} onClick={() => void apply()}>
          {changed === 0 ? t('splits.apply') : t('splits.applyTo', { count: changed, n: formatCount(changed) })}
        </button>
        <SplitByHand info={info} onDone={preview.refresh} />
      </div>
      <section className="splits-preview" aria-label={t('splits.preview')} aria-busy={preview.report === null}>
        {comparing.job !== null && <>{comparing.job.state === 'running' && <p>{t('splits.comparing')}</p>}<JobReport job={comparing.job} /></>}
        {preview.error !== null && <p className="note error" role="alert"><TriangleAlert size={16} />{preview.error}</p>}
        {preview.report !== null && changed === 0 && <p className="note ok" role="status"><CircleCheck size={16} />{t(preview.report.locked > 0 ? 'splits.allLocked' : 'splits.nothing')}</p>}
        {preview.report !== null && <SplitPreview report={preview.report} />}
        {preview.report === null && preview.error === null && comparing.job === null && wrong === null && <p className="note" role="status"><LoaderCircle size={16} className="spin" />{t('splits.working')}</p>}
      </section>
    </div>
  );
}

/** Moving a slider asks once it rests. */
const REST_MS = 250;

/** What a plan would come to; asked for again when it changes, or when the project may have. */
function usePreview(project: string, plan: SplitPlan | null): { readonly report: SplitReport | null; readonly error: string | null; refresh(): void } {
  const [state, setState] = useState<{ readonly of: string; readonly report: SplitReport | null; readonly error: string | null }>({ of: '', report: null, error: null });
  const [round, setRound] = useState(0);
  const savedAt = useProject((s) => s.info?.savedAt ?? null);
  const of = plan === null ? null : JSON.stringify({ project, plan });
  // What is asked, and when it must be asked again: after each edit, and when something else may have changed.
  const asked = of === null ? null : JSON.stringify([of, round, savedAt]);
  useEffect(() => {
    if (asked === null) return undefined;
    const [of] = JSON.parse(asked) as [string];
    let wanted = true;
    const timer = setTimeout(() => {
      call('splits.preview', JSON.parse(of) as { project: string; plan: SplitPlan }).then(
        (report) => wanted && setState({ of, report, error: null }),
        (thrown: unknown) => wanted && setState({ of, report: null, error: toProblem(thrown).message }),
      );
    }, REST_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [asked]);
  const refresh = (): void => setRound((n) => n + 1);
  // While a new answer is under way the old one of the same plan stays on show.
  return state.of === of && of !== null ? { report: state.report, error: state.error, refresh } : { report: null, error: null, refresh };
}

/**
 * Has the pictures looked at that must be, once near-duplicates are asked for. `job`: while that runs, or when something is to be
 * said about its end; what could not be looked at is then told by the preview.
 */
function useComparing(project: string, wanted: boolean): { readonly ready: boolean; readonly job: Job | null } {
  const [begun, setBegun] = useState<{ readonly job: string | null } | null>(null);
  const job = useJobs((s) => s.jobs.get(begun?.job ?? '') ?? null);
  useEffect(() => {
    if (!wanted) return undefined;
    let current = true;
    call('splits.fingerprint', { project }).then(
      (started) => current && setBegun(started),
      (error: unknown) => {
        notifyError(error);
        if (current) setBegun({ job: null });
      },
    );
    return () => {
      current = false;
      setBegun(null);
    };
  }, [project, wanted]);
  if (!wanted) return { ready: true, job: null };
  const ready = begun !== null && (begun.job === null || (job !== null && job.state !== 'running'));
  return { ready, job: job?.state === 'done' && job.problemCount === 0 ? null : job };
}
