import { posix } from 'node:path';
import { z } from 'zod';
import type { PolygonPart, Ring, Shape } from '../../../../src-shared/domain/schema.ts';
import { maskToParts } from '../../../../src-shared/geometry/contours.ts';
import { rasterizeParts } from '../../../../src-shared/geometry/rasterize.ts';
import { rleArea } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { rleIou } from '../../../../src-shared/geometry/rle-algebra.ts';
import { boxPart, shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import { simplifyPart } from '../../../../src-shared/geometry/simplify-contour.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import { extrasLost } from '../../extras.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { DatasetClass, DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import type { Beside } from '../../whole-losses.ts';
import { readHead } from '../codecs/files.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat, ReadBack, WriteRun, WriteSummary } from '../format.ts';
import { attributesOf } from '../parts/attributes.ts';
import { copyPicture, pictureExtension } from '../parts/copy-picture.ts';
import { fieldsOf } from '../parts/forgiven.ts';
import { anyHeadLooks, anySampleLooks } from '../parts/json-files.ts';
import { forEachImage, inPaintingOrder, WriteTally } from '../parts/writing.ts';
import { readGeojson } from './geojson-reader.ts';

const Options = z.strictObject({ copyImages: z.boolean().default(true).describe('Copy the images into the dataset') });
type Options = z.output<typeof Options>;

const ID = 'geojson';

/** GeoJSON (RFC 7946) in pixels of the image, with the properties that QuPath gives its annotations, a file for each image. */
export const geojson: DatasetFormat<typeof Options> = {
  id: ID,
  name: FORMAT_NAMES[ID],
  form: 'folder',
  takesUnlabelled: true,
  options: Options,
  recognise: async (path) => (path.toLowerCase().endsWith('.geojson') ? looksLikeGeojson(await readHead(path)) : anyHeadLooks(path, looksLikeGeojson)),
  resembles: async (sample) => sample.files.some((file) => file.toLowerCase().endsWith('.geojson')) || anySampleLooks(sample, looksLikeGeojson),
  read: readGeojson,
  write,
  keeps: () => new Set<Beside>(['colours', 'emptyImages', 'imageAttributes', `own.${ID}`]),
  readBack,
};

const looksLikeGeojson = (head: string): boolean => /"type"\s*:\s*"FeatureCollection"/.test(head) || (/"type"\s*:\s*"Feature"/.test(head) && /"geometry"\s*:/.test(head));

async function write(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, options: Options, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const classes = new Map(source.classes().map((cls) => [cls.id, cls]));
  const names = new SafeNames();
  await forEachImage(source, filter, tally, async (image, name, instances) => {
    const file = names.take(withoutExtension(name), '.geojson');
    const copy = `${withoutExtension(file)}${pictureExtension(name)}`;
    const features = inPaintingOrder(instances).flatMap((instance) => feature(instance, instance.class === null ? undefined : classes.get(instance.class), image, tally));
    const { features: kept = [], ...rest } = image.extras.own?.[ID] ?? {};
    const document = { ...rest, type: 'FeatureCollection', image: { file_name: posix.basename(copy), width: image.width, height: image.height }, properties: image.extras.attributes ?? {}, features: [...features, ...(Array.isArray(kept) ? kept : [])] };
    await out.write(file, (sink) => sink.write(`${JSON.stringify(document)}\n`));
    if (options.copyImages) await copyPicture(out, copy, image, tally);
    tally.images++;
  });
  return tally.summary();
}

/** Nothing for what covers no pixel, which has then been reported. */
function feature(instance: DatasetInstance, cls: DatasetClass | undefined, image: SizedImage, tally: WriteTally): object[] {
  const mask = tally.maskOf(instance, image);
  if (mask === null) return [];
  tally.instances++;
  const { extras } = instance;
  const { properties, ...rest } = extras.own?.[ID] ?? {};
  const classification = cls === undefined ? {} : { classification: { name: cls.name, color: [...Buffer.from(cls.colour.slice(1), 'hex')] } };
  const metadata = attributesOf(extras, ['description']);
  const described = { objectType: 'annotation', ...fieldsOf(properties), ...classification, ...(Object.keys(metadata).length === 0 ? {} : { metadata }), ...(extras.description === undefined ? {} : { description: extras.description }), ...(extras.group === undefined ? {} : { group: extras.group }) };
  return [{ ...rest, type: 'Feature', geometry: geometryOf(partsOf(instance.shape, mask)), properties: described }];
}

/** Corners as they were drawn; of masks, outlines that give their pixels back, with their holes. */
function partsOf(shape: Shape, mask: Rle): readonly PolygonPart[] {
  if (shape.kind === 'polygon') return shape.parts;
  return shape.kind === 'box' ? [boxPart(shape.box)] : maskToParts(mask).map((part) => simplifyPart(part, mask.size[0]));
}

function geometryOf(parts: readonly PolygonPart[]): object {
  const polygons = parts.map(({ outer, holes }) => [outer, ...holes].map(closed));
  return polygons.length === 1 ? { type: 'Polygon', coordinates: polygons[0] } : { type: 'MultiPolygon', coordinates: polygons };
}

const closed = (ring: Ring): number[][] => {
  const points = Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i] ?? 0, ring[2 * i + 1] ?? 0]);
  return [...points, ...points.slice(0, 1)];
};

const KEPT = new Set(['attributes', 'crowd', 'group', 'occluded', 'truncated', 'difficult', 'score', 'description'] as const);

function readBack({ shape, extras }: DatasetInstance, image: SizedImage): ReadBack {
  const whole = shapeToRle(shape, image.height, image.width);
  if (rleArea(whole) === 0) return { mask: whole, reasons: ['it covers no pixel'] };
  const mask = shape.kind === 'mask' ? rasterizeParts(partsOf(shape, whole), image.height, image.width) : whole;
  const reasons = [...(rleIou(whole, mask) < 1 ? ['its outline does not give all of its pixels back'] : []), ...(shape.kind === 'box' ? ['its box becomes a polygon of four corners'] : [])];
  return { mask, reasons: [...reasons, ...extrasLost(extras, KEPT, ID)] };
}
