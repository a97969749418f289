import { basename, dirname } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { splitPlaces, SplitSink, SplitsTold } from '../parts/split-sink.ts';
import { cocoFiles, within } from './coco-files.ts';
import { readCoco } from './coco-reader.ts';

/** Reads the files of a folder's splits one after another; those that are passed over are noted. Throws as readCoco, and 'dataset-invalid' when there are none, or several that are no splits. */
export async function readCocoFolder(folder: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const { taken, passed, unclear } = await cocoFiles(folder);
  if (unclear.length > 0) throw new MaskwrightError('dataset-invalid', `"${basename(folder)}" holds several COCO files that are not named as splits: ${unclear.slice(0, 5).map((file) => within(folder, file)).join(', ')}. Import them one at a time.`, folder);
  if (taken.length === 0) throw new MaskwrightError('dataset-invalid', `"${basename(folder)}" is no folder of COCO files: it has no annotations/instances_….json, and no other JSON file with COCO's lists.`, folder);
  for (const { file, why } of passed) sink.note(`${within(folder, file)} was passed over: ${why}.`);
  const told = new SplitsTold();
  for (const [n, { file, split }] of taken.entries()) {
    const part = new SplitSink(sink, within(folder, file), split, splitPlaces(folder, dirname(file), split), told);
    await readCoco(file, part, { ...run, progress: (done, total) => run.progress(n + (total === null ? 0 : done / total), taken.length) });
  }
}
