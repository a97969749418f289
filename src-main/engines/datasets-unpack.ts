import { mkdirSync, rmSync } from 'node:fs';
import type { z } from 'zod';
import type { DatasetFormat } from '../datasets/formats/format.ts';
import { checkDatasetPath, formatById, recognisedFormat } from '../datasets/formats/registry.ts';
import { locateDataset } from '../datasets/locate-dataset.ts';
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

/** Finds out what a data set is; an archive is unpacked for that. Throws as unpackZip, locateDataset and recognisedFormat do. */
export async function openDataset(dataset: string, id: string | null, unpack: z.output<typeof ReadParams>['unpack'], run: Omit<ImportRun, 'look' | 'labelsOf'>): Promise<OpenedDataset> {
  await checkDatasetPath(dataset);
  if (unpack === null) return { path: dataset, format: id === null ? await recognisedFormat(dataset) : formatById(id), unpacked: null };
  const { content, target } = unpack;
  // An engine that died over it is asked once more.
  rmSync(content, { recursive: true, force: true });
  mkdirSync(content);
  await unpackZip(dataset, content, run);
  return { ...(await locateDataset(content, dataset, id)), unpacked: { archive: dataset, content, target } };
}
