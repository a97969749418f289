import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { encodeCocoCounts } from '../../../../src-shared/geometry/coco-counts.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import type { Extras } from '../../extras.ts';
import type { DatasetClass, DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import { attributesOf } from '../parts/attributes.ts';
import { NO_SUBSET } from './datumaro-reader.ts';
import type { WriteRun, WriteSummary } from '../format.ts';
import { isEllipseRing } from '../parts/ellipse.ts';
import { ellipseIn } from './datumaro-shape.ts';
import { groupNumbers } from '../parts/group-numbers.ts';
import { isNothing, plainShape } from '../parts/plain-shape.ts';
import { forEachImage, itemOf, jsonList, WriteTally } from '../parts/writing.ts';

/** Datumaro's number for pictures (components/media.py, MediaType.IMAGE). */
const IMAGE = 2;

/** An ellipse as the reader keeps it: left, top, right and bottom of the box around it. */
const Corners = z.tuple([z.number(), z.number(), z.number(), z.number()]);
/** As the reader keeps them. */
const Labelled = z.array(z.looseObject({ label: z.string().optional() }));

/**
 * Writes Datumaro's JSON as annotations/SPLIT.json, with annotations/default.json for images of no split; every file has
 * all labels. What was kept of a Datumaro file that was imported is written back. Left out and reported: images of
 * unknown size, masks that cover no pixel. Instances without a class are written without a label.
 */
export async function writeDatumaro(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const classes = source.classes();
  const labels = new Map(classes.map(({ id }, i) => [id, i]));
  const byName = new Map(classes.map(({ name }, i) => [name, i]));
  const names = new SafeNames();
  for (const split of new Set(Iterator.from(source.images(filter)).map((image) => image.split))) {
    const ids = new ItemIds();
    await out.write(names.take(`annotations/${fileOf(split)}`, '.json'), async (sink) => {
      const { infos = {}, label = {}, points, categories = {} } = own(source.extras()) as Record<string, object>;
      const skeletons = points === undefined ? {} : { points: { items: keptOf(points, byName) } };
      const head = { dm_format_version: '1.0', media_type: IMAGE, infos, categories: { label: { labels: classes.map(labelOf), label_groups: [], attributes: [], ...label }, mask: { colormap: classes.map(colourOf) }, ...skeletons, ...categories } };
      await sink.write(`${JSON.stringify(head).slice(0, -1)},"items":[`);
      const add = jsonList(sink);
      await forEachImage(source, filter, tally, async (image, name, instances) => {
        tally.images++;
        const { id, image: more, attributes, annotations, ...rest } = own(image.extras) as Record<string, object>;
        const groups = groupNumbers(instances);
        const shapes = instances.flatMap((instance) => annotationOf(instance, image, labels, groups, tally) ?? []);
        const attr = { ...image.extras.attributes, ...attributes };
        await add({
          id: ids.of(id, name), annotations: [...shapes, ...keptOf(annotations, byName)], ...(Object.keys(attr).length > 0 ? { attr } : {}),
          image: { path: name, size: [image.height, image.width], ...more }, ...rest,
        });
      }, (image) => image.split === split);
      await sink.write(']}\n');
    });
  }
  return tally.summary();
}

/** Datumaro's subsets are file names. */
const fileOf = (split: string | null): string => (split ?? NO_SUBSET).replaceAll(/[^\p{L}\p{N}_-]+/gu, '_');

const labelOf = ({ name, extras }: DatasetClass): object => ({ name, parent: extras.supercategory ?? '', attributes: [], ...own(extras) });

function colourOf({ colour }: DatasetClass, i: number): object {
  const [r, g, b] = [1, 3, 5].map((from) => Number.parseInt(colour.slice(from, from + 2), 16));
  return { label_id: i, r, g, b };
}

/** Ids of the items of a subset: the one that the item had, else its path without the extension, else the whole path. */
class ItemIds {
  readonly #taken = new Set<string>();

  of(old: unknown, name: string): string {
    const wishes = [...(typeof old === 'string' ? [old] : []), withoutExtension(name), name];
    let id = wishes.find((wish) => !this.#taken.has(wish));
    for (let n = 2; id === undefined; n++) if (!this.#taken.has(`${name}-${n}`)) id = `${name}-${n}`;
    this.#taken.add(id);
    return id;
  }
}

/** Null when it cannot be written, which has then been told. */
function annotationOf(instance: DatasetInstance, image: SizedImage, labels: ReadonlyMap<number, number>, groups: ReadonlyMap<number | string, number>, tally: WriteTally): object | null {
  const { extras } = instance;
  try {
    const { id = instance.id, attributes, ellipse, ...rest } = own(extras) as Record<string, object>;
    const { type, ...geometry } = geometryOf(instance, image, ellipse);
    tally.instances++;
    return {
      id, type, attributes: { ...attributesOf(extras), ...attributes }, group: extras.group === undefined ? 0 : (groups.get(extras.group) ?? 0),
      label_id: instance.class === null ? null : (labels.get(instance.class) ?? null), ...geometry, z_order: instance.z, ...rest,
    };
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error;
    tally.leaveOut(itemOf(instance, image), error);
    return null;
  }
}

function geometryOf(instance: DatasetInstance, image: SizedImage, ellipse: unknown): { type: 'ellipse' | 'polygon' | 'bbox' | 'mask' } & Record<string, unknown> {
  const shape = plainShape(instance.shape, image.height, image.width);
  if (isNothing(shape)) throw new MaskwrightError('export-failed', `Instance ${instance.id} on "${image.path}" was left out: it covers no pixel.`, itemOf(instance, image));
  const corners = Corners.safeParse(ellipse);
  switch (shape.kind) {
    case 'ring':
      if (corners.success && isEllipseRing(shape.ring, ellipseIn(corners.data), 0)) return { type: 'ellipse', points: corners.data };
      return { type: 'polygon', points: shape.ring };
    case 'box':
      return { type: 'bbox', bbox: [shape.box.x, shape.box.y, shape.box.width, shape.box.height] };
    case 'mask':
      return { type: 'mask', rle: { counts: encodeCocoCounts(shape.rle.counts), size: shape.rle.size } };
  }
}

/** What is not used here, with its labels' numbers in this file; without what is of a class that is gone. */
function keptOf(entries: unknown, byName: ReadonlyMap<string, number>): object[] {
  return Labelled.catch([]).parse(entries).flatMap(({ label, ...rest }) => {
    if (label === undefined) return [rest];
    const number = byName.get(label);
    return number === undefined ? [] : [{ ...rest, label_id: number }];
  });
}

const own = (extras: Extras): Readonly<Record<string, unknown>> => extras.own?.['datumaro'] ?? {};
