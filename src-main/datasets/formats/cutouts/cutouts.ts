import { z } from 'zod';
import { rleBox, forEachColumnRun } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import type { Box } from '../../../../src-shared/domain/schema.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { SizedImage } from '../../source.ts';
import { NOT_HELD } from '../../whole-losses.ts';
import { csvRow } from '../csv/csv-text.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat } from '../format.ts';
import { encodePng } from '../codecs/png.ts';
import { forEachImage, WriteTally } from '../parts/writing.ts';

const Options = z.strictObject({
  margin: z.int().min(0).max(10_000).default(8).describe('pixels around the object, as far as the picture reaches'),
});

/** The name of the folder of instances that have no class. */
const UNLABELLED = 'unlabelled';

/** A PNG with alpha for each instance, in a folder for each class, and a table of where they were (docs/formats/cutouts.md). Only written. */
export const cutouts: DatasetFormat<typeof Options> = {
  id: 'cutouts',
  name: FORMAT_NAMES.cutouts,
  form: 'folder',
  takesUnlabelled: true,
  options: Options,
  recognise: () => Promise.resolve(false),
  keeps: () => new Set(NOT_HELD),
  write: async (source, filter, out, { margin }, run) => {
    const tally = new WriteTally(run);
    const names = new SafeNames();
    const classes = new Map(source.classes().map(({ id, name }) => [id, name]));
    await out.write('cutouts.csv', async (sink) => {
      await sink.write(csvRow(['file', 'image', 'class', 'x', 'y', 'width', 'height']));
      await forEachImage(source, filter, tally, async (image, name, instances) => {
        const pixels = instances.length === 0 ? null : await tally.pixelsOf(image);
        for (const instance of pixels === null ? [] : instances) {
          const mask = tally.maskOf(instance, image);
          if (mask === null || pixels === null) continue;
          const label = instance.class === null ? null : (classes.get(instance.class) ?? null);
          const box = grown(rleBox(mask), margin, image);
          const file = names.take(`${(label ?? UNLABELLED).replaceAll('/', '_')}/${withoutExtension(name).replaceAll('/', '_')}`, '.png');
          await out.write(file, (png) => png.write(cutOut(pixels, image, mask, box)));
          await sink.write(csvRow([file, name, label, box.x, box.y, box.width, box.height]));
          tally.instances++;
        }
        tally.images++;
      });
    });
    return tally.summary();
  },
};

function grown({ x, y, width, height }: Box, margin: number, image: SizedImage): Box {
  const left = Math.max(0, x - margin);
  const top = Math.max(0, y - margin);
  return { x: left, y: top, width: Math.min(image.width, x + width + margin) - left, height: Math.min(image.height, y + height + margin) - top };
}

/** Outside of the mask everything is 0, colours too: what was cut away is not in the file. */
function cutOut(pixels: Uint8Array, image: SizedImage, mask: Rle, box: Box): Uint8Array {
  const samples = new Uint8Array(box.width * box.height * 4);
  forEachColumnRun(mask, (x, top, bottom) => {
    for (let y = top; y < bottom; y++) {
      const from = (y * image.width + x) * 3;
      const to = ((y - box.y) * box.width + x - box.x) * 4;
      for (let channel = 0; channel < 3; channel++) samples[to + channel] = pixels[from + channel] ?? 0;
      samples[to + 3] = 255;
    }
  });
  return encodePng({ width: box.width, height: box.height, kind: 'rgba', samples });
}
