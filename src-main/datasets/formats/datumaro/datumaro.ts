import { join } from 'node:path';
import { z } from 'zod';
import { extrasLost } from '../../extras.ts';
import { KEPT_SPLITS } from '../../whole-losses.ts';
import type { Beside } from '../../whole-losses.ts';
import { isDatumaro, readDatumaro } from './datumaro-reader.ts';
import { writeDatumaro } from './datumaro-writer.ts';
import { listFiles, statOf } from '../codecs/files.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat } from '../format.ts';
import { groupLosses } from '../parts/group-numbers.ts';
import { plainBack } from '../parts/plain-shape.ts';

const KEPT = new Set(['attributes', 'crowd', 'group', 'occluded', 'truncated', 'difficult', 'score', 'description'] as const);

/** For the files of a folder. */
const MOST_LOOKED_INTO = 20;

/** Datumaro's JSON: one file, or a folder with annotations/SUBSET.json. */
export const datumaro: DatasetFormat = {
  id: 'datumaro',
  name: FORMAT_NAMES.datumaro,
  form: 'folder',
  options: z.strictObject({}),
  takesUnlabelled: true,
  recognise: async (path) => {
    if ((await statOf(path))?.isDirectory() !== true) return isDatumaro(path);
    const annotations = join(path, 'annotations');
    if ((await statOf(annotations))?.isDirectory() !== true) return false;
    const files = await listFiles(annotations, new Set(['.json']), { signal: new AbortController().signal, problem: () => undefined });
    for (const file of files.slice(0, MOST_LOOKED_INTO)) if (await isDatumaro(join(annotations, file))) return true;
    return false;
  },
  read: readDatumaro,
  write: (source, filter, out, _, run) => writeDatumaro(source, filter, out, run),
  keeps: () => new Set<Beside>(['colours', 'supercategories', 'emptyClasses', 'emptyImages', 'imageAttributes', 'own.datumaro', ...KEPT_SPLITS]),
  readBack: ({ shape, extras }, image) => plainBack(shape, image, 'Datumaro', [...groupLosses(extras), ...extrasLost(extras, KEPT, 'datumaro')]),
};
