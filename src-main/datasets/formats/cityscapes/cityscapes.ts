import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import { rasterizeParts } from '../../../../src-shared/geometry/rasterize.ts';
import { rleArea } from '../../../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import { IMAGE_EXTENSIONS } from '../../../images/extensions.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import { extrasLost } from '../../extras.ts';
import type { Extras } from '../../extras.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import { KEPT_SPLITS } from '../../whole-losses.ts';
import type { Beside } from '../../whole-losses.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat, DatasetSink, ReadBack, ReadRun, WriteRun, WriteSummary } from '../format.ts';
import { ClassesTold } from '../parts/classes-told.ts';
import { copyPicture, pictureExtension } from '../parts/copy-picture.ts';
import { fieldsOf, Forgiven, numeral } from '../parts/forgiven.ts';
import { anyHeadLooks, anySampleLooks, readJsonFiles } from '../parts/json-files.ts';
import type { ImageDocument } from '../parts/json-files.ts';
import { outlineBack, outlineRings } from '../parts/outlines.ts';
import { pointRing } from '../parts/point-ring.ts';
import { forEachImage, inPaintingOrder, WriteTally } from '../parts/writing.ts';

const Options = z.strictObject({ copyImages: z.boolean().default(true).describe('Copy the images into the dataset') });
type Options = z.output<typeof Options>;

const ID = 'cityscapes';
const FINE = 'gtFine', IMAGES = 'leftImg8bit', CITY = 'maskwright', NO_SPLIT = 'nosplit';

/**
 * Cityscapes' polygons: gtFine/SPLIT/CITY/NAME_gtFine_polygons.json for leftImg8bit/SPLIT/CITY/NAME_leftImg8bit.png
 * (https://github.com/mcordts/cityscapesScripts). Later objects lie over earlier ones; a label that ends in "group" is a crowd.
 */
export const cityscapes: DatasetFormat<typeof Options> = {
  id: ID,
  name: FORMAT_NAMES[ID],
  form: 'folder',
  options: Options,
  recognise: async (path) => !(await stat(path)).isDirectory() && anyHeadLooks(path, looksLikeCityscapes),
  resembles: (sample) => anySampleLooks(sample, looksLikeCityscapes),
  read,
  write,
  keeps: () => new Set<Beside>([...KEPT_SPLITS, 'emptyImages', `own.${ID}`]),
  readBack,
};

const looksLikeCityscapes = (head: string): boolean => /"imgHeight"\s*:/.test(head) && /"objects"\s*:/.test(head) && (/"polygon"\s*:/.test(head) || /"objects"\s*:\s*\[\s*\]/.test(head));

async function read(path: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  const forgiven = new Forgiven();
  const classes = new ClassesTold(sink);
  await readJsonFiles(path, sink, run, {
    name: 'Cityscapes',
    takes: ({ imgHeight, objects }) => imgHeight !== undefined && Array.isArray(objects),
    tell: (entry) => tell(entry, folder, sink, classes, forgiven),
  });
  forgiven.tell(sink);
}

function tell({ file, document }: ImageDocument, folder: string, sink: DatasetSink, classes: ClassesTold, forgiven: Forgiven): void {
  const { imgHeight, imgWidth, objects, ...rest } = document;
  const [height, width] = [numeral(imgHeight), numeral(imgWidth)];
  if (height === undefined || width === undefined || ![height, width].every((side) => Number.isInteger(side) && side >= 1 && side <= 65_535)) throw new MaskwrightError('dataset-invalid', 'it does not say the size of its image.', file);
  const place = placeOf(file, folder);
  const kept = forgiven.kept('image', rest);
  sink.image({ key: file, path: place.path, file: place.file, width, height, split: place.split, extras: own(kept) });
  for (const [i, value] of (Array.isArray(objects) ? objects : []).entries()) {
    const item = `${place.path}, object ${i + 1}`;
    const { label, polygon, deleted, ...more } = fieldsOf(value) ?? {};
    const ring = pointRing(polygon);
    if (forgiven.flag('object', 'deleted', deleted) === true) continue;
    if (ring === null) {
      sink.problem(item, { code: 'dataset-invalid', message: `${item} was left out: it has no three corners.`, item });
      continue;
    }
    const name = typeof label === 'string' ? label : null;
    const isCrowd = name !== null && /.group$/.test(name);
    sink.instance({ image: file, class: classes.key(isCrowd ? name.slice(0, -'group'.length) : name), shape: { kind: 'polygon', parts: [{ outer: ring, holes: [] }] }, extras: { ...(isCrowd ? { crowd: true } : {}), ...own(forgiven.kept('object', more)) } });
  }
}

