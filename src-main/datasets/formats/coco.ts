import { open, stat } from 'node:fs/promises';
import { CocoOptions } from '../../../src-shared/contract/types.ts';
import { readCoco } from './coco-reader.ts';
import type { DatasetFormat } from './format.ts';

/** Bytes at a file's beginning that show what it is. */
const HEAD = 64 * 1024;

/** COCO's object annotations: one JSON file (https://cocodataset.org/#format-data). */
export const coco: DatasetFormat = {
  id: 'coco',
  name: 'COCO',
  form: 'file',
  options: CocoOptions.pick({ segmentation: true }),
  recognise: async (path) => {
    if (!path.toLowerCase().endsWith('.json') || !(await stat(path)).isFile()) return false;
    const start = await head(path);
    // A panoptic file has the same lists; its annotations are lists of segments.
    return /^\ufeff?\s*\{/.test(start) && /"(images|annotations|categories)"\s*:\s*\[/.test(start) && !start.includes('"segments_info"');
  },
  read: readCoco,
};

async function head(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
  return buffer.toString('utf8', 0, bytesRead);
}
