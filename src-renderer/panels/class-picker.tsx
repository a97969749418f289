import { Plus } from 'lucide-react';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClassWithCount } from '../../src-shared/contract/types.ts';
import { focusCanvas } from '../commands/canvas-handle.ts';
import { fuzzySearch } from '../commands/fuzzy.ts';
import { useImage } from '../state/image-store.ts';
import { takeAs } from '../state/automatic-store.ts';
import { acceptAs, addClass, relabel } from '../state/objects.ts';
import { setActiveClass, useProject } from '../state/project-store.ts';
import { showClassPicker, useUi } from '../state/ui-store.ts';
import type { ClassPickerPurpose } from '../state/ui-store.ts';

const NO_CLASSES: readonly ClassWithCount[] = [];

/** Search a class by name, or name a new one; used for a candidate, a selection, or what is drawn next. */
export function ClassPicker(): ReactElement | null {
  const purpose = useUi((s) => s.classPicker);
  return purpose === null ? null : <Picker key={purpose} purpose={purpose} />;
}

async function use(purpose: ClassPickerPurpose, id: number): Promise<void> {
  setActiveClass(id);
  if (purpose === 'accept') await acceptAs(id);
  else if (purpose === 'take') await takeAs(id);
  else if (purpose === 'relabel') await relabel([...useImage.getState().selection], id);
}

function close(): void {
  showClassPicker(null);
  focusCanvas();
}

function Picker({ purpose }: { readonly purpose: ClassPickerPurpose }): ReactElement {
  const { t } = useTranslation();
  const listId = useId();
  const root = useRef<HTMLDivElement>(null);
  const classes = useProject((s) => s.info?.classes ?? NO_CLASSES);
  const [search, setSearch] = useState('');
  const [at, setAt] = useState(0);
  const found = useMemo(() => fuzzySearch(search, classes, (c) => c.name).map((f) => f.item), [search, classes]);
  const name = search.trim();
  const canAdd = name !== '' && !classes.some((c) => c.name.toLocaleLowerCase() === name.toLocaleLowerCase());
  const count = found.length + (canAdd ? 1 : 0);
  const active = Math.min(at, count - 1);

  useEffect(() => {
    const outside = (event: PointerEvent): void => {
      if (event.target instanceof Node && root.current?.contains(event.target) === false) showClassPicker(null);
    };
    document.addEventListener('pointerdown', outside, true);
    return () => document.removeEventListener('pointerdown', outside, true);
  }, []);

  const take = async (index: number): Promise<void> => {
    const chosen = found[index];
    if (chosen === undefined && !canAdd) return;
    close();
    const id = chosen === undefined ? await addClass(name) : chosen.id;
    if (id !== null) await use(purpose, id);
  };
  const keys = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined && count > 0) setAt((active + by + count) % count);
    else if (event.key === 'Enter') void take(active);
    else if (event.key === 'Escape') close();
    else if (event.key !== 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={root} className="popup class-picker picker" data-purpose={purpose} role="dialog" aria-label={t(`picker.${purpose}`)}>
      <input
        className="palette-field" type="text" role="combobox" aria-expanded aria-controls={listId} aria-label={t(classes.length === 0 ? 'picker.nameFirst' : 'picker.search')}
        {...(active >= 0 ? { 'aria-activedescendant': `${listId}-${active}` } : {})} placeholder={t(classes.length === 0 ? 'picker.nameFirst' : 'picker.search')}
        maxLength={200} spellCheck={false} autoComplete="off" value={search} ref={focusOnMount} onKeyDown={keys}
        onChange={(e) => {
          setSearch(e.target.value);
          setAt(0);
        }}
      />
      <div id={listId} className="picker-list" role="listbox" aria-label={t('class.title')} hidden={count === 0}>
        {found.map((c, i) => (
          <div key={c.id} id={`${listId}-${i}`} role="option" aria-selected={i === active} className="palette-item" onPointerMove={() => setAt(i)} onClick={() => void take(i)}>
            <span className="swatch" style={{ background: c.colour }} /><span className="ellipsis">{c.name}</span>
            {c.key !== null && <kbd className="kbd">{c.key}</kbd>}
          </div>
        ))}
        {canAdd && (
          <div id={`${listId}-${found.length}`} role="option" aria-selected={active === found.length} className="palette-item" onPointerMove={() => setAt(found.length)} onClick={() => void take(found.length)}>
            <Plus size={13} /><span className="ellipsis">{t('picker.add', { name })}</span>
          </div>
        )}
      </div>
      {count === 0 && <p>{t('picker.hint')}</p>}
    </div>
  );
}

const focusOnMount = (input: HTMLInputElement | null): void => input?.focus();
