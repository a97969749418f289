import { resolve } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { Preparation } from '../../src-shared/contract/models.ts';
import type { Precision } from '../../src-shared/contract/models.ts';
import { comparisonThroughEngines, samplePictures } from '../core/model-comparison.ts';
import { dataDir, resources } from '../core/places.ts';
import type { ImportOptions } from '../models/import/import-checkpoint.ts';
import { importModel } from '../models/import/import-model.ts';
import { megabytes, sizeOf } from '../models/model-rows.ts';
import { prepareModel } from '../models/prepare-model.ts';
import { listModels, userModelsFolder } from '../models/user-models.ts';
import { readCatalogue } from '../models/catalogue.ts';
import type { InstalledModel } from '../models/catalogue.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { ProgressLine } from './progress-line.ts';

export interface ModelsOptions {
  readonly json?: true;
}

export interface ImportCommandOptions extends ModelsOptions {
  readonly precision: Precision;
  readonly weights?: string;
  readonly preparation?: Preparation;
}

/**
 * `maskwright models import`: makes a model of a checkpoint, or of an ONNX encoder and decoder, and prints its id; one of
 * less than full precision is compared with its own full precision on the sample's pictures. Interrupted, it leaves nothing.
 */
export async function importFiles(files: readonly string[], options: ImportCommandOptions, console: Console, interrupted: AbortSignal): Promise<ExitCode> {
  const line = new ProgressLine(console);
  const onProgress = (done: number, total: number): void => line.write(`Importing: ${Math.floor((done / total) * 100)} %`, done / total);
  try {
    const found = resources();
    const compare = comparisonThroughEngines(await samplePictures(found), found, dataDir());
    const model = await importModel(files.map((file) => resolve(file)), userModelsFolder(dataDir()), { signal: interrupted, onProgress, precision: options.precision, ...chosenOf(options), compare, known: (await readCatalogue(found.models)).downloads, engine: { node: found.node, entry: found.samEngine } });
    line.end();
    const { agreement } = model.entry;
    if (model.unused.length > 0) console.err(`${model.unused.length} of its tensors were left out, because nothing depends on them; --json names them.\n`);
    if (model.preparationAssumed) console.err(`Images are prepared for it as for Segment Anything, because the file does not say how. For a model trained as MedSAM: maskwright models prepare ${model.entry.id} medsam\n`);
    if (agreement !== null) console.err(`Masks agree ${agreement.iou.toFixed(3)} (mean IoU) with full precision on ${agreement.pictures} pictures.\n`);
    console.out(options.json ? `${JSON.stringify({ ...described(model), unused: model.unused }, null, 2)}\n` : `${model.entry.id}\n`);
    return EXIT.done;
  } catch (error) {
    line.end();
    if (!interrupted.aborted) throw error;
    console.err('Cancelled; nothing was imported.\n');
    return EXIT.interrupted;
  }
}

const chosenOf = ({ weights, preparation }: ImportCommandOptions): Pick<ImportOptions, 'weights' | 'preparation'> => ({ ...(weights === undefined ? {} : { weights }), ...(preparation === undefined ? {} : { preparation }) });

/** `maskwright models prepare`: changes how images are prepared for a model that was imported from a checkpoint. */
export async function prepare(id: string, preparation: string, console: Console): Promise<ExitCode> {
  const chosen = Preparation.safeParse(preparation);
  if (!chosen.success) throw new MaskwrightError('bad-request', `There is no preparation "${preparation}". Choose one of: ${Preparation.options.join(', ')}.`, preparation);
  const { entry, hash } = await prepareModel(userModelsFolder(dataDir()), id, chosen.data);
  console.out(`${entry.id}: images are prepared as for ${entry.preparation === 'medsam' ? 'MedSAM' : 'Segment Anything'}. It is known by ${hash.slice(0, 8)} now.\n`);
  return EXIT.done;
}

/** `maskwright models list`: what --model can name. A folder that holds no readable model is told on stderr. */
export async function printModels(options: ModelsOptions, console: Console): Promise<ExitCode> {
  const { models, problems } = await listModels(resources().models, userModelsFolder(dataDir()));
  if (options.json) console.out(`${JSON.stringify(models.map(described), null, 2)}\n`);
  else {
    const width = Math.max(...models.map(({ entry }) => entry.id.length));
    for (const { entry } of models) console.out(`${entry.id.padEnd(width)}  ${megabytes(sizeOf(entry))}  ${entry.name}\n`);
  }
  for (const problem of problems) console.err(`  ${problem.message}\n`);
  return problems.length > 0 ? EXIT.leftOut : EXIT.done;
}

const described = ({ entry: { id, name, family, inputSize, precision, preparation, agreement, files, licence, source }, hash, folder }: InstalledModel): object => ({ id, name, family, inputSize, precision, preparation, agreement, hash, folder, files, licence, source });
