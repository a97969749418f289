import { posix } from 'node:path';
import { z } from 'zod';
import { rasterizeParts } from '../../../../src-shared/geometry/rasterize.ts';
import { rleArea, rleBox } from '../../../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import { extrasLost } from '../../extras.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import type { Beside } from '../../whole-losses.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat, ReadBack, WriteRun, WriteSummary } from '../format.ts';
import { copyPicture, pictureExtension } from '../parts/copy-picture.ts';
import { anyHeadLooks, anySampleLooks } from '../parts/json-files.ts';
import { outlineBack, outlineRings } from '../parts/outlines.ts';
import { forEachImage, inPaintingOrder, WriteTally } from '../parts/writing.ts';
import { BACKGROUND, readIsat } from './isat-reader.ts';

const Options = z.strictObject({ copyImages: z.boolean().default(true).describe('Copy the images into the dataset') });
type Options = z.output<typeof Options>;

const ID = 'isat';

/** ISAT's JSON, a file beside each image, with isat.yaml for the classes and their colors (https://github.com/yatengLG/ISAT_with_segment_anything). */
export const isat: DatasetFormat<typeof Options> = {
  id: ID,
  name: FORMAT_NAMES[ID],
  form: 'folder',
  options: Options,
  recognise: (path) => anyHeadLooks(path, looksLikeIsat),
  resembles: (sample) => anySampleLooks(sample, looksLikeIsat),
  read: readIsat,
  write,
  keeps: () => new Set<Beside>(['colours', 'emptyClasses', 'emptyImages', `own.${ID}`]),
  readBack,
};

const looksLikeIsat = (head: string): boolean => /"info"\s*:\s*\{[^{}]*"description"\s*:\s*"ISAT"/.test(head) && /"objects"\s*:\s*\[/.test(head);

async function write(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, options: Options, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const classes = new Map(source.classes().map(({ id, name }) => [id, name]));
  const names = new SafeNames();
  await forEachImage(source, filter, tally, async (image, name, instances) => {
    const file = names.take(withoutExtension(name), '.json');
    const copy = `${withoutExtension(file)}${pictureExtension(name)}`;
    const objects = inPaintingOrder(instances).flatMap((instance, i) => {
      const category = instance.class === null ? undefined : classes.get(instance.class);
      if (category === undefined) tally.unlabelled++;
      return category === undefined ? [] : polygons(instance, category, i + 1, image, tally);
    });
    const info = { ...image.extras.own?.[ID], description: 'ISAT', folder: '', name: posix.basename(copy), width: image.width, height: image.height, depth: 3, note: image.extras.description ?? '' };
    await out.write(file, (sink) => sink.write(`${JSON.stringify({ info, objects }, null, 2)}\n`));
    if (options.copyImages) await copyPicture(out, copy, image, tally);
    tally.images++;
  });
  const label = [{ color: '#000000', name: BACKGROUND }, ...source.classes().map(({ name, colour }) => ({ color: colour, name }))];
  await out.write('isat.yaml', (sink) => sink.write(`label:\n${label.map(({ color, name }) => `- color: '${color}'\n  name: ${JSON.stringify(name)}\n`).join('')}`));
  return tally.summary();
}

/** A polygon for each part, all of one group. Nothing for what covers no pixel, which has then been reported. */
function polygons(instance: DatasetInstance, category: string, order: number, image: SizedImage, tally: WriteTally): object[] {
  const mask = tally.maskOf(instance, image);
  if (mask === null) return [];
  tally.instances++;
  const { extras } = instance;
  return outlineRings(instance.shape, mask).map((ring) => {
    const part = rasterizeParts([{ outer: ring, holes: [] }], image.height, image.width);
    const { x, y, width, height } = rleBox(part);
    const segmentation = Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i], ring[2 * i + 1]]);
    return { ...extras.own?.[ID], category, group: order, segmentation, area: rleArea(part), layer: order, bbox: [x, y, x + width, y + height], iscrowd: extras.crowd === true, note: extras.description ?? '' };
  });
}

const KEPT = new Set(['crowd', 'description'] as const);

function readBack({ shape, extras }: DatasetInstance, image: SizedImage): ReadBack {
  const whole = shapeToRle(shape, image.height, image.width);
  if (rleArea(whole) === 0) return { mask: whole, reasons: ['it covers no pixel'] };
  const { mask, reasons } = outlineBack(shape, whole, outlineRings(shape, whole), null);
  return { mask, reasons: [...reasons, ...(shape.kind === 'box' ? ['its box becomes a polygon'] : []), ...extrasLost(extras, KEPT, ID)] };
}
