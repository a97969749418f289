import type { TextSink } from '../../atomic-file.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import type { Extras } from '../../extras.ts';
import { SafeNames, withoutExtension } from '../../safe-names.ts';
import type { DatasetClass, DatasetFilter, DatasetImage, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import { forEachColumnRun, rleArea, rleBox } from '../../../../src-shared/geometry/rle.ts';
import { rleUnion } from '../../../../src-shared/geometry/rle-algebra.ts';
import { CocoIds } from '../coco/coco-ids.ts';
import { checkLabelPicture, flatten } from '../parts/flatten.ts';
import type { Seen } from '../parts/flatten.ts';
import type { WriteRun, WriteSummary } from '../format.ts';
import { encodePng } from '../codecs/png.ts';
import { distinctNumbers, forEachImage, jsonList, WriteTally } from '../parts/writing.ts';

/** The largest number that three channels hold. */
const MOST_SEGMENTS = 0xff_ffff;

/** Of images without a split, where each split has a file. */
export const NO_SPLIT = 'default';

/** Whether a class counts as things, of which the instances are told apart, or as stuff. Things, where nothing was said. */
export const isThing = ({ extras }: DatasetClass): boolean => ownOf(extras)['isthing'] !== 0;

/**
 * What the file that the entry came from said of it: of a panoptic file, else of COCO's object annotations, of which the
 * numbers are those of the panoptic ones.
 */
const ownOf = (extras: Extras): Readonly<Record<string, unknown>> => extras.own?.['panoptic'] ?? extras.own?.['coco'] ?? {};

/** Writes a JSON file and a PNG an image, also a file for each split (docs/formats/panoptic.md). Throws 'cancelled' and what the folder throws. */
export async function writePanoptic(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, splits: 'one-file' | 'file-per-split', run: WriteRun): Promise<WriteSummary> {
  const tally = new WriteTally(run);
  const writer = new PanopticWriter(source, filter, out, tally);
  if (splits === 'one-file') await out.write('panoptic.json', (sink) => writer.document(sink, 'panoptic', () => true));
  else {
    const names = new SafeNames();
    for (const split of new Set(Iterator.from(source.images(filter)).map((image) => image.split))) {
      const folder = names.take(`panoptic_${(split ?? NO_SPLIT).replaceAll('/', '_')}`, '');
      await out.write(`${folder}.json`, (sink) => writer.document(sink, folder, (image) => image.split === split));
    }
  }
  return tally.summary();
}

class PanopticWriter {
  readonly #source: DatasetSource;
  readonly #filter: DatasetFilter;
  readonly #out: FolderWriter;
  readonly #tally: WriteTally;
  readonly #imageIds: CocoIds;
  readonly #classes: ReadonlyMap<number, { readonly id: number; readonly thing: boolean }>;

  constructor(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, tally: WriteTally) {
    this.#source = source;
    this.#filter = filter;
    this.#out = out;
    this.#tally = tally;
    this.#imageIds = new CocoIds(oldIds(source.images('all')));
    const classIds = new CocoIds(oldIds(source.classes()));
    this.#classes = new Map(source.classes().map((label) => [label.id, { id: classIds.of(label.id, ownOf(label.extras)['id']), thing: isThing(label) }]));
  }

  /** @param folder of its PNGs */
  async document(sink: TextSink, folder: string, isWanted: (image: DatasetImage) => boolean): Promise<void> {
    const { info = { description: 'Exported by Maskwright' }, licenses = [] } = ownOf(this.#source.extras());
    await sink.write(`{"info":${JSON.stringify(info)},\n"licenses":${JSON.stringify(licenses)},\n"categories":[`);
    const categories = jsonList(sink);
    for (const { id, name, colour, extras } of this.#source.classes()) {
      const { id: _old, isthing: _kind, ...rest } = ownOf(extras);
      const known = this.#classes.get(id);
      await categories({ id: known?.id, name, supercategory: extras.supercategory ?? '', isthing: known?.thing === false ? 0 : 1, color: [...Buffer.from(colour.slice(1), 'hex')], ...rest });
    }
    await sink.write('],\n"images":[');
    const images = jsonList(sink);
    // Problems are told, and images counted, when their segments are written.
    await forEachImage(this.#source, this.#filter, new WriteTally({ ...this.#tally.run, progress: () => undefined, problem: () => undefined }), async (image, name) => {
      checkLabelPicture(image);
      const { id: _old, ...rest } = ownOf(image.extras);
      await images({ id: this.#idOf(image), file_name: name, width: image.width, height: image.height, ...rest });
    }, isWanted);
    await sink.write('],\n"annotations":[');
    const annotations = jsonList(sink);
    const names = new SafeNames();
    await forEachImage(this.#source, this.#filter, this.#tally, async (image, name, instances) => {
      checkLabelPicture(image);
      const file = names.take(withoutExtension(name), '.png');
      const segments = this.#segments(image, instances);
      await this.#out.write(`${folder}/${file}`, (png) => png.write(pictureOf(image, segments)));
      await annotations({ image_id: this.#idOf(image), file_name: file, segments_info: segments.map(({ info }) => info) });
      this.#tally.images++;
    }, isWanted);
    await sink.write(']}\n');
  }

  #idOf = (image: SizedImage): number => this.#imageIds.of(image.id, ownOf(image.extras)['id']);

  #segments(image: SizedImage, instances: readonly DatasetInstance[]): Segment[] {
    const labelled = instances.filter((instance) => instance.class !== null);
    this.#tally.unlabelled += instances.length - labelled.length;
    const seen = flatten(labelled, image, this.#tally);
    this.#tally.instances += seen.length;
    const merged = mergeStuff(seen, (label) => this.#classes.get(label)?.thing !== false);
    const ids = distinctNumbers(merged.map(({ instance }) => numberOf(instance.extras.own?.['panoptic']?.['id'])), MOST_SEGMENTS, `segments on "${image.path}"`);
    return merged.map(({ instance, mask }, i) => {
      const { x, y, width, height } = rleBox(mask);
      const { id: _old, ...rest } = instance.extras.own?.['panoptic'] ?? {};
      const id = ids[i] ?? 0;
      return { id, mask, info: { id, category_id: this.#classes.get(instance.class ?? 0)?.id, area: rleArea(mask), bbox: [x, y, width, height], iscrowd: instance.extras.crowd === true ? 1 : 0, ...rest } };
    });
  }
}

interface Segment extends Pick<Seen, 'mask'> {
  readonly id: number;
  readonly info: object;
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

function* oldIds(things: Iterable<{ readonly id: number; readonly extras: Extras }>): Generator<readonly [number, unknown]> {
  for (const { id, extras } of things) yield [id, ownOf(extras)['id']];
}

/** Stuff has one segment a class: its instances become the first of them. */
function mergeStuff(seen: readonly Seen[], isThingClass: (label: number) => boolean): Seen[] {
  const stuff = new Map<number, number>();
  const merged: Seen[] = [];
  for (const { instance, mask } of seen) {
    const label = instance.class ?? 0;
    const first = isThingClass(label) ? undefined : stuff.get(label);
    const there = first === undefined ? undefined : merged[first];
    if (first !== undefined && there !== undefined) {
      merged[first] = { instance: there.instance, mask: rleUnion(there.mask, mask) };
      continue;
    }
    if (!isThingClass(label)) stuff.set(label, merged.length);
    merged.push({ instance, mask });
  }
  return merged;
}

/** A pixel is its segment's number: red the lowest byte, then green, then blue. */
function pictureOf({ width, height }: SizedImage, segments: readonly Segment[]): Uint8Array {
  const samples = new Uint8Array(width * height * 3);
  for (const { id, mask } of segments) {
    const [red, green, blue] = [id & 0xff, (id >> 8) & 0xff, id >> 16];
    forEachColumnRun(mask, (x, top, bottom) => {
      for (let y = top, at = (top * width + x) * 3; y < bottom; y++, at += width * 3) {
        samples[at] = red;
        samples[at + 1] = green;
        samples[at + 2] = blue;
      }
    });
  }
  return encodePng({ width, height, kind: 'rgb', samples });
}
