import { join } from 'node:path';
import { z } from 'zod';
import { extrasLost } from '../../extras.ts';
import { KEPT_SPLITS } from '../../whole-losses.ts';
import type { Beside } from '../../whole-losses.ts';
import { readDatumaro } from './datumaro-reader.ts';
import { writeDatumaro } from './datumaro-writer.ts';
import { listFiles, readHead, statOf } from '../codecs/files.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat } from '../format.ts';
import { groupLosses } from '../parts/group-numbers.ts';
import { plainBack } from '../parts/plain-shape.ts';

const KEPT = new Set(['attributes', 'crowd', 'group', 'occluded', 'truncated', 'difficult', 'score', 'description'] as const);

/** Datumaro's JSON: one file, or a folder with annotations/SUBSET.json. */
export const datumaro: DatasetFormat = {
  id: 'datumaro',
  name: FORMAT_NAMES.datumaro,
  form: 'folder',
  options: z.strictObject({}),
  takesUnlabelled: true,
  recognise: async (path) => {
    if ((await statOf(path))?.isDirectory() !== true) return isDocument(path);
    const annotations = join(path, 'annotations');
    if ((await statOf(annotations))?.isDirectory() !== true) return false;
    const [first] = await listFiles(annotations, new Set(['.json']), { signal: new AbortController().signal, problem: () => undefined });
    return first !== undefined && isDocument(join(annotations, first));
  },
  read: readDatumaro,
  write: (source, filter, out, _, run) => writeDatumaro(source, filter, out, run),
  keeps: () => new Set<Beside>(['colours', 'supercategories', 'emptyClasses', 'emptyImages', 'imageAttributes', 'own.datumaro', ...KEPT_SPLITS]),
  readBack: ({ shape, extras }, image) => plainBack(shape, image, 'Datumaro', [...groupLosses(extras), ...extrasLost(extras, KEPT, 'datumaro')]),
};

/** Its labels are an object's field, where COCO has lists; and there is the version, in files of Datumaro 1. */
async function isDocument(path: string): Promise<boolean> {
  if (!path.toLowerCase().endsWith('.json') || (await statOf(path))?.isFile() !== true) return false;
  const head = await readHead(path);
  return /"dm_format_version"\s*:/.test(head) || /"categories"\s*:\s*\{\s*("(label|mask|points)"\s*:\s*\{|\})/.test(head);
}
