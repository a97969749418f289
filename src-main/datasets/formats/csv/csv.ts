import { z } from 'zod';
import { maskToParts } from '../../../../src-shared/geometry/contours.ts';
import { shapeMeasures } from '../../../../src-shared/geometry/shape.ts';
import type { DatasetInstance, SizedImage } from '../../source.ts';
import { NOT_HELD } from '../../whole-losses.ts';
import { csvRow } from './csv-text.ts';
import type { Cell } from './csv-text.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat } from '../format.ts';
import { forEachImage, WriteTally } from '../parts/writing.ts';

const Options = z.strictObject({});

const HEAD = [
  'image', 'image_width', 'image_height', 'split', 'status', 'instance', 'class', 'shape', 'area', 'area_share', 'x', 'y', 'width', 'height', 'parts', 'holes', 'z', 'source', 'touched',
  'predicted_iou', 'stability', 'crowd', 'group', 'score',
];

/** A row an instance, for spreadsheets and statistics (docs/formats/csv.md). Only written. */
export const csv: DatasetFormat<typeof Options> = {
  id: 'csv',
  name: FORMAT_NAMES.csv,
  form: 'file',
  extension: '.csv',
  takesUnlabelled: true,
  options: Options,
  recognise: () => Promise.resolve(false),
  keeps: () => new Set(NOT_HELD),
  write: async (source, filter, out, _options, run) => {
    const tally = new WriteTally(run);
    const classes = new Map(source.classes().map(({ id, name }) => [id, name]));
    await out.write('instances.csv', async (sink) => {
      await sink.write(csvRow(HEAD));
      await forEachImage(source, filter, tally, async (image, name, instances) => {
        for (const instance of instances) {
          const cells = cellsOf(instance, image, tally);
          if (cells === null) continue;
          await sink.write(csvRow([name, image.width, image.height, image.split, image.status, instance.id, instance.class === null ? null : (classes.get(instance.class) ?? null), ...cells]));
          tally.instances++;
        }
        tally.images++;
      });
    });
    return tally.summary();
  },
};

/** From "shape" on; null when the instance has no pixels, which has then been told. */
function cellsOf(instance: DatasetInstance, image: SizedImage, tally: WriteTally): Cell[] | null {
  const mask = tally.maskOf(instance, image);
  if (mask === null) return null;
  const { shape, z, provenance, extras } = instance;
  const { area, box } = shapeMeasures(shape, image.height, image.width);
  const parts = shape.kind === 'polygon' ? shape.parts : maskToParts(mask);
  const { crowd, group = null, score = null } = extras;
  return [
    shape.kind, area, round(area / (image.width * image.height), 6), ...[box.x, box.y, box.width, box.height].map((value) => round(value, 3)), parts.length, parts.reduce((sum, { holes }) => sum + holes.length, 0), z,
    provenance.source, provenance.touched ? 1 : 0, provenance.sam?.predictedIou ?? null, provenance.sam?.stability ?? null, crowd === true ? 1 : 0, group, score,
  ];
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
