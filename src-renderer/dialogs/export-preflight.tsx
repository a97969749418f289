import { CircleCheck, Info, LoaderCircle, TriangleAlert } from 'lucide-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { Params } from '../../src-shared/contract/contract.ts';
import type { FormatRow } from '../../src-shared/contract/datasets.ts';
import type { ExportLoss, ExportPreflight } from '../../src-shared/contract/types.ts';
import { formatCount } from '../components/format.ts';
import { call } from '../state/backend.ts';
import { select, useImage } from '../state/image-store.ts';
import { goTo } from '../state/session.ts';
import { closeDialog, setTool } from '../state/ui-store.ts';

export interface Preflight {
  readonly result: ExportPreflight | null;
  readonly error: string | null;
}

const PENDING: Preflight = { result: null, error: null };

/** What an export like this would lose; asked for again when it changes. */
export function usePreflight(request: Params<'export.preflight'>): Preflight {
  const [state, setState] = useState<Preflight & { readonly of: string }>({ of: '', ...PENDING });
  const of = JSON.stringify(request);
  useEffect(() => {
    let wanted = true;
    call('export.preflight', JSON.parse(of) as Params<'export.preflight'>).then(
      (result) => wanted && setState({ of, result, error: null }),
      (thrown: unknown) => wanted && setState({ of, result: null, error: toProblem(thrown).message }),
    );
    return () => {
      wanted = false;
    };
  }, [of]);
  return state.of === of ? state : PENDING;
}

export function ExportPreflightView({ preflight, format }: { readonly preflight: Preflight; readonly format: FormatRow }): ReactElement {
  const { t } = useTranslation();
  const { result, error } = preflight;
  if (error !== null) return <div className="note error" role="alert"><TriangleAlert size={16} />{error}</div>;
  if (result === null) return <div className="note" role="status"><LoaderCircle size={16} className="spin" />{t('preflight.checking')}</div>;
  return (
    <section aria-label={t('preflight.name')} className="job-progress">
      <div className="facts numeric">
        <div><b>{formatCount(result.images)}</b><span>{t('preflight.images', { count: result.images })}</span></div>
        <div><b>{formatCount(result.instances)}</b><span>{t('preflight.instances', { count: result.instances })}</span></div>
        <div><b>{formatCount(result.maskCount)}</b><span>{t('preflight.changed', { count: result.maskCount })}</span></div>
      </div>
      {result.unlabelled > 0 && <div className="note warning"><TriangleAlert size={16} />{t('preflight.unlabelled', { count: result.unlabelled, n: formatCount(result.unlabelled), format: format.name })}</div>}
      <Whole lines={result.whole.filter(({ cosmetic }) => !cosmetic)} warning />
      <Whole lines={result.whole.filter(({ cosmetic }) => cosmetic)} warning={false} />
      {result.lossCount === 0
        ? <div className="note ok" role="status"><CircleCheck size={16} />{t(result.instances === 0 ? 'preflight.nothing' : format.readable ? 'preflight.exact' : 'preflight.writeOnly')}</div>
        : <>
          {result.maskCount < result.lossCount && <div className="note" role="status"><Info size={16} />{t(result.maskCount === 0 ? 'preflight.pixelsKept' : 'preflight.othersKept', { count: result.lossCount - result.maskCount, n: formatCount(result.lossCount - result.maskCount) })}</div>}
          <p>{t(format.readable ? 'preflight.losses' : 'preflight.changes')}</p><Losses losses={result.losses} />
        </>}
    </section>
  );
}

/** What is lost beside instances, in one note: the list below has to stay in sight. */
function Whole({ lines, warning }: { readonly lines: ExportPreflight['whole']; readonly warning: boolean }): ReactElement | null {
  if (lines.length === 0) return null;
  return <div className={warning ? 'note warning' : 'note'}>{warning ? <TriangleAlert size={16} /> : <Info size={16} />}<span className="note-lines">{lines.map(({ text }) => <span key={text}>{text}</span>)}</span></div>;
}

const ROW_HEIGHT = 42;

function Losses({ losses }: { readonly losses: readonly ExportLoss[] }): ReactElement {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: losses.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 6 });
  return (
    <div ref={scroller} className="loss-list" role="list" aria-label={t('preflight.lossList')}>
      <div role="presentation" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const loss = losses[item.index];
          return loss === undefined ? null : (
            <div key={loss.instance} role="listitem">
              <button type="button" className="loss" style={{ transform: `translateY(${item.start}px)` }} title={t('preflight.go')} onClick={() => visit(loss)}>
                <span className="ellipsis">{loss.class ?? t('class.none')} <small>{loss.imagePath}</small></span>
                <b className="numeric">{loss.iou === 1 ? t('preflight.samePixels') : t('preflight.iou', { iou: shownIou(loss.iou) })}</b>
                <small className="ellipsis">{loss.reasons.join('; ')}</small>
              </button>
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Rounded down: only what is the same is shown as 1. */
const shownIou = (iou: number): string => (Math.floor(iou * 1000) / 1000).toFixed(3);

/** Leaves the dialog for the instance itself. */
function visit(loss: ExportLoss): void {
  closeDialog();
  setTool('select');
  goTo(loss.image);
  selectWhenThere(loss.instance, loss.image);
}

function selectWhenThere(instance: number, image: number): void {
  const there = (): boolean => useImage.getState().instances.some((i) => i.id === instance);
  if (there()) {
    select([instance]);
    return;
  }
  const stop = useImage.subscribe((state) => {
    if (state.current !== image) stop();
    else if (there()) {
      stop();
      select([instance]);
    }
  });
}
