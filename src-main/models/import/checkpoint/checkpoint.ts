import { fileKind } from './file-kind.ts';
import { findSets, findWeights } from './find-weights.ts';
import { openSafetensors } from './safetensors.ts';
import { readTensor } from './tensors.ts';
import type { WeightsFile } from './tensors.ts';
import { openTorchFile } from './torch-file.ts';

/** Tensors of a checkpoint by their official names, without the wrappers that training code puts around them. */
export interface Checkpoint extends AsyncDisposable {
  readonly path: string;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** One tensor as f32, row-major, read from the file now. Throws 'model-invalid' for a name that is not there or numbers that are no floats. */
  read(name: string): Promise<Float32Array>;
}

/**
 * Opens a checkpoint of PyTorch (.pth, .pt) or a safetensors file.
 * Throws as fileKind, openTorchFile, openSafetensors and findWeights.
 * @param weights which set of weights to take where the file holds several, as weightsIn names them
 */
export async function openCheckpoint(path: string, weights: string | null = null): Promise<Checkpoint> {
  const file = await openWeights(path);
  try {
    const tensors = findWeights(file.root, path, weights);
    return {
      path,
      shapes: new Map([...tensors].map(([name, tensor]) => [name, tensor.shape])),
      read: (name) => readTensor(file, tensors.get(name), name),
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    };
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

/** The sets of Segment Anything's weights in a file, to choose from. Throws as openCheckpoint. */
export async function weightsIn(path: string): Promise<readonly string[]> {
  await using file = await openWeights(path);
  return findSets(file.root, path).map(({ name }) => name);
}

const openWeights = async (path: string): Promise<WeightsFile> => ((await fileKind(path)) === 'safetensors' ? openSafetensors(path) : openTorchFile(path));
