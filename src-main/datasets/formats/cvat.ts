import { join } from 'node:path';
import { z } from 'zod';
import { shapeToRle } from '../../../src-shared/geometry/shape.ts';
import { extrasLost } from '../extras.ts';
import type { Beside } from '../whole-losses.ts';
import { readCvat } from './cvat-reader.ts';
import { writeCvat } from './cvat-writer.ts';
import { readHead, statOf } from './files.ts';
import type { DatasetFormat } from './format.ts';
import { groupLosses } from './group-numbers.ts';
import { plainLosses } from './plain-shape.ts';

const KEPT = new Set(['attributes', 'crowd', 'group', 'occluded', 'truncated', 'difficult', 'score', 'description'] as const);

/** CVAT for images 1.1: an XML file, or the folder that CVAT's archive unpacks to. */
export const cvat: DatasetFormat = {
  id: 'cvat',
  name: 'CVAT for images',
  form: 'file',
  extension: '.xml',
  options: z.strictObject({}),
  recognise: async (path) => {
    const file = await documentAt(path);
    return file.toLowerCase().endsWith('.xml') && (await statOf(file))?.isFile() === true && /<annotations[\s>]/.test(await readHead(file));
  },
  read: async (path, sink, run) => readCvat(await documentAt(path), sink, run),
  write: (source, filter, out, _, run) => writeCvat(source, filter, out, run),
  keeps: () => new Set<Beside>(['colours', 'emptyClasses', 'emptyImages', 'own.cvat']),
  readBack: ({ shape, extras }, image) => ({ mask: shapeToRle(shape, image.height, image.width), reasons: [...plainLosses(shape, 'CVAT'), ...groupLosses(extras), ...extrasLost(extras, KEPT, 'cvat')] }),
};

const documentAt = async (path: string): Promise<string> => ((await statOf(path))?.isDirectory() === true ? join(path, 'annotations.xml') : path);
