import { basename } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { isTensor, readPickle } from './pickle.ts';
import type { ElementType, PickleValue, TorchTensor } from './pickle.ts';
import { TorchZip } from './torch-zip.ts';

/** Tensors of a checkpoint by their names, without the wrappers that training code puts around them. */
export interface Checkpoint extends AsyncDisposable {
  readonly path: string;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** One tensor as f32, row-major, read from the file now. Throws 'model-invalid' for a name that is not there or numbers that are no floats. */
  read(name: string): Promise<Float32Array>;
}

const LARGEST_DESCRIPTION = 64 * 1024 ** 2;
const LARGEST_TENSOR = 1024 ** 3;
/** Where training code puts the weights beside the state of the optimiser. */
const WRAPPERS = ['model', 'state_dict', 'model_state_dict'];
const WRAPPED_AT_MOST = 3;
const NOWHERE = `neither directly nor under ${WRAPPERS.map((name) => `"${name}"`).join(', ')}`;
/** In every checkpoint of the family, so that it shows what was put before the names (`module.`, `sam.` and the like). */
const LANDMARK = 'mask_decoder.iou_token.weight';
/** The same of SAM 2 and its successors. */
const LANDMARK_OF_SAM_2 = 'sam_mask_decoder.iou_token.weight';

const BYTES: Readonly<Partial<Record<ElementType, number>>> = { float32: 4, float16: 2, bfloat16: 2, float64: 8 };

/** Opens a .pth or .pt file. Throws as TorchZip.open and readPickle, and 'model-invalid' when there are no Segment Anything weights in it. */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const zip = await TorchZip.open(path);
  try {
    const descriptions = [...zip.names].filter((name) => /^([^/]+\/)?data\.pkl$/.test(name));
    const [description] = descriptions;
    if (description === undefined || descriptions.length > 1) throw invalid(path, 'it is a ZIP, but not one that PyTorch saved');
    const folder = description.slice(0, -'data.pkl'.length);
    await checkByteOrder(zip, `${folder}byteorder`, path);
    const bytes = zip.bytesOf(description) ?? 0;
    if (bytes > LARGEST_DESCRIPTION) throw invalid(path, 'its description is far larger than that of any model');
    const tensors = withoutPrefix(findWeights(readPickle(await zip.read(description, 0, bytes), path), path), path);
    return {
      path,
      shapes: new Map([...tensors].map(([name, tensor]) => [name, tensor.shape])),
      read: (name) => readTensor(zip, `${folder}data/`, tensors.get(name), name, path),
      [Symbol.asyncDispose]: () => zip[Symbol.asyncDispose](),
    };
  } catch (error) {
    await zip[Symbol.asyncDispose]();
    throw error;
  }
}

async function checkByteOrder(zip: TorchZip, entry: string, path: string): Promise<void> {
  const bytes = zip.bytesOf(entry);
  if (bytes === null || bytes > 16) return;
  if ((await zip.read(entry, 0, bytes)).toString() === 'big') throw invalid(path, 'it was saved on a big-endian machine', 'Save it again on another');
}

function findWeights(root: PickleValue, path: string): Map<string, TorchTensor> {
  let value: PickleValue | undefined = root;
  let found: Map<string, TorchTensor> | undefined;
  for (let depth = 0; depth <= WRAPPED_AT_MOST && value instanceof Map; depth++) {
    const tensors = new Map<string, TorchTensor>();
    for (const [name, tensor] of value) if (typeof name === 'string' && isTensor(tensor)) tensors.set(name, tensor);
    if ([...tensors.keys()].some((name) => name.endsWith(LANDMARK))) return tensors;
    // A wrapper may hold single tensors, too, such as the last loss.
    if (tensors.size > (found?.size ?? 0)) found = tensors;
    const dictionary: Map<PickleValue, PickleValue> = value;
    value = WRAPPERS.map((name) => dictionary.get(name)).find((inner) => inner instanceof Map);
  }
  if (found !== undefined) return found;
  throw invalid(path, `no tensors were found in it, ${NOWHERE}`);
}

function withoutPrefix(tensors: Map<string, TorchTensor>, path: string): Map<string, TorchTensor> {
  const landmarks = [...tensors.keys()].filter((name) => name === LANDMARK || name.endsWith(`.${LANDMARK}`));
  const [landmark] = landmarks;
  if (landmark === undefined && [...tensors.keys()].some((name) => name.endsWith(LANDMARK_OF_SAM_2))) {
    throw invalid(path, 'it is a checkpoint of SAM 2, which can only be imported as ONNX files', 'Choose its encoder and decoder as .onnx, or download SAM 2.1 in the list of models');
  }
  if (landmark === undefined) throw invalid(path, `it holds no Segment Anything model: there is no tensor "${LANDMARK}" in it, ${NOWHERE}`);
  if (landmarks.length > 1) throw invalid(path, `it holds several models: ${landmarks.map((name) => `"${name}"`).join(', ')}`, 'Save one of them alone');
  const prefix = landmark.slice(0, -LANDMARK.length);
  return new Map([...tensors].map(([name, tensor]) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, tensor]));
}

async function readTensor(zip: TorchZip, folder: string, tensor: TorchTensor | undefined, name: string, path: string): Promise<Float32Array> {
  if (tensor === undefined) throw invalid(path, `the tensor "${name}" is missing`);
  const { storage, shape, strides, offset } = tensor;
  const size = BYTES[storage.type];
  if (size === undefined) throw invalid(path, `the tensor "${name}" holds ${storage.type}, not floating-point numbers`);
  const count = shape.reduce((a, b) => a * b, 1);
  const span = count === 0 ? 0 : 1 + shape.reduce((sum, side, i) => sum + (side - 1) * (strides[i] ?? 0), 0);
  if (count * 4 > LARGEST_TENSOR || span > count * 4) throw invalid(path, `the tensor "${name}" is impossibly large`);
  if (offset + span > storage.length) throw invalid(path, `the tensor "${name}" is larger than what was saved of it`);
  const values = asFloats(await zip.read(folder + storage.key, offset * size, span * size), storage.type);
  return isRowMajor(shape, strides) ? values : rowMajor(values, shape, strides, count);
}

/** Sides of length 1 may have any stride. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false;
    expected *= shape[i] ?? 1;
  }
  return true;
}

/** Models trained with channels last keep their convolutions that way. */
function rowMajor(values: Float32Array, shape: readonly number[], strides: readonly number[], count: number): Float32Array {
  const out = new Float32Array(count);
  const index = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < count; i++) {
    out[i] = values[from] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      from += strides[axis] ?? 0;
      if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
      from -= (strides[axis] ?? 0) * (shape[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return out;
}

/** Little-endian numbers of a storage as f32. */
function asFloats(bytes: Buffer, type: ElementType): Float32Array {
  // A buffer that was made for this read alone, unless it is small and came from Node's pool.
  const { buffer, byteOffset, length } = bytes.byteOffset % 8 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
  switch (type) {
    case 'float16': return new Float32Array(new Float16Array(buffer, byteOffset, length / 2));
    case 'float64': return new Float32Array(new Float64Array(buffer, byteOffset, length / 8));
    // The upper half of a float32.
    case 'bfloat16': return new Float32Array(Uint32Array.from(new Uint16Array(buffer, byteOffset, length / 2), (half) => half << 16).buffer);
    default: return new Float32Array(buffer, byteOffset, length / 4);
  }
}

const invalid = (path: string, why: string, whatToDo = 'Get the file again, or choose another checkpoint'): MaskwrightError => new MaskwrightError('model-invalid', `"${basename(path)}" cannot be imported: ${why}. ${whatToDo}.`, path);
