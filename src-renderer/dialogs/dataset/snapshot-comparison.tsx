import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowLeft, CircleCheck, LoaderCircle, RefreshCw, TriangleAlert } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { imageAddress } from '../../../src-shared/contract/contract.ts';
import type { DifferenceSummary, ImageDifference, InstanceDifference, SnapshotOrNow, SnapshotRow } from '../../../src-shared/contract/snapshots.ts';
import { DifferencePicture } from '../../components/difference-picture.tsx';
import { formatCount } from '../../components/format.ts';
import { moveBetweenRows } from '../../components/row-keys.ts';
import { select } from '../../state/image-store.ts';
import { useProject } from '../../state/project-store.ts';
import { goTo } from '../../state/session.ts';
import { changedImage, changedImages, compareSnapshots, leaveComparison, useSnapshots, wantCompared } from '../../state/snapshots-store.ts';
import type { ChangedImage, ShownComparison } from '../../state/snapshots-store.ts';
import { closeDialog, setTool } from '../../state/ui-store.ts';

const ROW_HEIGHT = 128;
/** Classes and pairs that a row names; the rest is counted. */
const MOST_NAMED = 4;

/** What is different between two states: in numbers, then image by image. */
export function SnapshotComparison({ comparison, rows }: { readonly comparison: ShownComparison; readonly rows: readonly SnapshotRow[] }): ReactElement {
  const { t } = useTranslation();
  const { before, after, summary, error, stale } = comparison;
  return (
    <div className="comparison">
      <div className="comparison-head">
        <button type="button" className="button small" data-autofocus onClick={leaveComparison}><ArrowLeft size={13} />{t('snapshots.back')}</button>
        <State label={t('snapshots.before')} value={before} rows={rows} onChange={(id) => void compareSnapshots(id, after)} />
        <span aria-hidden>→</span>
        <State label={t('snapshots.after')} value={after} rows={rows} onChange={(id) => void compareSnapshots(before, id)} />
        <span className="grow" />
        {stale && <button type="button" className="button small" onClick={() => void compareSnapshots(before, after)}><RefreshCw size={13} />{t('snapshots.again')}</button>}
      </div>
      {error !== null && <div className="note error" role="alert"><TriangleAlert size={16} />{error}</div>}
      {error === null && summary === null && <div className="note" role="status"><LoaderCircle size={16} className="spin" />{t('snapshots.comparing')}</div>}
      {summary !== null && <Summary summary={summary} />}
      {summary !== null && (changedImages(comparison.rows) === 0
        ? summary.classes.length === 0 && <div className="empty"><CircleCheck size={24} strokeWidth={1.5} /><strong>{t('snapshots.same')}</strong><span>{t('snapshots.sameDetail')}</span></div>
        : <Images comparison={comparison} />)}
    </div>
  );
}

/** Chooses a snapshot, or now. */
function State({ label, value, rows, onChange }: { readonly label: string; readonly value: SnapshotOrNow; readonly rows: readonly SnapshotRow[]; readonly onChange: (id: SnapshotOrNow) => void }): ReactElement {
  const { t } = useTranslation();
  return (
    <select className="field" aria-label={label} value={value ?? 'now'} onChange={(e) => onChange(e.target.value === 'now' ? null : Number(e.target.value))}>
      <option value="now">{t('snapshots.now')}</option>
      {rows.map(({ snapshot, name }) => <option key={snapshot} value={snapshot}>{name}</option>)}
    </select>
  );
}

function Summary({ summary }: { readonly summary: DifferenceSummary }): ReactElement {
  const { t } = useTranslation();
  const { instances, images, aspects, classes } = summary;
  const shapes = (['shape', 'class', 'order', 'attributes'] as const).flatMap((aspect) => (aspects[aspect] === 0 ? [] : [t(`snapshots.aspect.${aspect}`, { n: formatCount(aspects[aspect]) })]));
  return (
    <div className="comparison-summary numeric">
      <Counts title={t('snapshots.instances')} counts={instances} detail={shapes.join(', ')} />
      <Counts title={t('snapshots.images')} counts={images} detail="" />
      {classes.length > 0 && (
        <p className="ellipsis"><span className="dim">{t('snapshots.classes')}</span>{classes.map(({ change, name, was }) => (
          <span key={`${change} ${name}`} className={`change ${change}`}>{was === null ? t(`snapshots.class.${change}`, { name }) : t('snapshots.class.renamed', { was, name })}</span>
        ))}</p>
      )}
    </div>
  );
}

function Counts({ title, counts: { added, removed, changed }, detail }: { readonly title: string; readonly counts: DifferenceSummary['images']; readonly detail: string }): ReactElement {
  const { t } = useTranslation();
  const parts = ([['added', added], ['removed', removed], ['changed', changed]] as const).filter(([, n]) => n > 0);
  return (
    <p className="ellipsis">
      <span className="dim">{title}</span>
      {parts.length === 0 ? <span className="dim">{t('snapshots.sameShort')}</span> : parts.map(([change, n]) => <span key={change} className={`change ${change}`}>{t(`snapshots.counted.${change}`, { n: formatCount(n) })}</span>)}
      {detail !== '' && <small>{detail}</small>}
    </p>
  );
}

