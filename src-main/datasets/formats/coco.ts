import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { extrasLost } from '../extras.ts';
import { readCoco } from './coco-reader.ts';
import { shapeInForm, writeCoco } from './coco-writer.ts';
import { readHead } from './files.ts';
import type { DatasetFormat } from './format.ts';

const options = z.strictObject({
  segmentation: z.enum(['rle', 'polygons']).default('rle').describe('run lengths, which keep every pixel, or polygons, which cannot hold holes'),
  splits: z.enum(['one-file', 'file-per-split']).default('one-file').describe('all images in one file, or a folder with a file for each split'),
});

/** What of an instance's extras has a place in COCO. */
const KEPT = new Set(['attributes', 'crowd', 'score'] as const);

/** COCO's object annotations: one JSON file (https://cocodataset.org/#format-data), or a folder with a file for each split. */
export const coco: DatasetFormat<typeof options> = {
  id: 'coco',
  name: 'COCO',
  form: 'file',
  folderIf: { option: 'splits', value: 'file-per-split' },
  options,
  recognise: async (path) => {
    if (!path.toLowerCase().endsWith('.json') || !(await stat(path)).isFile()) return false;
    const start = await readHead(path);
    // A panoptic file has the same lists; its annotations are lists of segments.
    return /^\ufeff?\s*\{/.test(start) && /"(images|annotations|categories)"\s*:\s*\[/.test(start) && !start.includes('"segments_info"');
  },
  read: readCoco,
  write: writeCoco,
  readBack: (instance, image, { segmentation }) => {
    const { mask, reasons } = shapeInForm(instance, image, segmentation);
    return { mask, reasons: [...reasons, ...extrasLost(instance.extras, KEPT, 'coco')] };
  },
};
