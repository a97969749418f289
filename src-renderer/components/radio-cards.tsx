import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import type { ReactElement } from 'react';

export interface RadioChoice<V extends string> {
  readonly value: V;
  readonly title: string;
  readonly detail?: string;
  readonly disabled?: boolean;
}

/** A few choices of which one holds, each with a line about what it means. */
export function RadioCards<V extends string>({ label, value, choices, onChange }: {
  readonly label: string;
  readonly value: V;
  readonly choices: readonly RadioChoice<V>[];
  readonly onChange: (value: V) => void;
}): ReactElement {
  return (
    <fieldset>
      <legend>{label}</legend>
      <RadioGroup className="radio-cards" aria-label={label} value={value} onValueChange={(next) => onChange(next as V)}>
        {choices.map((choice) => (
          <Radio.Root key={choice.value} value={choice.value} disabled={choice.disabled ?? false} className="radio-card" aria-label={choice.title} render={<button type="button" />} nativeButton>
            <i />
            <b>{choice.title}</b>
            {choice.detail !== undefined && <small>{choice.detail}</small>}
          </Radio.Root>
        ))}
      </RadioGroup>
    </fieldset>
  );
}
