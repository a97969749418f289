import { Images, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { CSSProperties, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Statistics } from '../../../src-shared/contract/statistics.ts';
import type { ClassId } from '../../../src-shared/domain/schema.ts';
import { viewOf } from '../../../src-shared/statistics/view.ts';
import type { Wanted } from '../../../src-shared/statistics/view.ts';
import { formatCount } from '../../components/format.ts';
import { Segments } from '../../components/segments.tsx';
import { formatPercent, splitName } from './statistics-words.ts';

interface ClassRow {
  /** Undefined: all of them. */
  readonly id: ClassId | null | undefined;
  readonly name: string;
  readonly colour: string | null;
  readonly instances: number;
  readonly images: number;
  /** Instances in each split, in the splits' order. */
  readonly bySplit: readonly number[];
}

const ORDERS = ['number', 'name', 'project'] as const;
/** From so many classes on they can be searched. */
const SEARCHED_FROM = 15;

/** The classes with their numbers, or how they are spread over the splits; one that is pressed is looked at alone. */
export function StatisticsClasses({ statistics, wanted, numbers, onLook, onShow }: { readonly statistics: Statistics; readonly wanted: Wanted; readonly numbers: boolean; readonly onLook: (id: ClassId | null | undefined) => void; readonly onShow: (id: ClassId | null) => void }): ReactElement {
  const { t } = useTranslation();
  const [order, setOrder] = useState<(typeof ORDERS)[number]>('number');
  const [balance, setBalance] = useState(false);
  const [query, setQuery] = useState('');
  const splits = statistics.splits.filter(({ split }) => wanted.split === undefined || split === wanted.split);
  const several = splits.length > 1;
  const rows = classRows(statistics, wanted, t('class.none'));
  const all: ClassRow = { id: undefined, name: t('statistics.allClasses'), colour: null, instances: rows.reduce((sum, { instances }) => sum + instances, 0), images: viewOf(statistics, wanted.split === undefined ? {} : { split: wanted.split }).imagesWith, bySplit: splits.map(({ instances }) => instances) };
  const most = Math.max(1, ...rows.map(({ instances }) => instances));
  const found = rows.filter(({ name }) => name.toLocaleLowerCase().includes(query.trim().toLocaleLowerCase()));
  if (order === 'number') found.sort((a, b) => b.instances - a.instances);
  if (order === 'name') found.sort((a, b) => a.name.localeCompare(b.name));

  const line = (row: ClassRow): ReactElement => {
    const spread = balance && several;
    const missing = row.id === undefined || row.instances === 0 ? [] : splits.filter((split, i) => split.instances > 0 && row.bySplit[i] === 0);
    const words = [
      t('statistics.classRow', { name: row.name, count: row.instances, n: formatCount(row.instances), images: formatCount(row.images), share: formatPercent(all.instances === 0 ? 0 : row.instances / all.instances) }),
      ...(several ? splits.map(({ split }, i) => t('statistics.splitPart', { split: splitName(split), n: formatCount(row.bySplit[i] ?? 0), share: formatPercent(row.instances === 0 ? 0 : (row.bySplit[i] ?? 0) / row.instances) })) : []),
    ].join('; ');
    const { id } = row;
    return (
      <li key={id ?? row.name} className="class-stat">
        <button type="button" aria-pressed={wanted.class === id} aria-label={words} title={words} onClick={() => onLook(wanted.class === id ? undefined : id)}>
          <span className="ellipsis">{row.colour !== null && <i className="swatch" style={{ background: row.colour }} />}{row.name}</span>
          {missing.length > 0 && <small className="missing-split" title={t('statistics.missingIn', { splits: missing.map(({ split }) => splitName(split)).join(', ') })}><TriangleAlert size={12} /></small>}
          <span className="numeric">{formatCount(row.instances)}</span>
          <span className="bar-track">
            {spread
              ? row.bySplit.map((n, i) => n > 0 && <i key={i} data-tone={i % TONES} style={{ width: `${(100 * n) / Math.max(1, row.instances)}%` }} />)
              : row.instances > 0 && <i style={{ width: `${id === undefined ? 100 : (100 * row.instances) / most}%`, '--bar': row.colour ?? 'var(--faint)' } as CSSProperties} />}
          </span>
        </button>
        {id !== undefined && row.instances > 0 && <button type="button" className="icon-button" aria-label={t('statistics.showClass', { name: row.name })} title={t('statistics.showClass', { name: row.name })} onClick={() => onShow(id)}><Images size={14} /></button>}
      </li>
    );
  };

  return (
    <section className="class-stats" aria-label={t('class.title')}>
      <div className="class-stats-head">
        {several && <Segments label={t('statistics.bars')} value={balance ? 'balance' : 'number'} onChange={(next) => setBalance(next === 'balance')} choices={[{ value: 'number', title: t('statistics.byNumber'), name: t('statistics.byNumber') }, { value: 'balance', title: t('statistics.balance'), name: t('statistics.balance') }]} />}
        <select className="field" aria-label={t('statistics.order')} value={order} onChange={(e) => setOrder(e.target.value as typeof order)}>{ORDERS.map((value) => <option key={value} value={value}>{t(`statistics.orders.${value}`)}</option>)}</select>
      </div>
      {balance && several && <ul className="plot-legend">{splits.map(({ split, instances }, i) => <li key={split}><i data-tone={i % TONES} />{splitName(split)} <span className="numeric">{formatPercent(all.instances === 0 ? 0 : instances / all.instances)}</span></li>)}</ul>}
      {rows.length >= SEARCHED_FROM && <input type="search" className="field" placeholder={t('statistics.searchClasses')} aria-label={t('statistics.searchClasses')} value={query} onChange={(e) => setQuery(e.target.value)} />}
      {numbers ? <ClassTable rows={[all, ...found]} splits={several ? splits.map(({ split }) => split) : []} /> : <ul className="class-stat-list">{line(all)}{found.map(line)}</ul>}
    </section>
  );
}

/** Tones of plots.css, taken in turn. */
const TONES = 6;

function ClassTable({ rows, splits }: { readonly rows: readonly ClassRow[]; readonly splits: readonly (string | null)[] }): ReactElement {
  const { t } = useTranslation();
  return (
    <div className="plot-table tall" tabIndex={0} role="group" aria-label={t('class.title')}>
      <table className="numeric">
        <thead><tr>{[t('statistics.class'), t('statistics.imagesHead'), t('statistics.instancesHead'), ...splits.map(splitName)].map((cell) => <th key={cell} scope="col">{cell}</th>)}</tr></thead>
        <tbody>{rows.map((row) => <tr key={row.id ?? row.name}><th scope="row">{row.name}</th><td>{formatCount(row.images)}</td><td>{formatCount(row.instances)}</td>{splits.map((split, i) => <td key={split}>{formatCount(row.bySplit[i] ?? 0)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function classRows({ classes, splits, groups }: Statistics, wanted: Wanted, none: string): ClassRow[] {
  const chosen = splits.filter(({ split }) => wanted.split === undefined || split === wanted.split);
  const place = new Map(chosen.map(({ split }, i) => [split, i]));
  const rows = new Map<ClassId | null, { id: ClassId | null; name: string; colour: string | null; instances: number; images: number; bySplit: number[] }>();
  const row = (id: ClassId | null, name: string, colour: string | null): void => void rows.set(id, { id, name, colour, instances: 0, images: 0, bySplit: chosen.map(() => 0) });
  for (const { id, name, colour } of classes) row(id, name, colour);
  if (groups.some((group) => group.class === null)) row(null, none, null);
  for (const group of groups) {
    const at = place.get(group.split);
    const sum = rows.get(group.class);
    if (at === undefined || sum === undefined) continue;
    sum.instances += group.instances;
    sum.images += group.images;
    sum.bySplit[at] = group.instances;
  }
  return [...rows.values()];
}
