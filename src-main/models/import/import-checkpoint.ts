import { mkdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Precision, Preparation } from '../../../src-shared/contract/models.ts';
import { removeFolder } from '../../files/move-and-remove.ts';
import { ModelEntry, modelHash } from '../catalogue.ts';
import type { InstalledModel, ModelFile } from '../catalogue.ts';
import type { DownloadEntry } from '../download/entry.ts';
import { freeBytes, requireSpace } from '../install-folder.ts';
import type { CompareModels } from './agreement.ts';
import { openCheckpoint } from './checkpoint/checkpoint.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { evenChannels } from './even-channels.ts';
import { knownCheckpoint, preparationFor } from './checkpoint/known-checkpoint.ts';
import type { KnownCheckpoint } from './checkpoint/known-checkpoint.ts';
import { modelFile, modelWithData } from './onnx-writer.ts';
import type { FileParts } from './onnx-writer.ts';
import { atPrecision } from './precision.ts';
import type { SamGraphs } from './precision.ts';
import { samDecoder } from './sam-decoder.ts';
import { samEncoder } from './sam-encoder.ts';
import { checkPixelBuffers } from './checkpoint/pixel-buffers.ts';
import { isHq } from './sam-hq.ts';
import { readLayout } from './sam-layout.ts';
import type { SamLayout } from './sam-layout.ts';
import { installImport, slug } from './unfinished-import.ts';
import { writeModelFile } from './write-model.ts';

export interface ImportOptions {
  readonly signal: AbortSignal;
  /** Bytes written, of all there are to write; a comparison counts as COMPARISON times the writing. */
  onProgress(done: number, total: number): void;
  /** Which set of weights to take of a checkpoint that holds several. */
  readonly weights?: string;
  /** How images are prepared for it; what is known of the file, or else assumed, when absent. */
  readonly preparation?: Preparation;
  /** At which the weights are stored; fp32 when absent. */
  readonly precision?: Precision;
  /** Tells how well a model of less precision agrees with its own fp32 weights, which are written for it and removed again. */
  readonly compare?: CompareModels;
  /** What is known of the model from elsewhere, such as the catalogue it was downloaded from. */
  readonly about?: Partial<Pick<ModelEntry, 'name' | 'licence' | 'source'>>;
  /** Checkpoints whose name, licence and source are known: one of these files gets them unless `about` says others. */
  readonly known?: readonly DownloadEntry[];
  /** Bytes up to which a graph and its weights are one file; of a larger one the weights lie beside it. WHOLE when absent. */
  readonly wholeUpTo?: number;
}

export interface ImportedModel extends InstalledModel {
  /** Names of tensors in the checkpoint on which nothing depends that the model computes. */
  readonly unused: readonly string[];
  /** Nothing said how images are to be prepared for it, so that Segment Anything's way was taken. */
  readonly preparationAssumed: boolean;
}

/** Folder inside it for the fp32 weights that the model is compared with. */
const REFERENCE = 'fp32';
/** A protobuf message, and so an ONNX file with its weights inside, cannot be larger than 2 GB. */
const WHOLE = 1.5e9;
/** Pictures take longer than weights: on two cores, ViT-B's encoder 50 s for 16 of them and 2 s to be written. */
const COMPARISON = 20;

/**
 * Makes a model of a checkpoint in the folder of the user's models: written beside, flushed and renamed, so that
 * it is there as a whole or not at all. The same checkpoint gives the same files and the same id.
 * Throws as openCheckpoint and readLayout, 'cancelled', 'disk-full', 'no-access' or 'io'.
 */
export async function importCheckpoint(path: string, modelsFolder: string, options: ImportOptions): Promise<ImportedModel> {
  await using checkpoint = await openCheckpoint(path, options.weights);
  const { layout, unused } = readLayout(checkpoint);
  await checkPixelBuffers(checkpoint);
  const graphs = { encoder: samEncoder(checkpoint, layout), decoder: samDecoder(checkpoint, layout) };
  const known = options.about === undefined ? await knownCheckpoint(path, options.known ?? [], options.signal) : { ...options.about, preparation: 'sam' as const };
  const { preparation, assumed } = preparationFor(path, options.preparation, known);
  const about = { ...known, preparation };
  const model = await installImport(path, modelsFolder, options.signal, (folder) => writeModel(checkpoint, layout, graphs, folder, about, options));
  return { ...model, unused, preparationAssumed: assumed };
}

