import { join } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { LabelMap } from '../../../../src-shared/geometry/label-map.ts';
import { namedFile } from '../codecs/files.ts';
import { labelOfColour, readPng } from '../codecs/label-picture.ts';
import type { LabelSamples, ReadRun } from '../format.ts';

/** A label image as it is, before anything says what its numbers mean. */
export interface LooseLabels {
  readonly width: number;
  readonly height: number;
  /** Numbers, or colors as one number each (labelOfColour). */
  readonly kind: 'numbers' | 'colors';
  readonly map: LabelMap;
  /** Bits of a number; 8 for colors. */
  readonly bits: 8 | 16 | 32;
  readonly pages: number;
}

/**
 * Reads a label image, relative to the dataset's folder (absolute path): PNG here, TIFF, BMP and GIF by the run's decoder. A picture
 * of grays alone, though stored in colors, is one of numbers; what is fully transparent is background. Throws 'dataset-invalid' and
 * what decoding throws.
 */
export async function readLooseLabels(folder: string, file: string, run: ReadRun): Promise<LooseLabels> {
  if (/\.jpe?g$/i.test(file)) throw new MaskwrightError('dataset-invalid', `"${file}" was left out: it is a JPEG, which changes the numbers of pixels. Save label images as PNG.`, file);
  const { width, height, channels, samples, pages } = file.toLowerCase().endsWith('.png') ? await pngSamples(folder, file) : await decoded(folder, file, run);
  const bits = samples instanceof Uint8Array ? 8 : samples instanceof Uint16Array ? 16 : 32;
  if (channels === 1) return { width, height, kind: 'numbers', map: samples, bits, pages };
  const clear = (i: number): boolean => (channels === 4 && samples[i * 4 + 3] === 0) || (channels === 2 && samples[i * 2 + 1] === 0);
  const pixels = width * height;
  const isGray = channels === 2 || allGray(samples, channels);
  if (isGray) {
    const map = bits === 8 ? new Uint8Array(pixels) : bits === 16 ? new Uint16Array(pixels) : new Uint32Array(pixels);
    for (let i = 0; i < pixels; i++) map[i] = clear(i) ? 0 : (samples[i * channels] ?? 0);
    return { width, height, kind: 'numbers', map, bits, pages };
  }
  if (bits !== 8) throw new MaskwrightError('dataset-invalid', `"${file}" was left out: it is a picture of ${bits}-bit colors. Save label images with 8 bits, or as numbers.`, file);
  const map = new Uint32Array(pixels);
  for (let i = 0, at = 0; i < pixels; i++, at += channels) map[i] = clear(i) ? 0 : labelOfColour(samples[at] ?? 0, samples[at + 1] ?? 0, samples[at + 2] ?? 0);
  return { width, height, kind: 'colors', map, bits: 8, pages };
}

type Samples = Omit<LabelSamples, 'channels'> & { readonly channels: 1 | 2 | 3 | 4 };
const CHANNELS = { grey: 1, indexed: 1, greyAlpha: 2, rgb: 3, rgba: 4 } as const;

async function pngSamples(folder: string, file: string): Promise<Samples> {
  const { width, height, kind, samples } = await readPng(folder, file);
  return { width, height, channels: CHANNELS[kind], samples, pages: 1 };
}

async function decoded(folder: string, file: string, { labelsOf }: ReadRun): Promise<Samples> {
  const found = await namedFile(folder, folder, file);
  if (found === null || labelsOf === undefined) throw new MaskwrightError('dataset-invalid', `"${file}" was left out: it cannot be read. Save label images as PNG.`, file);
  try {
    return await labelsOf(join(folder, ...found.path.split('/')));
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error;
    throw new MaskwrightError(error.code, `"${file}" was left out: ${error.message}`, file, { cause: error });
  }
}

function allGray(samples: LabelSamples['samples'], channels: 3 | 4): boolean {
  for (let at = 0; at < samples.length; at += channels) if (samples[at] !== samples[at + 1] || samples[at] !== samples[at + 2]) return false;
  return true;
}
