import { Download, LoaderCircle, RefreshCw, TriangleAlert } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Statistics } from '../../../src-shared/contract/statistics.ts';
import type { ImageFilter } from '../../../src-shared/contract/types.ts';
import { statisticsCsv, statisticsReport } from '../../../src-shared/statistics/report.ts';
import { viewOf } from '../../../src-shared/statistics/view.ts';
import type { StatisticsView, Wanted } from '../../../src-shared/statistics/view.ts';
import { formatCount } from '../../components/format.ts';
import { saveText } from '../../components/save-text.ts';
import { ProgressBar } from '../../components/progress.tsx';
import { Segments } from '../../components/segments.tsx';
import { idsOf, showOnly, useList } from '../../state/list-store.ts';
import { useImage } from '../../state/image-store.ts';
import { notifyError } from '../../state/notices-store.ts';
import { className, useProject } from '../../state/project-store.ts';
import { goTo } from '../../state/session.ts';
import { cancelStatistics, computeStatistics, isStaleForLong, lookAt, openStatistics, useStatistics } from '../../state/statistics-store.ts';
import { closeDialog } from '../../state/ui-store.ts';
import { StatisticsClasses } from './statistics-classes.tsx';
import { ImagePlots } from './statistics-images.tsx';
import { InstancePlots } from './statistics-plots.tsx';
import { formatPercent, formatShort, splitName } from './statistics-words.ts';

const SETTLED_MS = 400;

/** What is in the project, counted and plotted; by split and class. */
export function StatisticsTab(): ReactElement {
  const { t } = useTranslation();
  const statistics = useStatistics((s) => s.statistics);
  const progress = useStatistics((s) => s.progress);
  const problem = useStatistics((s) => s.problem);
  const stale = useStatistics((s) => s.stale);
  const staleForLong = useStatistics(isStaleForLong);
  const counting = progress !== null;
  useEffect(() => {
    if (counting) return undefined;
    // Changes come in rows.
    const timer = setTimeout(openStatistics, stale ? SETTLED_MS : 0);
    return () => clearTimeout(timer);
  }, [stale, counting]);
  const again = <button type="button" className="button small" onClick={() => void computeStatistics()}><RefreshCw size={13} />{t('statistics.again')}</button>;
  return (
    <>
      {problem !== null && <div className={problem.code === 'cancelled' ? 'note' : 'note error'} role="alert"><TriangleAlert size={16} /><span className="note-text">{problem.code === 'cancelled' ? t('statistics.cancelled') : problem.message}</span>{again}</div>}
      {progress !== null && <Counting {...progress} quiet={statistics !== null} />}
      {problem === null && staleForLong && <div className="note"><TriangleAlert size={16} /><span className="note-text">{t('statistics.stale')}</span>{again}</div>}
      {statistics !== null && (statistics.splits.length === 0 ? <div className="empty"><strong>{t('statistics.nothing')}</strong><span>{t('statistics.nothingDetail')}</span></div> : <Counted statistics={statistics} />)}
    </>
  );
}

/** A count that is over in a moment shows nothing but its result. */
const SHOWN_AFTER_MS = 250;

function Counting({ done, total, quiet }: { readonly done: number; readonly total: number | null; readonly quiet: boolean }): ReactElement | null {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!shown) return quiet ? null : <div className="note" role="status"><LoaderCircle size={16} className="spin" />{t('statistics.counting')}</div>;
  return (
    <div className="stat-progress">
      <span className="numeric">{total === null ? t('statistics.counting') : t('statistics.countingOf', { done: formatCount(done), total: formatCount(total) })}</span>
      <ProgressBar label={t('statistics.counting')} done={done} total={total} />
      <button type="button" className="button small" onClick={cancelStatistics}>{t('dialog.cancel')}</button>
    </div>
  );
}

/** Leaves the dialog for the images that pass the filter. */
async function show(filter: Partial<ImageFilter>): Promise<void> {
  closeDialog();
  showOnly(filter);
  try {
    const ids = await idsOf(useList.getState().filter);
    const { current } = useImage.getState();
    const [first] = ids;
    if (first !== undefined && (current === null || !ids.includes(current))) goTo(first);
  } catch (error) {
    notifyError(error);
  }
}

const ofSplit = ({ split }: Wanted): Partial<ImageFilter> => (split === undefined ? {} : { split: { name: split } });

