import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { ModelEntry, modelHash } from '../catalogue.ts';
import type { InstalledModel, ModelFile } from '../catalogue.ts';
import { moveIntoPlace, removeStale } from '../install-folder.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { modelFile, modelWithData } from './onnx-writer.ts';
import type { FileParts, OnnxGraph } from './onnx-writer.ts';
import { samDecoder } from './sam-decoder.ts';
import { samEncoder } from './sam-encoder.ts';
import { checkPixelBuffers } from './pixel-buffers.ts';
import { readLayout } from './sam-layout.ts';
import type { SamLayout } from './sam-layout.ts';
import { writeModelFile } from './write-model.ts';

export interface ImportOptions {
  readonly signal: AbortSignal;
  /** Bytes written, of all there are to write. */
  onProgress(done: number, total: number): void;
  /** Bytes up to which a graph and its weights are one file; of a larger one the weights lie beside it. WHOLE when absent. */
  readonly wholeUpTo?: number;
}

export interface ImportedModel extends InstalledModel {
  /** Names of tensors in the checkpoint on which nothing depends that the model computes. */
  readonly unused: readonly string[];
}

/** Before the name of a folder that is still being written; the list of models passes over what begins with a dot. */
const UNFINISHED = '.importing-';
/** An unfinished folder this old was left by a program that died. */
const STALE_MS = 24 * 60 * 60 * 1000;
/** A protobuf message, and so an ONNX file with its weights inside, cannot be larger than 2 GB. */
const WHOLE = 1.5e9;
const LONGEST_SLUG = 40;

/**
 * Makes a model of a PyTorch checkpoint in the folder of the user's models: written beside, flushed and renamed, so that
 * it is there as a whole or not at all. The same checkpoint gives the same files and the same id.
 * Throws as openCheckpoint and readLayout, 'cancelled', 'disk-full', 'no-access' or 'io'.
 */
export async function importCheckpoint(path: string, modelsFolder: string, options: ImportOptions): Promise<ImportedModel> {
  await using checkpoint = await openCheckpoint(path);
  const { layout, unused } = readLayout(checkpoint);
  await checkPixelBuffers(checkpoint);
  const files = [...filesOf('encoder', samEncoder(checkpoint, layout), options.wholeUpTo), ...filesOf('decoder', samDecoder(checkpoint, layout), options.wholeUpTo)];
  const unfinished = join(modelsFolder, `${UNFINISHED}${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(unfinished, { recursive: true });
    await removeStale(modelsFolder, UNFINISHED, STALE_MS);
    const entry = await writeFiles(checkpoint, layout, files, unfinished, options);
    // One that is there already has the same files, for its id is made of their hashes; damaged since, it is made whole.
    return { ...(await moveIntoPlace(unfinished, modelsFolder, entry)), unused };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (options.signal.aborted) throw new MaskwrightError('cancelled', `The import of "${basename(path)}" was cancelled. Nothing of it is left.`, path, { cause: error });
    throw explain(error, path, modelsFolder);
  }
}

interface PlannedFile extends Pick<ModelFile, 'role' | 'name'> {
  readonly content: FileParts;
}

function filesOf(role: 'encoder' | 'decoder', graph: OnnxGraph, wholeUpTo = WHOLE): PlannedFile[] {
  const name = `${role}.onnx`;
  const whole = modelFile(graph);
  if (whole.bytes <= wholeUpTo) return [{ role, name, content: whole }];
  const beside = `${name}.data`;
  const divided = modelWithData(graph, beside);
  return [{ role, name, content: divided.graph }, { role: `${role}-data`, name: beside, content: divided.data }];
}

async function writeFiles(checkpoint: Checkpoint, layout: SamLayout, planned: readonly PlannedFile[], folder: string, { signal, onProgress }: ImportOptions): Promise<ModelEntry> {
  const total = planned.reduce((sum, { content }) => sum + content.bytes, 0);
  let done = 0;
  const files: ModelFile[] = [];
  for (const { role, name, content } of planned) {
    // One after the other, so that no more than one weight is in memory.
    const written = await writeModelFile(join(folder, name), content, signal, (added) => onProgress((done += added), total));
    files.push({ role, name, ...written });
  }
  const name = basename(checkpoint.path, extname(checkpoint.path));
  const draft = { name: name.slice(0, 100) || 'Imported', family: 'sam' as const, inputSize: layout.patch * layout.grid, files, licence: 'That of the checkpoint', source: `Imported from ${basename(checkpoint.path)}`.slice(0, 500) };
  const id = `${slug(name)}-${modelHash(draft).slice(0, 8)}`;
  return ModelEntry.parse({ id, ...draft, folder: id });
}

/** As ids are: small letters, digits, single dots and dashes. */
const slug = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replace(/^-+/, '').slice(0, LONGEST_SLUG).replace(/-+$/, '') || 'model';

function explain(error: unknown, path: string, modelsFolder: string): unknown {
  if (error instanceof MaskwrightError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : '';
  const file = basename(path);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new MaskwrightError('disk-full', `"${file}" was not imported: the disk of "${modelsFolder}" is full. Free some space; nothing of it is left there.`, path, { cause: error });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return new MaskwrightError('no-access', `"${file}" was not imported: you have no right to write in "${modelsFolder}". Change that, or name another folder with MASKWRIGHT_HOME.`, path, { cause: error });
  return new MaskwrightError('io', `"${file}" was not imported: ${error instanceof Error ? error.message : String(error)}. Check the disk and try again.`, path, { cause: error });
}
