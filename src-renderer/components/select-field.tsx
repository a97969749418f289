import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

export interface SelectChoice<V extends string> {
  readonly value: V;
  readonly title: string;
}

/** One of a few; with none chosen yet it says so. */
export function SelectField<V extends string>({ label, detail, value, choices, onChange }: { readonly label: string; readonly detail?: string; readonly value: V | null; readonly choices: readonly SelectChoice<V>[]; readonly onChange: (value: V) => void }): ReactElement {
  const { t } = useTranslation();
  const choose = (text: string): void => {
    const chosen = choices.find((choice) => choice.value === text);
    if (chosen !== undefined) onChange(chosen.value);
  };
  return (
    <label className="label">
      {label}
      <select className="field" value={value ?? ''} onChange={(event) => choose(event.target.value)}>
        {value === null && <option value="" disabled>{t('import.choose')}</option>}
        {choices.map((choice) => <option key={choice.value} value={choice.value}>{choice.title}</option>)}
      </select>
      {detail !== undefined && <small>{detail}</small>}
    </label>
  );
}
