import { Combobox } from '@base-ui/react/combobox';
import { useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { FormatRow } from '../../src-shared/contract/datasets.ts';

export interface FormatChoice {
  readonly id: string;
  readonly name: string;
  /** A sentence about it. */
  readonly about: string;
}

/** The same as long as the formats are: the field forgets what is being typed when its choices are others. */
export function useFormatChoices(formats: readonly Pick<FormatRow, 'id' | 'name'>[]): readonly FormatChoice[] {
  const { t } = useTranslation();
  return useMemo(() => formats.map(({ id, name }) => ({ id, name, about: t(`format.${id}.about`, { defaultValue: '' }) })), [formats, t]);
}

/** A format by its name or by a word of what is said about it. */
export function FormatField({ label, value, choices, onChange }: { readonly label: string; readonly value: string; readonly choices: readonly FormatChoice[]; readonly onChange: (id: string) => void }): ReactElement {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const chosen = choices.find(({ id }) => id === value) ?? null;
  return (
    <Combobox.Root<FormatChoice>
      items={choices} value={chosen} autoHighlight itemToStringLabel={({ name }) => name} isItemEqualToValue={(a, b) => a.id === b.id}
      filter={(choice, query) => `${choice.id} ${choice.name} ${choice.about}`.toLocaleLowerCase().includes(query.trim().toLocaleLowerCase())}
      open={open} onOpenChange={setOpen} onValueChange={(next) => next !== null && onChange(next.id)}
    >
      <label className="label">
        {label}
        {/* Escape closes the list, and with none open the dialog: it never empties the field. */}
        <Combobox.Input className="field" spellCheck={false} placeholder={t('format.search')} onKeyDown={(event) => event.key === 'Escape' && !open && event.preventBaseUIHandler()} />
        {chosen !== null && <small>{chosen.about}</small>}
      </label>
      <Combobox.Portal>
        <Combobox.Positioner className="positioner" align="start" sideOffset={4}>
          <Combobox.Popup className="popup formats">
            <Combobox.Empty className="format-none">{t('format.none')}</Combobox.Empty>
            <Combobox.List>
              {(choice: FormatChoice) => <Combobox.Item key={choice.id} value={choice} className="format"><b>{choice.name}</b><small>{choice.about}</small></Combobox.Item>}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
