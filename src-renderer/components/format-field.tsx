import { Combobox } from '@base-ui/react/combobox';
import { ChevronDown } from 'lucide-react';
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

const plain = (text: string): string => text.trim().toLocaleLowerCase();

/**
 * A format by its name or by a word of what is said about it. A text that names none stays in the field until it is
 * completed or Esc brings the chosen format back.
 * @param onTyping whether such a text is in the field, so that nobody acts on a format that is not the one on show
 */
export function FormatField({ label, value, choices, onChange, onTyping }: {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly FormatChoice[];
  readonly onChange: (id: string) => void;
  readonly onTyping: (typing: boolean) => void;
}): ReactElement {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState<string | null>(null);
  const chosen = choices.find(({ id }) => id === value) ?? null;
  const matches = ({ id, name, about }: FormatChoice, query: string): boolean => plain(`${id} ${name} ${about}`).includes(plain(query));
  const unknown = text !== null && !choices.some((choice) => matches(choice, text));
  const type = (next: string | null): void => {
    setText(next);
    onTyping(next !== null);
  };
  const take = (id: string): void => {
    type(null);
    onChange(id);
  };
  const restore = (): void => {
    type(null);
    setOpen(false);
  };
  /** The field is left: a format's whole name means that format. */
  const leave = (): void => {
    const named = text === null ? undefined : choices.find(({ id, name }) => plain(text) === id || plain(text) === plain(name));
    if (named !== undefined) take(named.id);
  };
  return (
    <Combobox.Root<FormatChoice>
      items={choices} value={chosen} autoHighlight itemToStringLabel={({ name }) => name} isItemEqualToValue={(a, b) => a.id === b.id}
      filter={(choice, query) => matches(choice, query)} inputValue={text ?? chosen?.name ?? ''} onInputValueChange={(next, { reason }) => reason === 'input-change' && type(next)}
      open={open} onOpenChange={setOpen} onValueChange={(next) => next !== null && take(next.id)}
    >
      <label className="label">
        {label}
        <span className="format-input">
          <Combobox.Input
            className="field" spellCheck={false} placeholder={t('format.search')} aria-invalid={unknown} onBlur={leave}
            onFocus={(event) => text === null && event.currentTarget.select()}
            // The press that opens the list would put the caret where it hit, and typing would add to the name.
            onMouseUp={(event) => {
              if (text !== null) return;
              event.preventDefault();
              event.currentTarget.select();
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              // It closes the list and brings the format back; with neither to do it closes the dialog. It never empties the field.
              event.preventBaseUIHandler();
              if (!open && text === null) return;
              event.stopPropagation();
              restore();
            }}
          />
          <Combobox.Trigger className="format-arrow" tabIndex={-1} aria-hidden><ChevronDown size={15} /></Combobox.Trigger>
        </span>
        {unknown ? <small className="format-unknown" role="alert">{t('format.unknown', { text })}</small> : chosen !== null && text === null && <small>{chosen.about}</small>}
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
