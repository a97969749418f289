import { readdir, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { rasterizeParts } from '../../../../src-shared/geometry/rasterize.ts';
import { rleUnion } from '../../../../src-shared/geometry/rle-algebra.ts';
import { shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import { extrasLost } from '../../extras.ts';
import type { Extras } from '../../extras.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import type { Beside } from '../../whole-losses.ts';
import { copyPicture, pictureExtension } from '../parts/copy-picture.ts';
import { readHead } from '../codecs/files.ts';
import { someOf } from '../codecs/folder-sample.ts';
import type { FolderSample } from '../codecs/folder-sample.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat, ReadBack, WriteRun, WriteSummary } from '../format.ts';
import { groupLosses } from '../parts/group-numbers.ts';
import { readLabelme } from './labelme-reader.ts';
import { shapeFrom, shapesOf } from './labelme-shape.ts';
import type { LabelmeShape } from './labelme-shape.ts';
import { forEachImage, inPaintingOrder, itemOf, WriteTally } from '../parts/writing.ts';

const Options = z.strictObject({
  shapes: z.enum(['polygons', 'masks']).default('polygons').describe('Write masks as outlines, or as small pictures (labelme 5.3 and later)'),
  copyImages: z.boolean().default(true).describe('Copy the pictures into the data set'),
});
type Options = z.output<typeof Options>;

/** The version of labelme whose form this is; its loader warns of others. */
const VERSION = '5.5.0';

/** labelme's JSON, a file beside each picture (https://github.com/wkentaro/labelme). */
export const labelme: DatasetFormat<typeof Options> = {
  id: 'labelme',
  name: FORMAT_NAMES.labelme,
  form: 'folder',
  options: Options,
  recognise,
  resembles,
  read: readLabelme,
  write: writeLabelme,
  keeps: () => new Set<Beside>(['emptyImages', 'imageAttributes', 'own.labelme']),
  readBack,
};

/** The image inside of a file may come first and hide the shapes from view. */
async function isLabelme(file: string): Promise<boolean> {
  const head = await readHead(file);
  return /^\s*\{/.test(head) && (/"shapes"\s*:\s*\[/.test(head) || (/"imageData"\s*:/.test(head) && /"(imageHeight|imageWidth|imagePath|flags|version)"\s*:/.test(head)));
}

async function recognise(path: string): Promise<boolean> {
  if (!(await stat(path)).isDirectory()) return path.toLowerCase().endsWith('.json') && (await isLabelme(path));
  const files = await jsonIn(path);
  if (files.length > 0) return anyLabelme(path, files);
  const folders = (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory()).slice(0, 5);
  for (const { name } of folders) if (await anyLabelme(join(path, name), (await jsonIn(join(path, name))).slice(0, 1))) return true;
  return false;
}

const jsonIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile() && entry.name.toLowerCase().endsWith('.json')).slice(0, 5).map(({ name }) => name);

function resembles(sample: FolderSample): Promise<boolean> {
  return anyLabelme(sample.folder, someOf(sample, '.json'));
}

async function anyLabelme(folder: string, files: readonly string[]): Promise<boolean> {
  for (const file of files) if (await isLabelme(join(folder, file))) return true;
  return false;
}

async function writeLabelme(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, options: Options, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const classes = new Map(source.classes().map(({ id, name }) => [id, name]));
  const names = new SafeNames();
  await forEachImage(source, filter, tally, async (image, name, instances) => {
    const file = names.take(withoutExtension(name), '.json');
    const picture = `${withoutExtension(file)}${pictureExtension(name)}`;
    const groups = new Groups(instances);
    const shapes = inPaintingOrder(instances).flatMap((instance) => {
      const label = instance.class === null ? undefined : classes.get(instance.class);
      if (label === undefined) tally.unlabelled++;
      return label === undefined ? [] : shapesWritten(instance, label, image, options, groups, tally);
    });
    const { shapes: kept = [], ...rest } = image.extras.own?.['labelme'] ?? {};
    const all = [...shapes, ...(Array.isArray(kept) ? kept : [])];
    const { flags, attributes } = divided(image.extras);
    const head = { version: VERSION, flags, shapes: all, imagePath: posix.basename(picture), imageData: null, imageHeight: image.height, imageWidth: image.width, ...attributes };
    await out.write(file, (sink) => sink.write(`${JSON.stringify({ ...rest, ...head }, null, 2)}\n`));
    if (options.copyImages) await copyPicture(out, picture, image, tally);
    tally.images++;
  });
  return tally.summary();
}

/** An object is one shape, or several of one group. Nothing when it covers no pixel, which has then been told. */
function shapesWritten(instance: DatasetInstance, label: string, image: SizedImage, options: Options, groups: Groups, tally: WriteTally): object[] {
  const { extras } = instance;
  try {
    const found = drawnAs(instance) ?? shapesOf(instance.shape, image.width, image.height, options.shapes);
    if (found.length === 0) throw new MaskwrightError('export-failed', `Instance ${instance.id} on "${image.path}" was left out: it covers no pixel.`, itemOf(instance, image));
    const { drawn: _drawn, ...rest } = extras.own?.['labelme'] ?? {};
    const { flags, attributes } = divided(extras);
    const { score, difficult, occluded, truncated, crowd } = extras;
    const group_id = groups.of(extras.group, found.length > 1);
    tally.instances++;
    return found.map(({ shape_type, points, mask }) => ({
      ...rest, label, points, group_id, description: extras.description ?? '', shape_type, flags, mask, ...attributes, ...defined({ score, difficult, occluded, truncated, crowd }),
    }));
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error;
    tally.leaveOut(itemOf(instance, image), error);
    return [];
  }
}

const defined = (fields: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** Flags are yes or no; other attributes have a field of their own, as X-AnyLabeling has it. */
function divided({ attributes = {} }: Extras): { flags: Record<string, unknown>; attributes: { attributes?: Record<string, unknown> } } {
  const entries = Object.entries(attributes);
  const others = entries.filter(([, value]) => typeof value !== 'boolean');
  return { flags: Object.fromEntries(entries.filter(([, value]) => typeof value === 'boolean')), attributes: others.length === 0 ? {} : { attributes: Object.fromEntries(others) } };
}

/** A circle or the like, as long as nobody changed its outline. */
function drawnAs({ shape, extras }: DatasetInstance): LabelmeShape[] | null {
  const drawn = Drawn.safeParse(extras.own?.['labelme']?.['drawn']);
  if (!drawn.success) return null;
  try {
    return isDeepStrictEqual(shapeFrom(drawn.data.shape_type, drawn.data.points, null, null), shape) ? [{ ...drawn.data, mask: null }] : null;
  } catch {
    return null;
  }
}
const Drawn = z.object({ shape_type: z.string(), points: z.array(z.tuple([z.number(), z.number()])) });

/** LabelMe's groups are whole numbers: those of others, and of objects in several shapes, get free ones. */
class Groups {
  readonly #taken: Set<number>;
  readonly #named = new Map<string, number>();

  constructor(instances: readonly DatasetInstance[]) {
    this.#taken = new Set(instances.map(({ extras }) => extras.group).filter((group) => typeof group === 'number'));
  }

  of(group: Extras['group'], needed: boolean): number | null {
    if (typeof group === 'number') return group;
    if (group === undefined) return needed ? this.#free() : null;
    const known = this.#named.get(group) ?? this.#free();
    this.#named.set(group, known);
    return known;
  }

  #free(): number {
    let free = 1;
    while (this.#taken.has(free)) free++;
    this.#taken.add(free);
    return free;
  }
}

const KEPT = new Set(['attributes', 'crowd', 'group', 'occluded', 'truncated', 'difficult', 'score', 'description'] as const);

function readBack(instance: DatasetInstance, image: SizedImage, options: Options): ReadBack {
  const { shape, extras } = instance;
  const whole = shapeToRle(shape, image.height, image.width);
  const written = drawnAs(instance) ?? shapesOf(shape, image.width, image.height, options.shapes);
  const [first] = written;
  if (first === undefined) return { mask: whole, reasons: ['it covers no pixel'] };
  const reasons: string[] = [];
  if (written.length > 1) reasons.push(`its ${written.length} parts become shapes of one group`);
  const holes = shape.kind === 'polygon' && options.shapes === 'polygons' ? shape.parts.reduce((sum, part) => sum + part.holes.length, 0) : 0;
  if (holes > 0) reasons.push(`${holes === 1 ? '1 hole is' : `${holes} holes are`} joined to the outline by a line`);
  if (shape.kind === 'polygon' && first.shape_type === 'mask') reasons.push('its polygons become a mask of the same pixels');
  reasons.push(...groupLosses(extras), ...extrasLost(extras, KEPT, 'labelme'));
  if (first.shape_type !== 'polygon') return { mask: whole, reasons, written: true };
  const masks = written.map(({ points }) => rasterizeParts([{ outer: points.flat(), holes: [] }], image.height, image.width));
  return { mask: masks.reduce((a, b) => rleUnion(a, b)), reasons, written: true };
}
