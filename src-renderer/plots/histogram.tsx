import type { ReactElement } from 'react';
import { axisTop } from './axis.ts';
import { Figure } from './figure.tsx';
import { useCursor } from './cursor.ts';

export interface HistogramBar {
  /** Short, for the axis; empty for a bar that the axis passes over. */
  readonly tick: string;
  /** The bar's values in words. */
  readonly name: string;
  readonly count: number;
}

/** Lines between bars that mean something, with the words for what lies before each and after the last. */
export interface Zones {
  /** Indices of the bars that begin a zone, ascending. */
  readonly starts: readonly number[];
  readonly names: readonly string[];
}

/** Bars of how often values fall into bins. @param describe a bar in words, with its number and share @param centred ticks name the bars themselves, not where they begin */
export function Histogram({ title, note, head, bars, zones, numbers, centred, describe, format }: {
  readonly title: string; readonly note?: string | undefined; readonly head: readonly [string, string]; readonly bars: readonly HistogramBar[]; readonly zones?: Zones; readonly numbers: boolean; readonly centred: boolean;
  readonly describe: (bar: HistogramBar) => string; readonly format: (count: number) => string;
}): ReactElement {
  const { at, props } = useCursor(bars.length, 1);
  const top = axisTop(Math.max(...bars.map(({ count }) => count)));
  const bar = at === null ? undefined : bars[at];
  return (
    <Figure title={title} note={note} numbers={numbers} readout={bar === undefined ? null : describe(bar)} table={{ head, rows: bars.map(({ name, count }) => [name, format(count)]) }}>
      <div className="histogram-frame">
        <div className="plot-y numeric" aria-hidden><span>{format(top)}</span><span>{top > 1 && format(top / 2)}</span><span>0</span></div>
        <div className="histogram" role="img" aria-label={`${title}: ${bars.filter(({ count }) => count > 0).map(describe).join('; ')}`} {...props}>
          <svg viewBox={`0 0 ${bars.length} 100`} preserveAspectRatio="none" aria-hidden>
            <line className="plot-grid" x1={0} x2={bars.length} y1={50} y2={50} />
            {bars.map(({ count }, i) => {
              // A bar of one among thousands is still seen.
              const height = Math.max(1.5, (100 * count) / top);
              return count > 0 && <rect key={i} className={i === at ? 'bar current' : 'bar'} x={i + 0.08} width={0.84} y={100 - height} height={height} />;
            })}
            {zones?.starts.map((start) => <line key={start} className="plot-limit" x1={start} x2={start} y1={0} y2={100} />)}
          </svg>
          {zones !== undefined && (
            <div className="plot-zones" aria-hidden>
              {zones.names.map((name, i) => <span key={name} style={{ left: `${(100 * (zones.starts[i - 1] ?? 0)) / bars.length}%`, width: `${(100 * ((zones.starts[i] ?? bars.length) - (zones.starts[i - 1] ?? 0))) / bars.length}%` }}>{name}</span>)}
            </div>
          )}
        </div>
        <div className={centred ? 'plot-ticks centred numeric' : 'plot-ticks numeric'} aria-hidden>
          {bars.map(({ tick }, i) => tick !== '' && <span key={i} style={{ left: `${(100 * i) / bars.length}%`, ...(centred ? { width: `${100 / bars.length}%` } : {}) }}>{tick}</span>)}
        </div>
      </div>
    </Figure>
  );
}
