import { FolderPlus, Search, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImageFilter, ProjectInfo } from '../../src-shared/contract/types.ts';
import { focusCanvas } from '../commands/canvas-handle.ts';
import { command, runCommand } from '../commands/registry.ts';
import { formatCount } from '../components/format.ts';
import { Key } from '../components/keys.tsx';
import { Segments } from '../components/segments.tsx';
import { Tip } from '../components/tip.tsx';
import { setFilter, setSplitFilter, showOnly, useList } from '../state/list-store.ts';
import { useProject } from '../state/project-store.ts';
import { useSplits } from '../state/splits-store.ts';
import { InstancesFilterChip } from './filter-chip.tsx';
import { ImageList } from './image-list.tsx';

const STATUSES = ['all', 'todo', 'in-progress', 'done', 'problem'] as const satisfies readonly ImageFilter['status'][];
/** Typing is let finish before the list is asked for. */
const TYPING_PAUSE_MS = 120;

export function ImagesPanel(): ReactElement {
  const { t } = useTranslation();
  const info = useProject((s) => s.info);
  const status = useList((s) => s.filter.status);
  const name = useList((s) => s.filter.name);
  const ofInstances = useList((s) => s.filter.instances !== undefined);
  const shown = useList((s) => s.ids?.length ?? null);
  const images = info?.images;
  const ofSplit = useList((s) => s.filter.split !== undefined);
  const filtered = name !== '' || status !== 'all' || ofInstances || ofSplit;
  return (
    <aside className="images-panel" aria-label={t('images.name')}>
      <div className="panel-head">
        <h2>{t('images.name')}</h2>
        <span className="numeric" role="status">
          {images !== undefined && (filtered && shown !== null ? t('images.shown', { shown: formatCount(shown), total: formatCount(images.total) }) : t('images.done', { done: formatCount(images.done), total: formatCount(images.total) }))}
        </span>
        <Tip text={t('command.addFolder')}>
          <button type="button" className="icon-button" aria-label={t('command.addFolder')} disabled={info?.readOnly !== null} onClick={() => runCommand(command('program.addFolder'))}><FolderPlus size={15} /></button>
        </Tip>
      </div>
      <NameFilter />
      <Segments
        label={t('images.filterStatus')} value={status} onChange={(next) => setFilter({ status: next })}
        choices={STATUSES.map((value) => ({ value, title: t(`filter.${value}`), name: nameWithCount(t(`filterName.${value}`), value, info) }))}
      />
      <InstancesFilterChip />
      <SplitFilter />
      {shown === 0 ? <NoImages total={images?.total ?? 0} /> : <ImageList />}
    </aside>
  );
}

/** Only there in projects whose images are divided. */
function SplitFilter(): ReactElement | null {
  const { t } = useTranslation();
  const counts = useSplits((s) => s.counts);
  const split = useList((s) => s.filter.split);
  if (counts === null || counts.every(({ name }) => name === null)) return null;
  // Names may be anything, so choices are told apart by their place.
  const chosen = split === undefined ? '' : String(counts.findIndex(({ name }) => name === split.name));
  return (
    <select className="field split-filter" aria-label={t('splits.filter')} value={chosen} onChange={(e) => setSplitFilter(e.target.value === '' ? null : { name: counts[Number(e.target.value)]?.name ?? null })}>
      <option value="">{t('splits.anySplit')}</option>
      {counts.map(({ name, images }, i) => <option key={name ?? ''} value={i}>{t('splits.withCount', { name: name ?? t('splits.none'), n: formatCount(images) })}</option>)}
    </select>
  );
}

function nameWithCount(name: string, status: ImageFilter['status'], info: ProjectInfo | null): string {
  const counts = info?.images;
  if (counts === undefined || status === 'problem') return name;
  const count = { all: counts.total, todo: counts.todo, 'in-progress': counts.inProgress, done: counts.done }[status];
  return `${name} (${formatCount(count)})`;
}

function NameFilter(): ReactElement {
  const { t } = useTranslation();
  const stored = useList((s) => s.filter.name);
  /** What is typed and not asked for yet. */
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? stored;
  useEffect(() => {
    if (typed === null) return undefined;
    const timer = setTimeout(() => {
      setFilter({ name: typed });
      setTyped(null);
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const clear = (): void => {
    setTyped(null);
    setFilter({ name: '' });
  };
  return (
    <div className="search" role="search">
      <Search size={14} />
      <input
        id="image-filter" type="text" className="field" placeholder={t('images.search')} aria-label={t('images.searchName')} aria-keyshortcuts="/" maxLength={500} spellCheck={false} value={text}
        onChange={(e) => setTyped(e.target.value)}
        onKeyDown={(e) => {
          if (e.key !== 'Escape' && e.key !== 'Enter') return;
          e.preventDefault();
          e.stopPropagation();
          if (e.key === 'Escape' && text !== '') clear();
          else focusCanvas();
        }}
      />
      {text === '' ? <Key chord="char:/" /> : <button type="button" className="icon-button" aria-label={t('images.clearSearch')} onClick={clear}><X size={13} /></button>}
    </div>
  );
}

function NoImages({ total }: { readonly total: number }): ReactElement {
  const { t } = useTranslation();
  if (total === 0) {
    return (
      <div className="empty">
        <strong>{t('images.none')}</strong>
        <span>{t('images.noneDetail')}</span>
        <button type="button" className="button small" onClick={() => runCommand(command('program.addFolder'))}>{t('command.addFolder')}</button>
      </div>
    );
  }
  return (
    <div className="empty">
      <strong>{t('images.noMatch')}</strong>
      <button type="button" className="button small" onClick={() => showOnly({})}>{t('images.showAll')}</button>
    </div>
  );
}
