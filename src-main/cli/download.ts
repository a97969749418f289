import type { Precision } from '../../src-shared/contract/models.ts';
import type { Resources } from '../core/core-api.ts';
import { comparisonThroughEngines, samplePictures } from '../core/model-comparison.ts';
import { dataDir, resources } from '../core/places.ts';
import { downloadEntry, readCatalogue } from '../models/catalogue.ts';
import { downloadModel, installedFrom } from '../models/download/download-model.ts';
import type { DownloadProgress } from '../models/download/progress.ts';
import { mirrorsOf } from '../models/download/entry.ts';
import type { DownloadEntry } from '../models/download/entry.ts';
import { ModelLibrary } from '../models/library.ts';
import { listModels, userModelsFolder } from '../models/user-models.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { ProgressLine, timeOf } from './progress-line.ts';

export interface DownloadCommandOptions {
  /** From 1, as people count. */
  readonly mirror?: number;
  readonly precision?: Precision;
  readonly acceptLicence?: true;
  readonly json?: true;
}

/** What the commands work on; the program's own, but for tests. */
export interface DownloadSetting {
  readonly resources: Resources;
  readonly dataDir: string;
  /** Certificates (PEM) to trust in the place of the machine's own. */
  readonly ca?: string;
}
const own = (): DownloadSetting => ({ resources: resources(), dataDir: dataDir() });

const MEGABYTE = 1e6;
const megabytes = (bytes: number): string => `${Math.round(bytes / MEGABYTE).toLocaleString('en')} MB`;

/** `maskwright models available`: what can be downloaded, the recommended first. Asks nobody. */
export async function printAvailable(options: { readonly json?: true }, console: Console, { resources: { models }, dataDir: data } = own()): Promise<ExitCode> {
  const { downloads } = await readCatalogue(models);
  const { models: installed } = await listModels(models, userModelsFolder(data));
  const rows = downloads.map((entry) => ({ ...entry, mirrors: mirrorsOf(entry), installed: installedFrom(entry, installed).map((model) => model.entry.id) }));
  if (options.json) {
    console.out(`${JSON.stringify(rows, null, 2)}\n`);
    return EXIT.done;
  }
  const width = Math.max(...rows.map(({ id }) => id.length));
  for (const { id, bytes, summary, licence, installed: ids } of rows) {
    console.out(`${id.padEnd(width)}  ${megabytes(bytes).padStart(8)}  ${summary}${ids.length > 0 ? ' (installed)' : ''}\n${' '.repeat(width + 12)}Licence: ${licence.name}\n`);
  }
  return EXIT.done;
}

/** `maskwright models download`: prints the id of the model. Interrupted, it keeps what has arrived. */
export async function download(id: string, options: DownloadCommandOptions, console: Console, interrupted: AbortSignal, setting: DownloadSetting = own()): Promise<ExitCode> {
  const { resources: found, dataDir: data, ca } = setting;
  const entry = downloadEntry(await readCatalogue(found.models), id);
  const mirrors = mirrorsOf(entry);
  const wrong = complaint(entry, mirrors, options);
  if (wrong !== null) {
    console.err(wrong);
    return EXIT.usage;
  }
  const line = new ProgressLine(console);
  try {
    const model = await downloadModel(entry, userModelsFolder(data), {
      mirror: (options.mirror ?? 1) - 1,
      signal: interrupted,
      onProgress: (progress) => {
        const share = Math.min(1, progress.done / progress.total);
        line.write(lineOf(entry.name, share, progress), share);
      },
      importing: { engine: { node: found.node, entry: found.samEngine }, precision: options.precision ?? 'fp32', compare: comparisonThroughEngines(await samplePictures(found), found, data) },
      ...(ca === undefined ? {} : { ca }),
    });
    line.end();
    const { agreement } = model.entry;
    if (agreement !== null) console.err(`Masks agree ${agreement.iou.toFixed(3)} (mean IoU) with full precision on ${agreement.pictures} pictures.\n`);
    console.out(options.json ? `${JSON.stringify({ ...model.entry, hash: model.hash, folder: model.folder }, null, 2)}\n` : `${model.entry.id}\n`);
    return EXIT.done;
  } catch (error) {
    line.end();
    if (!interrupted.aborted) throw error;
    console.err('Cancelled. What has arrived is kept: the same command goes on from there.\n');
    return EXIT.interrupted;
  }
}

/** `maskwright models remove`: takes a model from the disk, and what has arrived of a download that was not finished. */
export async function remove(id: string, console: Console, { resources: found, dataDir: data } = own()): Promise<ExitCode> {
  const user = userModelsFolder(data);
  const library = await ModelLibrary.open({ shipped: found.models, user });
  const removed = await library.remove(id);
  console.err(removed.arrived ? 'Removed, with what had arrived of its download.\n' : 'Removed.\n');
  return EXIT.done;
}

/** What is wrong with the command line, with the licence when it was not accepted; null when nothing is. */
function complaint(entry: DownloadEntry, mirrors: readonly string[], { mirror = 1, precision, acceptLicence }: DownloadCommandOptions): string | null {
  if (mirror > mirrors.length) return `error: "${entry.name}" has ${mirrors.length === 1 ? 'one mirror' : `${mirrors.length} mirrors`}: ${mirrors.map((host, i) => `${i + 1} ${host}`).join(', ')}.\n`;
  if (entry.kind === 'onnx' && precision !== undefined && precision !== entry.precision) return `error: "${entry.name}" comes as ${entry.precision} and stays so; leave --precision away.\n`;
  if (acceptLicence !== true) return `"${entry.name}" (${megabytes(entry.bytes)}, from ${mirrors[mirror - 1] ?? ''}) has the licence ${entry.licence.name}:\n  ${entry.licence.url}\nMade by: ${entry.source}\nRead it, and repeat the command with --accept-licence to download the model.\n`;
  return null;
}

function lineOf(name: string, share: number, { importing, bytesPerSecond, secondsLeft }: DownloadProgress): string {
  const speed = bytesPerSecond === null ? '' : `, ${(bytesPerSecond / MEGABYTE).toFixed(1)} MB/s`;
  const left = secondsLeft === null ? '' : `, ${timeOf(secondsLeft * 1000)} left`;
  return `${importing ? 'Importing' : 'Downloading'} ${name}: ${Math.floor(share * 100)} %${speed}${left}`;
}
