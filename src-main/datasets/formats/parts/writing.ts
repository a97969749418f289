import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import type { Instance } from '../../../../src-shared/domain/schema.ts';
import { rleArea } from '../../../../src-shared/geometry/rle.ts';
import type { Rle } from '../../../../src-shared/geometry/rle.ts';
import { shapeToRle } from '../../../../src-shared/geometry/shape.ts';
import type { TextSink } from '../../atomic-file.ts';
import { datasetFileNames } from '../../file-names.ts';
import { pauses } from '../../pauses.ts';
import { hasSize } from '../../source.ts';
import type { DatasetFilter, DatasetImage, DatasetInstance, DatasetSource, SizedImage } from '../../source.ts';
import type { WriteRun, WriteSummary } from '../format.ts';

/** What a writer has written and left out so far. */
export class WriteTally implements WriteSummary {
  images = 0;
  instances = 0;
  unlabelled = 0;
  problems = 0;
  /** Images that were looked at. */
  seen = 0;
  readonly run: WriteRun;

  constructor(run: WriteRun) {
    this.run = run;
  }

  leaveOut(item: string, error: MaskwrightError): void {
    this.problems++;
    this.run.problem(item, toProblem(error));
  }

  /** The instance's mask at its image's size; null when it has none, which has then been told. */
  maskOf(instance: Instance, image: SizedImage): Rle | null {
    const item = itemOf(instance, image);
    try {
      const mask = shapeToRle(instance.shape, image.height, image.width);
      if (rleArea(mask) > 0) return mask;
      throw new MaskwrightError('export-failed', `Instance ${instance.id} on "${image.path}" was left out: it covers no pixel.`, item);
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
      this.leaveOut(item, error);
      return null;
    }
  }

  /** The picture's pixels; null when it cannot be read, which has then been told. */
  async pixelsOf(image: SizedImage): Promise<Uint8Array | null> {
    try {
      return await this.run.pixels(image);
    } catch (error) {
      if (!(error instanceof MaskwrightError) || error.code === 'cancelled') throw error;
      this.leaveOut(image.path, error);
      return null;
    }
  }

  /** Runs `visit`; an image that is 'too-large' for it is told, and nothing on it counts as written. */
  async visiting(image: SizedImage, visit: () => Promise<void>): Promise<void> {
    const { images, instances, unlabelled } = this;
    try {
      await visit();
    } catch (error) {
      if (!(error instanceof MaskwrightError) || error.code !== 'too-large') throw error;
      Object.assign(this, { images, instances, unlabelled });
      this.leaveOut(image.path, error);
    }
  }

  summary(): WriteSummary {
    const { images, instances, unlabelled, problems } = this;
    return { images, instances, unlabelled, problems };
  }
}

export const itemOf = (instance: Instance, image: SizedImage): string => `${image.path}, instance ${instance.id}`;

/**
 * Visits each image with its name in the data set and its instances, lets other work through, and tells the progress. Images of
 * unknown size are left out, and those for which a visit throws 'too-large' before it has written anything. `takes` chooses, for a data set of several files. Throws 'cancelled'.
 */
export async function forEachImage(
  source: DatasetSource, filter: DatasetFilter, tally: WriteTally, visit: (image: SizedImage, name: string, instances: DatasetInstance[]) => Promise<void>, takes: (image: DatasetImage) => boolean = () => true,
): Promise<void> {
  const { run } = tally;
  const pause = pauses(run.signal);
  const nameOf = await datasetFileNames(source, pause);
  const total = source.counts(filter).images;
  for (const image of source.images(filter)) {
    await pause();
    if (!takes(image)) continue;
    if (hasSize(image)) await tally.visiting(image, () => visit(image, nameOf(image), source.instances(image.id)));
    else tally.leaveOut(image.path, new MaskwrightError('image-unreadable', `"${image.path}" was left out with its instances: its size is not known, because the file could not be read so far. See what is wrong with it in the image list, then export again.`, image.path));
    run.progress(++tally.seen, total);
  }
}

/** As instances are painted: the larger z over the smaller, of equal ones the newer over the older. */
export const inPaintingOrder = (instances: readonly DatasetInstance[]): DatasetInstance[] => instances.toSorted((a, b) => a.z - b.z || a.id - b.id);

/** A list of JSON, an entry a line, so that two exports can be compared line by line. Gives the function that adds one. */
export function jsonList(sink: TextSink): (entry: object) => Promise<void> {
  let separator = '\n';
  return async (entry) => {
    await sink.write(separator + JSON.stringify(entry));
    separator = ',\n';
  };
}

/**
 * A number for each thing, no two alike: the wished one where it is free and from 1 to `most`, else the smallest that is.
 * Throws 'export-failed' when there are more things than numbers; `what` names them for a person.
 */
export function distinctNumbers(wishes: readonly (number | undefined)[], most: number, what: string): number[] {
  if (wishes.length > most) throw new MaskwrightError('export-failed', `There are ${wishes.length} ${what}, but this format can number ${most} only. Choose another format.`);
  const taken = new Set<number>();
  const granted = wishes.map((wish) => {
    if (wish === undefined || !Number.isInteger(wish) || wish < 1 || wish > most || taken.has(wish)) return null;
    taken.add(wish);
    return wish;
  });
  let next = 1;
  return granted.map((number) => {
    if (number !== null) return number;
    while (taken.has(next)) next++;
    return next++;
  });
}
