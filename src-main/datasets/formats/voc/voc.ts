import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { Box, Shape } from '../../../../src-shared/domain/schema.ts';
import { masksOfLabels, paintLabel } from '../../../../src-shared/geometry/label-map.ts';
import type { LabelMap } from '../../../../src-shared/geometry/label-map.ts';
import { rleArea, rleBox } from '../../../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import { extrasLost } from '../../extras.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { DatasetClass, DatasetFilter, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import { KEPT_SPLITS } from '../../whole-losses.ts';
import type { Beside } from '../../whole-losses.ts';
import { textLosses } from '../parts/attributes.ts';
import { copyPicture, pictureExtension } from '../parts/copy-picture.ts';
import { readHead, statOf } from '../codecs/files.ts';
import { someOf } from '../codecs/folder-sample.ts';
import type { FolderSample } from '../codecs/folder-sample.ts';
import { flattenedBack, newMap } from '../parts/flatten.ts';
import { FORMAT_NAMES } from '../format-names.ts';
import type { DatasetFormat, ReadBack, WriteRun, WriteSummary } from '../format.ts';
import { encodePng } from '../codecs/png.ts';
import { vocPalette } from './voc-palette.ts';
import { readVoc, vocFolder } from './voc-reader.ts';
import { keptElements, objectDraft } from './voc-xml.ts';
import type { VocBox } from './voc-xml.ts';
import { distinctNumbers, forEachImage, inPaintingOrder, itemOf, WriteTally } from '../parts/writing.ts';
import { writableText, writeXml } from '../codecs/xml.ts';

const Options = z.strictObject({
  masks: z.boolean().default(true).describe('Write SegmentationClass and SegmentationObject'),
  copyImages: z.boolean().default(true).describe('Copy the pictures into the data set'),
});
type Options = z.output<typeof Options>;

/** Indices that a label picture has: 0 is background and 255 void. */
const MOST_INDEX = 254;

/** Pascal VOC as of 2012 (http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html). */
export const voc: DatasetFormat<typeof Options> = {
  id: 'voc',
  name: FORMAT_NAMES.voc,
  form: 'folder',
  options: Options,
  recognise,
  resembles,
  read: readVoc,
  write: writeVoc,
  keeps: ({ masks }) => new Set<Beside>([...(masks ? ['emptyClasses'] as const : []), 'emptyImages', 'own.voc', ...KEPT_SPLITS]),
  readBackImage,
};

const isVoc = async (file: string): Promise<boolean> => /<annotation[\s>]/.test(await readHead(file));

async function recognise(path: string): Promise<boolean> {
  if (!(await stat(path)).isDirectory()) return path.toLowerCase().endsWith('.xml') && (await isVoc(path));
  const folder = await vocFolder(path);
  if ((await statOf(join(folder, 'SegmentationClass')))?.isDirectory() === true && (await statOf(join(folder, 'JPEGImages')))?.isDirectory() === true) return true;
  for (const inner of [join(folder, 'Annotations'), folder]) {
    const [first] = (await readdir(inner).catch(() => [])).filter((name) => name.toLowerCase().endsWith('.xml'));
    if (first !== undefined) return isVoc(join(inner, first));
  }
  return false;
}

/** XML of VOC, or its label images, anywhere below. */
async function resembles(sample: FolderSample): Promise<boolean> {
  for (const file of someOf(sample, '.xml')) if (await isVoc(join(sample.folder, file))) return true;
  return sample.files.some((file) => /(?:^|\/)SegmentationClass(?:PNG)?\/.*\.png$/i.test(file));
}

async function writeVoc(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, options: Options, run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const classes = source.classes();
  const indices = distinctNumbers(classes.map(({ extras }) => indexIn(extras.own?.['voc']?.['index'])), options.masks ? MOST_INDEX : Infinity, 'classes');
  const writer = new VocWriter(out, new Map(classes.map((cls, i) => [cls.id, { cls, index: indices[i] ?? 0 }])), options, tally);
  await forEachImage(source, filter, tally, (image, name, instances) => writer.image(image, name, instances));
  await writer.lists();
  if (options.masks) await out.write('labelmap.txt', (sink) => sink.write(labelMap(classes, indices)));
  return tally.summary();
}

const indexIn = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** In one line, as XML and lists of names have it. */
const nameIn = (cls: DatasetClass): string => writableText(cls.name.replaceAll(/\p{Cc}+/gu, ' ')) || `class ${cls.id}`;

/** Datumaro's and CVAT's list of what the colours mean. */
function labelMap(classes: readonly DatasetClass[], indices: readonly number[]): string {
  const palette = vocPalette();
  const lines = classes.map((cls, i) => `${nameIn(cls)}:${palette.subarray((indices[i] ?? 0) * 3, (indices[i] ?? 0) * 3 + 3).join(',')}::\n`);
  return `# label:color_rgb:parts:actions\nbackground:0,0,0::\n${lines.join('')}`;
}

class VocWriter {
  readonly #out: FolderWriter;
  readonly #classes: ReadonlyMap<number, { readonly cls: DatasetClass; readonly index: number }>;
  readonly #options: Options;
  readonly #tally: WriteTally;
  readonly #names = new SafeNames();
  /** Names of pictures by split, and of those that have masks. */
  readonly #main = new Map<string, string[]>();
  readonly #segmentation = new Map<string, string[]>();

  constructor(out: FolderWriter, classes: ReadonlyMap<number, { readonly cls: DatasetClass; readonly index: number }>, options: Options, tally: WriteTally) {
    this.#out = out;
    this.#classes = classes;
    this.#options = options;
    this.#tally = tally;
  }

  async image(image: SizedImage, name: string, instances: readonly DatasetInstance[]): Promise<void> {
    // The annotations' name is unique, so the picture's is.
    const stem = withoutExtension(this.#names.take(withoutExtension(name), '.xml'));
    const file = `${stem}${pictureExtension(name)}`;
    const labelled = inPaintingOrder(instances).flatMap((instance) => {
      const found = instance.class === null ? undefined : this.#classes.get(instance.class);
      if (found === undefined) this.#tally.unlabelled++;
      return found === undefined || !this.#covers(instance, image) ? [] : [{ instance, ...found }];
    });
    const painted = this.#options.masks ? this.#paint(labelled, image) : null;
    const objects = labelled.map(({ instance, cls }, i) => objectDraft(nameIn(cls), painted?.boxes.get(i + 1) ?? boxOf(instance.shape, image), instance.extras));
    const elements = keptElements(image.extras);
    const size = [{ name: 'width', content: image.width }, { name: 'height', content: image.height }, { name: 'depth', content: 3 }];
    const isSegmented = painted !== null && painted.boxes.size > 0;
    await this.#out.write(`Annotations/${stem}.xml`, (sink) => sink.write(writeXml({
      name: 'annotation', content: [...elements, { name: 'filename', content: file }, { name: 'size', content: size }, { name: 'segmented', content: isSegmented ? 1 : 0 }, ...objects],
    })));
    if (isSegmented) await this.#pictures(stem, image, painted);
    if (this.#options.copyImages) await copyPicture(this.#out, `JPEGImages/${file}`, image, this.#tally);
    append(this.#main, image.split ?? 'default', stem);
    if (isSegmented) append(this.#segmentation, image.split ?? 'default', stem);
    this.#tally.images++;
    this.#tally.instances += objects.length;
  }

  /** Whether it has a pixel, or is a box within the picture; else it is told. */
  #covers(instance: DatasetInstance, image: SizedImage): boolean {
    if (instance.shape.kind !== 'box') return this.#tally.maskOf(instance, image) !== null;
    if (roundedBox(instance.shape.box, image) !== null) return true;
    this.#tally.leaveOut(itemOf(instance, image), new MaskwrightError('export-failed', `Instance ${instance.id} on "${image.path}" was left out: nothing of its box lies inside the picture.`, itemOf(instance, image)));
    return false;
  }

  /** Paints all but boxes with the number of their object; gives the boxes of what is seen of each. */
  #paint(labelled: readonly { readonly instance: DatasetInstance; readonly index: number }[], image: SizedImage): { objects: LabelMap; classes: LabelMap; boxes: Map<number, VocBox> } {
    const [objects, classes] = [newMap(image, MOST_INDEX), newMap(image, MOST_INDEX)];
    const numbered: [number, DatasetInstance][] = [];
    for (const [i, { instance, index }] of labelled.entries()) {
      if (instance.shape.kind === 'box') continue;
      const mask = shapeToRle(instance.shape, image.height, image.width);
      if (i < MOST_INDEX) {
        paintLabel(objects, mask, i + 1);
        numbered.push([i + 1, instance]);
        paintLabel(classes, mask, index);
      } else this.#onlyBox(instance, image, `it is object ${i + 1}, and label pictures number ${MOST_INDEX}`);
    }
    const seen = masksOfLabels(objects, image.height, image.width);
    const boxes = new Map<number, VocBox>();
    for (const [number, instance] of numbered) {
      const mask = seen.get(number);
      if (mask !== undefined) boxes.set(number, asVoc(rleBox(mask)));
      else this.#onlyBox(instance, image, 'others hide it completely');
    }
    return { objects, classes, boxes };
  }

  #onlyBox(instance: DatasetInstance, image: SizedImage, why: string): void {
    this.#tally.leaveOut(itemOf(instance, image), new MaskwrightError('export-failed', `Of instance ${instance.id} on "${image.path}" only the box was written: ${why}.`, itemOf(instance, image)));
  }

  async #pictures(stem: string, { width, height }: SizedImage, { objects, classes }: { objects: LabelMap; classes: LabelMap }): Promise<void> {
    for (const [folder, map] of [['SegmentationClass', classes], ['SegmentationObject', objects]] as const) {
      const png = encodePng({ width, height, kind: 'indexed', samples: map as Uint8Array, palette: vocPalette() });
      await this.#out.write(`${folder}/${stem}.png`, (sink) => sink.write(png));
    }
  }

  async lists(): Promise<void> {
    const names = new SafeNames();
    const files = new Map([...this.#main.keys()].toSorted().map((split) => [split, names.take(split.replaceAll('/', '_'), '.txt')]));
    for (const [folder, lists] of [['Main', this.#main], ['Segmentation', this.#segmentation]] as const) {
      for (const [split, file] of files) {
        const stems = lists.get(split);
        if (stems !== undefined) await this.#out.write(`ImageSets/${folder}/${file}`, (sink) => sink.write(lines(stems)));
      }
      const both = [...(lists.get('train') ?? []), ...(lists.get('val') ?? [])];
      if (lists.has('train') && lists.has('val') && !files.has('trainval')) await this.#out.write(`ImageSets/${folder}/trainval.txt`, (sink) => sink.write(lines(both)));
    }
  }
}

const lines = (stems: readonly string[]): string => stems.toSorted().map((stem) => `${stem}\n`).join('');

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** VOC counts pixels from 1 and means the last one too. */
const asVoc = ({ x, y, width, height }: Box): VocBox => ({ xmin: x + 1, ymin: y + 1, xmax: x + width, ymax: y + height });

/** To whole pixels, at least one, inside of the picture; null when nothing of it is. */
function roundedBox(box: Box, { width, height }: SizedImage): Box | null {
  if (box.x >= width || box.y >= height || box.x + box.width <= 0 || box.y + box.height <= 0) return null;
  const [x, y] = [Math.min(width - 1, Math.max(0, Math.round(box.x))), Math.min(height - 1, Math.max(0, Math.round(box.y)))];
  return { x, y, width: Math.max(1, Math.min(width, Math.round(box.x + box.width)) - x), height: Math.max(1, Math.min(height, Math.round(box.y + box.height)) - y) };
}

const boxOf = (shape: Shape, image: SizedImage): VocBox =>
  asVoc((shape.kind === 'box' ? roundedBox(shape.box, image) : null) ?? rleBox(shapeToRle(shape, image.height, image.width)));

/** Whether a shape can be an object: it has a pixel, or is a box within the picture. */
function covers(shape: Shape, image: SizedImage): boolean {
  if (shape.kind === 'box') return roundedBox(shape.box, image) !== null;
  try {
    return rleArea(shapeToRle(shape, image.height, image.width)) > 0;
  } catch (error) {
    if (error instanceof MaskwrightError) return false;
    throw error;
  }
}

const KEPT = new Set(['attributes', 'truncated', 'occluded', 'difficult'] as const);
const lostOf = ({ extras }: DatasetInstance): string[] => [...textLosses(extras, () => false), ...extrasLost(extras, KEPT, 'voc')];

/** As written: what is hidden by others is lost, boxes are rounded, and without masks only boxes are left. */
function readBackImage(instances: readonly DatasetInstance[], image: SizedImage, { masks }: Options): ReadBack[] {
  const nothing = { size: [image.height, image.width] as [number, number], counts: Uint32Array.of(image.height * image.width) };
  const box = (instance: DatasetInstance): ReadBack => {
    const read = instance.shape.kind === 'box' ? roundedBox(instance.shape.box, image) : rleBox(shapeToRle(instance.shape, image.height, image.width));
    if (read === null || read.width === 0) return { mask: nothing, reasons: ['it covers no pixel'] };
    const changed = instance.shape.kind !== 'box' ? ['only its box is kept'] : (['x', 'y', 'width', 'height'] as const).some((side) => read[side] !== (instance.shape as { box: Box }).box[side]) ? ['its box is rounded to whole pixels'] : [];
    return { mask: shapeToRle({ kind: 'box', box: read }, image.height, image.width), reasons: [...changed, ...lostOf(instance)] };
  };
  // As the writer numbers them.
  const objects = inPaintingOrder(instances).filter((instance) => instance.class !== null && covers(instance.shape, image));
  const unnumbered = new Set(objects.slice(MOST_INDEX).map(({ id }) => id));
  const flat = flattenedBack(instances, image, (instance) => (instance.class === null ? 'it has no class' : instance.shape.kind === 'box' || unnumbered.has(instance.id) || !masks ? 'box' : null), lostOf);
  return instances.map((instance, i) => {
    if (instance.class === null) return { mask: nothing, reasons: ['it has no class, and Pascal VOC requires one'] };
    if (instance.shape.kind === 'box' || !masks) return box(instance);
    if (unnumbered.has(instance.id)) return { ...box(instance), reasons: [`label pictures number ${MOST_INDEX} objects: only its box is kept`, ...lostOf(instance)] };
    const seen = flat[i] ?? { mask: nothing, reasons: [] };
    return seen.reasons.includes('others hide it completely') ? { ...box(instance), reasons: ['others hide it completely: only its box is kept', ...lostOf(instance)] } : seen;
  });
}
