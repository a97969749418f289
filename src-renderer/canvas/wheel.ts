/** What a turn of the wheel or a swipe of two fingers asks for. Pure but for its memory of the gesture going on. */

export interface WheelInput {
  readonly deltaX: number;
  readonly deltaY: number;
  /** 0 pixels, 1 lines, 2 pages. */
  readonly deltaMode: number;
  /** Also set by browsers for a trackpad's pinch. */
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  /** Milliseconds. */
  readonly timeStamp: number;
}

export type WheelAction = { readonly kind: 'zoom'; readonly factor: number } | { readonly kind: 'pan'; readonly dx: number; readonly dy: number };

const PIXELS_PER_LINE = 33;
const PIXELS_PER_PAGE = 400;
/** A pause this long ends a gesture. */
const GESTURE_PAUSE_MS = 180;
/** A notch of a mouse wheel is larger than this many pixels; a swipe begins smaller. */
const SMALLEST_NOTCH = 50;

/**
 * Tells a mouse wheel, which zooms, from two fingers on a trackpad, which pan. The events are the same; but a swipe
 * begins with small whole steps or moves sideways, which a notched wheel does not. The decision holds for the gesture.
 */
export class WheelReader {
  #last = -Infinity;
  #fingers = false;

  read(input: WheelInput): WheelAction {
    const unit = input.deltaMode === 1 ? PIXELS_PER_LINE : input.deltaMode === 2 ? PIXELS_PER_PAGE : 1;
    const dx = input.deltaX * unit;
    const dy = input.deltaY * unit;
    if (input.timeStamp - this.#last > GESTURE_PAUSE_MS) this.#fingers = false;
    const begins = input.timeStamp - this.#last > GESTURE_PAUSE_MS;
    this.#last = input.timeStamp;
    if (input.ctrlKey || input.metaKey) return { kind: 'zoom', factor: Math.exp(-within(dy, 14) * 0.012) };
    if (input.shiftKey) return { kind: 'pan', dx: -(dx || dy), dy: dx ? -dy : 0 };
    const small = input.deltaMode === 0 && Number.isInteger(dy) && Math.abs(dy) < SMALLEST_NOTCH;
    if (dx !== 0 || (begins && small)) this.#fingers = true;
    if (this.#fingers) return { kind: 'pan', dx: -dx, dy: -dy };
    return { kind: 'zoom', factor: 2 ** (-within(dy, 300) / 360) };
  }
}

function within(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value));
}
