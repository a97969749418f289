import { z } from 'zod';
import { extrasLost } from '../../extras.ts';
import { KEPT_SPLITS } from '../../whole-losses.ts';
import type { Beside } from '../../whole-losses.ts';
import { textLosses } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import { cvatFiles } from './cvat-files.ts';
import { readCvat } from './cvat-reader.ts';
import { declaredTypes, writeCvat } from './cvat-writer.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat } from '../format.ts';
import { groupLosses } from '../parts/group-numbers.ts';
import { plainBack } from '../parts/plain-shape.ts';
import { writableText } from '../codecs/xml.ts';

const KEPT = new Set(['attributes', 'crowd', 'group', 'occluded', 'truncated', 'difficult', 'score', 'description'] as const);

/** CVAT for images 1.1: an XML file, or a folder with one, such as CVAT's archive unpacks to, or several. */
export const cvat: DatasetFormat = {
  id: 'cvat',
  name: FORMAT_NAMES.cvat,
  form: 'file',
  extension: '.xml',
  options: z.strictObject({}),
  recognise: async (path) => (await cvatFiles(path)).length > 0,
  read: readCvat,
  write: (source, filter, out, _, run) => writeCvat(source, filter, out, run),
  keeps: () => new Set<Beside>(['colours', 'emptyClasses', 'emptyImages', 'own.cvat', ...KEPT_SPLITS]),
  readBack: ({ shape, extras, class: label }, image, _, { classes }) => {
    const cls = label === null ? undefined : classes.get(label);
    const types = cls === undefined || extras.attributes === undefined ? new Map<string, string>() : declaredTypes(cls);
    const isKept = (name: string, value: Scalar): boolean => (typeof value === 'boolean' ? (types.get(name) ?? 'checkbox') === 'checkbox' : typeof value === 'number' && types.get(name) === 'number');
    const { description = '' } = extras;
    const spaces = writableText(description) === description ? [] : ['its description loses the space around it'];
    return plainBack(shape, image, 'CVAT', [...textLosses(extras, isKept), ...spaces, ...groupLosses(extras), ...extrasLost(extras, KEPT, 'cvat')]);
  },
};
