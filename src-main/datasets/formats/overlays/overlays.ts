import { z } from 'zod';
import type { LabelMap } from '../../../../src-shared/geometry/label-map.ts';
import { paintLabel } from '../../../../src-shared/geometry/label-map.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { DatasetInstance, SizedImage } from '../../source.ts';
import { NOT_HELD } from '../../whole-losses.ts';
import { newMap } from '../parts/flatten.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat } from '../format.ts';
import { encodePng } from '../codecs/png.ts';
import { forEachImage, inPaintingOrder, WriteTally } from '../parts/writing.ts';

const Options = z.strictObject({
  picture: z.enum(['jpeg', 'png']).default('jpeg').describe('jpeg is small; png keeps every pixel'),
  opacity: z.number().min(0).max(1).default(0.4).describe('of the colour inside an object, from 0 to 1'),
  outline: z.int().min(0).max(20).default(2).describe('width of the outline inside the object’s edge, in pixels; 0 for none'),
});
type Options = z.output<typeof Options>;

/** Of instances without a class: no colour of the palette. */
const WITHOUT_CLASS = '#ffffff';
const JPEG_QUALITY = 90;

/** Pictures with the masks painted over them, to be looked at and shown (docs/formats/overlays.md). Only written. */
export const overlays: DatasetFormat<typeof Options> = {
  id: 'overlays',
  name: FORMAT_NAMES.overlays,
  form: 'folder',
  takesUnlabelled: true,
  options: Options,
  recognise: () => Promise.resolve(false),
  keeps: () => new Set([...NOT_HELD, 'emptyImages']),
  write: async (source, filter, out, options, run) => {
    const tally = new WriteTally(run);
    const names = new SafeNames();
    const colours = new Map(source.classes().map(({ id, colour }) => [id, colour]));
    await forEachImage(source, filter, tally, async (image, name, instances) => {
      const pixels = await tally.pixelsOf(image);
      if (pixels === null) return;
      const painted = paint(Uint8Array.from(pixels), image, instances, colours, options, tally);
      const { width, height } = image;
      const bytes = options.picture === 'png' ? encodePng({ width, height, kind: 'rgb', samples: painted }) : await run.jpeg({ width, height, rgb: painted }, JPEG_QUALITY);
      await out.write(names.take(withoutExtension(name), options.picture === 'png' ? '.png' : '.jpg'), (sink) => sink.write(bytes));
      tally.images++;
    });
    return tally.summary();
  },
};

/** Colours the pixels (RGB, row-major) of what is seen of each instance, in place. */
function paint(pixels: Uint8Array, image: SizedImage, instances: readonly DatasetInstance[], colours: ReadonlyMap<number, string>, { opacity, outline }: Options, tally: WriteTally): Uint8Array {
  const map = newMap(image, instances.length);
  const palette: number[][] = [[]];
  for (const instance of inPaintingOrder(instances)) {
    const mask = tally.maskOf(instance, image);
    if (mask === null) continue;
    const colour = instance.class === null ? WITHOUT_CLASS : (colours.get(instance.class) ?? WITHOUT_CLASS);
    paintLabel(map, mask, palette.push([...Buffer.from(colour.slice(1), 'hex')]) - 1);
    tally.instances++;
  }
  const edge = edgesOf(map, image, outline);
  for (let i = 0; i < map.length; i++) {
    const label = map[i] ?? 0;
    if (label === 0) continue;
    const share = edge[i] === 1 ? 1 : opacity;
    for (let channel = 0; channel < 3; channel++) {
      const at = i * 3 + channel;
      pixels[at] = Math.round((pixels[at] ?? 0) * (1 - share) + (palette[label]?.[channel] ?? 0) * share);
    }
  }
  return pixels;
}

/** 1 where a pixel has another label, or the picture's edge, fewer than `width` steps away up, down, left or right. */
export function edgesOf(map: LabelMap, { width: w, height: h }: SizedImage, width: number): Uint8Array {
  const edge = new Uint8Array(map.length);
  if (width === 0) return edge;
  /** One line of pixels, both ways: how far the last change lies back. */
  const along = (from: number, step: number, count: number): void => {
    let run = 0;
    for (let i = 0, at = from; i <= count; i++, at += step) {
      if (i < count && i > 0 && map[at] === map[at - step]) run++;
      else {
        // The stretch that ends here: its first and last pixels.
        if (i > 0) for (let k = 0; k < Math.min(width, run); k++) edge[at - step * (k + 1)] = 1;
        run = 1;
      }
      if (i < count && run <= width) edge[at] = 1;
    }
  };
  for (let y = 0; y < h; y++) along(y * w, 1, w);
  for (let x = 0; x < w; x++) along(x, w, h);
  return edge;
}
