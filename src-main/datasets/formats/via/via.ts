import { z } from 'zod';
import { rleArea } from '../../../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import { extrasLost } from '../../extras.ts';
import type { Extras } from '../../extras.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import type { Beside } from '../../whole-losses.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat, ReadBack, WriteRun, WriteSummary } from '../format.ts';
import { attributesOf } from '../parts/attributes.ts';
import { copyPicture, pictureExtension } from '../parts/copy-picture.ts';
import { anyHeadLooks, anySampleLooks } from '../parts/json-files.ts';
import { outlineBack } from '../parts/outlines.ts';
import { forEachImage, inPaintingOrder, WriteTally } from '../parts/writing.ts';
import { GROUP_ATTRIBUTE, looksLikeVia, readVia } from './via-reader.ts';
import { viaShapes } from './via-shape.ts';
import type { ViaShape } from './via-shape.ts';

const Options = z.strictObject({ copyImages: z.boolean().default(true).describe('Copy the images into the dataset') });
type Options = z.output<typeof Options>;

const ID = 'via';
const FILE = 'via_project.json';

/** A project of the VGG Image Annotator, version 2 (https://www.robots.ox.ac.uk/~vgg/software/via). The class is the region attribute "class". */
export const via: DatasetFormat<typeof Options> = {
  id: ID,
  name: FORMAT_NAMES[ID],
  form: 'folder',
  options: Options,
  recognise: (path) => anyHeadLooks(path, looksLikeVia),
  resembles: (sample) => anySampleLooks(sample, looksLikeVia),
  read: readVia,
  write,
  keeps: () => new Set<Beside>(['emptyClasses', 'emptyImages', 'imageAttributes', `own.${ID}`]),
  readBack,
};

async function write(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, options: Options, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const classes = new Map(source.classes().map(({ id, name }) => [id, name]));
  const names = new SafeNames();
  const copies: { readonly copy: string; readonly image: SizedImage }[] = [];
  await out.write(FILE, async (sink) => {
    const keys: string[] = [];
    await sink.write('{"_via_img_metadata":{');
    await forEachImage(source, filter, tally, async (image, name, instances) => {
      const copy = names.take(withoutExtension(name), pictureExtension(name));
      const groups = new Groups(instances);
      const regions = inPaintingOrder(instances).flatMap((instance) => {
        const cls = instance.class === null ? undefined : classes.get(instance.class);
        if (cls === undefined) tally.unlabelled++;
        return cls === undefined ? [] : regionsOf(instance, cls, image, groups, tally);
      });
      const { regions: kept = [], ...rest } = image.extras.own?.[ID] ?? {};
      // VIA makes its keys of name and size; -1 is what it takes for an image that is not loaded.
      const key = `${copy}-1`;
      await sink.write(`${keys.length === 0 ? '' : ','}\n${JSON.stringify(key)}:${JSON.stringify({ ...rest, filename: copy, size: -1, regions: [...regions, ...(Array.isArray(kept) ? kept : [])], file_attributes: image.extras.attributes ?? {} })}`);
      keys.push(key);
      copies.push({ copy, image });
      tally.images++;
    });
    const { _via_attributes, ...rest } = source.extras().own?.[ID] ?? {};
    const classOptions = Object.fromEntries(source.classes().map(({ name }) => [name, '']));
    const attributes = { region: {}, file: {}, ...(typeof _via_attributes === 'object' ? _via_attributes : {}) };
    const region = { ...(attributes.region as object), class: { type: 'dropdown', description: '', options: classOptions, default_options: {} } };
    const document = { _via_settings: SETTINGS, ...rest, _via_attributes: { ...attributes, region }, _via_data_format_version: '2.0.10', _via_image_id_list: keys };
    await sink.write(`\n},${JSON.stringify(document).slice(1)}\n`);
  });
  if (options.copyImages) for (const { copy, image } of copies) await copyPicture(out, copy, image, tally);
  return tally.summary();
}

/** What VIA needs to open a project. */
const SETTINGS = { ui: { annotation_editor_height: 25, annotation_editor_fontsize: 0.8, leftsidebar_width: 18, image_grid: { img_height: 80, rshape_fill: 'none', rshape_fill_opacity: 0.3, rshape_stroke: 'yellow', rshape_stroke_width: 2, show_region_shape: true, show_image_policy: 'all' }, image: { region_label: 'class', region_color: 'class', region_label_font: '10px Sans', on_image_annotation_editor_placement: 'NEAR_REGION' } }, core: { buffer_size: 18, filepath: {}, default_filepath: '' }, project: { name: 'Maskwright' } };

/** Nothing for what covers no pixel, which has then been reported. */
function regionsOf(instance: DatasetInstance, cls: string, image: SizedImage, groups: Groups, tally: WriteTally): object[] {
  const mask = tally.maskOf(instance, image);
  if (mask === null) return [];
  tally.instances++;
  const { extras, shape } = instance;
  const shapes = viaShapes(shape, mask, extras.own?.[ID]?.['drawn']);
  const group = groups.of(extras.group, shapes.length > 1);
  const attributes = { ...attributesOf(extras), class: cls, ...(group === null ? {} : { [GROUP_ATTRIBUTE]: group }) };
  return shapes.map((shape_attributes) => ({ shape_attributes, region_attributes: attributes }));
}

/** The regions of an object of several parts share a group, one that no other object has. */
class Groups {
  readonly #taken: Set<string>;

  constructor(instances: readonly DatasetInstance[]) {
    this.#taken = new Set(instances.flatMap(({ extras: { group } }) => (group === undefined ? [] : [String(group)])));
  }

  of(group: Extras['group'], needed: boolean): string | null {
    if (group !== undefined) return String(group);
    if (!needed) return null;
    let free = 1;
    while (this.#taken.has(String(free))) free++;
    this.#taken.add(String(free));
    return String(free);
  }
}

const KEPT = new Set(['attributes', 'crowd', 'group', 'occluded', 'truncated', 'difficult', 'score', 'description'] as const);

function readBack({ shape, extras }: DatasetInstance, image: SizedImage): ReadBack {
  const whole = shapeToRle(shape, image.height, image.width);
  if (rleArea(whole) === 0) return { mask: whole, reasons: ['it covers no pixel'] };
  const shapes = viaShapes(shape, whole, extras.own?.[ID]?.['drawn']);
  // Boxes, circles and ellipses stay what they are.
  const { mask, reasons } = shapes[0]?.name === 'polygon' ? outlineBack(shape, whole, shapes.map(ringOf), 'become regions of one group') : { mask: whole, reasons: [] };
  return { mask, reasons: [...reasons, ...nameLosses(extras), ...extrasLost(extras, KEPT, ID)] };
}

const ringOf = ({ all_points_x: xs, all_points_y: ys }: ViaShape): number[] => (xs as number[]).flatMap((x, i) => [x, (ys as number[])[i] ?? 0]);

/** The class and the group are attributes there, so others of these names have no place. */
function nameLosses({ attributes = {}, group }: Extras): string[] {
  const taken = ['class', GROUP_ATTRIBUTE].filter((name) => name in attributes);
  return [
    ...(taken.length === 0 ? [] : [`its ${taken.length === 1 ? 'attribute' : 'attributes'} ${taken.map((name) => `“${name}”`).join(' and ')} ${taken.length === 1 ? 'is' : 'are'} not kept`]),
    ...(typeof group === 'string' && /^\d+$/.test(group) ? [`its group “${group}” becomes a number`] : []),
  ];
}
