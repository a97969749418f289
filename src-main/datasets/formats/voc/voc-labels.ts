import { join } from 'node:path';
import { ClassName } from '../../../../src-shared/domain/schema.ts';
import { readText, statOf } from '../codecs/files.ts';
import type { PngPicture } from '../codecs/png.ts';
import { VOC_CLASSES, vocPalette } from './voc-palette.ts';

/** What the numbers and colours of SegmentationClass mean. */
export interface VocLabels {
  /** By index. */
  readonly names: ReadonlyMap<number, string>;
  /** Index by colour (red × 65,536 + green × 256 + blue). */
  readonly colours: ReadonlyMap<number, number>;
  /** Whether the data set says so itself. */
  readonly own: boolean;
}

const packed = (r = 0, g = 0, b = 0): number => r * 65_536 + g * 256 + b;

/** Of labelmap.txt (Datumaro and CVAT: name:r,g,b:parts:actions) or class_names.txt (labelme's script); else VOC's own 20. */
export async function vocLabels(folder: string): Promise<VocLabels> {
  const palette = vocPalette();
  const colours = new Map(Array.from({ length: 256 }, (_, index) => [packed(...palette.subarray(index * 3, index * 3 + 3)), index] as const));
  const map = await textIn(folder, 'labelmap.txt');
  if (map !== null) {
    const names = new Map<number, string>();
    const own = new Map<number, number>();
    for (const line of map.split(/\r\n|\r|\n/)) {
      // From its end, as a name may hold colons.
      const [, name, r, g, b] = /^(.*):(\d{1,3}),(\d{1,3}),(\d{1,3}):[^:]*:[^:]*$/.exec(line) ?? [];
      const read = ClassName.safeParse(name);
      const colour = packed(Number(r), Number(g), Number(b));
      if (!read.success || colour === 0) continue;
      // A colour of the palette has its index; others, as of CamVid, are numbered behind each other.
      const index = colours.get(colour) ?? 256 + names.size;
      names.set(index, read.data);
      own.set(colour, index);
    }
    return { names, colours: own, own: true };
  }
  const list = await textIn(folder, 'class_names.txt');
  if (list !== null) {
    const lines = list.split(/\r\n|\r|\n/).map((line) => line.trim()).filter((line) => line !== '' && line !== '__ignore__');
    return { names: new Map(lines.map((line, index) => [index, line] as const).slice(1)), colours, own: true };
  }
  return { names: new Map(VOC_CLASSES.map((name, i) => [i + 1, name])), colours, own: false };
}

async function textIn(folder: string, name: string): Promise<string | null> {
  const file = join(folder, name);
  return (await statOf(file))?.isFile() === true ? readText(file, name) : null;
}

/** The index of each pixel of a label picture, row-major; colours that mean nothing are 0. */
export function indicesOf({ kind, samples, palette, width, height }: PngPicture, colours: ReadonlyMap<number, number>): Uint16Array {
  const out = new Uint16Array(width * height);
  if (kind === 'indexed') {
    const meanings = Array.from({ length: 256 }, (_, i) => colours.get(packed(...(palette ?? new Uint8Array()).subarray(i * 3, i * 3 + 3))) ?? i);
    samples.forEach((value: number, i: number) => {
      out[i] = meanings[value] ?? value;
    });
  } else if (kind === 'grey' || kind === 'greyAlpha') {
    const step = kind === 'grey' ? 1 : 2;
    for (let i = 0; i < out.length; i++) out[i] = samples[i * step] ?? 0;
  } else {
    const step = kind === 'rgb' ? 3 : 4;
    for (let i = 0, at = 0; i < out.length; i++, at += step) out[i] = colours.get(packed(samples[at], samples[at + 1], samples[at + 2])) ?? 0;
  }
  return out;
}
