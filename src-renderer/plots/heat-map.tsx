import { memo } from 'react';
import type { ReactElement } from 'react';
import { Figure } from './figure.tsx';
import { useCursor } from './cursor.ts';

/** A grid of values from pale to strong. @param values row-major @param nameOf a cell in words @param corners words at the ends of the axes */
export function HeatMap({ title, note, values, columns, numbers, nameOf, format, xAxis, yAxis, summary, flip = false }: {
  readonly title: string; readonly note?: string | undefined; readonly values: ArrayLike<number>; readonly columns: number; readonly numbers: boolean; readonly nameOf: (column: number, row: number) => string;
  readonly format: (value: number) => string; readonly xAxis: string; readonly yAxis: string; readonly summary: (most: string, value: string) => string; readonly flip?: boolean;
}): ReactElement {
  const all = Array.from(values);
  const rows = all.length / columns;
  const { at, props } = useCursor(columns, rows);
  const most = Math.max(...all);
  // Rows from the bottom up, as axes of plots have them; pictures have theirs from the top down.
  const rowOf = (y: number): number => (flip ? rows - 1 - y : y);
  const name = (index: number): string => nameOf(index % columns, Math.floor(index / columns));
  const shown = at === null ? null : rowOf(Math.floor(at / columns)) * columns + (at % columns);
  const strongest = all.indexOf(most);
  return (
    <Figure
      title={title} note={note} numbers={numbers} readout={shown === null ? null : `${name(shown)}: ${format(all[shown] ?? 0)}`}
      table={{ head: [yAxis, ...Array.from({ length: columns }, (_, x) => String(x + 1))], rows: Array.from({ length: rows }, (_, y) => [String(rowOf(y) + 1), ...all.slice(rowOf(y) * columns, (rowOf(y) + 1) * columns).map((value) => (value === 0 ? '' : format(value)))]) }}
    >
      <div className="heat">
        <span className="heat-y" aria-hidden>{yAxis}</span>
        <div className="heat-cells" role="img" aria-label={most > 0 ? summary(name(strongest), format(most)) : title} {...props}>
          <svg viewBox={`0 0 ${columns} ${rows}`} preserveAspectRatio="none" shapeRendering="crispEdges" aria-hidden>
            <Cells values={values} columns={columns} flip={flip} />
            {at !== null && <rect className="heat-current" x={at % columns} y={Math.floor(at / columns)} width={1} height={1} />}
          </svg>
        </div>
        <span className="heat-x" aria-hidden>{xAxis}</span>
        <span className="heat-scale numeric" aria-hidden><i />{most > 0 ? `0 – ${format(most)}` : ''}</span>
      </div>
    </Figure>
  );
}

/** Apart, because they stay while the pointer moves. Strength goes with the root of a value, so that small ones are told from none. */
const Cells = memo(function Cells({ values, columns, flip }: { readonly values: ArrayLike<number>; readonly columns: number; readonly flip: boolean }): ReactElement {
  const all = Array.from(values);
  const most = Math.max(...all);
  const rows = all.length / columns;
  return (
    <>
      {all.map((value, i) => {
        const y = Math.floor(i / columns);
        return value > 0 && <rect key={i} className="heat-cell" x={i % columns} y={flip ? rows - 1 - y : y} width={1} height={1} fillOpacity={0.08 + 0.92 * Math.sqrt(value / most)} />;
      })}
    </>
  );
});
