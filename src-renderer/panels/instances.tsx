import { Eye, EyeOff, GitCompareArrows, Trash2 } from 'lucide-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef } from 'react';
import type { KeyboardEvent, MouseEvent, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Instance, InstanceId } from '../../src-shared/domain/schema.ts';
import { command, runCommand } from '../commands/registry.ts';
import { formatCount } from '../components/format.ts';
import { keepFocus } from '../components/keep-focus.ts';
import { moveBetweenRows } from '../components/row-keys.ts';
import { SourceBadge } from '../components/source-badge.tsx';
import { Tip } from '../components/tip.tsx';
import { hover, select, toggleHidden, toggleSelected, useImage } from '../state/image-store.ts';
import { removeInstances } from '../state/objects.ts';
import { classById, useProject } from '../state/project-store.ts';
import { UNLABELLED } from './scene.ts';

const ROW_HEIGHT = 30;

export function Instances(): ReactElement {
  const { t } = useTranslation();
  const instances = useImage((s) => s.instances);
  const current = useImage((s) => s.current);
  const allHidden = useImage((s) => s.instances.length > 0 && s.instances.every((i) => s.hidden.has(i.id)));
  const byArea = useMemo(() => instances.toSorted((a, b) => b.area - a.area), [instances]);
  const replayable = useImage((s) => s.instances.some((i) => s.selection.has(i.id) && i.provenance.sam !== null && !i.provenance.touched));
  const label = t(allHidden ? 'instance.showAll' : 'instance.hideAll');
  return (
    <section className="instances" aria-labelledby="instances-title">
      <div className="panel-head">
        <h2 id="instances-title">{t('instance.title')}</h2>
        {instances.length > 0 && (
          <div>
            <span className="row-count numeric">{t('instance.byArea', { count: instances.length, n: formatCount(instances.length) })}&ensp;</span>
            {replayable && (
              <Tip text={t('command.replay')}>
                <button type="button" className="icon-button" aria-label={t('command.replay')} onClick={() => runCommand(command('replay.start'))}><GitCompareArrows size={15} /></button>
              </Tip>
            )}
            <Tip text={label} commandId="object.toggleHidden">
              <button type="button" className="icon-button" aria-label={label} onClick={() => toggleHidden(instances.map((i) => i.id))}>{allHidden ? <EyeOff size={15} /> : <Eye size={15} />}</button>
            </Tip>
          </div>
        )}
      </div>
      {instances.length === 0 ? current !== null && <div className="empty"><strong>{t('instance.none')}</strong><span>{t('instance.noneDetail')}</span></div> : <InstanceRows instances={byArea} />}
    </section>
  );
}

function InstanceRows({ instances }: { readonly instances: readonly Instance[] }): ReactElement {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const selection = useImage((s) => s.selection);
  const hidden = useImage((s) => s.hidden);
  const hovered = useImage((s) => s.hovered);
  const readOnly = useProject((s) => s.info?.readOnly !== null);
  const virtual = useVirtualizer({ count: instances.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 10 });
  /** Where a range that Shift extends begins. */
  const anchor = useRef<InstanceId | null>(null);
  const scrolledTo = useRef<ReadonlySet<InstanceId> | null>(null);
  useEffect(() => {
    // What was picked on the canvas comes into view; scrolling away from it stays possible.
    if (scrolledTo.current === selection) return;
    scrolledTo.current = selection;
    const only = selection.size === 1 ? [...selection][0] : undefined;
    const at = instances.findIndex((i) => i.id === only);
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [selection, instances, virtual]);

  const pick = (id: InstanceId, event: MouseEvent | KeyboardEvent): void => {
    const from = instances.findIndex((i) => i.id === anchor.current);
    const to = instances.findIndex((i) => i.id === id);
    if (event.shiftKey && from >= 0) select(instances.slice(Math.min(from, to), Math.max(from, to) + 1).map((i) => i.id));
    else {
      if (event.ctrlKey || event.metaKey) toggleSelected(id);
      else select([id]);
      anchor.current = id;
    }
  };
  return (
    <div ref={scroller} className="instance-list" onKeyDown={moveBetweenRows} onPointerLeave={() => hover(null)}>
      <ul aria-labelledby="instances-title" aria-label={t('instance.title')} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const instance = instances[item.index];
          return instance === undefined ? null : (
            <Row key={instance.id} it={instance} top={item.start} selected={selection.has(instance.id)} hidden={hidden.has(instance.id)} hovered={hovered === instance.id} readOnly={readOnly} onPick={pick} />
          );
        })}
      </ul>
    </div>
  );
}

interface RowProps {
  readonly it: Instance;
  readonly top: number;
  readonly selected: boolean;
  readonly hidden: boolean;
  readonly hovered: boolean;
  readonly readOnly: boolean;
  readonly onPick: (id: InstanceId, event: MouseEvent) => void;
}

const Row = memo(function Row({ it, top, selected, hidden, hovered, readOnly, onPick }: RowProps): ReactElement {
  const { t } = useTranslation();
  useProject((s) => s.info?.classes);
  const found = classById(it.class);
  const name = found?.name ?? t('class.none');
  const flags = { ...(selected ? { 'data-on': '' } : {}), ...(hidden ? { 'data-hidden': '' } : {}), ...(hovered ? { 'data-hovered': '' } : {}) };
  const eye = t(hidden ? 'instance.show' : 'instance.hide', { name });
  const area = formatCount(Math.round(it.area));
  return (
    <li className="row instance-row" style={{ transform: `translateY(${top}px)` }} {...flags} onPointerEnter={() => hover(it.id)}>
      <button type="button" className="row-main" data-row aria-pressed={selected} aria-label={t('instance.row', { name, area })} onMouseDown={keepFocus} onClick={(e) => onPick(it.id, e)}>
        <span className="swatch" style={{ background: found?.colour ?? UNLABELLED }} /><span className="ellipsis">{name}</span><SourceBadge provenance={it.provenance} />
      </button>
      <span className="area numeric">{t('instance.area', { area })}</span>
      <span className="instance-actions">
        <button type="button" className="icon-button" aria-label={eye} title={eye} aria-pressed={hidden} onMouseDown={keepFocus} onClick={() => toggleHidden([it.id])}>{hidden ? <EyeOff size={14} /> : <Eye size={14} />}</button>
        {!readOnly && <button type="button" className="icon-button" aria-label={t('instance.delete', { name })} title={t('instance.delete', { name })} onMouseDown={keepFocus} onClick={() => void removeInstances([it.id])}><Trash2 size={14} /></button>}
      </span>
    </li>
  );
});
