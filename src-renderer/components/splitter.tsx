import { useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent, ReactElement } from 'react';

const STEP = 16;

/** The edge of a side panel: dragged, or moved with the arrow keys. Widths in CSS pixels. */
export function Splitter({ side, label, width, min, max, onChange, onSettled }: {
  readonly side: 'left' | 'right';
  readonly label: string;
  readonly width: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (width: number) => void;
  /** The width to remember: a drag has ended. */
  readonly onSettled: (width: number) => void;
}): ReactElement {
  const [dragging, setDragging] = useState(false);
  const start = useRef({ x: 0, width: 0 });
  const outward = side === 'left' ? 1 : -1;
  const limited = (value: number): number => Math.round(Math.max(min, Math.min(max, value)));
  const at = (event: PointerEvent): number => limited(start.current.width + (event.clientX - start.current.x) * outward);

  const keys = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? outward : event.key === 'ArrowLeft' ? -outward : 0;
    if (by === 0) return;
    event.preventDefault();
    const next = limited(width + by * STEP);
    onChange(next);
    onSettled(next);
  };

  return (
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation="vertical"
      aria-valuenow={width}
      aria-valuemin={min}
      aria-valuemax={max}
      className={`splitter ${side}`}
      {...(dragging ? { 'data-dragging': '' } : {})}
      onKeyDown={keys}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, width };
        setDragging(true);
      }}
      onPointerMove={(event) => dragging && onChange(at(event))}
      onPointerUp={(event) => {
        if (!dragging) return;
        setDragging(false);
        onSettled(at(event));
      }}
      onPointerCancel={() => setDragging(false)}
    />
  );
}
