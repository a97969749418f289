import { Dialog } from '@base-ui/react/dialog';
import { useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { fuzzySearch } from '../commands/fuzzy.ts';
import { COMMANDS, isEnabled, runCommand } from '../commands/registry.ts';
import { CommandKey } from '../components/keys.tsx';
import { returnFocus } from '../components/modal.tsx';
import { useApp } from '../state/app-store.ts';
import { pickClass } from '../state/objects.ts';
import { useProject } from '../state/project-store.ts';
import { openPath } from '../state/session.ts';
import { closeDialog } from '../state/ui-store.ts';

interface Entry {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly enabled: boolean;
  readonly isCommand: boolean;
  run(): void;
}

/** All that can be done, by searching: commands, classes, recent projects. */
function useEntries(): readonly Entry[] {
  const { t } = useTranslation();
  const classes = useProject((s) => s.info?.classes);
  const projects = useApp((s) => s.recent);
  return useMemo(() => {
    const commands = COMMANDS.filter((c) => c.keyOnly !== true && c.id !== 'program.palette')
      .map((c): Entry => ({ id: c.id, group: t(`group.${c.group}`), title: t(c.title), enabled: isEnabled(c), isCommand: true, run: () => runCommand(c) }));
    const labels = (classes ?? []).map((c): Entry => ({ id: `class-${c.id}`, group: t('palette.class'), title: c.name, enabled: true, isCommand: false, run: () => void pickClass(c.id) }));
    const recent = projects.filter((r) => !r.missing)
      .map((r): Entry => ({ id: `recent-${r.path}`, group: t('palette.project'), title: t('palette.openProject', { name: r.name }), enabled: true, isCommand: false, run: () => void openPath(r.path, r.name) }));
    return [...commands.toSorted((a, b) => Number(b.enabled) - Number(a.enabled)), ...labels, ...recent];
  }, [t, classes, projects]);
}

const bringIntoView = (element: HTMLElement | null): void => element?.scrollIntoView({ block: 'nearest' });

function take(entry: Entry | undefined): void {
  if (entry === undefined || !entry.enabled) return;
  closeDialog();
  // After the dialog has given back the focus: some commands put it elsewhere, or open another dialog.
  requestAnimationFrame(() => entry.run());
}

export function CommandPalette(): ReactElement {
  const { t } = useTranslation();
  const entries = useEntries();
  const input = useRef<HTMLInputElement>(null);
  const [search, setSearch] = useState('');
  const [at, setAt] = useState(0);
  const found = useMemo(() => fuzzySearch(search, entries, (e) => e.title), [search, entries]);

  const keys = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined && found.length > 0) setAt((at + by + found.length) % found.length);
    else if (event.key === 'Enter') take(found[at]?.item);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && closeDialog()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog top" initialFocus={input} finalFocus={returnFocus} aria-label={t('command.palette')}>
          <input
            ref={input} className="palette-field" type="text" role="combobox" aria-expanded aria-controls="palette-list" aria-activedescendant={`palette-${at}`} aria-label={t('palette.search')}
            placeholder={t('palette.search')} spellCheck={false} autoComplete="off" value={search} onKeyDown={keys}
            onChange={(e) => {
              setSearch(e.target.value);
              setAt(0);
            }}
          />
          <div id="palette-list" className="palette-list" role="listbox" aria-label={t('command.palette')}>
            {found.map(({ item, highlighted }, i) => (
              <div key={item.id} {...(i === at ? { ref: bringIntoView } : {})} id={`palette-${i}`} role="option" aria-selected={i === at} aria-disabled={!item.enabled} className="palette-item" onPointerMove={() => setAt(i)} onClick={() => take(item)}>
                <span className="group ellipsis">{item.group}</span>
                <span className="ellipsis">{highlighted((text, key) => <mark key={key}>{text}</mark>)}</span>
                {item.isCommand && <CommandKey id={item.id} />}
              </div>
            ))}
            {found.length === 0 && <div className="empty">{t('palette.nothing')}</div>}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
