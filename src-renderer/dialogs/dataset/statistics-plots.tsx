import { t } from 'i18next';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { COCO_LARGE, COCO_MEDIUM, COVERAGE_SIDE, EDGES, JOINT_SIDE, KINDS, ORIGINS, sectionOf } from '../../../src-shared/statistics/layout.ts';
import type { Histogram as HistogramName } from '../../../src-shared/statistics/layout.ts';
import { cocoSizes } from '../../../src-shared/statistics/view.ts';
import type { StatisticsView } from '../../../src-shared/statistics/view.ts';
import { formatCount } from '../../components/format.ts';
import { BarList } from '../../plots/bar-list.tsx';
import { HeatMap } from '../../plots/heat-map.tsx';
import { Histogram } from '../../plots/histogram.tsx';
import type { Zones } from '../../plots/histogram.tsx';
import { binName, formatPercent, ofWholeNumbers, tickName } from './statistics-words.ts';

/** The plots about the instances that are looked at. */
export function InstancePlots({ view, numbers }: { readonly view: StatisticsView; readonly numbers: boolean }): ReactElement {
  const { t } = useTranslation();
  const { counts, coverage } = view;
  if (counts === null || coverage === null) return <p className="plot-rest">{t('statistics.notKept')}</p>;
  const cell = (at: number, side: number): string => t('statistics.cell', { from: Math.round((100 * at) / side), to: Math.round((100 * (at + 1)) / side) });
  const place = (words: 'place' | 'boxPlace', side: number) => (x: number, y: number): string => t(`statistics.${words}`, { x: cell(x, side), y: cell(y, side) });
  return (
    <>
      <Bins view={view} counts={counts} histogram="area" numbers={numbers} zones={cocoZones(counts)} note={t('statistics.areaNote')} />
      <HeatMap
        title={t('statistics.coverage')} note={t('statistics.coverageNote')} values={coverage} columns={COVERAGE_SIDE} numbers={numbers} nameOf={place('place', COVERAGE_SIDE)} format={formatPercent}
        xAxis={t('statistics.left')} yAxis={t('statistics.top')} summary={(at, value) => t('statistics.coverageMost', { at, value })}
      />
      <Bins view={view} counts={counts} histogram="perImage" numbers={numbers} />
      <HeatMap
        title={t('statistics.joint')} note={t('statistics.jointNote')} values={sectionOf(counts, 'joint')} columns={JOINT_SIDE} numbers={numbers} nameOf={place('boxPlace', JOINT_SIDE)} format={formatCount} flip
        xAxis={t('statistics.boxWidth')} yAxis={t('statistics.boxHeight')} summary={(at, value) => t('statistics.jointMost', { at, value })}
      />
      <Bins view={view} counts={counts} histogram="share" numbers={numbers} />
      <Bins view={view} counts={counts} histogram="aspect" numbers={numbers} />
      <Bins view={view} counts={counts} histogram="width" numbers={numbers} />
      <Bins view={view} counts={counts} histogram="height" numbers={numbers} />
      <Bins view={view} counts={counts} histogram="parts" numbers={numbers} />
      <Bins view={view} counts={counts} histogram="holes" numbers={numbers} />
      <Named title={t('statistics.origin')} of="origin" names={ORIGINS} counts={counts} numbers={numbers} />
      <Named title={t('statistics.kind')} of="kind" names={KINDS} counts={counts} numbers={numbers} />
    </>
  );
}

function Bins({ view, counts, histogram, numbers, note, zones }: { readonly view: StatisticsView; readonly counts: Uint32Array; readonly histogram: HistogramName; readonly numbers: boolean; readonly note?: string; readonly zones?: Zones }): ReactElement {
  const all = [...sectionOf(counts, histogram)];
  const whole = histogram === 'perImage' ? view.images.total : view.instances;
  // Bins of nothing at both ends say nothing, except between the limits that are drawn.
  const last = Math.max(all.findLastIndex((count) => count > 0), 4, ...(zones === undefined ? [] : zones.starts));
  const first = ofWholeNumbers(histogram) ? 0 : Math.max(0, Math.min(all.findIndex((count) => count > 0), last - 4, ...(zones?.starts.map((start) => start - 1) ?? [])));
  const bars = all.slice(first, last + 1).map((count, i) => ({ tick: tickName(histogram, first + i), name: binName(histogram, first + i), count }));
  return (
    <Histogram
      title={t(`statistics.${histogram}`)} note={note} numbers={numbers} bars={bars} centred={ofWholeNumbers(histogram)} head={[t(`statistics.${histogram}`), t(histogram === 'perImage' ? 'statistics.imagesHead' : 'statistics.instancesHead')]} format={formatCount}
      {...(zones === undefined ? {} : { zones: { ...zones, starts: zones.starts.map((start) => start - first) } })}
      describe={({ name, count }) => t(histogram === 'perImage' ? 'statistics.barImages' : 'statistics.bar', { name, count, n: formatCount(count), share: formatPercent(whole === 0 ? 0 : count / whole) })}
    />
  );
}

/** Bars of named things. */
function Named({ title, of, names, counts, numbers }: { readonly title: string; readonly of: 'origin' | 'kind'; readonly names: readonly string[]; readonly counts: Uint32Array; readonly numbers: boolean }): ReactElement {
  const all = sectionOf(counts, of);
  const whole = all.reduce((sum, n) => sum + n, 0);
  return (
    <BarList
      title={title} numbers={numbers} head={[title, t('statistics.instancesHead')]} format={formatCount}
      rows={names.map((key, i) => ({ key, name: t(`statistics.${of}s.${key}`), count: all[i] ?? 0 })).filter(({ count }) => count > 0)}
      describe={({ name, count }) => t('statistics.bar', { name, count, n: formatCount(count), share: formatPercent(whole === 0 ? 0 : count / whole) })}
    />
  );
}

function cocoZones(counts: Uint32Array): Zones {
  const { small, medium, large } = cocoSizes(counts);
  return {
    starts: [COCO_MEDIUM, COCO_LARGE].map((limit) => EDGES.area.indexOf(limit) + 1),
    names: [t('statistics.small', { n: formatCount(small) }), t('statistics.medium', { n: formatCount(medium) }), t('statistics.large', { n: formatCount(large) })],
  };
}
