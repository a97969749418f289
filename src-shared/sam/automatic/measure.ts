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
 * decided at once where the cells lie on the same side of all three thresholds (taps.ts); only elsewhere, which is along
 * the outlines, each pixel is computed.
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
    const tally: Tally = { above: 0, below: 0, left: Infinity, top: Infinity, right: -1, bottom: -1 };
    for (const rows of rowGroups) {
      extremes(logits, n, rows.first, lowest, highest);
      for (const columns of columnGroups) {
        const c = columns.first;
        const high = Math.max(highest[c] ?? 0, highest[c + 1] ?? 0, highest[c + 2] ?? 0);
        if (high <= -limit) continue;
        const low = Math.min(lowest[c] ?? 0, lowest[c + 1] ?? 0, lowest[c + 2] ?? 0);
        const agreed = low > limit || (low > 0 && high <= limit) || (low > -limit && high <= 0);
        if (!agreed) {
          countPixels(logits, n, columns, rows, across.weights, down.weights, limit, tally);
          continue;
        }
        const pixels = (columns.to - columns.from) * (rows.to - rows.from);
        if (low > limit) tally.above += pixels;
        tally.below += pixels;
        if (low > 0) reach(tally, columns.from, rows.from, columns.to - 1, rows.to - 1);
      }
    }
    const { above, below, left, top, right, bottom } = tally;
    return { above, below, box: right < 0 ? NO_BOX : { x0: left, y0: top, x1: right, y1: bottom } };
  };
}

interface Tally {
  above: number;
  below: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function reach(tally: Tally, x0: number, y0: number, x1: number, y1: number): void {
  if (x0 < tally.left) tally.left = x0;
  if (y0 < tally.top) tally.top = y0;
  if (x1 > tally.right) tally.right = x1;
  if (y1 > tally.bottom) tally.bottom = y1;
}

/** Computes each pixel of a group. Most of the time is spent here, so it makes no arrays and keeps its sums to itself. */
function countPixels(logits: Float32Array, n: number, columns: TapGroup, rows: TapGroup, across: Float64Array, down: Float64Array, limit: number, tally: Tally): void {
  const i = rows.first * n + columns.first;
  const j = i + n;
  const k = j + n;
  let above = 0, below = 0;
  for (let x = columns.from; x < columns.to; x++) {
    const v = x * TAPS;
    const v0 = across[v] ?? 0;
    const v1 = across[v + 1] ?? 0;
    const v2 = across[v + 2] ?? 0;
    const a = v0 * (logits[i] ?? 0) + v1 * (logits[i + 1] ?? 0) + v2 * (logits[i + 2] ?? 0);
    const b = v0 * (logits[j] ?? 0) + v1 * (logits[j + 1] ?? 0) + v2 * (logits[j + 2] ?? 0);
    const c = v0 * (logits[k] ?? 0) + v1 * (logits[k + 1] ?? 0) + v2 * (logits[k + 2] ?? 0);
    let first = -1, last = -1;
    for (let y = rows.from, w = y * TAPS; y < rows.to; y++, w += TAPS) {
      const logit = a * (down[w] ?? 0) + b * (down[w + 1] ?? 0) + c * (down[w + 2] ?? 0);
      if (logit > limit) above++;
      if (logit > -limit) below++;
      if (!(logit > 0)) continue;
      if (first < 0) first = y;
      last = y;
    }
    if (first >= 0) reach(tally, x, first, x, last);
  }
  tally.above += above;
  tally.below += below;
}

/** The smallest and the largest of TAPS logits one below another, for each column. NaN stays NaN, so that it decides nothing. */
function extremes(logits: Float32Array, n: number, first: number, lowest: Float32Array, highest: Float32Array): void {
  for (let x = 0, at = first * n; x < n; x++, at++) {
    const a = logits[at] ?? 0;
    const b = logits[at + n] ?? 0;
    const c = logits[at + 2 * n] ?? 0;
    lowest[x] = Math.min(a, b, c);
    highest[x] = Math.max(a, b, c);
  }
}
