import { useState } from 'react';
import type { FocusEvent, KeyboardEvent, PointerEvent } from 'react';

interface CursorProps {
  readonly tabIndex: 0;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerLeave: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocus: (event: FocusEvent) => void;
  readonly onBlur: () => void;
}

const cell = (offset: number, side: number, cells: number): number => Math.min(cells - 1, Math.max(0, Math.floor((offset / side) * cells)));

/**
 * The cell of a plot of columns × rows that the pointer is on, or that arrow keys have moved to; null for none. `props` are
 * for the element that the cells fill, row by row from its top left.
 */
export function useCursor(columns: number, rows: number): { readonly at: number | null; readonly props: CursorProps } {
  const [at, setAt] = useState<number | null>(null);
  const move = (dx: number, dy: number): void =>
    setAt((from) => {
      if (from === null) return 0;
      const x = Math.min(columns - 1, Math.max(0, (from % columns) + dx));
      const y = Math.min(rows - 1, Math.max(0, Math.floor(from / columns) + dy));
      return y * columns + x;
    });
  return {
    at: at !== null && at < columns * rows ? at : null,
    props: {
      tabIndex: 0,
      onPointerMove: (event) => {
        const box = event.currentTarget.getBoundingClientRect();
        setAt(cell(event.clientY - box.top, box.height, rows) * columns + cell(event.clientX - box.left, box.width, columns));
      },
      onPointerLeave: () => setAt(null),
      onKeyDown: (event) => {
        const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], Home: [-columns, 0], End: [columns, 0] }[event.key];
        if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        move(step[0] ?? 0, step[1] ?? 0);
      },
      onFocus: (event) => {
        if (event.currentTarget.matches(':focus-visible')) setAt((from) => from ?? 0);
      },
      onBlur: () => setAt(null),
    },
  };
}
