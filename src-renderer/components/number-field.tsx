import { useState } from 'react';
import type { ReactElement } from 'react';

/** A whole number that is typed. What is no number in its bounds is not taken over, and gone when the field is left. */
export function NumberField({ label, value, min, max, disabled = false, onChange }: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly disabled?: boolean;
  readonly onChange: (value: number) => void;
}): ReactElement {
  /** What stands in the field while it is being typed; null while it shows the value. */
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      type="number" className="field numeric" aria-label={label} min={min} max={max} step={1} value={typed ?? value} disabled={disabled}
      onChange={({ target }) => {
        setTyped(target.value);
        const number = target.valueAsNumber;
        if (Number.isInteger(number) && number >= min && number <= max) onChange(number);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
