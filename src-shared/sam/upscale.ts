import type { LogitsFrame } from '../contract/types.ts';
import { MaskwrightError } from '../contract/errors.ts';
import type { Box } from '../domain/schema.ts';
import type { Rle } from '../geometry/rle.ts';
import { RunWriter } from '../geometry/run-writer.ts';
import { axisTaps, blendColumn, TAPS, tapGroups } from './taps.ts';
import type { AxisTaps, TapGroup } from './taps.ts';

/** Low-resolution logits laid over the image (taps.ts), and then > 0. */
export interface Upscaler {
  readonly frame: LogitsFrame;
  /** The mask at image resolution: strictly above 0 (so NaN is outside). `logits` is lowRes², row-major. */
  logitsToRle(logits: Float32Array): Rle;
  /**
   * Upscaled logits for a grid of columns × rows samples into `out` (row-major): sample (i, j) is the value of the
   * image pixel that contains (x0 + (i + ½)·stepX, y0 + (j + ½)·stepY), in image pixels, clamped to the image. So with
   * whole x0, y0 and steps of 1 these are the pixels themselves; with smaller steps each pixel is a flat square, as
   * the picture shows it; with larger ones the nearest pixel stands for those around it.
   */
  sample(logits: Float32Array, x0: number, y0: number, stepX: number, stepY: number, columns: number, rows: number, out: Float32Array): void;
}

/** Throws 'bad-request' when the frame's sizes do not fit one another. Building costs in proportion to width + height. */
export function createUpscaler(frame: LogitsFrame): Upscaler {
  checkFrame(frame);
  const across = axisTaps(frame.imageWidth, frame.inputWidth, frame);
  const down = axisTaps(frame.imageHeight, frame.inputHeight, frame);
  const columnGroups = tapGroups(across);
  const rowGroups = tapGroups(down);

  return {
    frame,
    logitsToRle: (logits) => threshold(checkLogits(logits, frame), frame, across, down, columnGroups, rowGroups),
    sample(logits, x0, y0, stepX, stepY, columns, rows, out) {
      checkLogits(logits, frame);
      if (out.length < columns * rows) throw new MaskwrightError('bad-request', `${columns} × ${rows} samples do not fit an array of ${out.length}.`);
      const xs = samplePixels(x0, stepX, columns, frame.imageWidth);
      const ys = samplePixels(y0, stepY, rows, frame.imageHeight);
      sampleGrid(logits, frame.lowRes, across, down, xs, ys, out);
    },
  };
}

/**
 * A box in whole image pixels that surely contains every pixel above 0, or null when there can be none: for limiting
 * what is drawn. It is larger than the mask's own box by up to about one and a half low-resolution cells a side.
 */
export function logitsBox(logits: Float32Array, frame: LogitsFrame): Box | null {
  checkFrame(frame);
  checkLogits(logits, frame);
  const n = frame.lowRes;
  let left = n, top = n, right = -1, bottom = -1;
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      if (!((logits[y * n + x] ?? 0) > 0)) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  const across = reach(left, right, frame.inputWidth, frame.imageWidth, frame);
  const down = reach(top, bottom, frame.inputHeight, frame.imageHeight, frame);
  if (!across || !down) return null;
  return { x: across[0], y: down[0], width: across[1] - across[0], height: down[1] - down[0] };
}

/** Image pixels from ≤ p < to that may read low-resolution cells first…last. */
function reach(first: number, last: number, input: number, image: number, { lowRes, frame }: LogitsFrame): [number, number] | null {
  // A frame pixel reads cells less than 1 from its place in the grid, an image pixel frame pixels less than 1 from its
  // place in the frame; half-pixel centres add the halves.
  const step = frame / lowRes;
  const toImage = image / input;
  const from = Math.max(0, Math.floor(((first - 0.5) * step - 1) * toImage - 0.5));
  const to = Math.min(image, Math.ceil(((last + 1.5) * step + 1) * toImage + 0.5));
  return from < to ? [from, to] : null;
}

function checkFrame(frame: LogitsFrame): void {
  const { lowRes, inputWidth, inputHeight, imageWidth, imageHeight } = frame;
  const within = (side: number): boolean => side >= 1 && side <= frame.frame;
  if (!(lowRes >= TAPS && frame.frame >= lowRes && within(inputWidth) && within(inputHeight) && imageWidth >= 1 && imageHeight >= 1)) {
    throw new MaskwrightError('bad-request', `Logits of ${lowRes}² over a frame of ${frame.frame}² holding ${inputWidth} × ${inputHeight} pixels cannot be laid over an image of ${imageWidth} × ${imageHeight}.`);
  }
}

