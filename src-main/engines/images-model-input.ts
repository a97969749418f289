import { setImmediate as turn } from 'node:timers/promises';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { Corners } from '../../src-shared/sam/automatic/corners.ts';
import { inputSize } from '../../src-shared/sam/preprocess.ts';
import type { Fit } from '../../src-shared/sam/preprocess.ts';
import { resampleColumns, resampleRows, resampleWeights } from '../../src-shared/sam/resample.ts';
import type { Look, ModelInput } from './images-api.ts';
import { fullPixels, pixelHash } from './images-pixels.ts';
import type { Pixels } from './images-pixels.ts';

/** Source bytes resampled before other requests get their turn: some 10 ms of work. */
const BAND_BYTES = 4 * 1024 * 1024;

export interface InputOptions {
  readonly crop?: Corners | null;
  readonly fit?: Fit;
  readonly look?: Look;
}

/**
 * The picture, or only a crop of it, resized so that its longest side is `frame` (ResizeLongestSide of SAM's own
 * preprocessing), or with fit 'stretch' so that both are. Throws as images-source.ts, and 'bad-request' for a crop that is not inside the picture.
 */
export async function modelInput(path: string, frame: number, signal: AbortSignal, { crop = null, fit = 'pad', look = 'shown' }: InputOptions = {}): Promise<ModelInput> {
  const whole = await fullPixels(path, look);
  const full = crop === null ? whole : cut(whole, crop);
  const { width, height } = full;
  const { inputWidth, inputHeight } = fit === 'pad' ? inputSize(width, height, frame) : { inputWidth: frame, inputHeight: frame };
  const hash = await pixelHash(full);
  return { rgb: await resizeBilinear(full, inputWidth, inputHeight, signal), inputWidth, inputHeight, width, height, pixelHash: hash };
}

function cut({ rgb, width, height, lossless }: Pixels, { x0, y0, x1, y1 }: Corners): Pixels {
  if (!(x0 >= 0 && y0 >= 0 && x0 < x1 && y0 < y1 && x1 <= width && y1 <= height)) throw new MaskwrightError('bad-request', `A crop from ${x0}, ${y0} to ${x1}, ${y1} does not lie inside a picture of ${width} × ${height}.`);
  const stride = (x1 - x0) * 3;
  const part = Buffer.allocUnsafe(stride * (y1 - y0));
  for (let y = y0; y < y1; y++) rgb.copy(part, (y - y0) * stride, (y * width + x0) * 3, (y * width + x1) * 3);
  return { rgb: part, width: x1 - x0, height: y1 - y0, lossless };
}

/** Pillow's bilinear resizing, byte for byte; libvips' own shifts enlarged pictures by part of a pixel, and masks with them. */
async function resizeBilinear({ rgb, width, height }: Pixels, outWidth: number, outHeight: number, signal: AbortSignal): Promise<Uint8Array> {
  let narrow: Uint8Array = rgb;
  if (outWidth !== width) {
    narrow = new Uint8Array(outWidth * height * 3);
    const weights = resampleWeights(width, outWidth);
    await inBands(height, width * 3, (from, to) => resampleColumns(rgb, weights, narrow, from, to), signal);
  }
  if (outHeight === height) return narrow;
  const resized = new Uint8Array(outWidth * outHeight * 3);
  const weights = resampleWeights(height, outHeight);
  await inBands(outHeight, outWidth * 3 * (height / outHeight), (from, to) => resampleRows(narrow, outWidth * 3, weights, resized, from, to), signal);
  return resized;
}

async function inBands(rows: number, bytesPerRow: number, work: (from: number, to: number) => void, signal: AbortSignal): Promise<void> {
  const step = Math.max(1, Math.floor(BAND_BYTES / bytesPerRow));
  for (let from = 0; from < rows; from += step) {
    signal.throwIfAborted();
    work(from, Math.min(rows, from + step));
    await turn();
  }
}
