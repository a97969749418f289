import { useVirtualizer } from '@tanstack/react-virtual';
import { CircleCheck, CircleOff, RefreshCw, Wrench } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { CHECK_RULES } from '../../../src-shared/contract/check.ts';
import type { RuleId } from '../../../src-shared/contract/check.ts';
import { formatCount } from '../../components/format.ts';
import { moveBetweenRows } from '../../components/row-keys.ts';
import { repair, runningCheck, setFindingsFilter, setThreshold, startWalk, useCheck } from '../../state/check-store.ts';
import { useFindings } from '../../state/findings.ts';
import { useJobs } from '../../state/jobs-store.ts';
import { useProject } from '../../state/project-store.ts';
import { FindingRowView } from './finding-row.tsx';

const ROW_HEIGHT = 56;

/** One rule: what it means, its thresholds, and what was found, each leading to its place. */
export function CheckFindings({ rule, total, listed, state }: { readonly rule: RuleId; readonly total: number; readonly listed: number; readonly state: 'looked' | 'new' | 'off' }): ReactElement {
  const { t } = useTranslation();
  return (
    <>
      <div className="check-about">
        <div className="grow"><strong>{t(`check.rule.${rule}.name`)}</strong><p>{t(`check.rule.${rule}.detail`)}</p></div>
        {CHECK_RULES[rule].repair && total > 0 && <RepairAll rule={rule} total={total} />}
      </div>
      {state !== 'off' && <Thresholds rule={rule} />}
      {state === 'off' && <div className="empty"><CircleOff size={22} strokeWidth={1.5} /><strong>{t('check.ruleOff')}</strong><span>{t('check.ruleOffDetail')}</span></div>}
      {state === 'new' && <div className="empty"><RefreshCw size={22} strokeWidth={1.5} /><strong>{t('check.ruleNew')}</strong><span>{t('check.ruleNewDetail')}</span></div>}
      {state === 'looked' && (total === 0 ? <div className="empty"><CircleCheck size={22} strokeWidth={1.5} className="check-ok" /><strong>{t('check.ruleClean')}</strong></div> : <List rule={rule} total={total} listed={listed} />)}
    </>
  );
}

function RepairAll({ rule, total }: { readonly rule: RuleId; readonly total: number }): ReactElement {
  const { t } = useTranslation();
  const project = useProject((s) => s.info?.project ?? null);
  const readOnly = useProject((s) => s.info?.readOnly !== null);
  const busy = useJobs((s) => runningCheck(s.jobs.values(), project) !== undefined);
  return <button type="button" className="button small" disabled={readOnly || busy} onClick={() => void repair(rule, null)}><Wrench size={13} />{t('check.repairAll', { count: total, n: formatCount(total) })}</button>;
}

function Thresholds({ rule }: { readonly rule: RuleId }): ReactElement | null {
  const { t } = useTranslation();
  const given = useCheck((s) => s.options[rule]);
  const thresholds = Object.entries(CHECK_RULES[rule].thresholds);
  if (thresholds.length === 0 || given === undefined) return null;
  return (
    <div className="check-thresholds">
      {thresholds.map(([name, { least, most, default: own, unit }]) => (
        <label key={name} className="label">
          {t(`check.rule.${rule}.${name}`)}
          <input className="field numeric" type="number" min={least} max={most} step={unit === 'share' ? 0.05 : 1} defaultValue={given[name] ?? own} onChange={(event) => setThreshold(rule, name, event.target.valueAsNumber)} />
        </label>
      ))}
    </div>
  );
}

function List({ rule, total, listed }: { readonly rule: RuleId; readonly total: number; readonly listed: number }): ReactElement {
  const { t } = useTranslation();
  const text = useCheck((s) => s.text);
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, matching, error, want, retry } = useFindings(rule, text);
  const virtual = useVirtualizer({ count: matching ?? 0, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 6 });
  const shown = virtual.getVirtualItems();
  useEffect(() => want(shown[0]?.index ?? 0, shown.at(-1)?.index ?? 0));
  return (
    <>
      <input className="field" type="search" value={text} placeholder={t('check.filter')} aria-label={t('check.filter')} spellCheck={false} onChange={(event) => setFindingsFilter(event.target.value)} />
      {error !== null && <div className="note error" role="alert"><span className="grow">{error}</span><button type="button" className="button small" onClick={retry}>{t('check.retry')}</button></div>}
      {listed < total && <p className="faint">{t('check.listed', { n: formatCount(listed), total: formatCount(total) })}</p>}
      {matching === 0 && <div className="empty"><strong>{t('check.noMatch', { text })}</strong></div>}
      <div ref={scroller} className="finding-list" onKeyDown={moveBetweenRows}>
        <ul aria-label={t('check.list')} style={{ height: virtual.getTotalSize() }}>
          {shown.map((item) => <li key={item.index} style={{ transform: `translateY(${item.start}px)` }}><FindingRowView row={rows.get(item.index) ?? null} onGo={() => void startWalk(rule, text, item.index)} /></li>)}
        </ul>
      </div>
    </>
  );
}
