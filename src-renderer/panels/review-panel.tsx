import { ArrowLeft, ArrowRight, Check, CheckCheck, LoaderCircle, Undo2 } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProposalRow } from '../../src-shared/contract/replay.ts';
import type { Box, InstanceId } from '../../src-shared/domain/schema.ts';
import { onCanvas } from '../commands/canvas-handle.ts';
import { command, runCommand } from '../commands/registry.ts';
import { formatCount, formatScore } from '../components/format.ts';
import { keepFocus } from '../components/keep-focus.ts';
import { Key } from '../components/keys.tsx';
import { Tip } from '../components/tip.tsx';
import { useImage } from '../state/image-store.ts';
import { useModels } from '../state/models-store.ts';
import { className, classById, useProject } from '../state/project-store.ts';
import { SAME_FROM, sameOf, useReplay } from '../state/replay-store.ts';
import { setTool, useUi } from '../state/ui-store.ts';
import { ProposalRows } from './proposal-rows.tsx';
import { UNLABELLED } from './scene.ts';

/** What another model makes of stored prompts, beside the canvas: the one that lies over it, and those that wait. */
export function ReviewPanel(): ReactElement | null {
  const tool = useUi((s) => s.tool);
  return tool === 'review' ? <Panel /> : null;
}

function Panel(): ReactElement {
  const { t } = useTranslation();
  const rows = useReplay((s) => s.rows);
  const total = useReplay((s) => s.total);
  const current = useReplay((s) => s.current);
  useLook();
  const row = rows.find(({ instance }) => instance === current);
  return (
    <section className="review" aria-labelledby="review-title">
      <div className="panel-head">
        <h2 id="review-title">{t('review.title')}</h2>
        {total > 0 && <div><span className="row-count numeric" role="status" aria-live="polite">{t('review.left', { count: total, n: formatCount(total) })}</span><Step id="replay.previous" /><Step id="replay.next" /></div>}
      </div>
      {row === undefined ? <Empty /> : <><Current row={row} /><Actions rows={rows} /><ProposalRows rows={rows} current={current} /></>}
    </section>
  );
}

/** All is decided. */
function Empty(): ReactElement {
  const { t } = useTranslation();
  const before = useUi((s) => s.toolBefore);
  return (
    <div className="empty">
      <CheckCheck size={20} /><strong>{t('review.none')}</strong><span>{t('review.noneDetail')}</span>
      <button type="button" className="button small" onMouseDown={keepFocus} onClick={() => setTool(before)}>{t('review.back')}</button>
    </div>
  );
}

function Current({ row }: { readonly row: ProposalRow }): ReactElement {
  const { t } = useTranslation();
  useProject((s) => s.info?.classes);
  const models = useModels((s) => s.models);
  const known = useReplay((s) => s.comparison?.instance.id === row.instance);
  const nameOf = (id: string): string => models?.find((m) => m.id === id)?.name ?? id;
  return (
    <div className="review-current" role="status" aria-live="polite">
      <p><span className="swatch" style={{ background: classById(row.class)?.colour ?? UNLABELLED }} /><b className="ellipsis">{className(row.class)}</b><span className="faint ellipsis" title={row.path}>{row.path}</span>{!known && <LoaderCircle size={13} className="spin" />}</p>
      <p className="review-agreement"><span>{t('review.agreement')}</span><b className="numeric">{formatScore(row.iou)}</b></p>
      <dl>
        <dt><i className="review-key present" />{t('review.present')}</dt><dd className="ellipsis" title={nameOf(row.present.model)}>{nameOf(row.present.model)}</dd><dd className="numeric">{formatScore(row.present.predictedIou)}</dd>
        <dt><i className="review-key proposed" style={{ background: classById(row.class)?.colour ?? 'var(--accent)' }} />{t('review.proposed')}</dt><dd className="ellipsis" title={nameOf(row.proposed.model)}>{nameOf(row.proposed.model)}</dd><dd className="numeric">{formatScore(row.proposed.predictedIou)}</dd>
      </dl>
    </div>
  );
}

function Actions({ rows }: { readonly rows: readonly ProposalRow[] }): ReactElement {
  const { t } = useTranslation();
  const readOnly = useProject((s) => s.info?.readOnly !== null);
  const same = sameOf(rows).length;
  return (
    <div className="review-actions">
      <div>
        <button type="button" className="button primary small" disabled={readOnly} onMouseDown={keepFocus} onClick={() => runCommand(command('replay.accept'))}><Check size={14} />{t('review.accept')}<Key chord="Enter" /></button>
        <button type="button" className="button small" disabled={readOnly} onMouseDown={keepFocus} onClick={() => runCommand(command('replay.keep'))}><Undo2 size={14} />{t('review.keep')}<Key chord="Delete" /></button>
      </div>
      <button type="button" className="button small" disabled={readOnly || same === 0} onMouseDown={keepFocus} onClick={() => runCommand(command('replay.acceptSame'))}>
        <CheckCheck size={14} />{same === 0 ? t('review.noneSame', { iou: formatScore(SAME_FROM) }) : t('review.acceptSame', { count: same, n: formatCount(same), iou: formatScore(SAME_FROM) })}
      </button>
    </div>
  );
}

function Step({ id }: { readonly id: 'replay.previous' | 'replay.next' }): ReactElement {
  const { t } = useTranslation();
  const it = command(id);
  return (
    <Tip text={t(it.title)} commandId={id}>
      <button type="button" className="icon-button" aria-label={t(it.title)} onMouseDown={keepFocus} onClick={() => runCommand(it)}>{id === 'replay.next' ? <ArrowRight size={15} /> : <ArrowLeft size={15} />}</button>
    </Tip>
  );
}

/** Brings each proposal into view as it comes up, with as much around it again; then the view is the person's. */
function useLook(): void {
  const comparison = useReplay((s) => s.comparison);
  const painted = useImage((s) => s.painted);
  const looked = useRef<InstanceId | null>(null);
  useEffect(() => {
    if (comparison === null || comparison.instance.image !== painted || looked.current === comparison.instance.id) return;
    looked.current = comparison.instance.id;
    onCanvas((canvas) => canvas.fitBox(around(comparison.instance.box)));
  }, [comparison, painted]);
}

const around = ({ x, y, width, height }: Box): Box => ({ x: x - width / 2, y: y - height / 2, width: width * 2, height: height * 2 });
