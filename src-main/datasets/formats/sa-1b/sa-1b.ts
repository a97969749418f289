import { posix } from 'node:path';
import { z } from 'zod';
import { encodeCocoCounts } from '../../../../src-shared/geometry/coco-counts.ts';
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
import { shapeReasons } from '../parts/flatten.ts';
import { anyHeadLooks, anySampleLooks } from '../parts/json-files.ts';
import { forEachImage, inPaintingOrder, WriteTally } from '../parts/writing.ts';
import { readSa1b } from './sa-1b-reader.ts';

const Options = z.strictObject({ copyImages: z.boolean().default(true).describe('Copy the images into the dataset') });
type Options = z.output<typeof Options>;

const ID = 'sa-1b';

/**
 * SA-1B, the dataset that Segment Anything was trained on: a JSON file beside each image with the masks that everything mode
 * found and their scores (https://ai.meta.com/datasets/segment-anything, section "Dataset format" of the model's README).
 * It has no classes.
 */
export const sa1b: DatasetFormat<typeof Options> = {
  id: ID,
  name: FORMAT_NAMES[ID],
  form: 'folder',
  takesUnlabelled: true,
  options: Options,
  recognise: (path) => anyHeadLooks(path, looksLikeSa1b),
  resembles: (sample) => anySampleLooks(sample, looksLikeSa1b),
  read: readSa1b,
  write,
  // Classes are lost as a whole, which is said of each instance.
  keeps: () => new Set<Beside>(['colours', 'emptyImages', `own.${ID}`]),
  readBack,
};

/** COCO files have "images"; here one image is named, before or after its annotations. */
const looksLikeSa1b = (head: string): boolean => /"image"\s*:\s*\{[^{}]*"(image_id|file_name)"/.test(head) || /^\s*\{\s*"annotations"\s*:\s*\[\s*\{[^{}]*(\{[^{}]*\}[^{}]*)?"(predicted_iou|stability_score|crop_box)"/.test(head);

async function write(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, options: Options, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const names = new SafeNames();
  await forEachImage(source, filter, tally, async (image, name, instances) => {
    const file = names.take(withoutExtension(name), '.json');
    const copy = `${withoutExtension(file)}${pictureExtension(name)}`;
    const { id: image_id = image.id, ...rest } = image.extras.own?.[ID] ?? {};
    const annotations = inPaintingOrder(instances).flatMap((instance) => annotation(instance, image, tally));
    const described = { ...rest, image_id, width: image.width, height: image.height, file_name: posix.basename(copy) };
    await out.write(file, (sink) => sink.write(`${JSON.stringify({ image: described, annotations })}\n`));
    if (options.copyImages) await copyPicture(out, copy, image, tally);
    tally.images++;
  });
  return tally.summary();
}

/** Nothing for what covers no pixel, which has then been reported. */
function annotation(instance: DatasetInstance, image: SizedImage, tally: WriteTally): object[] {
  const mask = tally.maskOf(instance, image);
  if (mask === null) return [];
  tally.instances++;
  const { id = instance.id, ...rest } = instance.extras.own?.[ID] ?? {};
  const { x, y, width, height } = rleBox(mask);
  return [{ ...rest, ...scores(instance), id, segmentation: { size: mask.size, counts: encodeCocoCounts(mask.counts) }, bbox: [x, y, width, height], area: rleArea(mask) }];
}

/** What the model said of a mask that it made and nobody has changed since; of an imported one, the file's own words stand. */
function scores({ provenance: { sam, touched } }: DatasetInstance): object {
  if (sam === null || touched) return {};
  const points = sam.points.filter(({ label }) => label === 1).map(({ x, y }) => [x, y]);
  return { predicted_iou: sam.predictedIou, stability_score: sam.stability, point_coords: points };
}

function readBack({ class: cls, shape, extras }: DatasetInstance, image: SizedImage): ReadBack {
  const mask = shapeToRle(shape, image.height, image.width);
  if (rleArea(mask) === 0) return { mask, reasons: ['it covers no pixel'] };
  return { mask, reasons: [...(cls === null ? [] : ['its class is not kept']), ...shapeReasons(shape), ...extrasLost(extras, new Set(), ID)] };
}
