import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import type { ReactElement } from 'react';

/** A short row of choices of which one holds. */
export function Segments<V extends string>({ label, value, choices, onChange }: {
  readonly label: string;
  readonly value: V;
  readonly choices: readonly { readonly value: V; readonly title: string; readonly name: string; readonly detail?: string }[];
  readonly onChange: (value: V) => void;
}): ReactElement {
  return (
    <RadioGroup className="segments" aria-label={label} value={value} onValueChange={(next) => onChange(next as V)}>
      {choices.map((c) => (
        <Radio.Root key={c.value} value={c.value} aria-label={c.name} title={c.name} render={<button type="button" />} nativeButton>{c.title}{c.detail !== undefined && <small>{c.detail}</small>}</Radio.Root>
      ))}
    </RadioGroup>
  );
}
