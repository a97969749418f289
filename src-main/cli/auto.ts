import type { AutomaticMask } from '../../src-shared/sam/automatic/generate.ts';
import type { AutomaticOptions } from '../../src-shared/sam/automatic/options.ts';
import { toRecord } from '../../src-shared/sam/automatic/record.ts';
import { fileImage, startHeadless } from '../core/headless.ts';
import { dataDir, resources } from '../core/places.ts';
import type { Look } from '../engines/images-api.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { modelOf, pictureOf } from './model-argument.ts';
import { ProgressLine } from './progress-line.ts';

export interface AutoOptions {
  readonly model?: string;
  readonly json?: true;
  /** Those shown when absent. */
  readonly pixels?: Look;
}

/** `maskwright auto`: everything mode on one picture. Progress on stderr, the records on stdout. */
export async function auto(argument: string, { model, json, pixels }: AutoOptions, options: AutomaticOptions, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const path = pictureOf(argument);
  const { predictor, stop } = await startHeadless(await modelOf(model), resources(), dataDir());
  const progress = new ProgressLine(console);
  // Counted from the first points on: the model's start and the picture's encoding say nothing about the rest.
  let first: { readonly at: number; readonly done: number } | null = null;
  const onProgress = (done: number, total: number): void => {
    first ??= { at: performance.now(), done };
    const etaMs = done === first.done ? null : ((performance.now() - first.at) * (total - done)) / (done - first.done);
    progress.show({ title: 'Points', done, total, etaMs });
  };
  try {
    const masks = await predictor.automatic(fileImage(path, pixels), options, { signal: interrupted, onProgress });
    progress.end();
    if (json) printRecords(masks, console);
    else if (masks.length > 0) printTable(masks, console);
    if (masks.length === 0) console.err('No mask passed the filters. Lower --pred-iou-thresh or --stability-score-thresh to see more.\n');
    const { reason } = predictor.status;
    if (!json && reason !== null) console.err(`${reason}\n`);
    return EXIT.done;
  } catch (error) {
    progress.end();
    if (!interrupted.aborted) throw error;
    console.err('Cancelled.\n');
    return EXIT.interrupted;
  } finally {
    await stop();
  }
}

/** One record a line, so that none of thousands need be held as text beside the others. */
function printRecords(masks: readonly AutomaticMask[], console: Console): void {
  console.out('[');
  for (const [i, mask] of masks.entries()) console.out(`${i === 0 ? '\n' : ',\n'}${JSON.stringify(toRecord(mask))}`);
  console.out('\n]\n');
}

function printTable(masks: readonly AutomaticMask[], console: Console): void {
  console.out('predicted IoU  stability  area (pixels)  bbox (x, y, width, height)\n');
  for (const { predicted_iou, stability_score, area, bbox } of masks.map(toRecord)) {
    console.out(`${predicted_iou.toFixed(3).padStart(13)}  ${stability_score.toFixed(3).padStart(9)}  ${String(area).padStart(13)}  ${bbox.join(', ')}\n`);
  }
}
