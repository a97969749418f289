import { Plus } from 'lucide-react';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClassWithCount } from '../../src-shared/contract/types.ts';
import { focusCanvas } from '../commands/canvas-handle.ts';
import { Key } from '../components/keys.tsx';
import { useImage } from '../state/image-store.ts';
import { takeAs } from '../state/automatic-store.ts';
import { answerDraft } from '../state/leave-draft.ts';
import { acceptAs, addClass, relabel } from '../state/objects.ts';
import { setActiveClass, useProject } from '../state/project-store.ts';
import { showClassPicker, useUi } from '../state/ui-store.ts';
import type { ClassPickerPurpose } from '../state/ui-store.ts';
import { classChoices } from './class-search.ts';
import type { ClassChoice } from './class-search.ts';

const NO_CLASSES: readonly ClassWithCount[] = [];

/** Search a class by name, or name a new one; used for a candidate, a selection, or what is drawn next. */
export function ClassPicker(): ReactElement | null {
  const purpose = useUi((s) => s.classPicker);
  return purpose === null ? null : <Picker key={purpose} purpose={purpose} />;
}

async function use(purpose: Exclude<ClassPickerPurpose, 'settle'>, id: number): Promise<void> {
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
  const choices = useMemo(() => classChoices(search, classes), [search, classes]);
  const count = choices.length;
  const active = Math.min(at, count - 1);

  useEffect(() => {
    const outside = (event: PointerEvent): void => {
      if (event.target instanceof Node && root.current?.contains(event.target) === false) showClassPicker(null);
    };
    document.addEventListener('pointerdown', outside, true);
    return () => document.removeEventListener('pointerdown', outside, true);
  }, []);

  const take = async (choice: ClassChoice<ClassWithCount> | undefined): Promise<void> => {
    if (choice === undefined) return;
    const id = choice.kind === 'create' ? addClass(choice.name) : Promise.resolve(choice.item.id);
    if (purpose === 'settle') answerDraft(id.then((it) => it ?? 'stay'));
    close();
    const found = await id;
    if (found !== null && purpose !== 'settle') await use(purpose, found);
  };
  const keys = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined && count > 0) setAt((active + by + count) % count);
    else if (event.key === 'Enter') void take(event.shiftKey ? choices.find((it) => it.kind === 'create') : choices[active]);
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
        {choices.map((choice, i) => (
          <div
            key={choice.kind === 'create' ? 'create' : choice.item.id} id={`${listId}-${i}`} {...(i === active ? { ref: bringIntoView } : {})} role="option" aria-selected={i === active}
            className="palette-item" onPointerMove={() => setAt(i)} onClick={() => void take(choice)}
          >
            {choice.kind === 'create'
              ? <><Plus size={13} /><span className="ellipsis">{t('picker.create', { name: choice.name })}</span></>
              : <><span className="swatch" style={{ background: choice.item.colour }} /><span className="ellipsis">{choice.item.name}</span>{choice.item.key !== null && <kbd className="kbd class-key">{choice.item.key}</kbd>}</>}
            {i === active ? <Key chord="Enter" /> : choice.kind === 'create' && <Key chord="Shift+Enter" />}
          </div>
        ))}
      </div>
      {count === 0 && <p>{t('picker.hint')}</p>}
    </div>
  );
}

const bringIntoView = (element: HTMLElement | null): void => element?.scrollIntoView({ block: 'nearest' });

const focusOnMount = (input: HTMLInputElement | null): void => input?.focus();
