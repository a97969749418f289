import { Check, LoaderCircle, RotateCcw, TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { command, runCommand } from '../commands/registry.ts';
import { formatCount, formatDuration } from '../components/format.ts';
import { keepFocus } from '../components/keep-focus.ts';
import { Key } from '../components/keys.tsx';
import { ProgressBar } from '../components/progress.tsx';
import { Tip } from '../components/tip.tsx';
import { useApp } from '../state/app-store.ts';
import { runningSearch, showUnwanted, useAutomatic } from '../state/automatic-store.ts';
import { useImage } from '../state/image-store.ts';
import { cancelJob, useJobs } from '../state/jobs-store.ts';
import { classById, useProject } from '../state/project-store.ts';
import { useUi } from '../state/ui-store.ts';
import { tipOf } from './candidate-tip.ts';
import { EverythingFilters } from './everything-filters.tsx';
import { EverythingSearch } from './everything-search.tsx';
import type { Job } from '../../src-shared/contract/types.ts';

/** Everything mode, beside the canvas and not over it: how to search, how far it is, and what of the finds is shown. */
export function EverythingPanel(): ReactElement | null {
  const tool = useUi((s) => s.tool);
  return tool === 'everything' ? <Panel /> : null;
}

function Panel(): ReactElement {
  const { t } = useTranslation();
  const found = useAutomatic((s) => s.candidates?.length ?? null);
  const passed = useAutomatic((s) => s.passed);
  const shown = useAutomatic((s) => s.shown.length);
  const onEachImage = useAutomatic((s) => s.onEachImage);
  return (
    <section className="everything" aria-labelledby="everything-title">
      <div className="panel-head">
        <h2 id="everything-title">{t('everything.title')}</h2>
        {found !== null && found > 0 && <span className="numeric" role="status" aria-live="polite">{t('everything.count', { shown: formatCount(shown), total: formatCount(found) })}</span>}
      </div>
      <Reached />
      <Content found={found} passed={passed} shown={shown} />
      <label className="everything-check"><input type="checkbox" checked={onEachImage} onMouseDown={keepFocus} onChange={(e) => useAutomatic.setState({ onEachImage: e.target.checked })} />{t('everything.onEach')}</label>
    </section>
  );
}

/** For those who go by keys and cannot see which candidate is highlighted. */
function Reached(): ReactElement {
  const { t } = useTranslation();
  const it = useAutomatic((s) => (s.reached === null || s.reached !== s.highlighted ? undefined : s.candidates?.find(({ id }) => id === s.reached)));
  return <p className="visually-hidden" role="status">{it === undefined ? '' : tipOf(t, it)}</p>;
}

function Content({ found, passed, shown }: { readonly found: number | null; readonly passed: number; readonly shown: number }): ReactElement {
  const { t } = useTranslation();
  const image = useAutomatic((s) => s.image);
  const known = useAutomatic((s) => s.known);
  const starting = useAutomatic((s) => s.starting);
  const again = useAutomatic((s) => s.again);
  const jobs = useJobs((s) => s.jobs);
  const sam = useApp((s) => s.sam);
  const readable = useImage((s) => s.open === null || s.open.pyramid !== null);
  const running = runningSearch(jobs.values(), image);
  if (image === null || !readable) return <p className="everything-note">{t('everything.noPicture')}</p>;
  if (running !== null || starting) return <Running job={running} />;
  if (found === null) {
    if (sam?.state === 'failed') return <p className="everything-note warning"><TriangleAlert size={14} />{sam.problem?.message ?? t('sam.failed')}</p>;
    return known ? <><LastFailure image={image} /><EverythingSearch /></> : <p className="everything-note"><LoaderCircle size={14} className="spin" />{t('everything.looking')}</p>;
  }
  return again ? <EverythingSearch onBack={() => useAutomatic.setState({ again: false })} /> : <Found found={found} passed={passed} shown={shown} onAgain={() => useAutomatic.setState({ again: true })} />;
}

/** Why the last search of this image ended without finds. */
function LastFailure({ image }: { readonly image: number }): ReactElement | null {
  const project = useProject((s) => s.info?.project);
  const last = useJobs((s) => [...s.jobs.values()].findLast((j) => j.kind === 'automatic' && j.project === project && j.subject === String(image)));
  return last?.state === 'failed' ? <p className="everything-note warning"><TriangleAlert size={14} />{last.message}</p> : null;
}

function Running({ job }: { readonly job: Job | null }): ReactElement {
  const { t } = useTranslation();
  const starting = job === null || job.total === null || job.done === 0;
  const project = useProject((s) => s.info?.project);
  const another = useJobs((s) => [...s.jobs.values()].some((j) => j.kind === 'automatic' && j.project === project && j.state === 'running' && j.job !== job?.job && j.done > 0));
  return (
    <div className="everything-running">
      <ProgressBar label={t('everything.searching')} done={job?.done ?? 0} total={starting ? null : (job?.total ?? null)} />
      <p className="numeric">
        <span>{starting ? t(another ? 'everything.waiting' : 'everything.beginning') : t('everything.points', { done: formatCount(job.done), total: formatCount(job.total ?? 0) })}</span>
        <span>{job?.etaMs == null || starting ? '' : t('job.left', { time: formatDuration(job.etaMs) })}</span>
      </p>
      <p className="faint">{t('everything.meanwhile')}</p>
      <button type="button" className="button small" disabled={job === null} onMouseDown={keepFocus} onClick={() => job !== null && cancelJob(job.job)}>{t('dialog.cancel')}</button>
    </div>
  );
}

function Found({ found, passed, shown, onAgain }: { readonly found: number; readonly passed: number; readonly shown: number; readonly onAgain: () => void }): ReactElement {
  const { t } = useTranslation();
  useProject((s) => s.info?.classes);
  const active = classById(useProject((s) => s.activeClass));
  const unwanted = useAutomatic((s) => (s.image === null ? 0 : (s.unwanted.get(s.image)?.size ?? 0)));
  return (
    <>
      {found === 0
        ? <p className="everything-note">{t('everything.nothing')}</p>
        : (
          <>
            <EverythingFilters />
            {passed === 0 && <p className="everything-note warning"><TriangleAlert size={14} />{t('everything.nonePass')}</p>}
            {passed > 0 && shown === 0 && <p className="everything-note"><Check size={14} />{t('everything.allTaken')}</p>}
          </>
        )}
      <div className="everything-actions">
        <button type="button" className="button primary small" disabled={shown === 0} onMouseDown={keepFocus} onClick={() => runCommand(command('everything.acceptAll'))}>
          <Check size={14} />
          <span className="ellipsis">{shown === 0 ? t('everything.acceptNone') : active === null ? t('everything.acceptAll', { count: shown, n: formatCount(shown) }) : t('everything.acceptAllAs', { count: shown, n: formatCount(shown), name: active.name })}</span>
        </button>
        <Tip text={t('everything.again')}>
          <button type="button" className="icon-button" aria-label={t('everything.again')} onMouseDown={keepFocus} onClick={onAgain}><RotateCcw size={14} /></button>
        </Tip>
      </div>
      {unwanted > 0 && <p className="everything-note">{t('everything.hidden', { count: unwanted, n: formatCount(unwanted) })}<button type="button" className="link" onMouseDown={keepFocus} onClick={showUnwanted}>{t('everything.showHidden')}</button></p>}
      {shown > 0 && (
        <ul className="everything-hints">
          <li><kbd className="kbd">{t('gesture.foregroundKey')}</kbd>{t('everything.hintClick')}</li>
          <li><kbd className="kbd">{t('gesture.strokeKey')}</kbd>{t('everything.hintStroke')}</li>
          <li><kbd className="kbd">{t('gesture.boxKey')}</kbd>{t('everything.hintBox')}</li>
          <li><kbd className="kbd">{t('gesture.putAwayKey')}</kbd>{t('everything.hintPutAway')}</li>
          <li><Key chord="Tab" />{t('everything.hintTab')}</li>
        </ul>
      )}
    </>
  );
}
