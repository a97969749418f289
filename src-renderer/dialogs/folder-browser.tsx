import { Box, Check, CircleX, Clock, CornerLeftUp, FileImage, FileJson, Folder, FolderOpen, HardDrive, PenTool } from 'lucide-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { KeyboardEvent, ReactElement, RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { FolderListing } from '../../src-shared/contract/types.ts';
import { useApp } from '../state/app-store.ts';
import { call } from '../state/backend.ts';
import { hasShell } from '../state/shell.ts';
import { SystemDialogs } from './system-dialogs.tsx';

type Entry = FolderListing['entries'][number];

const ROW_HEIGHT = 28;
const ICONS = { folder: Folder, project: PenTool, dataset: FileJson, model: Box, image: FileImage } as const;
const NO_PATHS: readonly string[] = [];

export interface FolderView {
  readonly listing: FolderListing | null;
  readonly error: string | null;
  /** Shows another folder; null is the place to begin. */
  go(path: string | null): void;
  /** What is being typed as the path. */
  type(path: string): void;
  /** What is meant: the folder or project file typed, else the folder on show. Null, with the error on show, when it cannot be read. */
  meant(): Promise<string | null>;
}

const isProject = (path: string): boolean => path.toLowerCase().endsWith('.mwproj');

/** Reads folders of the program's machine, the newest wish winning. */
export function useFolder(start: string | null): FolderView {
  const [listing, setListing] = useState<FolderListing | null>(null);
  const [error, setError] = useState<string | null>(null);
  const newest = useRef(0);
  const typed = useRef<string | null>(null);
  const read = useCallback(async (path: string | null): Promise<string | null> => {
    newest.current += 1;
    const sequence = newest.current;
    typed.current = null;
    try {
      const found = await call('app.browse', { path });
      if (sequence !== newest.current) return null;
      setListing(found);
      setError(null);
      return found.path;
    } catch (thrown) {
      if (sequence !== newest.current) return null;
      setError(toProblem(thrown).message);
      // Where to begin is not there: the person still needs places to go to.
      const elsewhere = path === null ? null : await call('app.browse', { path: null }).catch(() => null);
      if (sequence === newest.current && elsewhere !== null) setListing((shown) => shown ?? elsewhere);
      return null;
    }
  }, []);
  useEffect(() => {
    const begin = async (): Promise<void> => void (await read(start));
    void begin();
  }, [read, start]);
  return {
    listing, error,
    go: (path) => void read(path),
    type: (path) => {
      typed.current = path.trim() === '' ? null : path.trim();
    },
    meant: async () => {
      if (typed.current === null) return listing?.path ?? null;
      return isProject(typed.current) ? typed.current : read(typed.current);
    },
  };
}

/** Files of one kind, by a click or Enter, or by typing a path that names one. */
export interface FilePick {
  readonly kind: 'model' | 'dataset';
  names(path: string): boolean;
  take(path: string): void;
}

interface FolderBrowserProps {
  readonly view: FolderView;
  /** What is listed beside folders. */
  readonly files: readonly Exclude<Entry['kind'], 'folder'>[];
  readonly onOpenProject?: (path: string) => void;
  /** Files that can be chosen here. */
  readonly pick?: FilePick;
  /** Files chosen so far, which are marked. */
  readonly chosen?: readonly string[];
}

/** Places, a path to type, and the entries of a folder. Enter and double click go in; Backspace goes up. */
export function FolderBrowser({ view, files, onOpenProject, pick, chosen = NO_PATHS }: FolderBrowserProps): ReactElement {
  const { t } = useTranslation();
  const { listing, error } = view;
  const field = useRef<HTMLInputElement>(null);
  const go = (path: string): void => {
    if (onOpenProject !== undefined && isProject(path)) onOpenProject(path);
    else if (pick?.names(path) === true) pick.take(path);
    else view.go(path);
  };
  const beginPath = (first: string): void => {
    if (field.current === null) return;
    field.current.value = first;
    field.current.focus();
    view.type(first);
  };
  const recent = useApp((s) => s.recent);
  const entries = listing === null ? [] : listing.entries.filter((e) => e.kind === 'folder' || files.includes(e.kind));
  return (
    <>
      <PathField key={listing?.path ?? ''} path={listing?.path ?? ''} parent={listing?.parent ?? null} invalid={error !== null} onGo={go} onType={view.type} field={field} />
      {hasShell() && <SystemDialogs at={listing?.path ?? null} project={onOpenProject !== undefined} {...(pick === undefined ? {} : { file: pick.kind })} onChosen={go} />}
      <div className="browser">
        {error !== null && <p className="browser-error" role="alert"><CircleX size={16} /><span>{error}</span></p>}
        <nav className="places" aria-label={t('browse.places')}>
          {listing?.places.map((place) => (
            <button key={place.path} type="button" className="place" {...(place.path === listing.path ? { 'aria-current': 'true' as const } : {})} title={place.path} onClick={() => go(place.path)}>
              <HardDrive size={14} /><span className="ellipsis">{place.name}</span>
            </button>
          ))}
          {onOpenProject !== undefined && recent.length > 0 && <h3>{t('browse.recent')}</h3>}
          {onOpenProject !== undefined && recent.map((r) => (
            <button key={r.path} type="button" className="place" title={r.path} disabled={r.missing} onClick={() => onOpenProject(r.path)}><Clock size={14} /><span className="ellipsis">{r.name}</span></button>
          ))}
        </nav>
        <Entries path={listing?.path ?? ''} entries={entries} parent={listing?.parent ?? null} onGo={go} onPath={beginPath} chosen={chosen} {...(onOpenProject === undefined ? {} : { onOpenProject })} {...(pick === undefined ? {} : { pick })} />
      </div>
    </>
  );
}

