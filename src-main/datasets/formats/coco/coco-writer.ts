import type { z } from 'zod';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import type { FolderWriter } from '../../atomic-folder.ts';
import type { TextSink } from '../../atomic-file.ts';
import type { Extras } from '../../extras.ts';
import { datasetFileNames } from '../../file-names.ts';
import { pauses } from '../../pauses.ts';
import { SafeNames } from '../../safe-names.ts';
import { hasSize } from '../../source.ts';
import type { DatasetFilter, DatasetImage, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import { CocoIds } from './coco-ids.ts';
import { LvisFields } from './coco-lvis.ts';
import { cocoShape } from './coco-shape.ts';
import type { CocoForm, CocoShape } from './coco-shape.ts';
import type { WriteRun, WriteSummary } from '../format.ts';

export interface CocoWriting {
  readonly segmentation: CocoForm;
  readonly splits: 'one-file' | 'file-per-split';
  readonly fields: 'coco' | 'lvis';
}

/**
 * Writes COCO instances JSON (https://cocodataset.org/#format-data), a line an entry, in UTF-8: one file, or with 'file-per-split'
 * annotations/instances_SPLIT.json for each split, and for images of none annotations/instances_default.json. Numbers are as CocoIds
 * says, entries are in the order of the project's numbers, and there are no dates of ours: one project, one sequence of bytes.
 * `file_name` is the path relative to the image's root (see datasetFileNames). iscrowd is 1 for crowds alone, also with run
 * lengths: pycocotools' annToMask takes `segmentation` by its own form. What was imported as `own.coco` is written back.
 * Left out and reported: images of unknown size, instances that cover no pixel. Left out and counted: instances without a class.
 */
export async function writeCoco(source: DatasetSource, filter: DatasetFilter, out: FolderWriter, { segmentation, splits, fields }: CocoWriting, run: WriteRun): Promise<WriteSummary> {
  const pause = pauses(run.signal);
  const writer = new CocoWriter({ source, filter, form: segmentation, run, pause, nameOf: await datasetFileNames(source, pause), lvis: fields === 'lvis' ? await LvisFields.of(source, filter, pause) : null });
  if (splits === 'one-file') await out.write('instances.json', (sink) => writer.document(sink, () => true));
  else {
    const names = new SafeNames();
    for (const split of await splitsOf(source, filter, pause)) {
      const name = split === null ? 'default' : split.replaceAll(/[^\p{L}\p{N}_-]+/gu, '_');
      await out.write(names.take(`annotations/instances_${name}`, '.json'), (sink) => writer.document(sink, (image) => image.split === split));
    }
  }
  return writer.counts;
}

async function splitsOf(source: DatasetSource, filter: DatasetFilter, pause: () => Promise<void>): Promise<(string | null)[]> {
  const splits = new Set<string | null>();
  for (const { split } of source.images(filter)) {
    await pause();
    splits.add(split);
  }
  return [...splits];
}

const DESCRIPTION = { description: 'Exported by Maskwright' };

interface CocoWriterSetup {
  readonly source: DatasetSource;
  readonly filter: DatasetFilter;
  readonly form: CocoForm;
  readonly run: WriteRun;
  readonly pause: () => Promise<void>;
  readonly nameOf: (image: DatasetImage) => string;
  readonly lvis: LvisFields | null;
}

class CocoWriter {
  readonly counts = { images: 0, instances: 0, unlabelled: 0, problems: 0 };
  readonly #source: DatasetSource;
  readonly #filter: DatasetFilter;
  readonly #form: CocoForm;
  readonly #run: WriteRun;
  readonly #pause: () => Promise<void>;
  readonly #nameOf: (image: DatasetImage) => string;
  readonly #total: number;
  readonly #imageIds: CocoIds;
  readonly #classIds: CocoIds;
  readonly #annotationIds: CocoIds;
  /** Numbers that categories have in the file, by class. */
  readonly #categories: ReadonlyMap<number, number>;
  readonly #lvis: LvisFields | null;
  #done = 0;

  constructor({ source, filter, form, run, pause, nameOf, lvis }: CocoWriterSetup) {
    this.#lvis = lvis;
    this.#source = source;
    this.#filter = filter;
    this.#form = form;
    this.#run = run;
    this.#pause = pause;
    this.#nameOf = nameOf;
    this.#total = source.counts(filter).images;
    // Of the whole project, so that numbers are the same in every export.
    this.#imageIds = new CocoIds(pairs(source.images('all')));
    this.#classIds = new CocoIds(pairs(source.classes()));
    this.#annotationIds = new CocoIds(source.ownIds('coco'));
    this.#categories = new Map(source.classes().map(({ id, extras }) => [id, this.#classIds.of(id, own(extras)['id'])]));
  }

  async document(sink: TextSink, takes: (image: DatasetImage) => boolean): Promise<void> {
    const { info, licenses } = own(this.#source.extras());
    await sink.write(`{"info":${JSON.stringify(info ?? DESCRIPTION)},\n"licenses":${JSON.stringify(licenses ?? [])},\n"images":[`);
    await this.#images(new List(sink), takes);
    await sink.write('],\n"annotations":[');
    await this.#annotations(new List(sink), takes);
    await sink.write('],\n"categories":[');
    const categories = new List(sink);
    for (const cls of this.#source.classes()) {
      const { id, name, colour, extras } = cls;
      await categories.add(withOwn({ id: this.#categories.get(id), name, supercategory: extras.supercategory ?? '', color: channels(colour), ...this.#lvis?.category(cls) }, extras));
    }
    await sink.write(']}\n');
  }

  async #images(list: List, takes: (image: DatasetImage) => boolean): Promise<void> {
    for (const image of this.#source.images(this.#filter)) {
      await this.#pause();
      if (!takes(image)) continue;
      if (!hasSize(image)) {
        this.#leaveOut(image.path, new MaskwrightError('image-unreadable', `"${image.path}" was left out with its instances: its size is not known, because the file could not be read so far. See what is wrong with it in the image list, then export again.`, image.path));
        continue;
      }
      this.counts.images++;
      await list.add(withOwn({ id: this.#imageIds.of(image.id, own(image.extras)['id']), file_name: this.#nameOf(image), width: image.width, height: image.height, ...this.#lvis?.image(image) }, image.extras));
    }
  }

  async #annotations(list: List, takes: (image: DatasetImage) => boolean): Promise<void> {
    for (const image of this.#source.images(this.#filter)) {
      await this.#pause();
      if (!takes(image)) continue;
      if (hasSize(image)) {
        const imageId = this.#imageIds.of(image.id, own(image.extras)['id']);
        const entries: object[] = [];
        for (const instance of this.#source.instances(image.id)) {
          await this.#pause();
          const entry = this.#annotation(instance, image, imageId);
          if (entry !== null) entries.push(entry);
        }
        await list.add(...entries);
      }
      this.#run.progress(++this.#done, this.#total);
    }
  }

  /** Null when it is left out, which has then been counted or told. */
  #annotation(instance: DatasetInstance, image: SizedImage, imageId: number): object | null {
    if (instance.class === null) {
      this.counts.unlabelled++;
      return null;
    }
    const shape = this.#shapeOf(instance, image);
    if (!shape) return null;
    this.counts.instances++;
    const { segmentation, area, box } = shape;
    const { extras } = instance;
    const { crowd, score, attributes } = extras;
    return withOwn({
      id: this.#annotationIds.of(instance.id, own(extras)['id']), image_id: imageId, category_id: this.#categories.get(instance.class), iscrowd: crowd ? 1 : 0, area, bbox: [box.x, box.y, box.width, box.height], segmentation: segmentation(),
      ...(score === undefined ? {} : { score }), ...(attributes === undefined ? {} : { attributes }),
    }, extras);
  }

  /** Null when there is nothing to write, which has then been reported. */
  #shapeOf(instance: DatasetInstance, image: SizedImage): CocoShape | null {
    const item = `${image.path}, instance ${instance.id}`;
    try {
      const shape = shapeInForm(instance, image, this.#form);
      if (shape.area > 0) return shape;
      throw new MaskwrightError('export-failed', `Instance ${instance.id} on "${image.path}" was left out: ${shape.reasons.join('; ')}.`, item);
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      this.#leaveOut(item, error);
      return null;
    }
  }

  #leaveOut(item: string, error: MaskwrightError): void {
    this.counts.problems++;
    this.#run.problem(item, toProblem(error));
  }
}

/** Crowds are run lengths in COCO, whatever the others are. */
export const shapeInForm = (instance: DatasetInstance, image: SizedImage, form: CocoForm): CocoShape =>
  cocoShape(instance.shape, image.width, image.height, instance.extras.crowd ? 'rle' : form);

type OwnFields = Readonly<Record<string, z.core.util.JSONType>>;
const NOTHING: OwnFields = {};
const own = (extras: Extras): OwnFields => extras.own?.['coco'] ?? NOTHING;

function* pairs(things: Iterable<{ readonly id: number; readonly extras: Extras }>): Generator<[number, unknown]> {
  for (const { id, extras } of things) yield [id, own(extras)['id']];
}

/** An entry with what the file it came from said beside it. */
function withOwn(entry: Record<string, unknown>, extras: Extras): object {
  for (const [key, value] of Object.entries(own(extras))) if (!(key in entry)) entry[key] = value;
  return entry;
}

const channels = (colour: string): number[] => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

/** A JSON list, an entry a line, so that two exports can be compared line by line. */
class List {
  readonly #sink: TextSink;
  #separator = '\n';

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  async add(...entries: readonly object[]): Promise<void> {
    let text = '';
    for (const entry of entries) {
      text += this.#separator + JSON.stringify(entry);
      this.#separator = ',\n';
    }
    await this.#sink.write(text);
  }
}
