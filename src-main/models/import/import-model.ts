import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { EngineCommand } from '../../engines/engine-process.ts';
import type { InstalledModel, ModelEntry } from '../catalogue.ts';
import { importCheckpoint } from './import-checkpoint.ts';
import type { ImportOptions } from './import-checkpoint.ts';

export interface ImportModelOptions extends ImportOptions {
  /** The SAM engine's program, in which graphs are opened to see what they are. */
  readonly engine: EngineCommand;
  /** What is known of the model from elsewhere, such as the catalogue it was downloaded from. */
  readonly about?: Partial<Pick<ModelEntry, 'name' | 'licence' | 'source'>>;
}

/**
 * Makes a model of files in the folder of the user's models: of a PyTorch checkpoint, of an ONNX encoder and its decoder
 * in any order, or of a folder that holds them. It is there as a whole or not at all.
 * Throws as importCheckpoint, and 'bad-request' when the files are no model's.
 */
export async function importModel(paths: readonly string[], modelsFolder: string, options: ImportModelOptions): Promise<InstalledModel> {
  const [path] = paths;
  if (path === undefined || paths.length !== 1) throw new MaskwrightError('bad-request', 'Name one checkpoint to import.');
  return importCheckpoint(path, modelsFolder, options);
}
