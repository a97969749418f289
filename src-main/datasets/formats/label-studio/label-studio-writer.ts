import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import type { Extras } from '../../extras.ts';
import type { DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import { attributesOf } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import { encodeBrush } from './brush-rle.ts';
import { CocoIds } from '../coco/coco-ids.ts';
import type { WriteRun, WriteSummary } from '../format.ts';
import { isEllipseRing } from '../parts/ellipse.ts';
import { ellipseOf } from './label-studio-region.ts';
import type { RegionKind } from './label-studio-region.ts';
import { isNothing, plainShape } from '../parts/plain-shape.ts';
import { millionths, turnedRingBox } from '../parts/turned-box.ts';
import { forEachImage, inPaintingOrder, itemOf, jsonList, WriteTally } from '../parts/writing.ts';

/** An ellipse as the reader keeps it: its center and radii. */
const Percents = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const List = z.array(z.looseObject({})).catch([]);

/**
 * Writes Label Studio's JSON, a task a line: masks as brushes, polygons and boxes in percents of the picture. Attributes
 * become answers to per-region questions of their name, painting order the order of results. What was kept of a Label
 * Studio file that was imported is written back. Left out and reported: images of unknown size, masks that cover no pixel.
 */
export async function writeLabelStudio(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const names = new Map(source.classes().map(({ id, name }) => [id, name]));
  const ids = new CocoIds([...source.images('all')].map(({ id, extras }) => [id, own(extras)['id']]));
  await out.write('label-studio.json', async (sink) => {
    await sink.write('[');
    const add = jsonList(sink);
    await forEachImage(source, filter, tally, async (image, name, instances) => {
      tally.images++;
      const { id, data, annotation, annotations, results, meta, predictions = [], ...rest } = own(image.extras) as Record<string, object>;
      const taken = new Set<string>();
      const result = [...inPaintingOrder(instances).flatMap((instance) => rowsOf(instance, image, names, taken, tally)), ...List.parse(results)];
      const shown = result.length > 0 || annotation !== undefined ? [{ ...annotation, result }] : [];
      const { attributes } = image.extras;
      await add({
        id: ids.of(image.id, id), data: { ...(data ?? { image: addressOf(name), width: image.width, height: image.height }), ...(image.split === null ? {} : { split: image.split }) },
        annotations: [...shown, ...List.parse(annotations)], predictions, ...(meta === undefined && attributes === undefined ? {} : { meta: { ...(attributes === undefined ? {} : { attributes }), ...meta } }), ...rest,
      });
    });
    await sink.write(']\n');
  });
  return tally.summary();
}

/** As Label Studio serves pictures of a local folder (labelstud.io, local storage). */
const addressOf = (name: string): string => `/data/local-files/?d=${name.split('/').map(encodeURIComponent).join('/')}`;

/** A region's results: its shape with its label, then answers. None when it cannot be written, which has then been told. */
function rowsOf(instance: DatasetInstance, image: SizedImage, names: ReadonlyMap<number, string>, taken: Set<string>, tally: WriteTally): object[] {
  const { extras } = instance;
  try {
    const { id, type: before, from_name, to_name = 'image', labels, labels_from, rotation, ellipse, prediction: _prediction, value, meta, results, ...rest } = own(extras);
    const { kind, ...shape } = geometryOf(instance, image, rotation, ellipse);
    const region = regionId(id, instance, taken);
    const label = instance.class === null ? undefined : names.get(instance.class);
    const chosen = Array.isArray(labels) && labels[0] === label ? (labels as unknown[]) : [label];
    // One tag of labels for several tools makes two results of a region.
    const apart = label !== undefined && typeof labels_from === 'string';
    const type = label === undefined || apart ? kind : `${kind}labels`;
    const about = { id: region, to_name, original_width: image.width, original_height: image.height, image_rotation: 0 };
    const { score, description, group } = extras;
    const note = description === undefined ? meta : { text: [description] };
    tally.instances++;
    const sameKind = typeof before === 'string' && (before === 'labels' || before.startsWith(kind));
    return [
      { ...about, type, from_name: sameKind && typeof from_name === 'string' ? from_name : kind, value: { ...shape, ...(type === kind ? {} : { [type]: chosen }), ...(value as object | undefined) }, ...(score === undefined ? {} : { score }), ...(note === undefined ? {} : { meta: note }), ...rest },
      ...(apart ? [{ ...about, type: 'labels', from_name: labels_from, value: { ...shape, labels: chosen } }] : []),
      ...Object.entries({ ...attributesOf(extras, ['score', 'description']), ...(group === undefined ? {} : { group }) }).map(([name, answer]) => ({ ...about, from_name: name, ...answerRow(answer) })),
      ...List.parse(results),
    ];
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error;
    tally.leaveOut(itemOf(instance, image), error);
    return [];
  }
}

function answerRow(answer: Scalar): object {
  switch (typeof answer) {
    case 'number':
      return { type: 'number', value: { number: answer } };
    case 'boolean':
      return { type: 'choices', value: { choices: [String(answer)] } };
    default:
      return { type: 'textarea', value: { text: answer === null ? [] : [answer] } };
  }
}

/** No two alike on a picture. */
function regionId(old: unknown, instance: DatasetInstance, taken: Set<string>): string {
  let id = typeof old === 'string' && !taken.has(old) ? old : `mw${instance.id}`;
  while (taken.has(id)) id += '-';
  taken.add(id);
  return id;
}

function geometryOf(instance: DatasetInstance, image: SizedImage, rotation: unknown, ellipse: unknown): { kind: RegionKind } & Record<string, unknown> {
  const { width, height } = image;
  const across = (x: number): number => (millionths(x) * 100) / width;
  const down = (y: number): number => (millionths(y) * 100) / height;
  const shape = plainShape(instance.shape, height, width);
  if (isNothing(shape)) throw new MaskwrightError('export-failed', `Instance ${instance.id} on "${image.path}" was left out: it covers no pixel.`, itemOf(instance, image));
  if (shape.kind === 'mask') return { kind: 'brush', format: 'rle', rle: encodeBrush(shape.rle) };
  const turned = shape.kind === 'ring' && typeof rotation === 'number' ? turnedRingBox(shape.ring, rotation, 'corner') : null;
  const box = shape.kind === 'box' ? shape.box : turned;
  if (box !== null) return { kind: 'rectangle', x: across(box.x), y: down(box.y), width: across(box.width), height: down(box.height), rotation: turned === null ? 0 : rotation };
  const ring = shape.kind === 'ring' ? shape.ring : [];
  const oval = Percents.safeParse(ellipse);
  const degrees = typeof rotation === 'number' ? rotation : 0;
  if (oval.success && isEllipseRing(ring, ellipseOf(oval.data, image), degrees)) {
    const [x, y, radiusX, radiusY] = oval.data;
    return { kind: 'ellipse', x, y, radiusX, radiusY, rotation: degrees };
  }
  return { kind: 'polygon', points: Array.from({ length: ring.length / 2 }, (_, i) => [across(ring[2 * i] ?? 0), down(ring[2 * i + 1] ?? 0)]), closed: true };
}

const own = (extras: Extras): Readonly<Record<string, unknown>> => extras.own?.['label-studio'] ?? {};