/** Only the rows in view exist, and only their pictures are fetched. */
function Images({ comparison }: { readonly comparison: ShownComparison }): ReactElement {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const count = changedImages(comparison.rows);
  const virtual = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 3 });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    void wantCompared(Array.from({ length: last - first + 1 }, (_, i) => changedImage(comparison.rows, first + i).image));
  }, [comparison, first, last]);
  return (
    <div ref={scroller} className="comparison-images" onKeyDown={moveBetweenRows}>
      <ul aria-label={t('snapshots.changedImages')} style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => <li key={index} style={{ height: ROW_HEIGHT, transform: `translateY(${start}px)` }} aria-setsize={count} aria-posinset={index + 1}><Image row={changedImage(comparison.rows, index)} /></li>)}
      </ul>
    </div>
  );
}

function Image({ row }: { readonly row: ChangedImage }): ReactElement {
  const { t } = useTranslation();
  const compared = useSnapshots((s) => s.images.get(row.image));
  const project = useProject((s) => s.info?.project);
  if (compared === undefined || project === undefined) return <div className="comparison-image" />;
  const { difference } = compared;
  const show = (): void => {
    closeDialog();
    setTool('select');
    goTo(row.image);
    select(difference.instances.flatMap(({ after }) => (after === null ? [] : [after.instance])).slice(0, 100));
  };
  const address = compared.row === null || compared.row.problem !== null ? null : imageAddress.thumbnail(project, row.image, compared.row.version);
  return (
    <button type="button" className="comparison-image" data-row title={t('snapshots.go')} onClick={show}>
      <DifferencePicture difference={difference} address={address} />
      <span className="comparison-words">
        <b className="ellipsis">{difference.path}</b>
        <span className="numeric">
          {row.came !== null && <span className={`change ${row.came}`}>{t(`snapshots.image.${row.came}`)}</span>}
          {(['added', 'removed', 'changed'] as const).map((change) => row[change] > 0 && <span key={change} className={`change ${change}`}>{t(`snapshots.counted.${change}`, { n: formatCount(row[change]) })}</span>)}
        </span>
        <Details difference={difference} />
      </span>
    </button>
  );
}

function Details({ difference: { before, after, aspects, instances } }: { readonly difference: ImageDifference }): ReactElement {
  const { t } = useTranslation();
  const ofImage = aspects.map((aspect) => {
    if (aspect === 'split') return t('snapshots.splitChange', { before: before?.split ?? t('snapshots.noSplit'), after: after?.split ?? t('snapshots.noSplit') });
    if (aspect === 'status') return t('snapshots.statusChange', { before: t(`status.${before?.status ?? 'todo'}`), after: t(`status.${after?.status ?? 'todo'}`) });
    return t(`snapshots.imageAspect.${aspect}`);
  });
  const words = wordsOf(instances, t);
  return (
    <small className="comparison-details numeric">
      {ofImage.map((words) => <span key={words}>{words}</span>)}
      {words.slice(0, MOST_NAMED).map(({ change, text }, i) => <span key={`${i} ${text}`}>{change === 'changed' ? <><i className="change-key before" /><i className="change-key after" /></> : <i className={`change-key ${change}`} />}{text}</span>)}
      {words.length > MOST_NAMED && <span>{t('snapshots.more', { n: formatCount(words.length - MOST_NAMED) })}</span>}
    </small>
  );
}

type Translate = ReturnType<typeof useTranslation>['t'];

const counted = <Change extends 'added' | 'removed'>(change: Change, names: readonly string[]): { change: Change; text: string }[] =>
  [...Map.groupBy(names, (name) => name)].map(([name, all]) => ({ change, text: all.length === 1 ? name : `${name} × ${formatCount(all.length)}` }));

/** What became of the instances: each of those that changed, then those that came or went, by class. */
function wordsOf(instances: readonly InstanceDifference[], t: Translate): { change: 'added' | 'removed' | 'changed'; text: string }[] {
  const named = (name: string | null | undefined): string => name ?? t('class.none');
  return [
    ...instances.flatMap(({ before, after, aspects, iou }) => {
      if (before === null || after === null) return [];
      const words = [
        aspects.includes('class') ? `${named(before.class)} → ${named(after.class)}` : named(after.class),
        ...(iou === null ? [] : [t('snapshots.iou', { iou: iou.toFixed(iou > 0.99 ? 3 : 2) })]),
        ...(aspects.includes('order') ? [t('snapshots.orderChange')] : []),
        ...(aspects.includes('attributes') ? [t('snapshots.attributesChange')] : []),
      ];
      return [{ change: 'changed' as const, text: words.join(' · ') }];
    }),
    ...counted('added', instances.filter(({ before }) => before === null).map(({ after }) => named(after?.class))),
    ...counted('removed', instances.filter(({ after }) => after === null).map(({ before }) => named(before?.class))),
  ];
}
