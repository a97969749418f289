import { stat } from 'node:fs/promises';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { coco } from './coco/coco.ts';
import { cvat } from './cvat/cvat.ts';
import { csv } from './csv/csv.ts';
import { cutouts } from './cutouts/cutouts.ts';
import { datumaro } from './datumaro/datumaro.ts';
import type { DatasetFormat } from './format.ts';
import { labelme } from './labelme/labelme.ts';
import { labelStudio } from './label-studio/label-studio.ts';
import { overlays } from './overlays/overlays.ts';
import { masks } from './masks/masks.ts';
import { panoptic } from './panoptic/panoptic.ts';
import { voc } from './voc/voc.ts';
import { yolo } from './yolo/yolo.ts';

/** Every format, in the order in which they are asked whether they know a file: the pickier before the more lenient. */
export const FORMATS: readonly DatasetFormat[] = [
  cvat,
  datumaro,
  labelStudio,
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

/** The format of a data set (absolute path of a file or folder). Throws 'not-found', and 'dataset-invalid' when none knows it. */
export async function recognisedFormat(path: string): Promise<DatasetFormat> {
  const there = await stat(path).catch(() => null);
  if (there === null) throw new MaskwrightError('not-found', `There is no file or folder "${path}".`, path);
  for (const format of FORMATS) {
    if (format.read !== undefined && (await format.recognise(path))) return format;
  }
  throw new MaskwrightError('dataset-invalid', `"${path}" is no data set that Maskwright knows: it looked for ${FORMATS.filter(({ read }) => read !== undefined).map(({ name }) => name).join(', ')}. Name the format if it is one of them.`, path);
}
