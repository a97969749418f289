import { Slider as Base } from '@base-ui/react/slider';
import type { ReactElement } from 'react';
import { focusCanvas } from '../commands/canvas-handle.ts';

interface SliderProps {
  readonly label: string;
  /** What the value means to a person, shown beside the label. */
  readonly shown: string;
  /** Names each thumb of a range for screen readers. */
  readonly thumbs?: readonly [string, string];
  /** One value, or the ends of a range. */
  readonly value: readonly [number] | readonly [number, number];
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Which side of a single value is let through, and so is coloured; a range colours what is between. */
  readonly side?: 'above' | 'below';
  readonly onChange: (value: readonly number[]) => void;
}

/** A value, or a range, set by dragging. Let go, the keyboard is the canvas' again; reached by keyboard it stays here. */
export function Slider({ label, shown, thumbs, value, min, max, step, side = 'below', onChange }: SliderProps): ReactElement {
  return (
    <Base.Root
      className="slider" data-side={side} value={[...value]} min={min} max={max} step={step} largeStep={step * 5} thumbCollisionBehavior="none"
      onValueChange={(next) => onChange(next)}
      onValueCommitted={(_, { reason }) => {
        if (reason === 'drag' || reason === 'track-press') focusCanvas();
      }}
    >
      <span className="slider-label" aria-hidden><span>{label}</span><span className="numeric">{shown}</span></span>
      <Base.Control className="slider-control">
        <Base.Track className="slider-track">
          <Base.Indicator className="slider-indicator" />
          {value.map((_, i) => <Base.Thumb key={thumbs?.[i] ?? label} index={i} className="slider-thumb" getAriaLabel={() => thumbs?.[i] ?? label} getAriaValueText={() => shown} />)}
        </Base.Track>
      </Base.Control>
    </Base.Root>
  );
}
