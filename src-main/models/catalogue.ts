import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { Agreement, CandidateOrder, Precision, Preparation } from '../../src-shared/contract/models.ts';
import { DownloadEntry, FileName, Sha256 } from './download/entry.ts';

const id = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/);
const folder = z.string().regex(/^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)*$/).refine((p) => !p.includes('..'), 'a folder does not lead upward');

export const ModelFile = z.strictObject({
  /** `-data`: weights beside a graph that is too large for one file, or that came with them so. */
  role: z.enum(['encoder', 'decoder', 'encoder-data', 'decoder-data']),
  name: FileName,
  /** Of `-data`: what the graph calls the file, where that is not its name. */
  location: z.string().min(1).max(4096).optional(),
  bytes: z.int().positive(),
  sha256: Sha256,
});
export type ModelFile = z.infer<typeof ModelFile>;

export const ModelEntry = z.strictObject({
  id,
  name: z.string().min(1).max(100),
  /** For people: how the graphs are fed is read off their inputs and outputs. */
  family: z.string().min(1).max(40),
  /** Side of the encoder's square frame in pixels, for graphs that leave it open. */
  inputSize: z.int().min(64).max(4096),
  folder,
  files: z.array(ModelFile).refine((files) => (['encoder', 'decoder'] as const).every((role) => files.filter((f) => f.role === role).length <= 1), 'one graph a role'),
  licence: z.string().min(1).max(100),
  source: z.string().min(1).max(500),
  /** Of the encoder's weights; decoders are fp32 or, in models of other precisions, fp16. */
  precision: Precision.default('fp32'),
  agreement: Agreement.nullable().default(null),
  candidateOrder: CandidateOrder.default('predicted-iou'),
  preparation: Preparation.default('sam'),
});
export type ModelEntry = z.infer<typeof ModelEntry>;

export const Catalogue = z.strictObject({ version: z.literal(1), builtin: id, models: z.array(ModelEntry).min(1), downloads: z.array(DownloadEntry).default([]) });
export type Catalogue = z.infer<typeof Catalogue>;

/** A model where it lies on this machine. */
export interface InstalledModel {
  readonly entry: ModelEntry;
  readonly folder: string;
  /** sha256 over the files' hashes: names the weights in caches and in the provenance of instances. */
  readonly hash: string;
}

/**
 * The models folder's catalogue. Throws 'model-missing' when there is none and 'model-invalid' when it cannot be understood,
 * both naming the file.
 */
export async function readCatalogue(modelsFolder: string): Promise<Catalogue> {
  const path = join(modelsFolder, 'catalogue.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new MaskwrightError('model-missing', `The list of models cannot be read: ${path}. Install Maskwright again.`, path, { cause });
  }
  try {
    return Catalogue.parse(JSON.parse(text));
  } catch (cause) {
    throw new MaskwrightError('model-invalid', `The list of models is damaged: ${path}. Install Maskwright again.`, path, { cause });
  }
}

/** What can be downloaded under this id. Throws 'model-missing' for one that is not listed. */
export function downloadEntry(catalogue: Catalogue, id: string): DownloadEntry {
  const entry = catalogue.downloads.find((download) => download.id === id);
  if (entry === undefined) throw new MaskwrightError('model-missing', `There is no model "${id}" to download. Choose one of: ${catalogue.downloads.map((download) => download.id).join(', ')}.`, id);
  return entry;
}

/** The catalogue's model of this id, the built-in one when absent. Throws 'model-missing' for an id that is not listed. */
export function installedModel(catalogue: Catalogue, modelsFolder: string, id: string = catalogue.builtin): InstalledModel {
  const entry = catalogue.models.find((model) => model.id === id);
  if (entry === undefined) throw new MaskwrightError('model-missing', `There is no model "${id}" in the list of models. Choose another one.`, id);
  return { entry, folder: join(modelsFolder, ...entry.folder.split('/')), hash: modelHash(entry) };
}

/** Depends on the weights and on how images are prepared, not on names: files in the order of their roles. */
export function modelHash(entry: Pick<ModelEntry, 'files'> & Partial<ModelEntry>): string {
  const hash = createHash('sha256');
  for (const file of entry.files.toSorted((a, b) => (a.role === b.role ? 0 : a.role < b.role ? -1 : 1))) hash.update(`${file.role}:${file.sha256}\n`);
  // Models without a word of it have the hash that they had before there was a choice.
  if (entry.preparation !== undefined && entry.preparation !== 'sam') hash.update(`preparation:${entry.preparation}\n`);
  return hash.digest('hex');
}
