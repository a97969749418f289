import type { Problem } from '../../../src-shared/contract/errors.ts';
import { MaskwrightError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { CocoOptions } from '../../../src-shared/contract/types.ts';
import type { Instance } from '../../../src-shared/domain/schema.ts';
import { writeWhole } from '../atomic-file.ts';
import type { TextSink } from '../atomic-file.ts';
import { datasetFileNames } from '../file-names.ts';
import { pauses } from '../pauses.ts';
import { hasSize } from '../source.ts';
import type { DatasetSource, SizedImage } from '../source.ts';
import { cocoShape } from './coco-annotation.ts';
import type { CocoShape } from './coco-annotation.ts';

export interface ExportRun {
  readonly signal?: AbortSignal;
  /** Images done, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** An image or instance that was left out, named for a person, and why. The rest goes on. */
  readonly onProblem?: (item: string, problem: Problem) => void;
}

export interface CocoSummary {
  readonly images: number;
  readonly annotations: number;
  /** Instances left out because they have no class. */
  readonly unlabelled: number;
  /** Images and instances left out for other reasons. */
  readonly problems: number;
  readonly bytes: number;
}

/**
 * Writes `out` (absolute path) as COCO instances JSON (https://cocodataset.org/#format-data), a line an entry, in UTF-8.
 * Ids are the project's own, entries are in the order of ids, and there are no dates: one project, one sequence of
 * bytes. `file_name` is the path relative to the image's root (see datasetFileNames). Every annotation has iscrowd 0,
 * also with run lengths: pycocotools' annToMask takes `segmentation` by its own form. Left out and reported: images of
 * unknown size, instances that cover no pixel. Left out and counted: instances without a class.
 * Throws 'nothing-to-export', 'cancelled', and what writeWhole throws; then there is no new file and an old one is whole.
 */
export async function exportCoco(source: DatasetSource, out: string, options: CocoOptions, overwrite: boolean, run: ExportRun = {}): Promise<CocoSummary> {
  const total = source.counts(options.images).images;
  if (total === 0) {
    throw new MaskwrightError('nothing-to-export', options.images === 'done' ? 'No image is marked as done, so there is nothing to export. Mark some as done, or export all.' : 'The project has no images, so there is nothing to export.');
  }
  const document = new CocoDocument(source, options, run, total);
  const bytes = await writeWhole(out, overwrite, (sink) => document.write(sink));
  return { ...document.counts, bytes };
}

class CocoDocument {
  readonly counts = { images: 0, annotations: 0, unlabelled: 0, problems: 0 };
  readonly #source: DatasetSource;
  readonly #options: CocoOptions;
  readonly #run: ExportRun;
  readonly #total: number;
  readonly #pause: () => Promise<void>;

  constructor(source: DatasetSource, options: CocoOptions, run: ExportRun, total: number) {
    this.#source = source;
    this.#options = options;
    this.#run = run;
    this.#total = total;
    this.#pause = pauses(run.signal);
  }

  async write(sink: TextSink): Promise<void> {
    await sink.write('{"info":{"description":"Exported by Maskwright"},\n"licenses":[],\n"images":[');
    await this.#images(new List(sink));
    await sink.write('],\n"annotations":[');
    await this.#annotations(new List(sink));
    await sink.write('],\n"categories":[');
    const categories = new List(sink);
    for (const { id, name } of this.#source.classes()) await categories.add({ id, name, supercategory: '' });
    await sink.write(']}\n');
  }

  async #images(list: List): Promise<void> {
    const nameOf = await datasetFileNames(this.#source, this.#pause);
    for (const image of this.#source.images(this.#options.images)) {
      await this.#pause();
      if (!hasSize(image)) {
        this.#leaveOut(image.path, new MaskwrightError('image-unreadable', `"${image.path}" was left out with its instances: its size is not known, because the file could not be read so far. See what is wrong with it in the image list, then export again.`, image.path));
        continue;
      }
      this.counts.images++;
      await list.add({ id: image.id, file_name: nameOf(image), width: image.width, height: image.height });
    }
  }

  async #annotations(list: List): Promise<void> {
    let done = 0;
    for (const image of this.#source.images(this.#options.images)) {
      if (hasSize(image)) {
        for (const instance of this.#source.instances(image.id)) {
          await this.#pause();
          await this.#annotation(instance, image, list);
        }
      }
      await this.#pause();
      done++;
      this.#run.onProgress?.(done, this.#total);
    }
  }

  async #annotation(instance: Instance, image: SizedImage, list: List): Promise<void> {
    if (instance.class === null) {
      this.counts.unlabelled++;
      return;
    }
    const shape = this.#shapeOf(instance, image);
    if (!shape) return;
    const { segmentation, area, box } = shape;
    await list.add({
      id: instance.id, image_id: image.id, category_id: instance.class, iscrowd: 0, area, bbox: [box.x, box.y, box.width, box.height], segmentation,
    });
    this.counts.annotations++;
  }

  /** Null when there is nothing to write, which has then been reported. */
  #shapeOf(instance: Instance, image: SizedImage): CocoShape | null {
    const item = `${image.path}, instance ${instance.id}`;
    try {
      const shape = cocoShape(instance.shape, image.width, image.height, this.#options.segmentation);
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
    this.#run.onProblem?.(item, toProblem(error));
  }
}

/** A JSON list, an entry a line, so that two exports can be compared line by line. */
class List {
  readonly #sink: TextSink;
  #separator = '\n';

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  async add(entry: object): Promise<void> {
    await this.#sink.write(this.#separator + JSON.stringify(entry));
    this.#separator = ',\n';
  }
}
