import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExportOptions, FormatOption, FormatRow } from '../../src-shared/contract/datasets.ts';
import { RadioCards } from '../components/radio-cards.tsx';

/** Choices beyond these are a list instead of cards. */
const MOST_CARDS = 3;

interface OptionsProps {
  readonly format: FormatRow;
  readonly values: ExportOptions;
  readonly onChange: (values: ExportOptions) => void;
}

/** A format's options as a form. What is not in `values` has its default. */
export function FormatOptions({ format, values, onChange }: OptionsProps): ReactElement {
  const set = (name: string, value: ExportOptions[string] | undefined): void => {
    const { [name]: _, ...others } = values;
    onChange(value === undefined ? others : { ...others, [name]: value });
  };
  return <>{format.options.map((option) => <Option key={option.name} format={format.id} option={option} value={values[option.name] ?? option.default} onChange={(value) => set(option.name, value)} />)}</>;
}

function Option({ format, option, value, onChange }: {
  readonly format: string;
  readonly option: FormatOption;
  readonly value: ExportOptions[string] | null;
  /** Undefined: as the default says. */
  readonly onChange: (value: ExportOptions[string] | undefined) => void;
}): ReactElement {
  const { t } = useTranslation();
  // Formats that bring no words of their own are shown by the names and the sentences of their options.
  const words = (key: string, otherwise: string): string => t(`format.${format}.${key}`, { defaultValue: otherwise });
  const label = words(`${option.name}.name`, spelled(option.name));
  const detail = words(`${option.name}.detail`, option.description ?? '');
  switch (option.kind) {
    case 'choice': {
      const choices = option.choices.map((choice) => ({ value: choice, title: words(`${option.name}.${choice}`, spelled(choice)), detail: words(`${option.name}.${choice}Detail`, '') }));
      if (choices.length <= MOST_CARDS) {
        return <RadioCards label={label} value={String(value)} onChange={onChange} choices={choices.map(({ detail: about, ...choice }) => (about === '' ? choice : { ...choice, detail: about }))} />;
      }
      return (
        <label className="label">
          {label}
          <select className="field" value={String(value)} onChange={(e) => onChange(e.target.value)}>{choices.map((choice) => <option key={choice.value} value={choice.value}>{choice.title}</option>)}</select>
          {detail !== '' && <small>{detail}</small>}
        </label>
      );
    }
    case 'switch':
      return <label className="check"><input type="checkbox" checked={value === true} onChange={(e) => onChange(e.target.checked)} /><span>{label}{detail !== '' && <small>{detail}</small>}</span></label>;
    case 'number':
      return (
        <label className="label">
          {label}
          <input
            type="number" className="field" value={value === null ? '' : Number(value)} step={option.whole ? 1 : 'any'} {...(option.least === null ? {} : { min: option.least })} {...(option.most === null ? {} : { max: option.most })}
            onChange={(e) => onChange(Number.isFinite(e.target.valueAsNumber) ? e.target.valueAsNumber : undefined)}
          />
          {detail !== '' && <small>{detail}</small>}
        </label>
      );
    case 'text':
      return <label className="label">{label}<input type="text" className="field" spellCheck={false} value={value === null ? '' : String(value)} onChange={(e) => onChange(e.target.value === '' ? undefined : e.target.value)} />{detail !== '' && <small>{detail}</small>}</label>;
  }
}

/** "file-per-split" as "File per split". */
const spelled = (name: string): string => {
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[-_]/g, ' ').toLocaleLowerCase();
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
};