function PathField({ path, parent, field, invalid, onGo, onType }: {
  readonly path: string;
  readonly parent: string | null;
  readonly field: RefObject<HTMLInputElement | null>;
  /** What was typed cannot be shown. */
  readonly invalid: boolean;
  readonly onGo: (path: string) => void;
  readonly onType: (path: string) => void;
}): ReactElement {
  const { t } = useTranslation();
  return (
    <div className="with-button">
      <button type="button" className="icon-button" aria-label={t('browse.up')} title={t('browse.up')} disabled={parent === null} onClick={() => parent !== null && onGo(parent)}><CornerLeftUp size={16} /></button>
      <input
        ref={field} type="text" className="field" aria-label={t('browse.path')} aria-invalid={invalid} defaultValue={path} spellCheck={false} onChange={(e) => onType(e.target.value)}
        onKeyDown={(e) => {
          if (e.key !== 'Enter' || e.currentTarget.value.trim() === '') return;
          e.preventDefault();
          onGo(e.currentTarget.value.trim());
        }}
      />
    </div>
  );
}

function Entries({ path, entries, parent, chosen, onGo, onPath, onOpenProject, pick }: {
  readonly path: string;
  readonly entries: readonly Entry[];
  readonly parent: string | null;
  readonly chosen: readonly string[];
  readonly onGo: (path: string) => void;
  /** The first character of a path was typed here. */
  readonly onPath: (first: string) => void;
  readonly onOpenProject?: (path: string) => void;
  readonly pick?: FilePick;
}): ReactElement {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState({ path, at: 0 });
  const at = cursor.path === path ? cursor.at : 0;
  const setAt = (next: number): void => setCursor({ path, at: next });
  const virtual = useVirtualizer({ count: entries.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 12 });
  useEffect(() => virtual.scrollToOffset(0), [path, virtual]);
  const isPicked = (entry: Entry | undefined): boolean => pick !== undefined && entry?.kind === pick.kind;
  const enter = (entry: Entry | undefined): void => {
    if (entry?.kind === 'folder') onGo(entry.path);
    else if (entry?.kind === 'project') onOpenProject?.(entry.path);
    else if (entry !== undefined && isPicked(entry)) pick?.take(entry.path);
  };
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(entries.length - 1, to));
    setAt(next);
    virtual.scrollToIndex(next, { align: 'auto' });
  };
  const keys = (event: KeyboardEvent): void => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1, PageDown: at + 10, PageUp: at - 10 }[event.key];
    if (to !== undefined) move(to);
    else if (event.key === 'Enter' || (event.key === 'ArrowRight' && !isPicked(entries[at]))) enter(entries[at]);
    else if (event.key === ' ' && isPicked(entries[at])) enter(entries[at]);
    else if (event.key === 'Backspace' || event.key === 'ArrowLeft') {
      if (parent !== null) onGo(parent);
    } else if (event.key === '/' || event.key === '~') onPath(event.key);
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
      // A letter jumps to the next name that begins with it.
      const found = entries.findIndex((e, i) => i > at && e.name.toLocaleLowerCase().startsWith(event.key.toLocaleLowerCase()));
      const wrapped = found >= 0 ? found : entries.findIndex((e) => e.name.toLocaleLowerCase().startsWith(event.key.toLocaleLowerCase()));
      if (wrapped >= 0) move(wrapped);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={scroller} className="entries" data-autofocus role="listbox" tabIndex={0} aria-label={t('browse.entries')} {...(entries.length > 0 ? { 'aria-activedescendant': `entry-${at}` } : {})} onKeyDown={keys}>
      {entries.length === 0 && <div className="empty"><FolderOpen size={20} strokeWidth={1.5} />{t('browse.empty')}</div>}
      <div role="presentation" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const entry = entries[item.index];
          if (entry === undefined) return null;
          const Icon = ICONS[entry.kind];
          return (
            <div
              key={entry.path} id={`entry-${item.index}`} role="option" aria-selected={item.index === at} aria-setsize={entries.length} aria-posinset={item.index + 1}
              className={`entry ${entry.kind}`} style={{ transform: `translateY(${item.start}px)` }} {...(chosen.includes(entry.path) ? { 'aria-checked': true } : {})}
              onClick={() => {
                setAt(item.index);
                if (isPicked(entry)) pick?.take(entry.path);
              }}
              onDoubleClick={() => !isPicked(entry) && enter(entry)}
            >
              <Icon size={15} /><span className="ellipsis">{entry.name}</span>{chosen.includes(entry.path) && <Check size={15} className="chosen" />}
            </div>
          );
        })}
      </div>
    </div>
  );
}
