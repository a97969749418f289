import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { Precision } from '../../../src-shared/contract/models.ts';
import { diskTrouble, IN_USE } from '../../files/disk-trouble.ts';
import { removeFile, removeFolder } from '../../files/move-and-remove.ts';
import { ModelEntry, modelHash } from '../catalogue.ts';
import type { InstalledModel, ModelFile } from '../catalogue.ts';
import { importModel } from '../import/import-model.ts';
import type { ImportModelOptions } from '../import/import-model.ts';
import { explainInstall, freeBytes, moveIntoPlace, removeStale, requireSpace } from '../install-folder.ts';
import { listUserModels } from '../user-models.ts';
import { lockDownload } from './download-lock.ts';
import { checkpointSource } from './entry.ts';
import type { DownloadEntry, DownloadFile } from './entry.ts';
import { fetchFile } from './fetch-file.ts';
import { ProgressBar } from './progress.ts';
import type { DownloadProgress } from './progress.ts';
import { realTimers } from './timers.ts';
import type { Timers } from './timers.ts';

export interface DownloadOptions {
  /** Where to begin, as an index of mirrorsOf; the others are asked when it fails. The first when absent. */
  readonly mirror?: number;
  readonly signal: AbortSignal;
  onProgress(progress: DownloadProgress): void;
  /** How a checkpoint becomes a model; of no effect for graphs, which stay as they are. */
  readonly importing: Omit<ImportModelOptions, 'signal' | 'onProgress' | 'about'>;
  /** Certificates (PEM) to trust in the place of the machine's own. */
  readonly ca?: string;
  readonly timers?: Timers;
  /** Bytes free on the disk of a folder. */
  readonly free?: (folder: string) => Promise<number>;
}

/** Before the name of a folder with what has arrived; the list of models passes over what begins with a dot. */
const UNFINISHED = '.downloading-';
/** What was left half for so long will not be continued. */
const STALE_MS = 30 * 24 * 60 * 60 * 1000;
/** Of what the catalogue says a model has, for files of unknown size. */
const MOST_TIMES = 2;
/**
 * What an import takes, of the checkpoint's bytes on the disk and of the download's length on the bar. Weights of less
 * precision are written beside the full ones and compared with them, which takes longer than writing.
 */
const IMPORT = { full: { disk: 1, bar: 0.1 }, less: { disk: 1.5, bar: 0.5 } } as const;

/**
 * Downloads a model of the catalogue into the folder of the user's models; checkpoints are imported. It is there as a
 * whole or not at all, and not asked for again when it is. What has arrived stays when it fails or is cancelled, and the
 * next download of it goes on from there. This and nothing else in the program uses the network.
 * Throws 'offline', 'download-failed', 'model-hash' (a file that is not the one it should be), 'disk-full', 'no-access',
 * 'io', 'cancelled', 'conflict' while it is being downloaded already, and as importModel.
 */
export async function downloadModel(entry: DownloadEntry, modelsFolder: string, options: DownloadOptions): Promise<InstalledModel> {
  const unfinished = join(modelsFolder, UNFINISHED + entry.id);
  try {
    const installed = await installedAlready(entry, modelsFolder, options.importing.precision ?? 'fp32');
    if (installed !== null) return installed;
    await mkdir(unfinished, { recursive: true });
    await using _ = await lockDownload(`${unfinished}.lock`, entry.name);
    // Begun again, it is not old.
    await utimes(unfinished, new Date(), new Date());
    await removeStale(modelsFolder, UNFINISHED, STALE_MS);
    return await fetchAndInstall(entry, modelsFolder, unfinished, options);
  } catch (error) {
    if (options.signal.aborted) throw new MaskwrightError('cancelled', `The download of "${entry.name}" was cancelled. What has arrived is kept: download it again to go on.`, entry.id, { cause: error });
    throw explainInstall(error, entry.name, entry.id, modelsFolder);
  }
}

/** Bytes on the disk of a download that was not finished, or is under way. */
export async function arrivedBytes(id: string, modelsFolder: string): Promise<number> {
  const unfinished = join(modelsFolder, UNFINISHED + id);
  const names = await readdir(unfinished).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(unfinished, name)).catch(() => null))?.size ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Throws away what has arrived of a download that was not finished. False when there is nothing. Throws 'conflict' while it is being downloaded, and 'no-access'. */
export async function discardDownload(id: string, modelsFolder: string): Promise<boolean> {
  const unfinished = join(modelsFolder, UNFINISHED + id);
  if ((await stat(unfinished).catch(() => null)) === null) return false;
  try {
    await using _ = await lockDownload(`${unfinished}.lock`, id);
    await removeFolder(unfinished);
  } catch (cause) {
    if (cause instanceof MaskwrightError) throw cause;
    const why = diskTrouble(cause) === 'in-use' ? IN_USE : `"${unfinished}" cannot be changed. Check its permissions.`;
    throw new MaskwrightError('no-access', `What has arrived of "${id}" could not be removed: ${why}`, id, { cause });
  }
  return true;
}

