import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { rleArea } from '../../../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import { extrasLost } from '../../extras.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import { KEPT_SPLITS } from '../../whole-losses.ts';
import type { Beside } from '../../whole-losses.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat, ReadBack, WriteRun, WriteSummary } from '../format.ts';
import { attributesOf } from '../parts/attributes.ts';
import type { Scalar } from '../parts/attributes.ts';
import { copyPicture, pictureExtension } from '../parts/copy-picture.ts';
import { shapeReasons } from '../parts/flatten.ts';
import { anyHeadLooks, anySampleLooks } from '../parts/json-files.ts';
import { forEachImage, inPaintingOrder, WriteTally } from '../parts/writing.ts';
import { DATASET, readSupervisely, SPLIT_TAG, YES_NO } from './supervisely-reader.ts';
import { bitmapFigure, drawnFigure } from './supervisely-shape.ts';

const Options = z.strictObject({
  shapes: z.enum(['as-drawn', 'bitmaps']).default('as-drawn').describe('Write polygons and boxes as they were drawn, or every shape as a bitmap of its pixels'),
  copyImages: z.boolean().default(true).describe('Copy the images into the dataset'),
});
type Options = z.output<typeof Options>;

const ID = 'supervisely';

/**
 * A Supervisely project (https://docs.supervisely.com/customization-and-integration/00_ann_format_navi): meta.json with classes and
 * tags, and a dataset for each split. Splits of any name are also kept in an image tag.
 */
export const supervisely: DatasetFormat<typeof Options> = {
  id: ID,
  name: FORMAT_NAMES[ID],
  form: 'folder',
  options: Options,
  recognise,
  resembles: async (sample) => isMeta(sample.folder) || (sample.files.some((file) => /(^|\/)ann\/[^/]+\.json$/.test(file)) && (await anySampleLooks(sample, looksLikeAnnotation))),
  read: readSupervisely,
  write,
  keeps: () => new Set<Beside>([...KEPT_SPLITS, 'colours', 'emptyClasses', 'emptyImages', 'imageAttributes', `own.${ID}`]),
  readBack,
};

async function recognise(path: string): Promise<boolean> {
  if (!(await stat(path)).isDirectory()) return anyHeadLooks(path, looksLikeAnnotation);
  if (!isMeta(path)) return false;
  const folders = (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  return folders.some(({ name }) => existsSync(join(path, name, 'ann')));
}

const isMeta = (folder: string): boolean => existsSync(join(folder, 'meta.json'));
const looksLikeAnnotation = (head: string): boolean => /"size"\s*:\s*\{[^{}]*"(height|width)"/.test(head) && /"objects"\s*:\s*\[/.test(head) && (/"geometryType"\s*:/.test(head) || /"objects"\s*:\s*\[\s*\]/.test(head));

async function write(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, options: Options, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const classes = new Map(source.classes().map(({ id, name }) => [id, name]));
  const folders = new SplitFolders();
  const names = new SafeNames();
  const tags = new Tags();
  await forEachImage(source, filter, tally, async (image, name, instances) => {
    const folder = folders.of(image.split);
    const file = names.take(`${folder}/img/${withoutExtension(name).replaceAll('/', '_')}`, pictureExtension(name));
    const objects = inPaintingOrder(instances).flatMap((instance) => {
      const title = instance.class === null ? undefined : classes.get(instance.class);
      if (title === undefined) tally.unlabelled++;
      return title === undefined ? [] : object(instance, title, image, options, tags, tally);
    });
    const { objects: kept = [], ...rest } = image.extras.own?.[ID] ?? {};
    const described = tags.of({ ...image.extras.attributes, ...(image.split === null ? {} : { [SPLIT_TAG]: image.split }) });
    const document = { ...rest, description: image.extras.description ?? '', tags: described, size: { height: image.height, width: image.width }, objects: [...objects, ...(Array.isArray(kept) ? kept : [])] };
    await out.write(`${folder}/ann/${file.slice(`${folder}/img/`.length)}.json`, (sink) => sink.write(`${JSON.stringify(document)}\n`));
    if (options.copyImages) await copyPicture(out, file, image, tally);
    tally.images++;
  });
  const described = source.classes().map(({ name: title, colour: color, extras }) => ({ shape: 'any', geometry_config: {}, hotkey: '', ...extras.own?.[ID], title, color: color.toUpperCase() }));
  const meta = { ...source.extras().own?.[ID], classes: described, tags: tags.meta(), projectType: 'images' };
  await out.write('meta.json', (sink) => sink.write(`${JSON.stringify(meta, null, 2)}\n`));
  return tally.summary();
}

/** Nothing for what covers no pixel, which has then been reported. */
function object(instance: DatasetInstance, classTitle: string, image: SizedImage, { shapes }: Options, tags: Tags, tally: WriteTally): object[] {
  const mask = tally.maskOf(instance, image);
  if (mask === null) return [];
  tally.instances++;
  const { extras } = instance;
  const figure = (shapes === 'as-drawn' ? drawnFigure(instance.shape) : null) ?? bitmapFigure(mask);
  const { id = instance.id, ...rest } = extras.own?.[ID] ?? {};
  const grouped = extras.group === undefined ? {} : { instance: String(extras.group) };
  return [{ ...rest, id, description: extras.description ?? '', ...grouped, tags: tags.of(attributesOf(extras, ['description'])), classTitle, ...figure }];
}

/** The project's tags: their kinds are in meta.json, which is written when all are known. */
class Tags {
  readonly #values = new Map<string, Set<'none' | 'text' | 'number' | 'flag'>>();

  of(attributes: Readonly<Record<string, Scalar>>): object[] {
    return Object.entries(attributes).map(([name, value]) => {
      const kinds = this.#values.get(name) ?? new Set();
      this.#values.set(name, kinds.add(value === null ? 'none' : typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'flag'));
      return { name, value: typeof value === 'boolean' ? String(value) : value };
    });
  }

  meta(): object[] {
    return [...this.#values].map(([name, kinds]) => {
      const [kind] = kinds;
      const value_type = kinds.size > 1 ? 'any_string' : { none: 'none', text: 'any_string', number: 'any_number', flag: 'oneof_string' }[kind ?? 'none'];
      return { name, value_type, color: '#808080', ...(value_type === 'oneof_string' ? { values: YES_NO } : {}) };
    });
  }
}

class SplitFolders {
  readonly #names = new SafeNames();
  readonly #folders = new Map<string | null, string>();

  of(split: string | null): string {
    const known = this.#folders.get(split) ?? this.#names.take((split ?? DATASET).replaceAll('/', '_'), '');
    this.#folders.set(split, known);
    return known;
  }
}

const KEPT = new Set(['attributes', 'crowd', 'group', 'occluded', 'truncated', 'difficult', 'score', 'description'] as const);

function readBack({ shape, extras }: DatasetInstance, image: SizedImage, options: Options): ReadBack {
  const mask = shapeToRle(shape, image.height, image.width);
  if (rleArea(mask) === 0) return { mask, reasons: ['it covers no pixel'] };
  const isDrawn = options.shapes === 'as-drawn' && drawnFigure(shape) !== null;
  const group = typeof extras.group === 'string' && /^\d+$/.test(extras.group) ? [`its group “${extras.group}” becomes a number`] : [];
  return { mask, reasons: [...(isDrawn ? [] : shapeReasons(shape)), ...group, ...extrasLost(extras, KEPT, ID)] };
}
