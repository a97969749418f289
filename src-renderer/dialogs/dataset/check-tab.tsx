import { CircleCheck, ListChecks, LoaderCircle, RefreshCw, TriangleAlert } from 'lucide-react';
import { useEffect } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { CheckResults, RuleId } from '../../../src-shared/contract/check.ts';
import { formatAgo, formatCount } from '../../components/format.ts';
import { progressWords } from '../../components/model-words.ts';
import { ProgressBar } from '../../components/progress.tsx';
import { refreshCheck, runningCheck, startCheck, useCheck } from '../../state/check-store.ts';
import { cancelJob, useJobs } from '../../state/jobs-store.ts';
import { useProject } from '../../state/project-store.ts';
import { CheckFindings } from './check-findings.tsx';
import { CheckRules } from './check-rules.tsx';

/** What is wrong with the data set: the rules, and what the last check found by each. */
export function CheckTab(): ReactElement {
  const results = useCheck((s) => s.results);
  const loaded = useCheck((s) => s.loaded);
  const rule = useCheck((s) => s.rule);
  useEffect(() => void refreshCheck(), []);
  return (
    <div className="check-tab">
      <Head results={results} />
      <div className="check-columns">
        <CheckRules results={results} rule={rule} />
        <section className="check-side">{loaded && <Side results={results} rule={rule} />}</section>
      </div>
    </div>
  );
}

/** The check that runs, or what the last one looked at. */
function Head({ results }: { readonly results: CheckResults | null }): ReactElement {
  const { t } = useTranslation();
  const project = useProject((s) => s.info?.project ?? null);
  const running = useJobs((s) => runningCheck(s.jobs.values(), project));
  const none = useCheck((s) => Object.keys(s.options).length === 0);
  if (running !== undefined) {
    return (
      <div className="check-head" role="status">
        <span className="numeric"><LoaderCircle size={14} className="spin" />{running.title}<small>{progressWords(running)}</small></span>
        <ProgressBar label={running.title} done={running.done} total={running.total} />
        <button type="button" className="button small" onClick={() => cancelJob(running.job)}>{t('dialog.cancel')}</button>
      </div>
    );
  }
  return (
    <>
      <div className="check-head">
        <span className="numeric grow ellipsis">{results === null ? '' : t('check.checkedAt', { ago: formatAgo(results.at), images: formatCount(results.images), instances: formatCount(results.instances) })}{results?.stale === true && <em>{t('check.stale')}</em>}</span>
        <button type="button" className="button primary small" disabled={none} data-autofocus onClick={() => void startCheck()}><RefreshCw size={13} />{t(results === null ? 'check.start' : 'check.again')}</button>
      </div>
      {results !== null && results.notLookedAtCount > 0 && <NotLookedAt results={results} />}
    </>
  );
}

function NotLookedAt({ results: { notLookedAt, notLookedAtCount } }: { readonly results: CheckResults }): ReactElement {
  const { t } = useTranslation();
  const [first] = notLookedAt;
  return (
    <div className="note warning" title={notLookedAt.map(({ item, why }) => `${item}: ${why}`).join('\n')}>
      <TriangleAlert size={16} />{t('check.notLookedAt', { count: notLookedAtCount, n: formatCount(notLookedAtCount), first: first === undefined ? '' : `${first.item}: ${first.why}` })}
    </div>
  );
}

function Side({ results, rule }: { readonly results: CheckResults | null; readonly rule: RuleId | null }): ReactElement {
  const { t } = useTranslation();
  const on = useCheck((s) => rule !== null && s.options[rule] !== undefined);
  if (results === null) return <div className="empty"><ListChecks size={24} strokeWidth={1.5} /><strong>{t('check.notYet')}</strong><span>{t('check.notYetDetail')}</span></div>;
  const found = results.rules.find((one) => one.rule === rule);
  if (rule === null || (found === undefined && on && results.rules.length === 0)) {
    return <div className="empty"><CircleCheck size={24} strokeWidth={1.5} className="check-ok" /><strong>{t('check.clean')}</strong><span>{t('check.cleanDetail', { instances: formatCount(results.instances), images: formatCount(results.images) })}</span></div>;
  }
  return <CheckFindings key={rule} rule={rule} total={found?.total ?? 0} listed={found?.listed ?? 0} state={found !== undefined ? 'looked' : on ? 'new' : 'off'} />;
}