/** The installed models that came of this download, or of the same files taken elsewhere. */
export function installedFrom(entry: DownloadEntry, models: readonly InstalledModel[]): InstalledModel[] {
  return models.filter((model) => (entry.kind === 'onnx' ? model.entry.id === entry.id : model.entry.source === checkpointSource(entry)));
}

async function fetchAndInstall(entry: DownloadEntry, modelsFolder: string, unfinished: string, options: DownloadOptions): Promise<InstalledModel> {
  const { signal, timers = realTimers, free = freeBytes, mirror = 0, importing, ca } = options;
  const imports = entry.kind === 'onnx' ? { disk: 0, bar: 0 } : IMPORT[(importing.precision ?? 'fp32') === 'fp32' ? 'full' : 'less'];
  const bar = new ProgressBar(entry, imports.bar, timers, (progress) => options.onProgress(progress));
  const missing: DownloadFile[] = [];
  for (const file of entry.files) {
    // One after the other: each is read from the disk as a whole.
    const there = await presentBytes(file, unfinished, signal);
    bar.file(file, there.bytes, there.whole ? there.bytes : null, false);
    if (!there.whole) missing.push(file);
  }
  requireSpace(entry.name, modelsFolder, bar.missing + imports.disk * entry.bytes, await free(modelsFolder));
  for (const file of missing) {
    await fetchFile(file, unfinished, mirror, { signal, timers, most: MOST_TIMES * entry.bytes, ...(ca === undefined ? {} : { ca }), onBytes: (there, total) => bar.file(file, there, total, true) });
  }
  signal.throwIfAborted();
  if (entry.kind === 'onnx') return installGraphs(entry, modelsFolder, unfinished);
  const [checkpoint] = entry.files;
  const model = await importModel([join(unfinished, checkpoint?.name ?? '')], modelsFolder, {
    ...importing,
    signal,
    onProgress: (done, total) => bar.imported(done, total),
    about: { name: entry.name, licence: entry.licence.name, source: checkpointSource(entry) },
  });
  // The model is there; what is left of its download goes with the next one, or when it is thrown away.
  await removeFolder(unfinished).catch(() => undefined);
  return model;
}

/** Of a file that an earlier run left: how many bytes are there, and whether that is all of it and as it should be. */
async function presentBytes(file: DownloadFile, folder: string, signal: AbortSignal): Promise<{ bytes: number; whole: boolean }> {
  const path = join(folder, file.name);
  const found = await stat(path).catch(() => null);
  if (found === null) return { bytes: (await stat(`${path}.part`).catch(() => null))?.size ?? 0, whole: false };
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  if (hash.digest('hex') === file.sha256) return { bytes: found.size, whole: true };
  await removeFile(path);
  return { bytes: 0, whole: false };
}

async function installGraphs(entry: DownloadEntry, modelsFolder: string, unfinished: string): Promise<InstalledModel> {
  const files: ModelFile[] = [];
  for (const { role, name, sha256 } of entry.files) {
    if (role !== 'checkpoint') files.push({ role, name, sha256, bytes: (await stat(join(unfinished, name))).size });
  }
  // An older catalogue may have had other files, which do no harm.
  const names = new Set(files.map(({ name }) => name));
  await Promise.all((await readdir(unfinished)).filter((name) => !names.has(name)).map((name) => removeFolder(join(unfinished, name)).catch(() => undefined)));
  const { id, name, family, inputSize, licence, source, precision } = entry;
  return moveIntoPlace(unfinished, modelsFolder, ModelEntry.parse({ id, name, family, inputSize, folder: id, files, licence: licence.name, source, precision }));
}

/** What this download would give, when it lies on this machine already with files of the right sizes. */
async function installedAlready(entry: DownloadEntry, modelsFolder: string, precision: Precision): Promise<InstalledModel | null> {
  const { models } = await listUserModels(modelsFolder);
  for (const model of installedFrom(entry, models)) {
    if (entry.kind === 'onnx' ? model.hash !== graphsHash(entry) : model.entry.precision !== precision) continue;
    const sizes = await Promise.all(model.entry.files.map(async ({ name, bytes }) => (await stat(join(model.folder, name)).catch(() => null))?.size === bytes));
    if (sizes.every(Boolean)) return model;
  }
  return null;
}

const graphsHash = (entry: DownloadEntry): string => modelHash({ files: entry.files.flatMap(({ role, name, sha256, bytes }) => (role === 'checkpoint' ? [] : [{ role, name, sha256, bytes: bytes ?? 0 }])) });
