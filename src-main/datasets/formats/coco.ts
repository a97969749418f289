import { stat } from 'node:fs/promises';
import { CocoOptions } from '../../../src-shared/contract/types.ts';
import { readCoco } from './coco-reader.ts';
import { readHead } from './files.ts';
import type { DatasetFormat } from './format.ts';

/** COCO's object annotations: one JSON file (https://cocodataset.org/#format-data). */
export const coco: DatasetFormat = {
  id: 'coco',
  name: 'COCO',
  form: 'file',
  options: CocoOptions.pick({ segmentation: true }),
  recognise: async (path) => {
    if (!path.toLowerCase().endsWith('.json') || !(await stat(path)).isFile()) return false;
    const start = await readHead(path);
    // A panoptic file has the same lists; its annotations are lists of segments.
    return /^\ufeff?\s*\{/.test(start) && /"(images|annotations|categories)"\s*:\s*\[/.test(start) && !start.includes('"segments_info"');
  },
  read: readCoco,
};
