import { basename, join } from 'node:path';
import { z } from 'zod';
import { extrasLost } from '../../extras.ts';
import type { DatasetInstance, SizedImage } from '../../source.ts';
import { KEPT_SPLITS } from '../../whole-losses.ts';
import type { Beside } from '../../whole-losses.ts';
import { statOf } from '../codecs/files.ts';
import { flattenedBack, shapeReasons } from '../parts/flatten.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat, ReadBack } from '../format.ts';
import { INDEX, MasksLayout } from './masks-index.ts';
import { looksLikeMasks } from './masks-loose.ts';
import { readMasks } from './masks-reader.ts';
import { writeMasks } from './masks-writer.ts';

const Options = z.strictObject({
  layout: MasksLayout.default('instance').describe('semantic: a picture of class values; instance: a picture of instance numbers; separate: a picture an instance, which may overlap'),
});

/** Label pictures as PNG files with a table (docs/formats/masks.md). */
export const masks: DatasetFormat<typeof Options> = {
  id: 'masks',
  name: FORMAT_NAMES.masks,
  form: 'folder',
  takesUnlabelled: true,
  options: Options,
  recognise: async (path) => {
    const found = await statOf(path);
    if (found?.isFile() === true) return basename(path) === INDEX;
    if (found?.isDirectory() !== true) return false;
    return (await statOf(join(path, INDEX)))?.isFile() === true;
  },
  resembles: (sample) => Promise.resolve(looksLikeMasks(sample.files)),
  read: readMasks,
  write: (source, filter, out, { layout }, run) => writeMasks(source, filter, out, layout, run),
  keeps: () => new Set<Beside>(['colours', 'supercategories', 'emptyClasses', 'emptyImages', 'imageAttributes', 'own', ...KEPT_SPLITS]),
  readBackImage: (instances, image, { layout }) => (layout === 'separate' ? instances.map((instance) => separateBack(instance, image)) : flattenedBack(
    instances, image,
    ({ class: label }) => (label === null && layout === 'semantic' ? 'it has no class, and a picture of classes cannot show it' : null),
    (instance) => (layout === 'semantic' ? semanticReasons(instance, instances) : []),
  )),
};

function separateBack(instance: DatasetInstance, image: SizedImage): ReadBack {
  const [back] = flattenedBack([instance], image, () => null, () => []);
  return back ?? { mask: { size: [image.height, image.width], counts: Uint32Array.of(image.height * image.width) }, reasons: shapeReasons(instance.shape) };
}

function semanticReasons({ class: label, extras }: DatasetInstance, all: readonly DatasetInstance[]): string[] {
  const same = all.filter((other) => other.class === label).length - 1;
  const merged = same > 0 ? [`it is not told apart from ${same === 1 ? 'the other one' : `the ${same} others`} of its class on the image`] : [];
  return [...merged, ...extrasLost(extras, new Set(), 'masks')];
}
