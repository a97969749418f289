import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProposalRow } from '../../src-shared/contract/replay.ts';
import type { InstanceId } from '../../src-shared/domain/schema.ts';
import { formatScore } from '../components/format.ts';
import { keepFocus } from '../components/keep-focus.ts';
import { moveBetweenRows } from '../components/row-keys.ts';
import { className, classById, useProject } from '../state/project-store.ts';
import { goToProposal } from '../state/replay-store.ts';
import { UNLABELLED } from './scene.ts';

const ROW_HEIGHT = 28;

/** The proposals that wait, worst agreement first; only those in view are drawn. */
export function ProposalRows({ rows, current }: { readonly rows: readonly ProposalRow[]; readonly current: InstanceId | null }): ReactElement {
  const { t } = useTranslation();
  useProject((s) => s.info?.classes);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 8 });
  const at = rows.findIndex(({ instance }) => instance === current);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [at, virtual]);
  return (
    <div ref={scroller} className="proposal-list" onKeyDown={moveBetweenRows}>
      <ul aria-label={t('review.list')} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const name = className(row.class);
          const on = row.instance === current;
          return (
            <li key={row.instance} className="row proposal-row" style={{ transform: `translateY(${item.start}px)` }} {...(on ? { 'data-on': '' } : {})}>
              <button type="button" className="row-main" data-row aria-pressed={on} aria-label={t('review.row', { name, path: row.path, iou: row.iou.toFixed(2) })} onMouseDown={keepFocus} onClick={() => goToProposal(row.instance)}>
                <span className="swatch" style={{ background: classById(row.class)?.colour ?? UNLABELLED }} /><span className="ellipsis">{name}</span><span className="ellipsis faint">{row.path}</span>
              </button>
              <span className="numeric">{formatScore(row.iou)}</span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
