import { stat } from 'node:fs/promises';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { IMAGE_EXTENSIONS } from '../../images/extensions.ts';
import { sampleFolder } from './codecs/folder-sample.ts';
import type { FolderSample } from './codecs/folder-sample.ts';
import { cityscapes } from './cityscapes/cityscapes.ts';
import { coco } from './coco/coco.ts';
import { cvat } from './cvat/cvat.ts';
import { createml } from './createml/createml.ts';
import { csv } from './csv/csv.ts';
import { cutouts } from './cutouts/cutouts.ts';
import { datumaro } from './datumaro/datumaro.ts';
import { dota } from './dota/dota.ts';
import type { DatasetFormat } from './format.ts';
import { geojson } from './geojson/geojson.ts';
import { isat } from './isat/isat.ts';
import { labelme } from './labelme/labelme.ts';
import { labelStudio } from './label-studio/label-studio.ts';
import { overlays } from './overlays/overlays.ts';
import { masks } from './masks/masks.ts';
import { counted } from './parts/counted.ts';
import { panoptic } from './panoptic/panoptic.ts';
import { sa1b } from './sa-1b/sa-1b.ts';
import { supervisely } from './supervisely/supervisely.ts';
import { via } from './via/via.ts';
import { voc } from './voc/voc.ts';
import { yolo } from './yolo/yolo.ts';

/** Every format, in the order in which they are asked whether they know a file: the pickier before the more lenient. */
export const FORMATS: readonly DatasetFormat[] = [
  cvat,
  datumaro,
  labelStudio,
  supervisely,
  sa1b,
  isat,
  via,
  createml,
  geojson,
  cityscapes,
  dota,
  coco,
  panoptic,
  labelme,
  voc,
  yolo,
  masks,
  cutouts,
  overlays,
  csv,
];

/** Throws 'bad-request' naming the formats that there are. */
export function formatById(id: string): DatasetFormat {
  const format = FORMATS.find((known) => known.id === id);
  if (format === undefined) throw new MaskwrightError('bad-request', `There is no format "${id}". Choose one of: ${FORMATS.map((known) => known.id).join(', ')}.`, id);
  return format;
}

/** Throws 'not-found', and 'bad-request' for what is neither a file nor a folder: reading a pipe or a device might never end. */
export async function checkDatasetPath(path: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there === null) throw new MaskwrightError('not-found', `There is no file or folder "${path}".`, path);
  if (!there.isFile() && !there.isDirectory()) throw new MaskwrightError('bad-request', `"${path}" is neither a file nor a folder, so it is not read. Name a dataset's file or folder.`, path);
}

/** The format of a dataset (absolute path of a file or folder). Throws as checkDatasetPath, and 'dataset-invalid', saying what is there, when no format knows it. */
export async function recognisedFormat(path: string): Promise<DatasetFormat> {
  await checkDatasetPath(path);
  for (const format of READABLE) if (await format.recognise(path)) return format;
  if (!(await stat(path)).isDirectory()) throw new MaskwrightError('dataset-invalid', `"${path}" is not a dataset that Maskwright knows: it looked for ${namesOf(READABLE)}. If it is one of them, name the format.`, path);
  const sample = await sampleFolder(path);
  const found = await resembledFormat(sample, READABLE);
  if (found !== null) return found;
  throw new MaskwrightError('dataset-invalid', `"${path}" is not a dataset that Maskwright knows: it holds ${contentsOf(sample)}. ${adviceFor(sample)}`, path);
}

/** The other formats that know the same file or folder (absolute path), as where several datasets share a folder. */
export async function alsoRecognised(path: string, taken: DatasetFormat): Promise<DatasetFormat[]> {
  const others: DatasetFormat[] = [];
  for (const format of READABLE) if (format !== taken && (await format.recognise(path).catch(() => false))) others.push(format);
  return others;
}

/** The format that a folder looks like by its contents, at any depth; null for none. */
export async function resembledFormat(sample: FolderSample, formats: readonly DatasetFormat[]): Promise<DatasetFormat | null> {
  for (const format of formats) if ((await format.resembles?.(sample)) === true) return format;
  return null;
}

export const READABLE: readonly DatasetFormat[] = FORMATS.filter(({ read }) => read !== undefined);

export const namesOf = (formats: readonly DatasetFormat[]): string => formats.map(({ name }) => name).join(', ');

/** "12 images, 3 .json" */
export function contentsOf({ counts }: FolderSample): string {
  let images = 0;
  const others: [string, number][] = [];
  for (const [extension, count] of counts) {
    if (IMAGE_EXTENSIONS.has(extension)) images += count;
    else others.push([extension === '' ? 'without an extension' : extension, count]);
  }
  const shown = others.toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 5).map(([extension, count]) => (extension.startsWith('.') ? `${count} ${extension}` : counted(count, `file ${extension}`, `files ${extension}`)));
  const all = [...(images > 0 ? [counted(images, 'image')] : []), ...shown];
  return all.length === 0 ? 'no files' : all.join(', ');
}

/** What to do with a folder that no format knows: the format that its files come nearest to. */
function adviceFor({ counts }: FolderSample): string {
  const has = (extension: string): boolean => counts.has(extension);
  const near = has('.xml') ? ['voc', 'cvat'] : has('.json') ? ['coco', 'labelme', 'datumaro'] : has('.txt') ? ['yolo'] : has('.png') || has('.tif') || has('.tiff') ? ['masks'] : [];
  const isOnlyImages = [...counts.keys()].every((extension) => IMAGE_EXTENSIONS.has(extension)) && counts.size > 0;
  if (isOnlyImages) return 'To label images without annotations, open the folder instead; if some of them are masks of the others, name --format masks.';
  return near.length === 0 ? `Maskwright reads ${namesOf(READABLE)}.` : `If it is a dataset, name its format: --format ${near.join(' or --format ')}.`;
}
