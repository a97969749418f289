import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Statistics } from '../../../src-shared/contract/statistics.ts';
import type { ImageFilter } from '../../../src-shared/contract/types.ts';
import type { StatisticsView, Wanted } from '../../../src-shared/statistics/view.ts';
import { formatCount } from '../../components/format.ts';
import { BarList } from '../../plots/bar-list.tsx';
import type { BarRow } from '../../plots/bar-list.tsx';
import { className } from '../../state/project-store.ts';
import { formatPercent } from './statistics-words.ts';

const MOST_ROWS = 8;

/** The plots about the images of the splits that are looked at. */
export function ImagePlots({ statistics, view, wanted, numbers, onShow }: { readonly statistics: Statistics; readonly view: StatisticsView; readonly wanted: Wanted; readonly numbers: boolean; readonly onShow: (filter: Partial<ImageFilter>) => void }): ReactElement {
  const { t } = useTranslation();
  const { images } = view;
  const inSplit = <Row extends { readonly split: string | null }>(rows: readonly Row[]): Row[] => rows.filter(({ split }) => wanted.split === undefined || split === wanted.split);
  const describe = ({ name, count }: BarRow): string => t('statistics.barImages', { name, count, n: formatCount(count), share: formatPercent(images.total === 0 ? 0 : count / images.total) });
  const row = (key: string, name: string, count: number, filter?: Partial<ImageFilter>): BarRow => ({ key, name, count, onChoose: filter === undefined ? undefined : () => onShow(filter) });
  const list = (title: string, rows: readonly BarRow[], rest: string | null = null): ReactElement =>
    <BarList title={title} numbers={numbers} head={[title, t('statistics.imagesHead')]} rows={rows} format={formatCount} describe={describe} rest={rest} chooseTitle={t('statistics.showImages')} />;

  const folders = summed(inSplit(statistics.folders), ({ root, folder }) => `${root}\0${folder}`);
  const severalRoots = new Set(statistics.folders.map(({ root }) => root)).size > 1;
  const sizes = summed(inSplit(statistics.sizes), ({ width, height }) => `${width}×${height}`);
  const pairs = wanted.class === undefined || wanted.class === null ? [] : summed(inSplit(statistics.pairs).filter(({ a, b }) => a === wanted.class || b === wanted.class), ({ a, b }) => String(a === wanted.class ? b : a));
  const more = (all: readonly unknown[], leftOut: number): string | null => (all.length + leftOut > MOST_ROWS ? t('statistics.more', { count: all.length - MOST_ROWS, n: formatCount(all.length - MOST_ROWS) }) : null);
  return (
    <>
      {wanted.class !== undefined && wanted.class !== null && list(t('statistics.together', { name: className(wanted.class) }), pairs.slice(0, MOST_ROWS).map(({ key, images: n }) => row(key, className(Number(key)), n)), pairs.length === 0 ? t('statistics.alone') : null)}
      {list(t('statistics.status'), [
        row('done', t('filterName.done'), images.done, { status: 'done' }), row('in-progress', t('filterName.in-progress'), images.inProgress, { status: 'in-progress' }), row('todo', t('filterName.todo'), images.todo, { status: 'todo' }),
        row('empty', t('statistics.empty'), images.empty, { instances: 'empty' }),
      ])}
      {list(t('statistics.sizes'), sizes.slice(0, MOST_ROWS).map(({ key, first, images: n }) => row(key, t('statistics.size', { width: first.width, height: first.height }), n)), more(sizes, statistics.leftOut.sizes))}
      {list(t('statistics.orientation'), [
        row('landscape', t('statistics.landscape'), images.landscape), row('portrait', t('statistics.portrait'), images.portrait), row('square', t('statistics.square'), images.square),
        ...(images.unknownSize > 0 ? [row('unknown', t('statistics.unknownSize'), images.unknownSize)] : []),
      ])}
      {list(t('statistics.folders'), folders.slice(0, MOST_ROWS).map(({ key, first, images: n }) => row(key, folderName(first, severalRoots) || t('statistics.topFolder'), n, first.folder === '' ? undefined : { name: `${first.folder}/` })), more(folders, statistics.leftOut.folders))}
    </>
  );
}

const folderName = ({ root, folder }: { readonly root: string; readonly folder: string }, severalRoots: boolean): string =>
  severalRoots ? `${root.slice(root.search(/[^/\\]*$/))}/${folder}` : folder;

/** Rows of one thing in several splits as one, most images first. */
function summed<Row extends { readonly images: number }>(rows: readonly Row[], keyOf: (row: Row) => string): { key: string; first: Row; images: number }[] {
  const byKey = new Map<string, { key: string; first: Row; images: number }>();
  for (const row of rows) {
    const key = keyOf(row);
    const sum = byKey.get(key);
    if (sum === undefined) byKey.set(key, { key, first: row, images: row.images });
    else sum.images += row.images;
  }
  return [...byKey.values()].sort((a, b) => b.images - a.images);
}
