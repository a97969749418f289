import { stat } from 'node:fs/promises';
import { exportDataset } from '../../src-main/datasets/export-dataset.ts';
import { checkedOptions } from '../../src-main/datasets/formats/parts/describe-options.ts';
import { coco } from '../../src-main/datasets/formats/coco/coco.ts';
import type { WriteSummary } from '../../src-main/datasets/formats/format.ts';
import { preflightDataset } from '../../src-main/datasets/preflight.ts';
import type { DatasetFilter, DatasetSource } from '../../src-main/datasets/source.ts';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { ExportPreflight } from '../../src-shared/contract/types.ts';

export interface CocoExport {
  readonly images: DatasetFilter;
  readonly [option: string]: string;
}

interface Told {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  readonly onProblem?: (item: string, problem: Problem) => void;
}

const none = (): Promise<never> => Promise.reject(new Error('COCO needs no pixels'));

/** A COCO export as the window and the command line make it. */
export async function exportCoco(source: DatasetSource, out: string, { images, ...options }: CocoExport, overwrite: boolean, told: Told = {}): Promise<WriteSummary & { readonly bytes: number }> {
  const { signal = new AbortController().signal, onProgress, onProblem } = told;
  const run = { signal, progress: (done: number, total: number | null) => onProgress?.(done, total ?? Number.NaN), problem: (item: string, problem: Problem) => onProblem?.(item, problem), pixels: none, jpeg: none };
  const summary = await exportDataset(source, coco, { out, images, options: checkedOptions(coco, options), overwrite }, run);
  return { ...summary, bytes: (await stat(out)).size };
}

export const preflightCoco = (source: DatasetSource, { images, ...options }: CocoExport): Promise<ExportPreflight> => preflightDataset(source, coco, images, checkedOptions(coco, options));
