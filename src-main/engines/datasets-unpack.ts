import { mkdirSync } from 'node:fs';
import type { z } from 'zod';
import type { DatasetFormat } from '../datasets/formats/format.ts';
import { alsoRecognised, checkDatasetPath, formatById, recognisedFormat } from '../datasets/formats/registry.ts';
import { explainWriting } from '../datasets/atomic-file.ts';
import { locateDataset } from '../datasets/locate-dataset.ts';
import { removeFolder } from '../files/move-and-remove.ts';
import type { ImportRun } from '../projects/import/import-dataset.ts';
import type { Unpacked } from '../projects/import/keep-unpacked.ts';
import { unpackZip } from '../zip/unpack-zip.ts';
import type { ReadParams } from './datasets-api.ts';

interface OpenedDataset {
  /** Absolute path of a file or folder. */
  readonly path: string;
  readonly format: DatasetFormat;
  readonly unpacked: Unpacked | null;
}

/** Finds out what a data set is; an archive is unpacked for that. Throws as writing a file does, and as unpackZip, locateDataset and recognisedFormat do. */
export async function openDataset(dataset: string, id: string | null, unpack: z.output<typeof ReadParams>['unpack'], run: Omit<ImportRun, 'look' | 'labelsOf'>): Promise<OpenedDataset> {
  await checkDatasetPath(dataset);
  if (unpack === null) {
    const format = id === null ? await recognisedFormat(dataset) : formatById(id);
    if (id === null) await noteOthers(dataset, format, run.note);
    return { path: dataset, format, unpacked: null };
  }
  const { content, target } = unpack;
  // An engine that died over it is asked once more.
  try {
    await removeFolder(content);
    mkdirSync(content);
  } catch (error) {
    throw explainWriting(error, content);
  }
  await unpackZip(dataset, content, run);
  const found = await locateDataset(content, dataset, id);
  if (id === null) await noteOthers(found.path, found.format, run.note);
  return { ...found, unpacked: { archive: dataset, content, target } };
}

/** Says what else is there and was not read. */
async function noteOthers(path: string, taken: DatasetFormat, note: ImportRun['note']): Promise<void> {
  const others = await alsoRecognised(path, taken);
  if (others.length > 0) note(`Read as ${taken.name}. ${others.map(({ name }) => name).join(' and ')} ${others.length === 1 ? 'is' : 'are'} there too and ${others.length === 1 ? 'was' : 'were'} not read: import again with --format ${others.map((format) => format.id).join(' or --format ')}, or with that format chosen in the window.`);
}
