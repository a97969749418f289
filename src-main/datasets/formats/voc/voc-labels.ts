import { join } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { ClassName } from '../../../../src-shared/domain/schema.ts';
import { readText, statOf } from '../codecs/files.ts';
import type { PngPicture } from '../codecs/png.ts';
import type { TextRun } from '../codecs/text.ts';
import { VOC_CLASSES, vocPalette } from './voc-palette.ts';

/** What the numbers and colours of SegmentationClass mean. */
export interface VocLabels {
  /** By index. */
  readonly names: ReadonlyMap<number, string>;
  /** Index by colour (red × 65,536 + green × 256 + blue). */
  readonly colours: ReadonlyMap<number, number>;
  /** Index by the number of a line of labelmap.txt from 0, which is what label images without colors hold. */
  readonly lines: ReadonlyMap<number, number>;
  /** Whether the data set says so itself. */
  readonly own: boolean;
}

const packed = (r = 0, g = 0, b = 0): number => r * 65_536 + g * 256 + b;

/** The classes of labelmap.txt (Datumaro and CVAT: name:r,g,b:parts:actions) or class_names.txt (labelme's script); else VOC's own 20. */
export async function vocLabels(folder: string, run: TextRun): Promise<VocLabels> {
  const palette = vocPalette();
  const colours = paletteIndices();
  const map = await textIn(folder, 'labelmap.txt', run);
  if (map !== null) {
    const names = new Map<number, string>();
    const own = new Map<number, number>();
    const lines = new Map<number, number>();
    for (const line of map.split(/\r\n|\r|\n/)) {
      // From its end, as a name may hold colons. Without a color, a label has that of its line.
      const [, name, r = '', g = '', b = ''] = /^(?!#)(.*?)(?::(?:(\d{1,3}),(\d{1,3}),(\d{1,3}))?)(?::[^:]*){0,2}$/.exec(line) ?? [];
      const read = ClassName.safeParse(name);
      if (!read.success) continue;
      const colour = r === '' ? packed(...palette.subarray(lines.size * 3, lines.size * 3 + 3)) : packed(Number(r), Number(g), Number(b));
      // A color of the palette has its index; others, as of CamVid, are numbered behind each other.
      const index = colours.get(colour) ?? 256 + names.size;
      lines.set(lines.size, index);
      if (colour === 0) continue;
      names.set(index, read.data);
      own.set(colour, index);
    }
    return { names, colours: own, lines, own: true };
  }
  const list = await textIn(folder, 'class_names.txt', run);
  if (list !== null) {
    const lines = list.split(/\r\n|\r|\n/).map((line) => line.trim()).filter((line) => line !== '' && line !== '__ignore__');
    return { names: new Map(lines.map((line, index) => [index, line] as const).slice(1)), colours, lines: new Map(), own: true };
  }
  return { names: new Map(VOC_CLASSES.map((name, i) => [i + 1, name])), colours, lines: new Map(), own: false };
}

async function textIn(folder: string, name: string, run: TextRun): Promise<string | null> {
  const file = join(folder, name);
  return (await statOf(file))?.isFile() === true ? readText(file, name, run) : null;
}

/** The index of each pixel of SegmentationClass, row-major; colors that mean nothing are 0. */
export function classIndices(picture: PngPicture, { colours, lines }: VocLabels): Uint16Array {
  const { kind, samples, palette } = picture;
  if (kind === 'rgb' || kind === 'rgba') return byColour(picture, (colour) => colours.get(colour) ?? 0);
  const colour = (i: number): number => packed(...(palette ?? new Uint8Array()).subarray(i * 3, i * 3 + 3));
  const entries = Math.floor((palette?.length ?? 0) / 3);
  // A palette that has none of the label map's colors means nothing; then the numbers do.
  const hasColours = Array.from({ length: entries }, (_, i) => colour(i)).some((one) => one !== 0 && colours.has(one));
  const meanings = Array.from({ length: 256 }, (_, i) => (hasColours && i < entries ? colours.get(colour(i)) : undefined) ?? lines.get(i) ?? i);
  const step = kind === 'greyAlpha' ? 2 : 1;
  return Uint16Array.from({ length: samples.length / step }, (_, i) => meanings[samples[i * step] ?? 0] ?? samples[i * step] ?? 0);
}

/**
 * The number of the object of each pixel of SegmentationObject, row-major. Numbers are indices of VOC's palette, as the development
 * kit, CVAT and Datumaro have them, whatever the colors of the classes are; colors outside of the palette get numbers from 256.
 * Throws 'dataset-invalid', naming `item`, for a photograph.
 */
export function objectNumbers(picture: PngPicture, item: string): Uint16Array {
  const { kind, samples } = picture;
  if (kind === 'grey' || kind === 'indexed') return Uint16Array.from(samples);
  if (kind === 'greyAlpha') return Uint16Array.from({ length: samples.length / 2 }, (_, i) => samples[i * 2] ?? 0);
  const numbers = paletteIndices();
  return byColour(picture, (colour) => {
    const known = numbers.get(colour);
    if (known !== undefined) return known;
    if (numbers.size > MOST_COLOURS) throw new MaskwrightError('dataset-invalid', `it has more than ${MOST_COLOURS} colors, so they cannot be objects.`, item);
    numbers.set(colour, numbers.size);
    return numbers.size - 1;
  });
}

const MOST_COLOURS = 10_000;

function paletteIndices(): Map<number, number> {
  const palette = vocPalette();
  return new Map(Array.from({ length: 256 }, (_, index) => [packed(...palette.subarray(index * 3, index * 3 + 3)), index] as const));
}

function byColour({ kind, samples }: PngPicture, numberOf: (colour: number) => number): Uint16Array {
  const step = kind === 'rgb' ? 3 : 4;
  const out = new Uint16Array(samples.length / step);
  let [last, number] = [-1, 0];
  for (let i = 0, at = 0; i < out.length; i++, at += step) {
    const colour = packed(samples[at], samples[at + 1], samples[at + 2]);
    if (colour !== last) [last, number] = [colour, numberOf(colour)];
    out[i] = number;
  }
  return out;
}
