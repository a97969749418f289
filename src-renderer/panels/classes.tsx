import { Menu } from '@base-ui/react/menu';
import { Popover } from '@base-ui/react/popover';
import { ChevronRight, Ellipsis, Plus } from 'lucide-react';
import { useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClassWithCount } from '../../src-shared/contract/types.ts';
import { focusCanvas } from '../commands/canvas-handle.ts';
import { useBelowDialogs } from '../components/below-dialogs.ts';
import { ColourPicker } from '../components/colour-picker.tsx';
import { formatCount } from '../components/format.ts';
import { keepFocus } from '../components/keep-focus.ts';
import { returnFocus } from '../components/modal.tsx';
import { moveBetweenRows } from '../components/row-keys.ts';
import { Tip } from '../components/tip.tsx';
import { notify } from '../state/notices-store.ts';
import { addClass, assignKey, changeClass, pickClass } from '../state/objects.ts';
import { classes, useProject } from '../state/project-store.ts';
import { showDialog, useUi } from '../state/ui-store.ts';

const NO_CLASSES: readonly ClassWithCount[] = [];
const KEYS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

export function Classes(): ReactElement {
  const { t } = useTranslation();
  const classes = useProject((s) => s.info?.classes ?? NO_CLASSES);
  const active = useProject((s) => s.activeClass);
  const readOnly = useProject((s) => s.info?.readOnly !== null);
  const [adding, setAdding] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const newest = classes.reduce((most, { id }) => Math.max(most, id), 0);
  // The class that is worked with, or was just added, comes into view; scrolling away from it stays possible.
  useLayoutEffect(() => {
    list.current?.querySelector(`[data-class="${active}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const known = useRef(newest);
  useLayoutEffect(() => {
    if (newest > known.current) list.current?.querySelector(`[data-class="${newest}"]`)?.scrollIntoView({ block: 'nearest' });
    known.current = newest;
  }, [newest]);
  return (
    <section className="classes" aria-labelledby="classes-title">
      <div className="panel-head">
        <h2 id="classes-title">{t('class.title')}</h2>
        <div>
          {classes.length > 0 && <span className="row-count numeric">{formatCount(classes.length)}&ensp;</span>}
          <Tip text={t('class.add')}><button type="button" className="icon-button" aria-label={t('class.add')} disabled={readOnly} onClick={() => setAdding(true)}><Plus size={15} /></button></Tip>
        </div>
      </div>
      {classes.length === 0 && !adding && (
        <div className="empty">
          <strong>{t('class.noneYet')}</strong>
          <span>{t('class.noneDetail')}</span>
          <button type="button" className="button small" disabled={readOnly} onClick={() => setAdding(true)}>{t('class.add')}</button>
        </div>
      )}
      <ul ref={list} aria-labelledby="classes-title" onKeyDown={moveBetweenRows}>
        {classes.map((c) => <ClassRow key={c.id} it={c} active={c.id === active} readOnly={readOnly} />)}
      </ul>
      {adding && <AddClass onEnd={() => setAdding(false)} />}
    </section>
  );
}

function ClassRow({ it, active, readOnly }: { readonly it: ClassWithCount; readonly active: boolean; readonly readOnly: boolean }): ReactElement {
  const { t } = useTranslation();
  const renaming = useUi((s) => s.renaming === it.id);
  return (
    <li className="row class-row" data-class={it.id} {...(active ? { 'data-on': '' } : {})}>
      <Popover.Root {...useBelowDialogs()}>
        <Popover.Trigger className="swatch-button" aria-label={t('class.colourOf', { name: it.name })} disabled={readOnly}><span className="swatch" style={{ background: it.colour }} /></Popover.Trigger>
        <Popover.Portal>
          <Popover.Positioner className="positioner" side="left" align="start" sideOffset={8}>
            <Popover.Popup className="popup popover" aria-label={t('class.colourOf', { name: it.name })}>
              <ColourPicker value={it.colour} onChange={(colour) => void changeClass(it.id, { colour })} />
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
      {renaming ? <RenameField it={it} /> : (
        <button
          type="button" className="row-main" data-row aria-pressed={active} aria-label={t('class.row', { name: it.name, count: it.instances })} onMouseDown={keepFocus}
          onClick={() => void pickClass(it.id)} onDoubleClick={() => !readOnly && useUi.setState({ renaming: it.id })}
          onKeyDown={(e) => e.key === 'F2' && !readOnly && useUi.setState({ renaming: it.id })}
        >
          <span className="ellipsis">{it.name}</span><span className="row-count numeric">{formatCount(it.instances)}</span>
        </button>
      )}
      {!readOnly && <ClassMenu it={it} />}
      {it.key !== null && <kbd className="kbd row-key" title={t('class.keyOf', { key: it.key })}>{it.key}</kbd>}
    </li>
  );
}

function ClassMenu({ it }: { readonly it: ClassWithCount }): ReactElement {
  const { t } = useTranslation();
  const renaming = (): boolean => useUi.getState().renaming === it.id;
  return (
    <Menu.Root {...useBelowDialogs()}>
      <Menu.Trigger className="icon-button" aria-label={t('class.more', { name: it.name })}><Ellipsis size={15} /></Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="positioner" align="end" sideOffset={4}>
          <Menu.Popup className="popup menu" finalFocus={() => !renaming() && returnFocus()}>
            <Menu.Item className="menu-item" onClick={() => useUi.setState({ renaming: it.id })}>{t('class.rename')}<kbd className="kbd">F2</kbd></Menu.Item>
            <Menu.SubmenuRoot>
              <Menu.SubmenuTrigger className="menu-item">{t('class.key')}<ChevronRight size={14} /></Menu.SubmenuTrigger>
              <Menu.Portal>
                <Menu.Positioner className="positioner" alignOffset={-5}>
                  <Menu.Popup className="popup menu"><KeyChoices it={it} /></Menu.Popup>
                </Menu.Positioner>
              </Menu.Portal>
            </Menu.SubmenuRoot>
            <div className="menu-separator" />
            <Menu.Item className="menu-item danger" onClick={() => showDialog({ kind: 'delete-class', id: it.id })}>{t('class.delete')}</Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function KeyChoices({ it }: { readonly it: ClassWithCount }): ReactElement {
  const { t } = useTranslation();
  const classes = useProject((s) => s.info?.classes ?? NO_CLASSES);
  const item = (key: number | null): ReactElement => (
    <Menu.RadioItem key={key ?? 'none'} value={key} closeOnClick className="menu-item">
      {key ?? t('class.noKey')}
      <span className="kbd">{key === it.key ? '✓' : key === null ? '' : (classes.find((c) => c.key === key)?.name ?? '')}</span>
    </Menu.RadioItem>
  );
  return <Menu.RadioGroup value={it.key} onValueChange={(key: number | null) => void assignKey(it.id, key)}>{[...KEYS.map(item), item(null)]}</Menu.RadioGroup>;
}

function RenameField({ it }: { readonly it: ClassWithCount }): ReactElement {
  const { t } = useTranslation();
  return (
    <NameField
      label={t('class.renameOf', { name: it.name })} start={it.name}
      onEnd={(name) => {
        useUi.setState({ renaming: null });
        if (name !== null && name !== it.name) void changeClass(it.id, { name });
      }}
    />
  );
}

function AddClass({ onEnd }: { readonly onEnd: () => void }): ReactElement {
  const { t } = useTranslation();
  return (
    <div className="add-row">
      <NameField
        label={t('class.newName')} start=""
        onEnd={(name) => {
          onEnd();
          if (name !== null) void addClass(name);
        }}
      />
    </div>
  );
}

const given = (text: string): string | null => (text.trim() === '' ? null : text.trim());

/** Whether another class than the one that begins as `start` has this name already. */
const isTaken = (name: string, start: string): boolean =>
  name !== start && classes().some((c) => c.name !== start && c.name.toLocaleLowerCase() === name.toLocaleLowerCase());

/** A class's name being typed. Enter and leaving take it, Esc does not; a name that is taken can be mended at once. */
function NameField({ label, start, onEnd }: { readonly label: string; readonly start: string; readonly onEnd: (name: string | null) => void }): ReactElement {
  const { t } = useTranslation();
  const [taken, setTaken] = useState(false);
  const ended = useRef(false);
  const end = (name: string | null): void => {
    if (ended.current) return;
    ended.current = true;
    onEnd(name);
  };
  const keys = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    const name = event.key === 'Enter' ? given(event.currentTarget.value) : null;
    if (name !== null && isTaken(name, start)) {
      setTaken(true);
      notify({ level: 'warning', message: t('class.taken', { name }) });
      event.currentTarget.select();
      return;
    }
    end(name);
    focusCanvas();
  };
  return (
    <input
      ref={selectOnMount} type="text" className="field rename" aria-label={label} aria-invalid={taken} placeholder={label} defaultValue={start} maxLength={200} spellCheck={false}
      onKeyDown={keys} onChange={() => setTaken(false)} onBlur={(e) => end(taken ? null : given(e.currentTarget.value))}
    />
  );
}

const selectOnMount = (input: HTMLInputElement | null): void => {
  input?.focus();
  input?.select();
};
