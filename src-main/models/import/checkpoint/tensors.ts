import { basename } from 'node:path';
import { MaskwrightError } from '../../../../src-shared/contract/errors.ts';
import type { ElementType, PickleValue, TorchTensor } from './pickle.ts';

/** A file of tensors, whatever its format. */
export interface WeightsFile extends AsyncDisposable {
  readonly path: string;
  /** Its tensors among all else that it holds, in dictionaries of any depth. */
  readonly root: PickleValue;
  /** `length` bytes of a storage from its byte `from`. Throws 'model-invalid' when they are not all there. */
  read(storage: string, from: number, length: number): Promise<Buffer>;
}

const LARGEST_TENSOR = 1024 ** 3;
const BYTES: Readonly<Partial<Record<ElementType, number>>> = { float32: 4, float16: 2, bfloat16: 2, float64: 8 };

/** One tensor as f32, row-major. Throws 'model-invalid' for one that is not there, is no floats, or does not fit what was saved. */
export async function readTensor({ path, read }: Pick<WeightsFile, 'path' | 'read'>, tensor: TorchTensor | undefined, name: string): Promise<Float32Array> {
  if (tensor === undefined) throw invalid(path, `the tensor "${name}" is missing`);
  const { storage, shape, strides, offset } = tensor;
  const size = BYTES[storage.type];
  if (size === undefined) throw invalid(path, `the tensor "${name}" holds ${storage.type}, not floating-point numbers`);
  const count = shape.reduce((a, b) => a * b, 1);
  const span = count === 0 ? 0 : 1 + shape.reduce((sum, side, i) => sum + (side - 1) * (strides[i] ?? 0), 0);
  if (count * 4 > LARGEST_TENSOR || span > count * 4) throw invalid(path, `the tensor "${name}" is impossibly large`);
  if (offset + span > storage.length) throw invalid(path, `the tensor "${name}" is larger than what was saved of it`);
  const values = asFloats(await read(storage.key, offset * size, span * size), storage.type);
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

export const invalid = (path: string, why: string, whatToDo = 'Get the file again, or choose another checkpoint'): MaskwrightError => new MaskwrightError('model-invalid', `"${basename(path)}" cannot be imported: ${why}. ${whatToDo}.`, path);