/** The image of an annotation file: in leftImg8bit, where gtFine or gtCoarse is, else beside it. */
function placeOf(file: string, folder: string): { readonly path: string; readonly file: string | null; readonly split: string | null } {
  const [, stem = file, kind] = /^(.*?)(?:_(gtFine|gtCoarse))?(?:_polygons)?\.json$/i.exec(basename(file)) ?? [];
  const folders = posix.dirname(file).split('/').filter((name) => name !== '.');
  const top = folders.findIndex((name) => /^gt(fine|coarse)$/i.test(name));
  const inner = top === -1 ? folders : [...folders.slice(0, top), IMAGES, ...folders.slice(top + 1)];
  const split = top === -1 ? null : (folders[top + 1] ?? null);
  const named = kind === undefined ? stem : `${stem}_${IMAGES}`;
  const found = [...IMAGE_EXTENSIONS].map((extension) => join(folder, ...inner, `${named}${extension}`)).find((candidate) => existsSync(candidate)) ?? null;
  const cities = top === -1 ? folders : folders.slice(top + 2).filter((name) => name !== CITY);
  return { path: posix.join(...cities, stem), file: found, split: split === NO_SPLIT ? null : split };
}

async function write(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, options: Options, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const classes = new Map(source.classes().map(({ id, name }) => [id, name]));
  const names = new SafeNames();
  const folders = new Map<string | null, string>([[null, NO_SPLIT]]);
  const splits = new SafeNames();
  splits.take(NO_SPLIT, '');
  await forEachImage(source, filter, tally, async (image, name, instances) => {
    const split = folders.get(image.split) ?? splits.take((image.split ?? '').replaceAll('/', '_'), '');
    folders.set(image.split, split);
    const prefix = `${FINE}/${split}/${CITY}/`;
    const file = names.take(`${prefix}${withoutExtension(name)}`, `_${FINE}_polygons.json`);
    const stem = file.slice(prefix.length, -`_${FINE}_polygons.json`.length);
    const objects = inPaintingOrder(instances).flatMap((instance) => {
      const label = instance.class === null ? undefined : classes.get(instance.class);
      if (label === undefined) tally.unlabelled++;
      return label === undefined ? [] : polygons(instance, label, image, tally);
    });
    await out.write(file, (sink) => sink.write(`${JSON.stringify({ ...image.extras.own?.[ID], imgHeight: image.height, imgWidth: image.width, objects }, null, 4)}\n`));
    if (options.copyImages) await copyPicture(out, `${IMAGES}/${split}/${CITY}/${stem}_${IMAGES}${pictureExtension(name)}`, image, tally);
    tally.images++;
  });
  return tally.summary();
}

/** A polygon for each part. Nothing for what covers no pixel, which has then been reported. */
function polygons(instance: DatasetInstance, label: string, image: SizedImage, tally: WriteTally): object[] {
  const mask = tally.maskOf(instance, image);
  if (mask === null) return [];
  tally.instances++;
  const { extras, shape } = instance;
  return outlineRings(shape, mask).map((ring) => ({ ...extras.own?.[ID], label: extras.crowd === true ? `${label}group` : label, polygon: Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i], ring[2 * i + 1]]) }));
}

const KEPT = new Set(['crowd'] as const);

function readBack({ shape, extras, class: cls }: DatasetInstance, image: SizedImage, _options: Options, { classes }: Parameters<NonNullable<DatasetFormat['readBack']>>[3]): ReadBack {
  const whole = shapeToRle(shape, image.height, image.width);
  if (rleArea(whole) === 0) return { mask: whole, reasons: ['it covers no pixel'] };
  const rings = outlineRings(shape, whole);
  const { mask, reasons } = outlineBack(shape, whole, rings, 'become objects of their own');
  const name = cls === null ? '' : (classes.get(cls)?.name ?? '');
  const renamed = extras.crowd !== true && /.group$/.test(name) ? [`its class “${name}” is read as a crowd of “${name.slice(0, -'group'.length)}”`] : [];
  // Parts are objects of their own, of which a reader finds the first.
  const first = rings.length > 1 ? rasterizeParts([{ outer: rings[0] ?? [], holes: [] }], image.height, image.width) : mask;
  return { mask: first, reasons: [...reasons, ...(shape.kind === 'box' ? ['its box becomes a polygon of four corners'] : []), ...renamed, ...extrasLost(extras, KEPT, ID)] };
}

const own = (fields: NonNullable<Extras['own']>[string]): Extras => (Object.keys(fields).length === 0 ? {} : { own: { [ID]: fields } });