interface PlannedFile extends Pick<ModelFile, 'role' | 'name'> {
  readonly content: FileParts;
}

const filesOf = (graphs: SamGraphs, wholeUpTo = WHOLE): PlannedFile[] => (['encoder', 'decoder'] as const).flatMap((role) => {
  const name = `${role}.onnx`;
  const whole = modelFile(graphs[role]);
  if (whole.bytes <= wholeUpTo) return [{ role, name, content: whole }];
  const beside = `${name}.data`;
  const divided = modelWithData(graphs[role], beside);
  return [{ role, name, content: divided.graph }, { role: `${role}-data` as const, name: beside, content: divided.data }];
});

const bytesOf = (files: readonly PlannedFile[]): number => files.reduce((sum, { content }) => sum + content.bytes, 0);

/** Fills the folder with a model's files and gives the entry for them. */
async function writeModel(checkpoint: Checkpoint, layout: SamLayout, graphs: SamGraphs, folder: string, about: KnownCheckpoint, options: ImportOptions): Promise<ModelEntry> {
  const { signal, onProgress, precision = 'fp32', compare } = options;
  const full = precision === 'int8' ? { ...graphs, encoder: samEncoder(evenChannels(checkpoint), layout) } : graphs;
  const planned = filesOf(await atPrecision(full, precision, signal), options.wholeUpTo);
  const reference = precision === 'fp32' || compare === undefined ? [] : filesOf(graphs, options.wholeUpTo);
  const toWrite = bytesOf(planned) + bytesOf(reference);
  requireSpace(basename(checkpoint.path), dirname(folder), toWrite, await freeBytes(folder));
  const total = reference.length === 0 ? toWrite : toWrite * (1 + COMPARISON);
  let done = 0;
  const write = (files: readonly PlannedFile[], to: string): Promise<ModelFile[]> => writeFiles(files, to, signal, (added) => onProgress((done += added), total));

  const family = isHq(checkpoint.shapes) ? 'hq-sam' : 'sam';
  const entry = entryOf(checkpoint.path, { precision, family, inputSize: layout.patch * layout.grid }, await write(planned, folder), about);
  if (compare === undefined || reference.length === 0) return entry;
  const beside = join(folder, REFERENCE);
  await mkdir(beside);
  const whole = { ...entry, files: await write(reference, beside) };
  const agreement = await compare({ entry: whole, folder: beside, hash: modelHash(whole) }, { entry, folder, hash: modelHash(entry) }, {
    signal,
    onPicture: (through, all) => onProgress(done + toWrite * COMPARISON * (through / all), total),
  });
  await removeFolder(beside);
  return { ...entry, agreement };
}

function entryOf(path: string, { precision, family, inputSize }: Pick<ModelEntry, 'precision' | 'family' | 'inputSize'>, files: ModelFile[], { name = basename(path, extname(path)), licence = 'Licence of the checkpoint', source = `Imported from ${basename(path)}`, preparation }: KnownCheckpoint): ModelEntry {
  const suffix = precision === 'fp32' ? '' : ` ${precision}`;
  const draft = { name: `${name.slice(0, 100 - suffix.length) || 'Imported'}${suffix}`, family, inputSize, files, licence, source: source.slice(0, 500), precision, preparation };
  const id = `${slug(name)}${suffix.replace(' ', '-')}-${modelHash(draft).slice(0, 8)}`;
  return ModelEntry.parse({ id, ...draft, folder: id });
}

async function writeFiles(planned: readonly PlannedFile[], folder: string, signal: AbortSignal, onBytes: (added: number) => void): Promise<ModelFile[]> {
  const files: ModelFile[] = [];
  // One after the other, so that no more than one weight is in memory.
  for (const { role, name, content } of planned) files.push({ role, name, ...(await writeModelFile(join(folder, name), content, signal, onBytes)) });
  return files;
}
