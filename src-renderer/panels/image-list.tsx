import { ImageOff, Image as ImageIcon } from 'lucide-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef, useState } from 'react';
import type { KeyboardEvent, MouseEvent, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { imageAddress } from '../../src-shared/contract/contract.ts';
import type { ImageRow } from '../../src-shared/contract/types.ts';
import { focusCanvas } from '../commands/canvas-handle.ts';
import { formatCount } from '../components/format.ts';
import { keepFocus } from '../components/keep-focus.ts';
import { StatusIcon } from '../components/status-icon.tsx';
import { useImage } from '../state/image-store.ts';
import { useList, wantRows } from '../state/list-store.ts';
import type { PreparedState } from '../state/list-store.ts';
import { mark } from '../state/marks.ts';
import { useProject } from '../state/project-store.ts';
import { goTo } from '../state/session.ts';
import { useUi } from '../state/ui-store.ts';

const ROW_HEIGHT = 54;
const OVERSCAN = 8;

/** The images that pass the filter. Only the rows in view exist, and only their data is fetched. */
export function ImageList(): ReactElement {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const ids = useList((s) => s.ids);
  const current = useImage((s) => s.current);
  const count = ids?.length ?? 0;
  const virtual = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: OVERSCAN, getItemKey: (i) => ids?.[i] ?? i });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;
  const index = current === null || ids === null ? -1 : ids.indexOf(current);

  const scrolledTo = useRef<number | null>(null);

  useEffect(() => {
    if (ids !== null) wantRows(ids.subarray(first, last + 1));
  }, [ids, first, last]);
  useEffect(() => {
    // Only a change of image moves the list; scrolling away from it is a person's right.
    if (index < 0 || scrolledTo.current === current) return;
    scrolledTo.current = current;
    virtual.scrollToIndex(index, { align: 'auto' });
  }, [current, index, virtual]);
  useFirstPaintMark(ids, first);

  const keys = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.preventDefault();
      focusCanvas();
      return;
    }
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW_HEIGHT) / ROW_HEIGHT) - 1);
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, PageDown: index + page, PageUp: index - page, Home: 0, End: count - 1 }[event.key];
    if (to === undefined || ids === null || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const image = ids[Math.max(0, Math.min(count - 1, to))];
    if (image !== undefined) goTo(image);
  };

  return (
    <div
      ref={scroller} className="image-list" role="listbox" tabIndex={0} aria-label={t('images.list')} onMouseDown={keepArrowKeys}
      {...(index >= first && index <= last ? { 'aria-activedescendant': `image-${current}` } : {})} onKeyDown={keys}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const id = ids?.[item.index];
          return id === undefined ? null : <Row key={id} id={id} index={item.index} count={count} top={item.start} selected={id === current} />;
        })}
      </div>
    </div>
  );
}

/** A click in the list leaves the arrow keys to the crosshair while Smart point is in hand; with other tools they then go through the list. */
function keepArrowKeys(event: MouseEvent): void {
  if (useUi.getState().tool === 'smart-point') keepFocus(event);
}

/** Says when the first rows with names are on screen; the picture follows by itself. */
function useFirstPaintMark(ids: Uint32Array | null, first: number): void {
  const ready = useList((s) => ids !== null && (ids.length === 0 || s.rows.has(ids[first] ?? 0)));
  const said = useRef(false);
  useEffect(() => {
    if (!ready || said.current) return;
    said.current = true;
    requestAnimationFrame(() => mark('first-useful-paint'));
  }, [ready]);
}

const Row = memo(function Row({ id, index, count, top, selected }: { readonly id: number; readonly index: number; readonly count: number; readonly top: number; readonly selected: boolean }): ReactElement {
  const { t } = useTranslation();
  const row = useList((s) => s.rows.get(id));
  const prepared = useList((s) => s.prepared.get(id));
  const project = useProject((s) => s.info?.project);
  const detail = row === undefined ? '' : detailOf(row, prepared, t);
  return (
    <div
      id={`image-${id}`} role="option" aria-selected={selected} aria-setsize={count} aria-posinset={index + 1} className="image-row" style={{ transform: `translateY(${top}px)` }}
      aria-label={row === undefined ? t('images.loading') : [row.name, detail, t(`status.${row.status}`), ...(row.split === null ? [] : [t('splits.mark', { name: row.split })])].join(', ')} title={row?.path} onClick={() => goTo(id)}
    >
      <div className="thumbnail">
        {row?.problem != null ? <ImageOff size={16} /> : <ImageIcon size={16} />}
        {row !== undefined && row.problem === null && project !== undefined && <Thumbnail key={row.version} address={imageAddress.thumbnail(project, id, row.version)} />}
      </div>
      <div className="grow">
        <p className="ellipsis">{row?.name}</p>
        <div className="with-split">
          <small className={row?.problem != null ? 'problem ellipsis' : 'ellipsis'} title={row?.problem?.message}>{detail}</small>
          {row !== undefined && row.split !== null && <span className="split-mark ellipsis" title={t('splits.mark', { name: row.split })}>{row.split}</span>}
        </div>
      </div>
      {row !== undefined && <StatusIcon status={row.status} />}
    </div>
  );
});

type Translate = ReturnType<typeof useTranslation>['t'];

function detailOf(row: ImageRow, prepared: PreparedState | undefined, t: Translate): string {
  if (row.problem !== null) return t(`problem.${row.problem.code}`, { defaultValue: row.problem.message });
  if (row.instances > 0) return t('images.instances', { count: row.instances, n: formatCount(row.instances) });
  if (prepared === 'preparing') return t('images.preparing');
  return prepared === 'ready' ? t('images.ready') : t('images.noInstances');
}

/** A thumbnail that shows nothing rather than a broken picture. */
function Thumbnail({ address }: { readonly address: string }): ReactElement | null {
  const [failed, setFailed] = useState(false);
  return failed ? null : <img src={address} alt="" draggable={false} decoding="async" onError={() => setFailed(true)} />;
}
