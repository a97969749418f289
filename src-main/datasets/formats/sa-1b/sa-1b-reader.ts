import { posix } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Extras } from '../../extras.ts';
import { segmentationShape } from '../coco/coco-segmentation.ts';
import type { DatasetSink, ReadInstance, ReadRun } from '../format.ts';
import { fieldsOf, Forgiven, numeral } from '../parts/forgiven.ts';
import { readJsonFiles } from '../parts/json-files.ts';
import type { ImageDocument } from '../parts/json-files.ts';

const MOST_SIDE = 65_535;

/**
 * Reads SA-1B. Annotations have a mask in run lengths, or polygons in copies of it; ids, scores, points and crop boxes are kept
 * with the instances and written back.
 */
export async function readSa1b(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const forgiven = new Forgiven();
  await readJsonFiles(path, sink, run, {
    name: 'SA-1B',
    takes: ({ image, annotations }) => fieldsOf(image) !== null && Array.isArray(annotations),
    tell: (entry) => tell(entry, sink, forgiven),
  });
  forgiven.tell(sink);
}

function tell({ file, document }: ImageDocument, sink: DatasetSink, forgiven: Forgiven): void {
  const { image_id, file_name, width, height, ...rest } = fieldsOf(document['image']) ?? {};
  if (typeof file_name !== 'string' || file_name.trim() === '') throw new MaskwrightError('dataset-invalid', 'its image has no file name.', file);
  const size = sizeOf(width, height);
  const path = posix.join(posix.dirname(file), file_name.replaceAll('\\', '/'));
  sink.image({ key: file, path, file: null, width: size?.[1] ?? null, height: size?.[0] ?? null, split: null, extras: own(forgiven.kept('image', { id: image_id ?? null, ...rest })) });
  const rows = document['annotations'];
  for (const [i, row] of (Array.isArray(rows) ? rows : []).entries()) {
    const item = `${path}, annotation ${i + 1}`;
    try {
      sink.instance(instance(file, row, size, forgiven));
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      sink.problem(item, { code: error.code, message: `${item} was left out: ${error.message}.`.replace(/\.\.$/, '.'), item });
    }
  }
}

function instance(image: string, value: unknown, size: readonly [number, number] | null, forgiven: Forgiven): ReadInstance {
  const row = fieldsOf(value);
  if (row === null) throw new MaskwrightError('dataset-invalid', 'it is not an object');
  const { segmentation, bbox, area: _area, ...rest } = row;
  return { image, class: null, shape: segmentationShape(segmentation, bbox, size, forgiven), extras: own(forgiven.kept('annotation', rest)) };
}

function sizeOf(width: unknown, height: unknown): readonly [number, number] | null {
  const sides = [numeral(height), numeral(width)].filter((side) => side !== undefined && Number.isInteger(side) && side >= 1 && side <= MOST_SIDE);
  return sides.length === 2 ? (sides as [number, number]) : null;
}

const own = (fields: NonNullable<Extras['own']>[string]): Extras => (Object.keys(fields).length === 0 ? {} : { own: { 'sa-1b': fields } });
