import type { z } from 'zod';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { ExportLoss, ExportPreflight } from '../../src-shared/contract/types.ts';
import { rleArea } from '../../src-shared/geometry/rle.ts';
import { rleIou } from '../../src-shared/geometry/rle-algebra.ts';
import { shapeToRle } from '../../src-shared/geometry/shape.ts';
import type { DatasetFormat, ReadBack } from './formats/format.ts';
import { pauses } from './pauses.ts';
import { factsOf, hasSize } from './source.ts';
import type { DatasetFacts, DatasetFilter, DatasetImage, DatasetInstance, DatasetSource } from './source.ts';
import { WholeLosses } from './whole-losses.ts';

type Loss = z.infer<typeof ExportLoss>;

/** Losses that are named; the rest are counted. */
const MOST_LOSSES = 1000;

export interface PreflightRun {
  readonly signal?: AbortSignal;
  /** Images looked at, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * What writing in this format with these (checked) options would lose of each instance, worst first (then by image and instance):
 * each shape is read back as readers of the format do. Instances that come back as they are and need no remark are not
 * listed. Throws 'cancelled'.
 */
export async function preflightDataset(source: DatasetSource, format: DatasetFormat, filter: DatasetFilter, options: unknown, run: PreflightRun = {}): Promise<ExportPreflight> {
  const pause = pauses(run.signal);
  const total = source.counts(filter).images;
  const facts = factsOf(source);
  const whole = new WholeLosses(source, format.keeps?.(options) ?? new Set());
  let losses: Loss[] = [];
  let lossCount = 0, maskCount = 0;
  let done = 0, instances = 0, unlabelled = 0;
  for (const image of source.images(filter)) {
    const onImage = source.instances(image.id);
    whole.image(image, onImage.map((instance) => instance.class));
    const together = readBackTogether(onImage, image, format, options, facts);
    for (const [i, instance] of onImage.entries()) {
      await pause();
      instances++;
      if (instance.class === null && format.takesUnlabelled !== true) unlabelled++;
      const { iou, reasons } = readBack(instance, image, format, () => together?.[i] ?? (hasSize(image) ? format.readBack?.(instance, image, options, facts) : undefined));
      if (iou === 1 && reasons.length === 0) continue;
      lossCount++;
      if (iou !== 1) maskCount++;
      losses.push({
        instance: instance.id, image: image.id, imagePath: image.path, class: instance.class === null ? null : (facts.classes.get(instance.class)?.name ?? null), iou, reasons,
      });
      if (losses.length >= 4 * MOST_LOSSES) losses = worst(losses);
    }
    await pause();
    done++;
    run.onProgress?.(done, total);
  }
  return { images: done, instances, unlabelled, losses: worst(losses), lossCount, maskCount, whole: whole.losses() };
}

const worst = (losses: Loss[]): Loss[] =>
  losses.sort((a, b) => a.iou - b.iou || a.image - b.image || a.instance - b.instance).slice(0, MOST_LOSSES);

/** Where instances hide one another; null where they do not. Formats answer for each instance, also for one that cannot be drawn. */
function readBackTogether(instances: readonly DatasetInstance[], image: DatasetImage, format: DatasetFormat, options: unknown, facts: DatasetFacts): readonly ReadBack[] | null {
  if (format.readBackImage === undefined || instances.length === 0 || !hasSize(image)) return null;
  try {
    return format.readBackImage(instances, image, options, facts);
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error;
    return instances.map(() => ({ mask: { size: [image.height, image.width], counts: Uint32Array.of(image.height * image.width) }, reasons: [error.message] }));
  }
}

/** @param ask undefined where the format loses nothing that it could tell */
function readBack(instance: DatasetInstance, image: DatasetImage, format: DatasetFormat, ask: () => ReadBack | undefined): { iou: number; reasons: string[] } {
  if (instance.class === null && format.takesUnlabelled !== true) return { iou: 0, reasons: [`left out: it has no class, and ${format.name} requires one`] };
  if (!hasSize(image)) return { iou: 0, reasons: ['left out: the size of its image is not known'] };
  try {
    const back = ask();
    if (back === undefined) return { iou: 1, reasons: [] };
    const { reasons } = back;
    if (back.unchanged === true) return { iou: 1, reasons: [...reasons] };
    const { mask } = back;
    if (rleArea(mask) === 0 && back.written !== true) return { iou: 0, reasons: reasons.map((reason) => `left out: ${reason}`) };
    const own = back.own ?? shapeToRle(instance.shape, image.height, image.width);
    return { iou: own === mask ? 1 : rleIou(own, mask), reasons: [...reasons] };
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error;
    return { iou: 0, reasons: [`left out: ${error.message}`] };
  }
}
