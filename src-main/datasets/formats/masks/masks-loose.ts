import { basename, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { MaskwrightError, toProblem } from '../../../../src-shared/contract/errors.ts';
import { listFiles } from '../codecs/files.ts';
import type { DatasetSink, ReadRun } from '../format.ts';
import { counted } from '../parts/counted.ts';
import { layoutOf } from '../parts/layout.ts';
import { legendFiles, readLegend } from './masks-legend.ts';
import type { Legend } from './masks-legend.ts';
import { meaningOf, seen } from './masks-meaning.ts';
import type { Seen } from './masks-meaning.ts';
import { pairLabels, withoutAdditions } from './masks-pairs.ts';
import type { Pairs } from './masks-pairs.ts';
import { readLooseLabels } from './masks-picture.ts';
import { LooseTeller } from './masks-teller.ts';

const TEXTS: ReadonlySet<string> = new Set(['.csv', '.txt', '.json']);
/** Label images that are looked at before it is decided what their numbers mean. */
const LOOKED_AT = 48;

/**
 * Label images without a table of ours (docs/formats/masks.md): paired with images by names and folders (pairLabels), with the classes
 * of a legend beside them, else with what their numbers show (meaningOf). Throws 'dataset-invalid' when there are no label images.
 */
export async function readLooseMasks(folder: string, sink: DatasetSink, run: ReadRun): Promise<void> {
  const files = await listFiles(folder, undefined, { signal: run.signal, problem: (item, problem) => sink.problem(item, problem) });
  const pairs = pairLabels(files);
  const leaveOut = (item: string, why: string): void => sink.problem(item, { code: 'dataset-invalid', message: `"${item}" was left out: ${why}.`, item });
  for (const [label, images] of pairs.ambiguous) leaveOut(label, `it fits ${images.map((image) => `"${image}"`).join(' and ')}`);
  // Label images alone may label images of the project, or of a folder that is named beside the dataset.
  const isAlone = pairs.labels.size + pairs.ambiguous.size === 0;
  const labels = isAlone ? imagesAlone(pairs.alone) : pairs.labels;
  if (!isAlone) for (const label of pairs.alone) leaveOut(label, 'there is no image of its name, beside it or in another folder');
  if (labels.size === 0 && pairs.ambiguous.size === 0) throw new MaskwrightError('dataset-invalid', `"${folder}" holds no label images: files named like an image in a folder "masks", "labels" or "annotations", or with "_mask" behind the image's name, or the table masks.json.`, folder);
  const legends = await legendsOf(folder, run, leaveOut);
  const legendOf = (label: string): Legend | null => nearestLegend(legends, label);
  const sample = await lookAt(folder, labels, legendOf, run);
  const teller = new LooseTeller(sink, meaningOf(sample, run.labels ?? 'auto'), hasVoid(sample));
  for (const legend of new Set([...labels.values()].flat().map(legendOf))) if (legend !== null) teller.legend(legend);
  await tellAll(folder, labels, legendOf, teller, sink, run, isAlone);
  if (pairs.byNameOnly > 0) sink.note(`${counted(pairs.byNameOnly, 'label image')} found ${pairs.byNameOnly === 1 ? 'its image' : 'their images'} by the bare name, in a folder of another name.`);
  teller.notes();
}

async function tellAll(folder: string, labels: Pairs['labels'], legendOf: (label: string) => Legend | null, teller: LooseTeller, sink: DatasetSink, run: ReadRun, isAlone: boolean): Promise<void> {
  let done = 0;
  for (const [image, all] of labels) {
    let told: { readonly width: number; readonly height: number } | null = null;
    for (const label of all) {
      if (run.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
      try {
        const picture = await readLooseLabels(folder, label, run);
        if (told !== null && (told.width !== picture.width || told.height !== picture.height)) throw new MaskwrightError('dataset-invalid', `"${label}" was left out: it has ${picture.width} × ${picture.height} pixels, but another label image of "${image}" has ${told.width} × ${told.height}.`, label);
        if (told === null) sink.image({ key: image, path: image, file: isAlone ? null : join(folder, ...image.split('/')), width: picture.width, height: picture.height, split: layoutOf(image).split ?? layoutOf(label).split });
        told ??= picture;
        teller.picture(image, label, picture, legendOf(label), all.length > 1);
      } catch (error) {
        if (!(error instanceof MaskwrightError) || error.code === 'cancelled') throw error;
        sink.problem(label, toProblem(error));
      }
      await turn();
    }
    run.progress(++done, labels.size);
  }
}

/** What label images without images are named for: what is added to their names is left away where all have it. */
function imagesAlone(alone: readonly string[]): Map<string, string[]> {
  const bare = alone.map((label) => withoutAdditions(layoutOf(label).key));
  const all = bare.every((key) => key !== null);
  const out = new Map<string, string[]>();
  for (const [i, label] of alone.entries()) {
    const image = (all ? bare[i] : null) ?? layoutOf(label).key;
    const same = out.get(image);
    if (same === undefined) out.set(image, [label]);
    else same.push(label);
  }
  return out;
}

async function legendsOf(folder: string, run: ReadRun, leaveOut: (item: string, why: string) => void): Promise<Map<string, Legend>> {
  const files = await listFiles(folder, TEXTS, { signal: run.signal, problem: () => undefined });
  const out = new Map<string, Legend>();
  for (const [inner, file] of legendFiles(files)) {
    const legend = await readLegend(folder, file, run, (item, why) => leaveOut(item, why));
    if (legend !== null) out.set(inner, legend);
  }
  return out;
}

/** The legend of the folder or the nearest one around it; else the dataset's only one. */
function nearestLegend(legends: ReadonlyMap<string, Legend>, label: string): Legend | null {
  const parts = label.split('/').slice(0, -1);
  for (let depth = parts.length; depth >= 0; depth--) {
    const found = legends.get(depth === 0 ? '.' : parts.slice(0, depth).join('/'));
    if (found !== undefined) return found;
  }
  const [only] = legends.values();
  return legends.size === 1 && only !== undefined ? only : null;
}

/** Some of the label images that no legend explains, spread over all of them. Those that cannot be read are reported later. */
async function lookAt(folder: string, labels: Pairs['labels'], legendOf: (label: string) => Legend | null, run: ReadRun): Promise<Seen[]> {
  const unexplained = [...labels.values()].flat().filter((label) => legendOf(label) === null);
  const step = Math.max(1, Math.floor(unexplained.length / LOOKED_AT));
  const out: Seen[] = [];
  for (const label of unexplained.filter((_, i) => i % step === 0).slice(0, LOOKED_AT)) {
    if (run.signal.aborted) throw new MaskwrightError('cancelled', 'Cancelled.');
    try {
      out.push(seen(label, await readLooseLabels(folder, label, run)));
    } catch (error) {
      if (!(error instanceof MaskwrightError)) throw error;
    }
    await turn();
  }
  return out;
}

/** Whether 255 beside small values is what data sets leave undecided (VOC, Cityscapes), not a class. */
const hasVoid = (all: readonly Seen[]): boolean => all.some(({ bits, values }) => bits === 8 && values !== null && values.length <= 254 && (values[0] ?? 255) <= 2);

/** Whether a folder with these files (relative to it) is one of images and label images. */
export const looksLikeMasks = (files: readonly string[]): boolean => [...pairLabels(files).labels.values()].some((labels) => labels.some((label) => !/\.jpe?g$/i.test(basename(label))));
