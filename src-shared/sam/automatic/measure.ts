import type { LogitsFrame } from '../../contract/types.ts';
import { axisTaps, TAPS, tapGroups } from '../taps.ts';
import type { TapGroup } from '../taps.ts';
import { NO_BOX } from './corners.ts';
import type { Corners } from './corners.ts';

/** What is counted of a mask at image resolution. */
export interface MaskMeasure {
  /** Pixels whose logit is above +offset, and above −offset. */
  readonly above: number;
  readonly below: number;
  /** Of the pixels above 0, both ends included; zeros when there are none. */
  readonly box: Corners;
}

/**
 * Measures masks given as lowRes² logits without making them: pixels that read the same low-resolution cells are
 * decided at once where the cells agree (taps.ts); only along the outline each pixel is computed.
 * `offset` is at least 0. The function keeps memory in proportion to lowRes² and may be called again and again.
 */
export function createMeasurer(frame: LogitsFrame): (logits: Float32Array, offset: number) => MaskMeasure {
  const { lowRes: n } = frame;
  const across = axisTaps(frame.imageWidth, frame.inputWidth, frame);
  const down = axisTaps(frame.imageHeight, frame.inputHeight, frame);
  const columnGroups = tapGroups(across);
  const rowGroups = tapGroups(down);
  const lowest = new Float32Array(n);
  const highest = new Float32Array(n);

  return (logits, offset) => {
    const limit = Math.fround(offset);
    let above = 0, below = 0;
    let left = Infinity, top = Infinity, right = -1, bottom = -1;
    const reach = (x0: number, y0: number, x1: number, y1: number): void => {
      if (x0 < left) left = x0;
      if (y0 < top) top = y0;
      if (x1 > right) right = x1;
      if (y1 > bottom) bottom = y1;
    };
    const outline = (columns: TapGroup, rows: TapGroup): void => {
      const at = rows.first * n + columns.first;
      for (let x = columns.from; x < columns.to; x++) {
        const v = x * TAPS;
        const [v0, v1, v2] = [across.weights[v] ?? 0, across.weights[v + 1] ?? 0, across.weights[v + 2] ?? 0];
        const blend = (i: number): number => v0 * (logits[i] ?? 0) + v1 * (logits[i + 1] ?? 0) + v2 * (logits[i + 2] ?? 0);
        const [a, b, c] = [blend(at), blend(at + n), blend(at + 2 * n)];
        for (let y = rows.from, w = y * TAPS; y < rows.to; y++, w += TAPS) {
          const logit = a * (down.weights[w] ?? 0) + b * (down.weights[w + 1] ?? 0) + c * (down.weights[w + 2] ?? 0);
          if (logit > limit) above++;
          if (logit > -limit) below++;
          if (logit > 0) reach(x, y, x, y);
        }
      }
    };
    for (const rows of rowGroups) {
      extremes(logits, n, rows.first, lowest, highest);
      for (const columns of columnGroups) {
        const c = columns.first;
        if (Math.max(highest[c] ?? 0, highest[c + 1] ?? 0, highest[c + 2] ?? 0) <= -limit) continue;
        if (!(Math.min(lowest[c] ?? 0, lowest[c + 1] ?? 0, lowest[c + 2] ?? 0) > limit)) {
          outline(columns, rows);
          continue;
        }
        const pixels = (columns.to - columns.from) * (rows.to - rows.from);
        above += pixels;
        below += pixels;
        reach(columns.from, rows.from, columns.to - 1, rows.to - 1);
      }
    }
    return { above, below, box: right < 0 ? NO_BOX : { x0: left, y0: top, x1: right, y1: bottom } };
  };
}

/** The smallest and the largest of TAPS logits one below another, for each column. NaN stays NaN, so that it decides nothing. */
function extremes(logits: Float32Array, n: number, first: number, lowest: Float32Array, highest: Float32Array): void {
  for (let x = 0, at = first * n; x < n; x++, at++) {
    const [a, b, c] = [logits[at] ?? 0, logits[at + n] ?? 0, logits[at + 2 * n] ?? 0];
    lowest[x] = Math.min(a, b, c);
    highest[x] = Math.max(a, b, c);
  }
}
