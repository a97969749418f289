import { useState } from 'react';
import type { ReactElement } from 'react';
import { Figure } from './figure.tsx';

export interface BarPart {
  readonly name: string;
  readonly count: number;
  /** Of plot.css. */
  readonly tone: number;
}

export interface BarRow {
  readonly key: string;
  readonly name: string;
  /** What the bar is made of, from left to right. */
  readonly parts: readonly BarPart[];
  /** Leads to what the row counts. */
  readonly onChoose?: (() => void) | undefined;
}

/** A bar with its number for each thing, all of one scale. */
export function BarList({ title, note, head, rows, numbers, format, describe, rest, chooseTitle, wide }: {
  readonly title: string; readonly note?: string | undefined; readonly head: readonly string[]; readonly rows: readonly BarRow[]; readonly numbers: boolean; readonly wide?: boolean;
  readonly format: (count: number) => string; readonly describe: (row: BarRow, part: BarPart) => string; readonly rest?: string | null; readonly chooseTitle?: string;
}): ReactElement {
  const [readout, setReadout] = useState<string | null>(null);
  const most = Math.max(1, ...rows.map(totalOf));
  return (
    <Figure title={title} note={note} numbers={numbers} readout={readout} wide={wide ?? false} table={{ head, rows: rows.map((row) => [row.name, ...(row.parts.length > 1 ? row.parts.map(({ count }) => format(count)) : []), format(totalOf(row))]) }}>
      <ul className="bar-list" onPointerLeave={() => setReadout(null)}>
        {rows.map((row) => (
          <li key={row.key}>
            {row.onChoose === undefined ? <span className="ellipsis" title={row.name}>{row.name}</span> : <button type="button" className="link ellipsis" title={chooseTitle} onClick={row.onChoose}>{row.name}</button>}
            <span className="bar-track" role="img" aria-label={row.parts.map((part) => describe(row, part)).join(', ')}>
              {row.parts.map((part) => part.count > 0 && <i key={part.name} data-tone={part.tone} style={{ width: `${(100 * part.count) / most}%` }} onPointerEnter={() => setReadout(describe(row, part))} />)}
            </span>
            <span className="numeric">{format(totalOf(row))}</span>
          </li>
        ))}
      </ul>
      {rest !== undefined && rest !== null && <p className="plot-rest">{rest}</p>}
    </Figure>
  );
}

const totalOf = ({ parts }: BarRow): number => parts.reduce((sum, { count }) => sum + count, 0);