function checkLogits(logits: Float32Array, frame: LogitsFrame): Float32Array {
  if (logits.length !== frame.lowRes ** 2) {
    throw new MaskwrightError('bad-request', `${logits.length} logits are not ${frame.lowRes} × ${frame.lowRes}.`);
  }
  return logits;
}

function threshold(logits: Float32Array, frame: LogitsFrame, across: AxisTaps, down: AxisTaps, columnGroups: readonly TapGroup[], rowGroups: readonly TapGroup[]): Rle {
  const { lowRes, imageWidth, imageHeight } = frame;
  const runs = new RunWriter();
  const column = new Float64Array(lowRes);
  let inside = false;
  /** Column-major position where the present run began. */
  let began = 0;
  const turn = (to: boolean, position: number): void => {
    if (to === inside) return;
    runs.add(inside, position - began);
    inside = to;
    began = position;
  };

  for (const group of columnGroups) {
    if (!anyAbove(logits, lowRes, group.first)) {
      turn(false, group.from * imageHeight);
      continue;
    }
    for (let x = group.from; x < group.to; x++) {
      blendColumn(logits, lowRes, group.first, across.weights, x * TAPS, column);
      const base = x * imageHeight;
      for (const { from, to, first } of rowGroups) {
        const a = column[first] ?? 0;
        const b = column[first + 1] ?? 0;
        const c = column[first + 2] ?? 0;
        const above = Number(a > 0) + Number(b > 0) + Number(c > 0);
        if (above === 0 || above === TAPS) {
          turn(above !== 0, base + from);
          continue;
        }
        for (let y = from, w = from * TAPS; y < to; y++, w += TAPS) {
          turn(a * (down.weights[w] ?? 0) + b * (down.weights[w + 1] ?? 0) + c * (down.weights[w + 2] ?? 0) > 0, base + y);
        }
      }
    }
  }
  runs.add(inside, imageWidth * imageHeight - began);
  return { size: [imageHeight, imageWidth], counts: runs.finish() };
}

/** Whether any logit in the TAPS columns from `first` is above 0. */
function anyAbove(logits: Float32Array, lowRes: number, first: number): boolean {
  for (let at = first; at < logits.length; at += lowRes) {
    if ((logits[at] ?? 0) > 0 || (logits[at + 1] ?? 0) > 0 || (logits[at + 2] ?? 0) > 0) return true;
  }
  return false;
}

/** The image pixel under each sample along one axis. */
function samplePixels(start: number, step: number, count: number, side: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => Math.min(side - 1, Math.max(0, Math.floor(start + (i + 0.5) * step))));
}

function sampleGrid(logits: Float32Array, lowRes: number, across: AxisTaps, down: AxisTaps, xs: Int32Array, ys: Int32Array, out: Float32Array): void {
  const line = new Float64Array(lowRes);
  const columns = xs.length;
  for (let j = 0; j < ys.length; j++) {
    const y = ys[j] ?? 0;
    if (j > 0 && ys[j - 1] === y) {
      out.copyWithin(j * columns, (j - 1) * columns, j * columns);
      continue;
    }
    const w = y * TAPS;
    const [w0, w1, w2] = [down.weights[w] ?? 0, down.weights[w + 1] ?? 0, down.weights[w + 2] ?? 0];
    for (let x = 0, at = (down.first[y] ?? 0) * lowRes; x < lowRes; x++, at++) {
      line[x] = w0 * (logits[at] ?? 0) + w1 * (logits[at + lowRes] ?? 0) + w2 * (logits[at + 2 * lowRes] ?? 0);
    }
    for (let i = 0, to = j * columns; i < columns; i++, to++) {
      const x = xs[i] ?? 0;
      const first = across.first[x] ?? 0;
      const v = x * TAPS;
      out[to] =
        (line[first] ?? 0) * (across.weights[v] ?? 0) + (line[first + 1] ?? 0) * (across.weights[v + 1] ?? 0) + (line[first + 2] ?? 0) * (across.weights[v + 2] ?? 0);
    }
  }
}
