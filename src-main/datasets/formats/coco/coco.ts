import { z } from 'zod';
import { extrasLost } from '../../extras.ts';
import type { DatasetInstance } from '../../source.ts';
import { KEPT_SPLITS } from '../../whole-losses.ts';
import type { Beside } from '../../whole-losses.ts';
import { readCoco, readCocoResults } from './coco-reader.ts';
import { annotationFileOf, cocoFiles } from './coco-files.ts';
import { cocoContent, isCocoResults } from './coco-kind.ts';
import { readCocoFolder } from './coco-splits.ts';
import { isPolygonIn } from './coco-shape.ts';
import type { CocoForm } from './coco-shape.ts';
import { shapeInForm, writeCoco } from './coco-writer.ts';
import { statOf } from '../codecs/files.ts';
import { shapeReasons } from '../parts/flatten.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat } from '../format.ts';
import { paintedOtherwise, readBackEach } from '../parts/read-back.ts';

const options = z.strictObject({
  segmentation: z.enum(['rle', 'polygons', 'as-drawn']).default('rle').describe('run lengths, which keep every pixel; polygons, which cannot hold holes; or polygons as polygons and masks as run lengths'),
  splits: z.enum(['one-file', 'file-per-split']).default('one-file').describe('all images in one file, or a folder with a file for each split'),
  fields: z.enum(['coco', 'lvis']).default('coco').describe('COCO’s fields, or those of LVIS v1 too: frequencies of classes, and of images the classes that are absent or not labeled throughout'),
});

/** What of an instance's extras has a place in COCO. */
const KEPT = new Set(['attributes', 'crowd', 'score'] as const);

/** COCO's object annotations: one JSON file (https://cocodataset.org/#format-data), or a folder with a file for each split. */
export const coco: DatasetFormat<typeof options> = {
  id: 'coco',
  name: FORMAT_NAMES.coco,
  form: 'file',
  folderIf: { option: 'splits', value: 'file-per-split' },
  options,
  recognise: async (path) => {
    if ((await statOf(path))?.isDirectory() === true) return (await cocoFiles(path)).taken.length > 0;
    return path.toLowerCase().endsWith('.json') && ((await cocoContent(path)) === 'objects' || (await isCocoResults(path)));
  },
  read: async (path, sink, run) => {
    if ((await statOf(path))?.isDirectory() === true) return readCocoFolder(path, sink, run);
    return (await isCocoResults(path)) ? readCocoResults(await annotationFileOf(path), path, sink, run) : readCoco(path, sink, run);
  },
  write: writeCoco,
  keeps: ({ splits }) => new Set<Beside>(['colours', 'supercategories', 'emptyClasses', 'emptyImages', 'own.coco', ...(splits === 'file-per-split' ? KEPT_SPLITS : [])]),
  readBackImage: (instances, image, { segmentation }) => {
    const otherwise = paintedOtherwise(instances, image);
    return readBackEach(instances, image, (instance) => {
      const order = otherwise.has(instance.id) ? ['what it lies over or under is not kept, as COCO has no painting order'] : [];
      const more = [...drawnReasons(instance, segmentation), ...order, ...extrasLost(instance.extras, KEPT, 'coco')];
      if (keepsPixels(instance, segmentation)) {
        return { get mask() { return shapeInForm(instance, image, segmentation).mask; }, unchanged: true, reasons: more };
      }
      const { mask, own, reasons, area } = shapeInForm(instance, image, segmentation);
      return area === 0 ? { mask, reasons } : { mask, own, reasons: [...reasons, ...more] };
    });
  },
};

/**
 * Polygons that are known to cover pixels keep them: as run lengths, and as polygons where no hole needs a bridge, since COCO's
 * rule fills them here too. Drawing each would take as long as writing it.
 */
const keepsPixels = ({ shape, area, extras }: DatasetInstance, form: CocoForm): boolean =>
  shape.kind === 'polygon' && area > 0 && (extras.crowd === true || !isPolygonIn(shape, form) || shape.parts.every(({ holes }) => holes.length === 0));

/** What happens to drawn corners. */
function drawnReasons({ shape, extras }: DatasetInstance, form: CocoForm): string[] {
  if (extras.crowd === true || !isPolygonIn(shape, form)) return shapeReasons(shape);
  return shape.kind === 'box' ? ['the box becomes a polygon of four corners'] : [];
}
