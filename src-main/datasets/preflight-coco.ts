import type { z } from 'zod';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import type { CocoOptions, ExportLoss, ExportPreflight } from '../../src-shared/contract/types.ts';
import type { Instance } from '../../src-shared/domain/schema.ts';
import { cocoShape } from './exporters/coco-annotation.ts';
import { pauses } from './pauses.ts';
import { hasSize } from './source.ts';
import type { DatasetImage, DatasetSource } from './source.ts';

type Loss = z.infer<typeof ExportLoss>;

/** Losses that are named; the rest are counted. */
const MOST_LOSSES = 1000;

export interface PreflightRun {
  readonly signal?: AbortSignal;
  /** Images looked at, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * What exportCoco would lose of each instance with these options, worst first (then by image and instance): each shape
 * is written and read back by COCO's own rule. Instances that come back as they are and need no remark are not listed.
 * Throws 'cancelled'.
 */
export async function preflightCoco(source: DatasetSource, options: CocoOptions, run: PreflightRun = {}): Promise<ExportPreflight> {
  const pause = pauses(run.signal);
  const total = source.counts(options.images).images;
  const names = new Map(source.classes().map(({ id, name }) => [id, name]));
  let losses: Loss[] = [];
  let lossCount = 0;
  let done = 0, instances = 0, unlabelled = 0;
  for (const image of source.images(options.images)) {
    for (const instance of source.instances(image.id)) {
      await pause();
      instances++;
      if (instance.class === null) unlabelled++;
      const { iou, reasons } = readBack(instance, image, options);
      if (iou === 1 && reasons.length === 0) continue;
      lossCount++;
      losses.push({
        instance: instance.id, image: image.id, imagePath: image.path, class: instance.class === null ? null : (names.get(instance.class) ?? null), iou, reasons,
      });
      if (losses.length >= 4 * MOST_LOSSES) losses = worst(losses);
    }
    await pause();
    done++;
    run.onProgress?.(done, total);
  }
  return { images: done, instances, unlabelled, losses: worst(losses), lossCount };
}

const worst = (losses: Loss[]): Loss[] =>
  losses.sort((a, b) => a.iou - b.iou || a.image - b.image || a.instance - b.instance).slice(0, MOST_LOSSES);

function readBack(instance: Instance, image: DatasetImage, options: CocoOptions): { iou: number; reasons: string[] } {
  if (instance.class === null) return { iou: 0, reasons: ['left out: it has no class, and COCO requires one'] };
  if (!hasSize(image)) return { iou: 0, reasons: ['left out: the size of its image is not known'] };
  try {
    const { area, iou, reasons } = cocoShape(instance.shape, image.width, image.height, options.segmentation);
    return area === 0 ? { iou: 0, reasons: reasons.map((reason) => `left out: ${reason}`) } : { iou, reasons };
  } catch (error) {
    if (!(error instanceof MaskwrightError)) throw error;
    return { iou: 0, reasons: [`left out: ${error.message}`] };
  }
}
