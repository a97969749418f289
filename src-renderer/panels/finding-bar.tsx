import { ArrowLeft, ArrowLeftRight, ArrowRight, CircleCheck, ListChecks, Wrench, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { CHECK_RULES } from '../../src-shared/contract/check.ts';
import type { Box } from '../../src-shared/domain/schema.ts';
import { onCanvas } from '../commands/canvas-handle.ts';
import { command, runCommand } from '../commands/registry.ts';
import { findingWords } from '../components/finding-words.ts';
import { formatCount } from '../components/format.ts';
import { keepFocus } from '../components/keep-focus.ts';
import { Tip } from '../components/tip.tsx';
import { SEVERITY_ICONS } from '../dialogs/dataset/check-rules.tsx';
import { backToList, runningCheck, showOther, useCheck } from '../state/check-store.ts';
import type { Walk } from '../state/check-store.ts';
import { useImage } from '../state/image-store.ts';
import { useJobs } from '../state/jobs-store.ts';
import { className, useProject } from '../state/project-store.ts';

/** The finding of a check that is looked at, over the canvas, with the way to the next. */
export function FindingBar(): ReactElement | null {
  const walk = useCheck((s) => s.walk);
  return walk === null ? null : <Bar walk={walk} />;
}

function Bar({ walk }: { readonly walk: Walk }): ReactElement {
  const { t } = useTranslation();
  useProject((s) => s.info?.classes);
  useLook(walk);
  const { rule, row, index, total, gone } = walk;
  const { severity, repair } = CHECK_RULES[rule];
  const Icon = gone ? CircleCheck : SEVERITY_ICONS[severity];
  return (
    <section className="finding-bar" aria-label={t('check.bar')}>
      <div className={`finding-said ${gone ? 'gone' : severity}`} role="status" aria-live="polite">
        <Icon size={15} />
        <b>{t(`check.rule.${rule}.name`)}</b>
        <span className="ellipsis">{gone ? t('check.gone') : findingWords(row)}</span>
        {row.classes.length > 0 && <span className="faint ellipsis">{row.classes.map((id) => className(id)).join(' · ')}</span>}
      </div>
      {row.other !== null && <button type="button" className="button small" onMouseDown={keepFocus} onClick={showOther}><ArrowLeftRight size={13} />{t(walk.other ? 'check.first' : 'check.other')}</button>}
      {repair && !gone && <Repair />}
      <span className="finding-step"><Step id="check.previous" /><span className="numeric faint">{total === 0 ? '' : t('check.position', { n: formatCount(Math.min(index + 1, total)), total: formatCount(total) })}</span><Step id="check.next" /></span>
      <button type="button" className="icon-button" aria-label={t('check.back')} title={t('check.back')} onMouseDown={keepFocus} onClick={backToList}><ListChecks size={15} /></button>
      <Tip text={t('check.leave')} commandId="check.leave"><button type="button" className="icon-button" aria-label={t('check.leave')} onMouseDown={keepFocus} onClick={() => runCommand(command('check.leave'))}><X size={15} /></button></Tip>
    </section>
  );
}

function Repair(): ReactElement {
  const { t } = useTranslation();
  const readOnly = useProject((s) => s.info?.readOnly !== null);
  const project = useProject((s) => s.info?.project ?? null);
  const busy = useJobs((s) => runningCheck(s.jobs.values(), project) !== undefined);
  return <Tip text={t('command.repairFinding')} commandId="check.repair"><button type="button" className="button small" disabled={readOnly || busy} onMouseDown={keepFocus} onClick={() => runCommand(command('check.repair'))}><Wrench size={13} />{t('check.repair')}</button></Tip>;
}

function Step({ id }: { readonly id: 'check.previous' | 'check.next' }): ReactElement {
  const { t } = useTranslation();
  const it = command(id);
  return (
    <Tip text={t(it.title)} commandId={id}>
      <button type="button" className="icon-button" aria-label={t(it.title)} onMouseDown={keepFocus} onClick={() => runCommand(it)}>{id === 'check.next' ? <ArrowRight size={15} /> : <ArrowLeft size={15} />}</button>
    </Tip>
  );
}

/** Brings each finding into view once as it comes up; then the view is the person's. */
function useLook({ row, other }: Walk): void {
  const painted = useImage((s) => s.painted);
  const looked = useRef<number | null>(null);
  useEffect(() => {
    if (other || row.box === null || row.image !== painted || looked.current === row.n) return;
    looked.current = row.n;
    const { box } = row;
    onCanvas((canvas) => canvas.fitBox(around(box)));
  }, [row, other, painted]);
}

/** Image pixels around the smallest thing that is shown: what it lies in should be seen too. */
const LEAST_AROUND = 24;

function around({ x, y, width, height }: Box): Box {
  const margin = Math.max(LEAST_AROUND, Math.max(width, height) / 2);
  return { x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin };
}
