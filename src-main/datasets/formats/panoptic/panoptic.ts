import { z } from 'zod';
import { rleArea } from '../../../../src-shared/geometry/rle.ts';
import { rleUnion } from '../../../../src-shared/geometry/rle-algebra.ts';
import { extrasLost } from '../../extras.ts';
import { KEPT_SPLITS } from '../../whole-losses.ts';
import type { Beside } from '../../whole-losses.ts';
import { cocoContent } from '../coco/coco-kind.ts';
import { statOf } from '../codecs/files.ts';
import { flattenedBack } from '../parts/flatten.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat, ReadBack } from '../format.ts';
import { panopticFiles, readPanoptic } from './panoptic-reader.ts';
import { isThing, writePanoptic } from './panoptic-writer.ts';

const Options = z.strictObject({
  splits: z.enum(['one-file', 'file-per-split']).default('one-file').describe('all images in one file, or a file and a folder of PNGs for each split'),
});

/** COCO's panoptic annotations (docs/formats/panoptic.md): a JSON file, and PNGs of which each pixel is a segment's number. */
export const panoptic: DatasetFormat<typeof Options> = {
  id: 'panoptic',
  name: FORMAT_NAMES.panoptic,
  form: 'folder',
  options: Options,
  recognise: async (path) => {
    const found = await statOf(path);
    if (found === null) return false;
    if (found.isFile()) return path.toLowerCase().endsWith('.json') && (await cocoContent(path)) === 'segments';
    return found.isDirectory() && (await panopticFiles(path)).length > 0;
  },
  read: readPanoptic,
  write: (source, filter, out, { splits }, run) => writePanoptic(source, filter, out, splits, run),
  keeps: ({ splits }) => new Set<Beside>(['colours', 'supercategories', 'emptyClasses', 'emptyImages', 'own.panoptic', 'own.coco', ...(splits === 'file-per-split' ? KEPT_SPLITS : [])]),
  readBackImage: (instances, image, _, { classes }) => {
    const backs = flattenedBack(
      instances, image,
      ({ class: label }) => (label === null ? 'it has no class, and COCO panoptic requires one' : null),
      ({ extras }) => extrasLost(extras, KEPT, 'panoptic'),
    );
    const stuff = [...classes.values()].filter((cls) => !isThing(cls)).map(({ id }) => id);
    return stuff.reduce((all, label) => merged(all, instances.map((instance) => instance.class === label)), backs);
  },
};

const KEPT = new Set(['crowd'] as const);

/** What is read back where those that are seen of a class of stuff become one segment. */
function merged(backs: ReadBack[], isOfClass: readonly boolean[]): ReadBack[] {
  const seen = backs.filter(({ mask }, i) => isOfClass[i] === true && rleArea(mask) > 0);
  if (seen.length < 2) return backs;
  const mask = seen.map((back) => back.mask).reduce((a, b) => rleUnion(a, b));
  return backs.map((back) => (seen.includes(back) ? { mask, reasons: [...back.reasons, `it becomes one segment with ${seen.length === 2 ? 'the other one' : `the ${seen.length - 1} others`} of its class, which is stuff`] } : back));
}
