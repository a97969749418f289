import { MaskwrightError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { Problem } from '../../../src-shared/contract/errors.ts';
import type { ImageDifference, InstanceDifference } from '../../../src-shared/contract/snapshots.ts';
import type { Shape } from '../../../src-shared/domain/schema.ts';
import { paintLabel } from '../../../src-shared/geometry/label-map.ts';
import { shapeToRle } from '../../../src-shared/geometry/shape.ts';
import { writeWhole } from '../atomic-file.ts';
import { writeFolder } from '../atomic-folder.ts';
import { newMap } from '../formats/parts/flatten.ts';
import { edgesOf } from '../formats/overlays/overlays.ts';
import { encodePng } from '../formats/codecs/png.ts';
import { SafeNames, withoutExtension } from '../safe-names.ts';
import { hasSize } from '../source.ts';
import type { SizedImage } from '../source.ts';
import { addDifference, classDifferences, differences, noDifference } from './compare-datasets.ts';
import type { CompareRun, Comparison } from './compare-datasets.ts';

export interface ReportRun extends CompareRun {
  problem(item: string, problem: Problem): void;
  /** The upright picture at full size, 8-bit RGB, row-major. */
  pixels(image: SizedImage): Promise<Uint8Array>;
}

export interface ReportTarget {
  /** Absolute path of a file for a line of JSON an image and one of the summary, replaced if it is there; null for none. */
  readonly listing: string | null;
  /** Absolute path of a folder, new or empty, for a PNG of each image; null for none. */
  readonly pictures: string | null;
}

/** Writes what is different: each whole or not at all. Throws 'cancelled', and what writeWhole and writeFolder throw. Gives how many images are different. */
export async function reportDifference(comparison: Comparison, { listing, pictures }: ReportTarget, run: ReportRun): Promise<number> {
  const report = async (list: (entry: object) => Promise<void>, picture: (difference: ImageDifference) => Promise<void>): Promise<number> => {
    const summary = noDifference(classDifferences(comparison));
    let images = 0;
    for await (const difference of differences(comparison, run)) {
      addDifference(summary, difference);
      images++;
      await list(listed(difference));
      await picture(difference);
    }
    await list({ summary });
    return images;
  };
  const reportTo = async (picture: (difference: ImageDifference) => Promise<void>): Promise<number> => {
    if (listing === null) return report(nothing, picture);
    let images = 0;
    await writeWhole(listing, true, async (sink) => {
      images = await report((entry) => sink.write(`${JSON.stringify(entry)}\n`), picture);
    });
    return images;
  };
  if (pictures === null) return reportTo(nothing);
  const names = new SafeNames();
  return writeFolder(pictures, false, (folder) =>
    reportTo(async (difference) => {
      const png = await painted(comparison, difference, run);
      if (png !== null) await folder.write(names.take(withoutExtension(difference.path), '.png'), (sink) => sink.write(png));
    }),
  );
}

const nothing = (): Promise<void> => Promise.resolve();

/** Without the shapes: what programs decide by. */
function listed({ path, before, after, aspects, instances }: ImageDifference): object {
  return {
    path,
    change: before === null ? 'added' : after === null ? 'removed' : 'changed',
    aspects, before, after,
    instances: instances.map((instance) => ({
      change: changeOf(instance),
      before: instance.before === null ? null : { instance: instance.before.instance, class: instance.before.class },
      after: instance.after === null ? null : { instance: instance.after.instance, class: instance.after.class },
      aspects: instance.aspects,
      iou: instance.iou,
    })),
  };
}

const changeOf = ({ before, after }: InstanceDifference): 'added' | 'removed' | 'changed' => (before === null ? 'added' : after === null ? 'removed' : 'changed');

type Colour = readonly [number, number, number];
const ADDED: Colour = [40, 190, 80];
const REMOVED: Colour = [225, 50, 60];
const BEFORE: Colour = [255, 165, 0];
const AFTER: Colour = [0, 170, 255];
const INSIDE = 0.35;

/** Added instances are painted green and removed ones red; of changed ones the outline before is orange and the one after blue. Null where the picture cannot be read, which is then told. */
async function painted({ before, after }: Comparison, { before: old, after: now, path, instances }: ImageDifference, run: ReportRun): Promise<Uint8Array | null> {
  const image = now === null ? (old === null ? null : before.image(old.image)) : after.image(now.image);
  if (image === null || !hasSize(image)) {
    run.problem(path, { code: 'image-unreadable', message: `No picture was written of "${path}": its size is not known.`, item: path });
    return null;
  }
  try {
    const pixels = Uint8Array.from(await run.pixels(image));
    for (const instance of instances) {
      if (instance.before !== null) paint(pixels, image, instance.before.shape, instance.after === null ? REMOVED : BEFORE, instance.after === null ? INSIDE : 0);
      if (instance.after !== null) paint(pixels, image, instance.after.shape, instance.before === null ? ADDED : AFTER, instance.before === null ? INSIDE : 0);
    }
    return encodePng({ width: image.width, height: image.height, kind: 'rgb', samples: pixels });
  } catch (error) {
    if (!(error instanceof MaskwrightError) || error.code === 'cancelled') throw error;
    run.problem(path, toProblem(error));
    return null;
  }
}

/** Paints a shape's outline, and its inside with `opacity`, over pixels (RGB, row-major), in place. */
function paint(pixels: Uint8Array, image: SizedImage, shape: Shape, colour: Colour, opacity: number): void {
  const map = newMap(image, 1);
  paintLabel(map, shapeToRle(shape, image.height, image.width), 1);
  const edge = edgesOf(map, image, 2);
  for (let i = 0; i < map.length; i++) {
    if (map[i] === 0) continue;
    const share = edge[i] === 1 ? 1 : opacity;
    for (let channel = 0; channel < 3; channel++) pixels[i * 3 + channel] = Math.round((pixels[i * 3 + channel] ?? 0) * (1 - share) + (colour[channel] ?? 0) * share);
  }
}
