import { readFile, stat } from 'node:fs/promises';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { LabelMap } from '../../../../src-shared/geometry/label-map.ts';
import { namedFile } from './files.ts';
import { decodePng } from './png.ts';
import type { PngPicture } from './png.ts';

/** Bytes of a label picture: four times what the largest that is taken has unpacked. */
const MOST_BYTES = 1 << 30;

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * A grey or indexed PNG that a data set names, relative to its folder (absolute path), as a label map. Throws
 * 'dataset-invalid' when it is not there, leads out, is no such picture, or has not the size given.
 */
export async function readLabelPicture(folder: string, name: string, size?: Size): Promise<{ readonly map: LabelMap } & Size> {
  const { kind, samples, width, height } = await readPng(folder, name, size);
  if (kind !== 'grey' && kind !== 'indexed') throw refusal(name, 'it is a picture of colours, but labels are numbers: indexed or grey');
  return { map: samples, width, height };
}

/** A PNG as readLabelPicture finds it, of any kind. */
export async function readPng(folder: string, name: string, size?: Size): Promise<PngPicture> {
  const found = await namedFile(folder, folder, name);
  if (found === null) throw refusal(name, 'there is no such file in the data set’s folder');
  const { size: bytes } = await stat(found.file);
  if (bytes > MOST_BYTES) throw refusal(name, `it has ${Math.round(bytes / 1024 ** 2)} MB`);
  const picture = decodePng(await readFile(found.file), name);
  const { width, height } = picture;
  if (size !== undefined && (size.width !== width || size.height !== height)) throw refusal(name, `it has ${width} × ${height} pixels, but its picture has ${size.width} × ${size.height}`);
  return picture;
}

const refusal = (name: string, why: string): MaskwrightError => new MaskwrightError('dataset-invalid', `"${name}" was left out with what it labels: ${why}.`, name);

/** The label of a pixel of a colour picture: red, green and blue as one number, red highest. */
export const labelOfColour = (red: number, green: number, blue: number): number => (red << 16) | (green << 8) | blue;

/** The label maps of a picture of 8-bit colours, one number a colour; an alpha channel means nothing. */
export function coloursAsLabels({ kind, samples }: PngPicture, labelOf: (red: number, green: number, blue: number) => number): Uint32Array {
  const step = kind === 'rgba' ? 4 : 3;
  const labels = new Uint32Array(samples.length / step);
  for (let i = 0, at = 0; i < labels.length; i++, at += step) labels[i] = labelOf(samples[at] ?? 0, samples[at + 1] ?? 0, samples[at + 2] ?? 0);
  return labels;
}
