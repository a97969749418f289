import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { EngineCommand } from '../../engines/engine-process.ts';
import { importCheckpoint } from './import-checkpoint.ts';
import type { ImportOptions, ImportedModel } from './import-checkpoint.ts';
import { importGraphs } from './import-graphs.ts';

export interface ImportModelOptions extends ImportOptions {
  /** The SAM engine's program, in which graphs are opened to see what they are. */
  readonly engine: EngineCommand;
}

const GRAPH = '.onnx';
/** Encoder and decoder; SAM 3 has a third, and is refused by its name. */
const MOST_GRAPHS = 3;

/**
 * Makes a model of files in the folder of the user's models: of a PyTorch checkpoint, of an ONNX encoder and its decoder
 * in any order, or of a folder that holds them. It is there as a whole or not at all.
 * Throws as importCheckpoint and importGraphs, 'not-found', and 'bad-request' when the files cannot be one model.
 */
export async function importModel(paths: readonly string[], modelsFolder: string, options: ImportModelOptions): Promise<ImportedModel> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  const [first] = files;
  if (first === undefined) throw new MaskwrightError('bad-request', 'Name a checkpoint (.pth, .pt, .safetensors), or the encoder and the decoder of a model (.onnx).');
  const graphs = files.filter((file) => extname(file).toLowerCase() === GRAPH);
  if (graphs.length === 0 && files.length === 1) return importCheckpoint(first, modelsFolder, options);
  const other = files.find((file) => !graphs.includes(file));
  if (other !== undefined) throw new MaskwrightError('bad-request', `"${basename(other)}" cannot be part of one model with the other files. Choose one checkpoint (.pth, .pt, .safetensors), or an encoder and its decoder (.onnx).`, other);
  if (graphs.length > MOST_GRAPHS) throw new MaskwrightError('bad-request', `There are ${graphs.length} ONNX files: ${graphs.slice(0, 6).map((file) => basename(file)).join(', ')}${graphs.length > 6 ? ', …' : ''}. Choose the encoder and the decoder that belong together.`, first);
  return { ...(await importGraphs(graphs, modelsFolder, options)), unused: [], preparationAssumed: false };
}

/** The file itself, or a folder's ONNX files. */
async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new MaskwrightError('not-found', `There is no file "${path}", or it cannot be read. Check the name.`, path, { cause });
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => extname(name).toLowerCase() === GRAPH && !name.startsWith('.'));
  if (names.length === 0) throw new MaskwrightError('bad-request', `The folder "${path}" holds no ONNX files. Choose the folder with an encoder and its decoder, or a checkpoint (.pth, .pt, .safetensors).`, path);
  return names.toSorted().map((name) => join(path, name));
}
