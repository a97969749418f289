import type { ModelRow, Precision } from '../../src-shared/contract/models.ts';
import type { Loaded } from '../engines/model-findings.ts';
import type { InstalledModel, ModelEntry } from './catalogue.ts';
import { arrivedBytes, installedFrom } from './download/download-model.ts';
import { mirrorsOf } from './download/entry.ts';
import type { DownloadEntry } from './download/entry.ts';
import type { ModelLibrary } from './library.ts';
import { choosablePreparation } from './prepare-model.ts';

/** What the program knows of models beside their files. */
export interface KnownOfModels {
  /** How a model of this hash was opened last on this machine, or null. */
  loaded(hash: string): Promise<Loaded | null>;
  /** Open projects that use it. */
  usedBy(id: string): number;
}

/** Installed models, then those that can be downloaded and are not installed. */
export async function modelRows(library: ModelLibrary, known: KnownOfModels): Promise<ModelRow[]> {
  const { models } = library.list;
  const installed = await Promise.all(models.map((model) => installedRow(library, model, known)));
  const available = library.downloads.filter((entry) => installedFrom(entry, models).length === 0);
  return [...installed, ...(await Promise.all(available.map((entry) => availableRow(entry, library.places.user))))];
}

async function installedRow(library: ModelLibrary, model: InstalledModel, known: KnownOfModels): Promise<ModelRow> {
  const { entry, hash } = model;
  const { id, name, family, licence, source, precision, agreement } = entry;
  const preparation = library.ships(model) ? null : choosablePreparation(entry);
  const loaded = await known.loaded(hash);
  const download = library.downloads.find((one) => installedFrom(one, [model]).length > 0);
  return {
    id, name, family, licence, source, precision, preparation, agreement,
    state: 'installed',
    builtIn: id === library.builtIn.entry.id,
    bytes: sizeOf(entry),
    summary: download?.summary ?? null,
    licenceUrl: download?.licence.url ?? null,
    limits: loaded?.limits ?? null,
    speed: loaded === null || loaded.encoderMs === null || loaded.decoderMs === null ? null : { provider: loaded.provider, encoderMs: loaded.encoderMs, decoderMs: loaded.decoderMs },
    precisions: [],
    mirrors: [],
    arrived: 0,
    usedBy: known.usedBy(id),
  };
}

const OF_CHECKPOINTS: readonly Precision[] = ['fp32', 'fp16', 'int8'];

async function availableRow(entry: DownloadEntry, modelsFolder: string): Promise<ModelRow> {
  const { id, name, family, source, summary, precision, bytes, kind, licence } = entry;
  return {
    id, name, family, source, summary, precision, bytes,
    state: 'available',
    builtIn: false,
    licence: licence.name,
    licenceUrl: licence.url,
    preparation: null,
    agreement: null,
    limits: null,
    speed: null,
    // Graphs stay as they are.
    precisions: kind === 'checkpoint' ? [...OF_CHECKPOINTS] : [precision],
    mirrors: mirrorsOf(entry),
    arrived: await arrivedBytes(id, modelsFolder),
    usedBy: 0,
  };
}

/** Bytes of a model's files. */
export const sizeOf = ({ files }: Pick<ModelEntry, 'files'>): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
