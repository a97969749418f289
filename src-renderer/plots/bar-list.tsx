import { useState } from 'react';
import type { ReactElement } from 'react';
import { Figure } from './figure.tsx';

export interface BarRow {
  readonly key: string;
  readonly name: string;
  readonly count: number;
  /** Leads to what the row counts. */
  readonly onChoose?: (() => void) | undefined;
}

/** A bar with its number for each thing. @param describe a row in words, with its number and share @param rest what is not listed, in words */
export function BarList({ title, head, rows, numbers, format, describe, rest, chooseTitle }: {
  readonly title: string; readonly head: readonly [string, string]; readonly rows: readonly BarRow[]; readonly numbers: boolean; readonly format: (count: number) => string;
  readonly describe: (row: BarRow) => string; readonly rest?: string | null; readonly chooseTitle?: string;
}): ReactElement {
  const [readout, setReadout] = useState<string | null>(null);
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return (
    <Figure title={title} numbers={numbers} readout={readout} table={{ head, rows: rows.map(({ name, count }) => [name, format(count)]) }}>
      <ul className="bar-list" onPointerLeave={() => setReadout(null)}>
        {rows.map((row) => (
          <li key={row.key} onPointerEnter={() => setReadout(describe(row))}>
            {row.onChoose === undefined ? <span className="ellipsis" title={row.name}>{row.name}</span> : <button type="button" className="link ellipsis" title={chooseTitle} onClick={row.onChoose}>{row.name}</button>}
            <span className="bar-track" role="img" aria-label={describe(row)}>{row.count > 0 && <i style={{ width: `${(100 * row.count) / most}%` }} />}</span>
            <span className="numeric">{format(row.count)}</span>
          </li>
        ))}
      </ul>
      {rest !== undefined && rest !== null && <p className="plot-rest">{rest}</p>}
    </Figure>
  );
}
