import { z } from 'zod';
import { extrasLost } from '../extras.ts';
import type { Beside } from '../whole-losses.ts';
import { statOf } from './files.ts';
import { flattenedBack } from './flatten.ts';
import type { DatasetFormat } from './format.ts';
import { looksPanoptic, panopticFiles, readPanoptic } from './panoptic-reader.ts';
import { writePanoptic } from './panoptic-writer.ts';

const Options = z.strictObject({
  splits: z.enum(['one-file', 'file-per-split']).default('one-file').describe('all images in one file, or a file and a folder of PNGs for each split'),
});

/** COCO's panoptic annotations (docs/formats/panoptic.md): a JSON file, and PNGs of which each pixel is a segment's number. */
export const panoptic: DatasetFormat<typeof Options> = {
  id: 'panoptic',
  name: 'COCO panoptic',
  form: 'folder',
  options: Options,
  recognise: async (path) => {
    const found = await statOf(path);
    if (found === null) return false;
    if (found.isFile()) return path.toLowerCase().endsWith('.json') && looksPanoptic(path);
    return found.isDirectory() && (await panopticFiles(path)).length > 0;
  },
  read: readPanoptic,
  write: (source, filter, out, { splits }, run) => writePanoptic(source, filter, out, splits, run),
  keeps: () => new Set<Beside>(['colours', 'supercategories', 'emptyClasses', 'emptyImages', 'own.panoptic', 'own.coco']),
  readBackImage: (instances, image) => flattenedBack(
    instances, image,
    ({ class: label }) => (label === null ? 'it has no class, and COCO panoptic requires one' : null),
    ({ extras }) => extrasLost(extras, new Set(['crowd']), 'panoptic'),
  ),
};
