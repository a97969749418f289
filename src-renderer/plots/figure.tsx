import { useId } from 'react';
import type { ReactElement, ReactNode } from 'react';

export interface FigureTable {
  readonly head: readonly string[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly string[])[];
}

/**
 * A plot with its title and, beside that, what is under the pointer in words. As `numbers` it is a table instead. The plots
 * are made by hand: see docs/architecture.md.
 * @param readout what the pointer, or the keyboard, is on
 */
export function Figure({ title, note, readout, table, numbers, children }: {
  readonly title: string; readonly note?: string | undefined; readonly readout?: string | null; readonly table: FigureTable; readonly numbers: boolean; readonly children: ReactNode;
}): ReactElement {
  const id = useId();
  return (
    <figure className="plot" aria-labelledby={id}>
      <figcaption><b id={id}>{title}</b>{note !== undefined && <small>{note}</small>}<output className="plot-readout numeric" aria-live="polite">{readout ?? ''}</output></figcaption>
      {numbers ? <Table {...table} /> : children}
    </figure>
  );
}

function Table({ head, rows }: FigureTable): ReactElement {
  return (
    <div className="plot-table" tabIndex={0} role="group">
      <table className="numeric">
        <thead><tr>{head.map((cell, i) => <th key={i} scope="col">{cell}</th>)}</tr></thead>
        <tbody>{rows.map(([name, ...cells], y) => <tr key={y}><th scope="row">{name}</th>{cells.map((cell, x) => <td key={x}>{cell}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}