function Counted({ statistics }: { readonly statistics: Statistics }): ReactElement {
  const { t } = useTranslation();
  const name = useProject((s) => s.info?.name ?? '');
  const wanted = useStatistics((s) => s.wanted);
  const [form, setForm] = useState<'plots' | 'numbers'>('plots');
  const view = useMemo(() => viewOf(statistics, wanted), [statistics, wanted]);
  const { splits, problemCount, problems } = statistics;
  return (
    <>
      <div className="stat-tools">
        {splits.length > 1 && <SplitChoice splits={splits} wanted={wanted} />}
        <span className="spring" />
        <Segments label={t('statistics.form')} value={form} onChange={setForm} choices={[{ value: 'plots', title: t('statistics.plots'), name: t('statistics.plots') }, { value: 'numbers', title: t('statistics.numbers'), name: t('statistics.numbersDetail') }]} />
        <button type="button" className="button small" onClick={() => saveText(`${name}-statistics.csv`, 'text/csv', statisticsCsv(statistics))}><Download size={13} />{t('statistics.csv')}</button>
        <button type="button" className="button small" onClick={() => saveText(`${name}-statistics.json`, 'application/json', JSON.stringify(statisticsReport(statistics)))}><Download size={13} />{t('statistics.json')}</button>
      </div>
      {problemCount > 0 && <div className="note warning"><TriangleAlert size={16} />{t('statistics.problems', { count: problemCount, n: formatCount(problemCount), first: problems[0]?.message ?? '' })}</div>}
      <Facts view={view} ofClass={wanted.class === undefined ? null : className(wanted.class)} classes={statistics.classes.length} />
      <div className="stat-columns">
        <StatisticsClasses statistics={statistics} wanted={wanted} numbers={form === 'numbers'} onLook={(id) => lookAt({ class: id })} onShow={(id) => void show({ instances: { class: id }, ...ofSplit(wanted) })} />
        <div className="plots">
          <InstancePlots view={view} numbers={form === 'numbers'} />
          <ImagePlots statistics={statistics} view={view} wanted={wanted} numbers={form === 'numbers'} onShow={(filter) => void show({ ...filter, ...ofSplit(wanted) })} />
        </div>
      </div>
    </>
  );
}

/** More of them than this do not stand side by side. */
const MOST_SIDE_BY_SIDE = 6;

function SplitChoice({ splits, wanted }: { readonly splits: Statistics['splits']; readonly wanted: Wanted }): ReactElement {
  const { t } = useTranslation();
  // Names may be anything, so choices are told apart by their place.
  const value = wanted.split === undefined ? 'all' : String(splits.findIndex(({ split }) => split === wanted.split));
  const choose = (next: string): void => lookAt({ split: next === 'all' ? undefined : splits[Number(next)]?.split });
  const all = { value: 'all', title: t('statistics.allSplits'), name: t('statistics.allSplits') };
  const choices = splits.map(({ split, images }, i) => ({ value: String(i), title: splitName(split), name: t('statistics.splitImages', { split: splitName(split), n: formatCount(images.total) }), detail: formatCount(images.total) }));
  if (splits.length <= MOST_SIDE_BY_SIDE) return <Segments label={t('statistics.split')} value={value} onChange={choose} choices={[all, ...choices]} />;
  return <select className="field" aria-label={t('statistics.split')} value={value} onChange={(e) => choose(e.target.value)}>{[all, ...choices].map((choice) => <option key={choice.value} value={choice.value}>{choice.name}</option>)}</select>;
}

const fact = (value: string, words: string, title?: string): ReactElement => <div title={title}><b>{value}</b><span>{words}</span></div>;

function Facts({ view, ofClass, classes }: { readonly view: StatisticsView; readonly ofClass: string | null; readonly classes: number }): ReactElement {
  const { t } = useTranslation();
  const { images, imagesWith, instances, area, pixels } = view;
  return (
    <div className="facts numeric">
      {fact(formatCount(instances), ofClass === null ? t('statistics.instances', { count: instances }) : t('statistics.instancesOf', { count: instances, name: ofClass }))}
      {fact(formatCount(imagesWith), t('statistics.imagesWith', { count: images.total, total: formatCount(images.total) }), t('statistics.imagesWithDetail'))}
      {fact(imagesWith === 0 ? '–' : (instances / imagesWith).toFixed(1), t('statistics.mean'))}
      {fact(instances === 0 ? '–' : formatShort(area / instances), t('statistics.meanArea'), instances === 0 ? undefined : t('statistics.pixels', { n: formatCount(Math.round(area / instances)) }))}
      {fact(pixels === 0 ? '–' : formatPercent(area / pixels), t('statistics.labelled'), t('statistics.labelledDetail'))}
      {ofClass === null && fact(formatCount(classes), t('statistics.classes', { count: classes }))}
    </div>
  );
}
