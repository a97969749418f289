import { z } from 'zod';
import { extrasLost } from '../../extras.ts';
import { KEPT_SPLITS } from '../../whole-losses.ts';
import type { Beside } from '../../whole-losses.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat } from '../format.ts';
import { isLabelStudio, labelStudioFile, readLabelStudio } from './label-studio-reader.ts';
import { writeLabelStudio } from './label-studio-writer.ts';
import { plainBack } from '../parts/plain-shape.ts';

const KEPT = new Set(['attributes', 'crowd', 'group', 'occluded', 'truncated', 'difficult', 'score', 'description'] as const);

/** Label Studio's JSON export: one file, a list of tasks, or a folder with one. */
export const labelStudio: DatasetFormat = {
  id: 'label-studio',
  name: FORMAT_NAMES['label-studio'],
  form: 'file',
  options: z.strictObject({}),
  takesUnlabelled: true,
  recognise: async (path) => {
    const file = await labelStudioFile(path);
    return file !== null && isLabelStudio(file);
  },
  read: readLabelStudio,
  write: (source, filter, out, _, run) => writeLabelStudio(source, filter, out, run),
  keeps: () => new Set<Beside>(['emptyImages', 'imageAttributes', 'own.label-studio', ...KEPT_SPLITS]),
  readBack: ({ shape, extras }, image) => plainBack(shape, image, 'Label Studio', extrasLost(extras, KEPT, 'label-studio')),
};
